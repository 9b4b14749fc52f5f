"""One call, or one person at the counter: the booking and the trouble, both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..core.access import Actor
from ..desk.actions import receive_request
from ..desk.rules import RequestChannel
from ..lessons.bookings import book_party
from ..lessons.rules import BookedBy, BookingChannel
from ..lessons.waiting import join
from ..lessons.walk_ins import squeeze_in


@dataclass(frozen=True)
class Call:
    """What was said. Without a lesson only the trouble is noted; `waits`: they wait for it and are not booked;
    `on_the_spot`: they stand at the counter and are taken into a slot of today."""

    resident_ids: Sequence[int]
    channel: str
    topic_code: str | None
    text: str
    urgent: bool
    lesson_id: int | None
    companions: int
    booked_by: str
    caller: str
    read_back: bool
    text_wished: bool
    override_reason: str
    waits: bool = False
    on_the_spot: bool = False
    allowed_by: str = ""


def take_call(call: Call, *, by: Actor, now: datetime) -> dict[str, Any]:
    """Book the party, if a lesson was chosen, or let it wait; note the trouble, if one was told or nothing else came of
    the call.

    Returns the ids of the bookings, of the entry of the waiting list and of the request. Raises what booking, waiting
    and noting refuse.
    """
    bookings, entry = [], None
    if call.lesson_id is not None:
        said: dict[str, Any] = {
            "companions": call.companions,
            "booked_by": BookedBy(call.booked_by),
            "caller": call.caller,
            "by": by,
            "now": now,
        }
        channel: dict[str, Any] = {"channel": BookingChannel(call.channel), "text_wished": call.text_wished}
        if call.on_the_spot:
            bookings = squeeze_in(call.lesson_id, call.resident_ids, allowed_by=call.allowed_by, **said)
        elif call.waits:
            entry = join(call.lesson_id, call.resident_ids, **channel, **said)
        else:
            bookings = book_party(
                call.lesson_id,
                call.resident_ids,
                read_back=call.read_back,
                override_reason=call.override_reason,
                **channel,
                **said,
            )
    made = None
    if call.text.strip() or call.topic_code or not (bookings or entry):
        made = receive_request(
            call.resident_ids[0] if call.resident_ids else None,
            RequestChannel(call.channel),
            call.topic_code,
            call.text,
            call.urgent,
            bookings[0].id if bookings else None,
            by=by,
            now=now,
        )
    return {
        "bookings": [each.id for each in bookings],
        "waiting": entry.id if entry else None,
        "request": made.id if made else None,
    }
