"""Pure decisions about slots (個別相談・窓口予約・訪問): a day cut into times, and how many seats a party takes.

A slot is a lesson like any other: one time of one day, with as many seats as there are tables or terminals. What is
different is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol

from ..core import clock
from ..core.errors import Refusal
from .rules import LessonState, check_seats, lesson_times

USUAL_MINUTES = 30
# A day from 8:30 to 17:15 has 17 half hours, and 29 with an evening; more is a slip in the hours or the length.
MOST_TIMES = 30
# Two together, for the safety of both sides and as a witness (office practice: a visit is never made alone).
VISITORS = 2


class LessonKind(StrEnum):
    """教室, 個別相談, 窓口予約, 訪問. It is the course's, and stays with the lesson whatever becomes of that."""

    CLASS = "class"
    CONSULTATION = "consultation"
    COUNTER = "counter"
    VISIT = "visit"

    @property
    def is_slot(self) -> bool:
        return self is not LessonKind.CLASS


class CounterMatter(StrEnum):
    """What a time at the card counter is for (office practice 21)."""

    APPLY = "apply"
    COLLECT = "collect"
    RENEW = "renew"
    PIN = "pin"
    PROXY = "proxy"

    @property
    def in_person(self) -> bool:
        """Whether the person must come; for a proxy's errand the proxy does."""
        return self is not CounterMatter.PROXY


_KINDS = {"consult": LessonKind.CONSULTATION, "counter": LessonKind.COUNTER, "visit": LessonKind.VISIT}
SLOT_CATEGORIES = tuple(_KINDS)
# What everybody may read of. At the counter and at home nobody's errand is announced.
PUBLIC_KINDS = (LessonKind.CLASS, LessonKind.CONSULTATION)


def kind_of(category: str) -> LessonKind:
    """What lessons of a course of this category are."""
    return _KINDS.get(category, LessonKind.CLASS)


def seats_for(kind: LessonKind, people: int) -> int:
    """How many seats people take who come together, companions counted: a seat each in a class, else one table (one
    terminal, one visit) for all of them. Every path that books, holds, waits, offers, moves or cancels asks here."""
    return min(people, 1) if kind.is_slot else people


def seats_of_one(kind: LessonKind, own: int, others: int) -> int:
    """How many seats more a party takes when `own` people join `others` of it who are there; as many are free when they
    leave them."""
    return seats_for(kind, own + others) - seats_for(kind, others)


def check_course(category: str, matter: CounterMatter | None, owner: str) -> None:
    """Raises Refusal unless a course of the counter, and no other, says what it is for and whose it is."""
    if kind_of(category) is LessonKind.COUNTER:
        if matter is None:
            raise Refusal("Please choose what is done at the counter.", code="no-matter", field="counter_matter")
        if not owner:
            raise Refusal("Please write the section whose counter it is.", code="no-owner", field="owner")
    elif matter is not None:
        raise Refusal("Only a time at the counter has this.", code="not-at-counter", field="counter_matter")


def check_same_kind(before: LessonKind, after: LessonKind) -> None:
    """Raises Refusal for a lesson that would become one of another kind: its seats mean something else then."""
    if before is not after:
        raise Refusal(
            "A lesson stays what it is: a class, a consultation, a time at the counter or a visit. Please plan a new "
            "one.",
            code="other-kind", field="course_id",
        )  # fmt: skip


# ---- a day cut into times


@dataclass(frozen=True)
class Times:
    """From when to when, in pieces of so many minutes, with or without a pause at noon."""

    start: time
    end: time
    minutes: int = USUAL_MINUTES
    pause_start: time | None = None
    pause_end: time | None = None


