"""Pure decisions about seats and bookings: when a lesson may be booked, for whom, and until when a booking
may change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..core import clock
from ..core.errors import Refusal
from .rules import HOLD_MINUTES, LessonState

MOST_COMPANIONS = 5

NOT_OPEN_YET = "booking-not-open-yet"
CLOSED = "booking-closed"
# What staff may pass over with a reason (office practice 1). Nobody books into a lesson that has begun.
PASSABLE = frozenset({NOT_OPEN_YET, CLOSED})


class BookableLesson(Protocol):
    """What the rules look at in a lesson."""

    state: Any
    starts_at: Any
    booking_opens_at: Any
    booking_closes_at: Any


class LessonFull(Refusal):
    """Fewer seats are free than were asked for; `free` says how many are."""

    code = "lesson-full"

    def __init__(self, free: int) -> None:
        super().__init__("Not enough seats are free in this lesson (free now: %(free)s).", free=free)
        self.free = free


class AlreadyBooked(Refusal):
    """Somebody of the party has an active booking in this lesson; `booking_ids` are those bookings."""

    code = "already-booked"

    def __init__(self, names: Sequence[str], booking_ids: Sequence[int]) -> None:
        super().__init__("Already booked in this lesson: %(names)s.", names="、".join(names))
        self.booking_ids = list(booking_ids)


class ContactStopped(Refusal):
    """All contact with somebody of the party was stopped: nobody could tell them about the lesson (office practice
    8). `resident_ids` are those people."""

    code = "contact-stopped"

    def __init__(self, names: Sequence[str], resident_ids: Sequence[int]) -> None:
        super().__init__(
            "Contact is stopped for %(names)s, so no booking can be made. Look at the person's page first.",
            names="、".join(names),
        )
        self.resident_ids = list(resident_ids)


def why_not_bookable(lesson: BookableLesson, now: datetime) -> Refusal | None:
    """Why nobody can book this lesson now, whatever its seats; None if booking is open (office practice
    1)."""
    if lesson.state == LessonState.CANCELLED:
        return Refusal("This lesson was cancelled.", code="lesson-cancelled")
    if now >= lesson.starts_at or lesson.state in (LessonState.HELD, LessonState.RECORDED):
        return Refusal("This lesson has already begun.", code="lesson-begun")
    if lesson.state not in (LessonState.OPEN, LessonState.CLOSED):
        return Refusal("This lesson is still being prepared.", code="lesson-not-ready")
    if lesson.state == LessonState.CLOSED or now >= lesson.booking_closes_at:
        return Refusal("Booking has closed.", code=CLOSED)
    if now < lesson.booking_opens_at:
        return Refusal("Booking has not opened yet.", code=NOT_OPEN_YET)
    return None


def no_seat_left(held: int, offered: int, due: int = 0) -> Refusal:
    """Why a lesson inside its booking period cannot be booked when no seat is free for whoever asks; a held or offered
    seat may come back, and those `due` to people who wait are offered at the next tick."""
    if held:
        return Refusal("No seat is free just now, but some are only held.", code="lesson-full")
    if due or offered:
        return Refusal("This lesson is full; what is free is offered to those who wait.", code="lesson-full")
    return Refusal("This lesson is full.", code="lesson-full")


def of_one_of_several(refusal: Refusal, starts_at: datetime) -> None:
    """Let a refusal say which lesson of a series booked as a whole it is about (`day` is 7/15)."""
    day = clock.local_date(starts_at)
    worded = {
        "lesson-full": Refusal(
            "This series is booked as a whole, and not enough seats are free on %(day)s (free now: %(free)s)."
        ),
        "lesson-not-ready": Refusal(
            "This series is booked as a whole, and its lesson on %(day)s is still being prepared."
        ),
    }
    refusal.message = worded.get(refusal.code, refusal).message
    refusal.params |= {"day": f"{day.month}/{day.day}"}


def booked_as_a_whole() -> Refusal:
    """Why a booking cannot be moved into one lesson of such a series."""
    return Refusal(
        "That lesson belongs to a series that is booked as a whole. Please book the series instead.",
        code="booked-as-a-whole", field="lesson",
    )  # fmt: skip


def check_any_left(bookings: Sequence[object]) -> None:
    """Raises Refusal `already-cancelled` when nothing of a series is left to cancel."""
    if not bookings:
        raise Refusal("Nothing of this series is left to cancel.", code="already-cancelled")


def check_bookable(lesson: BookableLesson, now: datetime, *, override_reason: str) -> str:
    """Refuse a booking outside the booking period, unless staff give a reason; says which limit was passed
    over, or ""."""
    refusal = why_not_bookable(lesson, now)
    if refusal is None:
        return ""
    if refusal.code in PASSABLE and override_reason.strip():
        return refusal.code
    raise refusal


def check_holdable(lesson: BookableLesson, now: datetime) -> None:
    """A seat may be held wherever a booking may still be made, be it with a reason."""
    refusal = why_not_bookable(lesson, now)
    if refusal is not None and refusal.code not in PASSABLE:
        raise refusal


def check_seats_to_hold(seats: int) -> None:
    """Raises Refusal `no-seats` for none."""
    if seats < 1:
        raise Refusal("Hold at least one seat.", code="no-seats", field="seats")


def check_party(resident_ids: Sequence[int], companions: int) -> None:
    """A party is at least one resident, each once, with at most five companions who have no record of their
    own."""
    if not resident_ids:
        raise Refusal("Choose who comes.", code="nobody", field="resident_ids")
    if len(set(resident_ids)) != len(resident_ids):
        raise Refusal("The same person stands in this party twice.", code="twice-in-party", field="resident_ids")
    if not 0 <= companions <= MOST_COMPANIONS:
        raise Refusal(
            "Companions: please give a number from 0 to %(most)s.", code="companions", field="companions",
            most=MOST_COMPANIONS,
        )  # fmt: skip


def check_may_still_change(starts_at: datetime, now: datetime) -> None:
    """A booking is cancelled or moved before its lesson begins; afterwards it is a matter of attendance."""
    if now >= starts_at:
        raise Refusal(
            "This lesson has already begun. Record the absence on the day sheet instead.", code="lesson-begun"
        )


def check_reason(reason: str) -> None:
    """Raises Refusal `no-reason` for an empty one."""
    if not reason.strip():
        raise Refusal("Please write why.", code="no-reason", field="reason")


def check_other_lesson(from_lesson_id: int, to_lesson_id: int) -> None:
    """Raises Refusal `same-lesson` for a move to where the booking is."""
    if from_lesson_id == to_lesson_id:
        raise Refusal("The booking is in this lesson already.", code="same-lesson", field="lesson")


def hold_until(now: datetime) -> datetime:
    """When a hold made now frees itself."""
    return now + timedelta(minutes=HOLD_MINUTES)


def shown_number(number: str) -> str:
    """The booking number as people read it to each other: two groups of four digits."""
    return f"{number[:4]}-{number[4:]}"
