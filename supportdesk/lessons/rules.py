"""Pure decisions about lessons and bookings."""

from __future__ import annotations

from enum import StrEnum


class LessonState(StrEnum):
    """Where a lesson is, in the order an office knows it (office practice 1)."""

    DRAFT = "draft"
    ROOM_REQUESTED = "room_requested"
    AWAITING_NOTICE = "awaiting_notice"
    OPEN = "open"
    CLOSED = "closed"
    HELD = "held"
    RECORDED = "recorded"
    CANCELLED = "cancelled"


class BookedBy(StrEnum):
    """Who called, seen from the resident (申込者)."""

    SELF = "self"
    FAMILY = "family"
    SUPPORTER = "supporter"
    STAFF = "staff"


class BookingChannel(StrEnum):
    PHONE = "phone"
    COUNTER = "counter"
    PAPER = "paper"
    CLASS = "class"
    HOME = "home"
    OTHER = "other"


HOLD_MINUTES = 3
