"""Pure decisions about lessons and bookings."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ..core import clock
from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.japan.text import nfkc


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


# What was held or cancelled stays as residents were told.
OVER = frozenset({LessonState.HELD, LessonState.RECORDED, LessonState.CANCELLED})
# What everybody may read of: open for booking, or further. One that is cancelled stays public if it was.
PUBLIC = frozenset({LessonState.OPEN, LessonState.CLOSED, LessonState.HELD, LessonState.RECORDED})


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

COURSE_CATEGORIES = ("basic", "applied", "consult", "counter", "visit", "supporter")

# Where a lesson may go from where it is. Steps may be left out (a hall of our own needs no request, a lesson in no
# newsletter awaits no notice); steps back mend what was pressed too early. A lesson whose booking nobody closed is
# held all the same. Cancelled is the end: residents were told, so the same date is planned as a new lesson.
MOVES: dict[LessonState, tuple[LessonState, ...]] = {
    LessonState.DRAFT: (
        LessonState.ROOM_REQUESTED, LessonState.AWAITING_NOTICE, LessonState.OPEN, LessonState.CANCELLED,
    ),
    LessonState.ROOM_REQUESTED: (
        LessonState.AWAITING_NOTICE, LessonState.OPEN, LessonState.DRAFT, LessonState.CANCELLED,
    ),
    LessonState.AWAITING_NOTICE: (LessonState.OPEN, LessonState.ROOM_REQUESTED, LessonState.CANCELLED),
    LessonState.OPEN: (
        LessonState.CLOSED, LessonState.HELD, LessonState.AWAITING_NOTICE, LessonState.CANCELLED,
    ),
    LessonState.CLOSED: (LessonState.HELD, LessonState.OPEN, LessonState.CANCELLED),
    LessonState.HELD: (LessonState.RECORDED, LessonState.CLOSED),
    LessonState.RECORDED: (LessonState.HELD,),
    LessonState.CANCELLED: (),
}  # fmt: skip

OPENS_DAYS_BEFORE = 30
OPENS_AT = time(8, 30)
CLOSES_AT = time(17, 15)
SHORTEST_MINUTES, LONGEST_MINUTES = 10, 480
MOST_SEATS = 500
# A year typed wrong (2206) is the usual slip; nobody plans further than the next fiscal year's end.
FURTHEST_DAYS = 731


def check_move(old: LessonState, new: LessonState, *, starts_at: datetime, seats_taken: int, now: datetime) -> None:
    """Raises Refusal when a lesson in state `old` may not go to `new` now."""
    if new not in MOVES[old]:
        raise Refusal("A lesson in this state cannot go there.", code="no-such-move")
    if new is LessonState.HELD and now < starts_at:
        raise Refusal("This lesson has not begun yet.", code="not-begun")
    if old is LessonState.OPEN and new is LessonState.AWAITING_NOTICE and seats_taken:
        raise Refusal("There are bookings already. Close the booking instead.", code="has-bookings")


def check_may_be_edited(state: LessonState) -> None:
    """Raises Refusal for a lesson that is over: what was held or cancelled stays as residents were told."""
    if state in OVER:
        raise Refusal("This lesson is over or cancelled and can no longer be changed.", code="lesson-over")


def lesson_times(day: date, start: time, minutes: int) -> tuple[datetime, datetime]:
    """Start and end as instants, from the town's wall clock. Raises Refusal unless the lesson ends on its own day."""
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise Refusal(
            "Please write a number from %(least)s to %(most)s.",
            field="minutes", least=SHORTEST_MINUTES, most=LONGEST_MINUTES,
        )  # fmt: skip
    try:
        calendar.text_time(start)  # midnight has no plain words
    except Refusal as refusal:
        refusal.field = "start"
        raise
    starts_at = clock.at(day, start)
    ends_at = starts_at + timedelta(minutes=minutes)
    if clock.local_date(ends_at) != day:
        raise Refusal("A lesson ends on the day on which it begins.", code="across-midnight", field="minutes")
    return starts_at, ends_at


def check_start(starts_at: datetime, now: datetime) -> None:
    """Raises Refusal for a new start in the past or too far ahead to be meant."""
    if starts_at <= now:
        raise Refusal("This time has passed already.", code="in-the-past", field="day")
    if starts_at - now > timedelta(days=FURTHEST_DAYS):
        raise Refusal("This is more than two years ahead. Please check the year.", code="too-far", field="day")


def booking_window(starts_at: datetime, closed: Collection[date] = ()) -> tuple[datetime, datetime]:
    """When booking opens and closes unless somebody says otherwise: from 8:30 thirty days before, to 17:15 on the
    working day before (office practice 1: 受付開始, 申込締切)."""
    day = clock.local_date(starts_at)
    opens = clock.at(day - timedelta(days=OPENS_DAYS_BEFORE), OPENS_AT)
    return opens, clock.at(calendar.working_days_before(day, 1, closed), CLOSES_AT)


def check_window(opens_at: datetime, closes_at: datetime, starts_at: datetime) -> None:
    """Raises Refusal unless booking opens, then closes, then the lesson begins."""
    if closes_at <= opens_at:
        raise Refusal("Booking must close after it opens.", code="window", field="booking_closes_at")
    if closes_at > starts_at:
        raise Refusal("Booking must close before the lesson begins.", code="window", field="booking_closes_at")


def check_seats(seats: int, least: int, *, taken: int = 0, held: int = 0) -> None:
    """Raises Refusal for fewer seats than are taken or held (offered ones are held too), or a least number that the
    seats cannot hold."""
    if not 1 <= seats <= MOST_SEATS:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="seats", least=1, most=MOST_SEATS)
    if seats < taken + held:
        raise Refusal(
            "%(taken)s seats are booked and %(held)s held. There cannot be fewer seats than that.",
            code="seats-in-use", field="seats", taken=taken, held=held,
        )  # fmt: skip
    if not 1 <= least <= seats:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="least", least=1, most=seats)


def check_course(minutes: int, seats: int, learners_per_supporter: int, needs_phones: int) -> None:
    """Raises Refusal for a length, a number of seats, of learners or of phones that cannot be meant."""
    for field, value, least, most in (
        ("minutes", minutes, SHORTEST_MINUTES, LONGEST_MINUTES),
        ("seats", seats, 1, MOST_SEATS),
        ("learners_per_supporter", learners_per_supporter, 1, MOST_SEATS),
        ("needs_phones", needs_phones, 0, MOST_SEATS),
    ):
        if not least <= value <= most:
            raise Refusal("Please write a number from %(least)s to %(most)s.", field=field, least=least, most=most)


def parse_moment(typed: str) -> datetime:
    """The instant of 2026-06-15 8:30 or 令和8年6月15日 午前8時30分. Raises Refusal."""
    day, _, hour = nfkc(typed).strip().rpartition(" ")
    if not day:
        raise Refusal("Please write day and time, like 2026-06-15 8:30.", code="not-a-moment")
    return clock.at(calendar.parse_day(day), calendar.parse_time(hour))


def month_of(typed: str, today: date) -> date:
    """The first day of the month written as 2026-07; this month's for anything else."""
    found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", typed)
    return date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)


def next_month(first: date, step: int = 1) -> date:
    """The first day of the month `step` months after that of `first`, which may be any day of it."""
    months = first.year * 12 + first.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)
