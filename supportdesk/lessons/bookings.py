"""What happens to bookings: made for a party, cancelled, moved. Each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core import chance, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.errors import NotFound, Refusal
from ..core.japan.text import clean_line
from ..messages import outbox
from ..people.models import Resident
from . import booking_rules as rules
from . import lottery_rules, queue, series_queries
from .models import Booking, Lesson
from .rules import BookedBy, BookingChannel
from .seats import give_back_seats, lock_lessons, take_seats
from .series_rules import Scope
from .slot_rules import seats_for, seats_of_one
from .waiting_models import Waiting

# The people of a party, and what each has booked in this lesson already. Made once, as those of seats.py.
_PARTY = (
    sa.select(Resident.id, Resident.stopped_at, Booking.id.label("booking_id"))
    .outerjoin(
        Booking,
        sa.and_(
            Booking.resident_id == Resident.id,
            Booking.lesson_id == sa.bindparam("lesson"),
            Booking.cancelled_at.is_(None),
        ),
    )
    .where(Resident.id.in_(sa.bindparam("residents", expanding=True)))
    .order_by(Booking.id, Resident.id)
)


def book_party(
    lesson_id: int,
    resident_ids: Sequence[int],
    *,
    companions: int = 0,
    booked_by: BookedBy,
    caller: str = "",
    channel: BookingChannel,
    read_back: bool = False,
    text_wished: bool = False,
    override_reason: str = "",
    external_id: str | None = None,
    by: Actor,
    now: datetime,
) -> list[Booking]:
    """Book residents who come together, all or none, in the order given; companions are counted on the first. A lesson
    of a series that is booked as a whole brings all others of it that are to come: the bookings by lesson, then by
    resident, the lesson asked for first.

    Raises NotFound, LessonFull, AlreadyBooked, WaitingFirst and what booking_rules refuses. What the clerk holds in
    this lesson is used up. `override_reason` lets staff book outside the booking period, never after the start
    (office practice 1), and past those who wait (docs/decisions/0018).
    """
    rules.check_party(resident_ids, companions)
    together = series_queries.to_be_booked_with(lesson_id, now)
    lessons = lock_lessons(together, now)
    order = sorted(lessons.values(), key=lambda one: (one.id != lesson_id, one.starts_at, one.id))
    party = chance.operation_key()
    bookings: list[Booking] = []
    for lesson in _not_booked_yet(order, resident_ids):
        wanted = seats_for(lesson.kind, len(resident_ids) + companions)
        try:
            lottery_rules.check_not_by_lot(lesson)
            limits = [rules.check_bookable(lesson, now, override_reason=override_reason)]
            limits.append(queue.check_turn(lesson, resident_ids, wanted, override_reason=override_reason, by=by))
            take_seats(lesson, wanted, by=by)
        except Refusal as refusal:
            if len(together) > 1:
                rules.of_one_of_several(refusal, lesson.starts_at)
            raise
        passed_over = " ".join(filter(None, limits))
        for resident_id in resident_ids:
            # Of the party these stand on one booking; a confirmation is wished once, and not of every lesson.
            first = resident_id == resident_ids[0]
            booking = Booking(
                lesson_id=lesson.id,
                resident_id=resident_id,
                external_id=external_id if first and not bookings else None,
                party=party,
                companions=companions if first else 0,
                booked_by=booked_by,
                caller=clean_line(caller),
                channel=channel,
                read_back=read_back,
                text_wished=text_wished and len(bookings) < len(resident_ids),
                booked_at=now,
                booked_by_user=by.name,
                override_reason=clean_line(override_reason) if passed_over else "",
            )
            add(booking, by, now, passed_over=passed_over)
            bookings.append(booking)
        queue.leave_booked(lesson, resident_ids, by, now)
    return bookings


def book_waiting(
    waiting: Waiting, resident_ids: Sequence[int], by: Actor, now: datetime, *, read_back: bool, text_wished: bool,
    **details: str | int,
) -> list[Booking]:  # fmt: skip
    """Book those who were in a party to the last, with what they said when they asked. The lesson is locked, their
    waiting has ended and their seats are taken; `details` go into the history."""
    bookings = []
    for place, resident_id in enumerate(resident_ids):
        booking = Booking(
            lesson_id=waiting.lesson_id, resident_id=resident_id, party=waiting.party,
            companions=0 if place else waiting.companions, booked_by=waiting.booked_by, caller=waiting.caller,
            channel=waiting.channel, read_back=read_back, text_wished=text_wished, booked_at=now,
            booked_by_user=by.name,
        )  # fmt: skip
        add(booking, by, now, **details)
        bookings.append(booking)
    return bookings


def cancel_booking(booking_id: int, reason: str, *, by: Actor, now: datetime) -> Booking:
    """Cancel one booking and give its seats back, those of its companions too; the rest of the party stays.

    Raises NotFound, and a Refusal `already-cancelled`, `lesson-begun` or `no-reason`.
    """
    rules.check_reason(reason)
    lesson_id = _lesson_of(booking_id)
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    rules.check_may_still_change(lesson.starts_at, now)
    booking = _end(booking_id, lesson, clean_line(reason), by=by, now=now)
    history.record("booking.cancelled", f"booking:{booking_id}", by=by, now=now, lesson=lesson_id)
    return booking


def cancel_series_booking(
    booking_id: int, reason: str, scope: Scope, *, by: Actor, now: datetime
) -> list[Booking]:
    """Cancel what this resident has booked of a series: this lesson, this and the later ones, or all that have not
    begun. The rest of the party stays.

    Raises NotFound, and a Refusal `already-cancelled`, `lesson-begun` or `no-reason`.
    """
    if scope is Scope.THIS:
        return [cancel_booking(booking_id, reason, by=by, now=now)]
    rules.check_reason(reason)
    chosen = db.session.get(Booking, booking_id)
    if chosen is None:
        raise NotFound("There is no such booking.")
    beside = series_queries.bookings_beside(chosen)
    lessons = lock_lessons({each.lesson_id for each in beside}, now)
    # Read once more: what was read before the wait may be cancelled by now.
    meant = [
        each
        for each in series_queries.bookings_beside(chosen)
        if each.lesson_id in lessons
        and lessons[each.lesson_id].starts_at > now
        and (scope is Scope.ALL or lessons[each.lesson_id].starts_at >= lessons[chosen.lesson_id].starts_at)
    ]
    rules.check_any_left(meant)
    for booking in meant:
        lesson = lessons[booking.lesson_id]
        _end(booking.id, lesson, clean_line(reason), by=by, now=now)
        history.record(
            "booking.cancelled", f"booking:{booking.id}", by=by, now=now, lesson=lesson.id, scope=scope.value
        )
    return meant


def move_booking(booking_id: int, to_lesson_id: int, *, by: Actor, now: datetime) -> Booking:
    """Cancel a booking and make the same one in another lesson, in one step: if the other lesson is full,
    nothing changes. Who called and how is kept. Returns the new booking; raises what cancelling and booking
    raise."""
    from_lesson_id = _lesson_of(booking_id)
    rules.check_other_lesson(from_lesson_id, to_lesson_id)
    lessons = lock_lessons([from_lesson_id, to_lesson_id], now)
    rules.check_may_still_change(lessons[from_lesson_id].starts_at, now)
    if len(series_queries.to_be_booked_with(to_lesson_id, now)) > 1:
        raise rules.booked_as_a_whole()
    lottery_rules.check_not_by_lot(lessons[to_lesson_id])
    rules.check_bookable(lessons[to_lesson_id], now, override_reason="")
    old = _end(booking_id, lessons[from_lesson_id], "", by=by, now=now)
    check_residents([old.resident_id], lessons[to_lesson_id])
    wanted = seats_of(old, lessons[to_lesson_id])
    queue.check_turn(lessons[to_lesson_id], [old.resident_id], wanted, override_reason="", by=by)
    take_seats(lessons[to_lesson_id], wanted, by=by)
    new = Booking(
        lesson_id=to_lesson_id,
        resident_id=old.resident_id,
        # Kept, so that a couple who are moved one after the other are a party again.
        party=old.party,
        companions=old.companions,
        booked_by=old.booked_by,
        caller=old.caller,
        channel=old.channel,
        # What was read back was the other day and hour.
        read_back=False,
        text_wished=old.text_wished,
        booked_at=now,
        booked_by_user=by.name,
    )
    add(new, by, now, moved_from=booking_id)
    queue.leave_booked(lessons[to_lesson_id], [old.resident_id], by, now)
    old.moved_to_id = new.id
    history.record(
        "booking.moved", f"booking:{booking_id}", by=by, now=now, lesson=from_lesson_id, moved_to=new.id
    )
    return new


def _lesson_of(booking_id: int) -> int:
    lesson_id = db.session.scalar(sa.select(Booking.lesson_id).where(Booking.id == booking_id))
    if lesson_id is None:
        raise NotFound("There is no such booking.")
    return lesson_id


def _not_booked_yet(lessons: Sequence[Lesson], resident_ids: Sequence[int]) -> list[Lesson]:
    """The lessons that nobody of the party is booked in; of a series booked as a whole those are left out in which all
    are, as when somebody who cancelled one comes all the same. Raises as `check_residents`."""
    refused: rules.AlreadyBooked | None = None
    wanted = []
    for lesson in lessons:
        try:
            check_residents(resident_ids, lesson)
            wanted.append(lesson)
        except rules.AlreadyBooked as refusal:
            refused = refusal
            if len(refusal.booking_ids) < len(resident_ids):
                raise
    if refused and not wanted:
        raise refused
    return wanted


def check_residents(resident_ids: Sequence[int], lesson: Lesson) -> None:
    """Raises NotFound, ContactStopped, AlreadyBooked. The lesson is locked, so that nobody books them in between; the
    unique index refuses whatever comes by another way."""
    found = db.session.execute(_PARTY, {"lesson": lesson.id, "residents": list(resident_ids)}).all()
    if len(found) != len(resident_ids):
        raise NotFound("There is no such resident.", field="resident_ids")
    stopped = [row.id for row in found if row.stopped_at]
    if stopped:
        raise rules.ContactStopped(names_of(stopped), stopped)
    active = [row for row in found if row.booking_id]
    if active:
        raise rules.AlreadyBooked(names_of([row.id for row in active]), [row.booking_id for row in active])


def names_of(resident_ids: Sequence[int]) -> list[str]:
    """The names of these residents, for a refusal that staff read."""
    return [db.session.get_one(Resident, each).name for each in resident_ids]


def add(booking: Booking, by: Actor, now: datetime, **details: str | int) -> None:
    """Save a booking and its history. The reason for passing over the booking period stands on the booking:
    history takes no free text."""
    booking.number = _free_number()
    db.session.add(booking)
    db.session.flush()
    history.record(
        "booking.made",
        f"booking:{booking.id}",
        by=by,
        now=now,
        lesson=booking.lesson_id,
        resident=booking.resident_id,
        companions=booking.companions,
        booked_by=booking.booked_by.value,
        channel=booking.channel.value,
        **{name: value for name, value in details.items() if value},
    )


def _free_number() -> str:
    """A booking number that no booking ever had: an old slip must open nobody else's."""
    while True:
        number = chance.booking_number()
        if db.session.scalar(sa.select(Booking.id).where(Booking.number == number)) is None:
            return number


