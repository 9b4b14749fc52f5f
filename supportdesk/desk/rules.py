"""Pure decisions about help requests."""

from __future__ import annotations

from enum import StrEnum


class RequestStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_RESIDENT = "waiting_resident"
    HANDED_OVER = "handed_over"
    DONE = "done"


class RequestChannel(StrEnum):
    PHONE = "phone"
    COUNTER = "counter"
    PAPER = "paper"


ALLOWED_MOVES: dict[RequestStatus, set[RequestStatus]] = {
    RequestStatus.NEW: {
        RequestStatus.IN_PROGRESS, RequestStatus.WAITING_RESIDENT, RequestStatus.HANDED_OVER, RequestStatus.DONE,
    },
    RequestStatus.IN_PROGRESS: {RequestStatus.WAITING_RESIDENT, RequestStatus.HANDED_OVER, RequestStatus.DONE},
    RequestStatus.WAITING_RESIDENT: {RequestStatus.IN_PROGRESS, RequestStatus.HANDED_OVER, RequestStatus.DONE},
    RequestStatus.HANDED_OVER: {RequestStatus.IN_PROGRESS, RequestStatus.DONE},
    RequestStatus.DONE: {RequestStatus.IN_PROGRESS},
}  # fmt: skip
