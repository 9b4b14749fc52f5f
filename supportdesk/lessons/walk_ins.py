"""飛び込み: people who come without a booking are taken on the spot, also when booking has closed or all tables are
taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..core import chance
from ..core.access import Actor
from ..core.edits import fitting
from . import booking_rules, queue, slot_rules, waiting_queries
from .bookings import add, check_residents
from .models import Booking
from .rules import BookedBy, BookingChannel
from .seats import held_by, lock_lessons, take_seats


def squeeze_in(
    lesson_id: int,
    resident_ids: Sequence[int],
    *,
    companions: int = 0,
    booked_by: BookedBy = BookedBy.SELF,
    caller: str = "",
    allowed_by: str = "",
    by: Actor,
    now: datetime,
) -> list[Booking]:
    """Book people who stand at the counter into a slot of today, be it begun or full. Where no table is free beside
    those that are due to people who wait, `allowed_by` says who lets them in all the same; they take none then.

    Raises NotFound, AlreadyBooked, ContactStopped, and Refusal `tables-taken` or what
    slot_rules.why_not_on_the_spot says.
    """
    booking_rules.check_party(resident_ids, companions)
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    refusal = slot_rules.why_not_on_the_spot(lesson, now)
    if refusal is not None:
        raise refusal
    check_residents(resident_ids, lesson)
    wanted = slot_rules.seats_for(lesson.kind, len(resident_ids) + companions)
    free = lesson.seats_free + held_by(lesson, by)
    if now < lesson.starts_at:  # afterwards nobody waits any more
        free -= waiting_queries.due_to_queue([lesson]).get(lesson_id, 0)
    squeezed = slot_rules.is_squeezed(wanted, free, allowed_by)
    if not squeezed:
        take_seats(lesson, wanted, by=by)
    said = fitting(Booking, {"caller": caller, "allowed_by": allowed_by if squeezed else ""})
    party = chance.operation_key()
    bookings: list[Booking] = []
    for resident_id in resident_ids:
        booking = Booking(
            lesson_id=lesson_id, resident_id=resident_id, party=party,
            companions=0 if bookings else companions, booked_by=booked_by, channel=BookingChannel.COUNTER,
            read_back=True, booked_at=now, booked_by_user=by.name, **said,
        )  # fmt: skip
        add(booking, by, now, on_the_spot=1, squeezed=int(squeezed))
        bookings.append(booking)
    queue.leave_booked(lesson, resident_ids, by, now)
    return bookings