def seats_of(booking: Booking, lesson: Lesson) -> int:
    """How many seats more the party takes in a locked lesson for this booking, be it there or elsewhere."""
    own = 1 + booking.companions
    if not lesson.kind.is_slot:  # a seat each, whoever else is there
        return own
    beside = sa.select(sa.func.coalesce(sa.func.sum(1 + Booking.companions), 0)).where(
        Booking.party == booking.party, Booking.lesson_id == lesson.id, Booking.id != booking.id,
        Booking.cancelled_at.is_(None), Booking.allowed_by == "",
    )  # fmt: skip
    return seats_of_one(lesson.kind, own, db.session.scalar(beside) or 0)


def _end(booking_id: int, lesson: Lesson, reason: str, *, by: Actor, now: datetime) -> Booking:
    """Cancel in the table, give the seats back, take back the messages that have not left."""
    ended = sa.update(Booking).where(Booking.id == booking_id, Booking.cancelled_at.is_(None))
    if not one_row(ended.values(cancelled_at=now, cancelled_by=by.name, cancel_reason=reason)):
        raise Refusal("This booking is cancelled already.", code="already-cancelled")
    booking = db.session.get_one(Booking, booking_id, populate_existing=True)
    if not booking.allowed_by:
        give_back_seats(lesson, seats_of(booking, lesson))
    outbox.withdraw(about=f"booking:{booking_id}", reason="booking-cancelled", now=now)
    return booking