def starts(times: Times) -> tuple[time, ...]:
    """The beginnings, each touching the end before it. Raises Refusal at the field that does not fit: the pieces fill
    the day, so that nobody waits at the end of one for a quarter of an hour that is none."""
    anchor = date(2026, 7, 1)  # any day: Japan has no summer time
    lesson_times(anchor, times.start, times.minutes)
    if times.end <= times.start:
        raise Refusal("The last time must end later on the same day.", code="across-midnight", field="end")
    found: list[time] = []
    for begins, ends, field in _parts(times):
        at, until = datetime.combine(anchor, begins), datetime.combine(anchor, ends)
        count, left = divmod(int((until - at).total_seconds()) // 60, times.minutes)
        if left:
            raise Refusal(
                "%(start)s to %(end)s is not a whole number of times of %(minutes)s minutes (%(left)s minutes are left "
                "over).",
                code="left-over", field=field, start=f"{begins:%H:%M}", end=f"{ends:%H:%M}", minutes=times.minutes,
                left=left,
            )  # fmt: skip
        if len(found) + count > MOST_TIMES:
            raise Refusal(
                "A day can have at most %(most)s times. Please check the hours and the minutes.",
                code="too-many-times", field="minutes", most=MOST_TIMES,
            )  # fmt: skip
        found += [(at + timedelta(minutes=n * times.minutes)).time() for n in range(count)]
    return tuple(found)


def _parts(times: Times) -> list[tuple[time, time, str]]:
    """The morning and the afternoon, each with the field at which its end was typed."""
    first, last = times.pause_start, times.pause_end
    if first is None and last is None:
        return [(times.start, times.end, "end")]
    if first is None or last is None:
        raise Refusal(
            "Please write when the pause begins and when it ends, or leave both empty.",
            code="half-a-pause", field="pause_start" if first is None else "pause_end",
        )  # fmt: skip
    if not times.start < first < last < times.end:
        raise Refusal(
            "The pause must lie within the day: after %(start)s and before %(end)s.",
            code="pause-outside", field="pause_start", start=f"{times.start:%H:%M}", end=f"{times.end:%H:%M}",
        )  # fmt: skip
    return [(times.start, first, "pause_start"), (last, times.end, "end")]


def check_tables(kind: LessonKind, tables: int) -> None:
    """Raises Refusal at `tables`: none, too many, or several households visited at once by the same two."""
    try:
        check_seats(tables, 1)
    except Refusal as refusal:
        refusal.field = "tables"
        raise
    if kind is LessonKind.VISIT and tables != 1:
        raise Refusal("A visit goes to one home at a time.", code="one-home", field="tables")


def check_slot_course(kind: LessonKind) -> None:
    """Raises Refusal for a course whose lessons are classes."""
    if not kind.is_slot:
        raise Refusal(
            "This course is held as a class. Please choose one for consultations, the counter or visits.",
            code="not-a-slot", field="course_id",
        )  # fmt: skip


# ---- on the spot


class Slot(Protocol):
    """What is looked at before somebody is squeezed in."""

    kind: Any
    state: Any
    starts_at: Any
    ends_at: Any


def why_not_on_the_spot(slot: Slot, now: datetime) -> Refusal | None:
    """Why nobody can be taken without a booking now; None from the morning of the day to the end of the time, whether
    or not booking has closed or a table is free."""
    if slot.kind not in (LessonKind.CONSULTATION, LessonKind.COUNTER):
        return Refusal("Only consultations and the counter take people on the spot.", code="not-on-the-spot")
    if slot.state is LessonState.CANCELLED:
        return Refusal("This lesson was cancelled.", code="lesson-cancelled")
    if slot.state not in (LessonState.OPEN, LessonState.CLOSED, LessonState.HELD):
        return Refusal("This lesson is still being prepared, or its record is closed.", code="lesson-not-ready")
    if clock.local_date(slot.starts_at) != clock.local_date(now) or now >= slot.ends_at:
        return Refusal("Only a time of today that is not over can be used on the spot.", code="not-now")
    return None


def is_squeezed(wanted: int, free: int, allowed_by: str) -> bool:
    """Whether they come though no table is free. Raises Refusal unless it is said who allowed that."""
    if wanted <= free:
        return False
    if not allowed_by.strip():
        raise Refusal(
            "All tables are taken. To take these people all the same, write who allows it.",
            code="tables-taken", field="allowed_by",
        )  # fmt: skip
    return True


# ---- the page of a day


@dataclass(frozen=True)
class Seated:
    """One time of a day: who sits at which table (None: nobody), and who was squeezed in besides."""

    tables: tuple[Any | None, ...]
    squeezed: tuple[Any, ...]


def seated(tables: int, parties: Sequence[Any], squeezed: Collection[Any]) -> Seated:
    """The parties in their order, a table each; a table stays empty behind them. What the row of a lesson counts is
    right even where there are more parties than tables, as after a change: they stand with those squeezed in."""
    beyond = tuple(parties[tables:]) + tuple(squeezed)
    return Seated((*parties[:tables], *(None for _ in range(tables - len(parties[:tables])))), beyond)
