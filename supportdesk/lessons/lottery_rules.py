"""Pure decisions about lessons that are given by lot (抽選): who may enter and when, when may be drawn, and the draw.

The draw is a function of the seed and the entries alone, so that anybody can repeat it from the printed list:
docs/decisions/0022. Source: office practice 1 (先着・抽選, 受付開始, 申込締切, first-timers first).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from ..core import clock
from ..core.errors import Refusal
from ..core.japan import calendar
from .booking_rules import CLOSED, NOT_OPEN_YET, PASSABLE, BookableLesson, why_not_bookable

BY_LOT = "by-lottery"


class Admission(StrEnum):
    """How the seats of a lesson are given."""

    FIRST_COME = "first-come"
    LOTTERY = "lottery"


class AlreadyEntered(Refusal):
    """Somebody of the party has entered for this lesson already; `waiting_ids` are those entries."""

    code = "already-entered"

    def __init__(self, names: Sequence[str], waiting_ids: Sequence[int]) -> None:
        super().__init__("Already entered for this lesson: %(names)s.", names="、".join(names))
        self.waiting_ids = list(waiting_ids)


class LotLesson(BookableLesson, Protocol):
    """What is looked at besides."""

    admission: Any
    drawn_at: Any
    first_timers_first: Any


@dataclass(frozen=True)
class Entry:
    """What the draw looks at in an entry. `number` is that of the slip (受付番号), `seats` how many the party needs;
    `first_timers`: nobody of the party has come to a lesson before."""

    number: int
    seats: int
    first_timers: bool = False


@dataclass(frozen=True)
class Drawn:
    """One line of the drawn list, `rank` from 1."""

    entry: Entry
    rank: int
    won: bool


def is_undrawn(lesson: LotLesson) -> bool:
    """Whether the seats of this lesson are still to be given by lot."""
    return lesson.admission == Admission.LOTTERY and lesson.drawn_at is None


def check_not_by_lot(lesson: LotLesson) -> None:
    """Raises Refusal `by-lottery` for a booking where an entry is meant: before the draw no seat is anybody's."""
    if is_undrawn(lesson):
        raise Refusal("The seats of this lesson are given by lot. Take an entry instead.", code=BY_LOT)


def check_may_enter(
    lesson: LotLesson, seats: int, wanted: int, asked_at: datetime | None, now: datetime, *, override_reason: str
) -> str:
    """Refuse an entry outside the booking period, unless staff give a reason; says which limit was passed over, or "".

    `asked_at`: when they asked, if it was written on a paper slip and is entered later; then that moment counts.
    """
    if lesson.admission != Admission.LOTTERY:
        raise Refusal("This lesson is not given by lot. Please book instead.", code="no-lottery")
    if lesson.drawn_at is not None:
        raise Refusal("The draw is over. Book a free seat, or use the waiting list.", code="drawn-already")
    if wanted > seats:
        raise Refusal(
            "The lesson has only %(seats)s seats, so a party of this size cannot come together.",
            code="party-too-large", seats=seats,
        )  # fmt: skip
    refusal = why_not_bookable(lesson, now)
    if asked_at is not None and (refusal is None or refusal.code in PASSABLE):
        refusal = _why_not_then(lesson, asked_at, now)
    if refusal is None:
        return ""
    if refusal.code in PASSABLE and override_reason.strip():
        return refusal.code
    raise refusal


def _why_not_then(lesson: LotLesson, asked_at: datetime, now: datetime) -> Refusal | None:
    """Why an entry of that moment does not count; the very minute of the deadline is too late, that of the opening is
    not too early."""
    if asked_at > now:
        raise Refusal("This time is still to come.", code="in-the-future", field="asked_at")
    if asked_at < lesson.booking_opens_at:
        return Refusal("They asked before booking opened.", code=NOT_OPEN_YET, field="asked_at")
    if asked_at >= lesson.booking_closes_at:
        return Refusal("They asked after booking had closed.", code=CLOSED, field="asked_at")
    return None


def check_may_draw(lesson: LotLesson, now: datetime) -> None:
    """Raises Refusal unless the lesson is to be drawn, and the deadline has passed: whoever enters in its last minute
    has the same chance."""
    if lesson.admission != Admission.LOTTERY:
        raise Refusal("This lesson is not given by lot. Please book instead.", code="no-lottery")
    refusal = why_not_bookable(lesson, now)
    if refusal is not None and refusal.code not in PASSABLE:
        raise refusal
    if now < lesson.booking_closes_at:
        closes = clock.local(lesson.booking_closes_at)
        raise Refusal(
            "Entries are taken until %(when)s. The draw is after that.", code="not-closed-yet",
            when=f"{calendar.text_day(closes.date())} {closes:%H:%M}",
        )  # fmt: skip


def draw(seed: str, entries: Collection[Entry], seats: int, *, first_timers_first: bool) -> list[Drawn]:
    """All entries in drawn order, and who has a seat: the first whole parties in that order that fit. A couple for whom
    one seat is left lets the next go ahead, and stands before them on the waiting list."""
    ordered = sorted(
        entries, key=lambda one: (first_timers_first and not one.first_timers, lot(seed, one.number), one.number)
    )
    drawn = []
    for rank, entry in enumerate(ordered, 1):
        won = entry.seats <= seats
        seats -= entry.seats if won else 0
        drawn.append(Drawn(entry, rank, won))
    return drawn


def lot(seed: str, number: int) -> str:
    """The lot of an entry: SHA-256 of seed, hyphen and number, in hexadecimal. Smaller comes first."""
    return hashlib.sha256(f"{seed}-{number}".encode()).hexdigest()


def check_admission(
    before: LotLesson, admission: Admission, first_timers_first: bool, *, begun: bool, whole_series: bool
) -> None:
    """Raises Refusal at `admission` for a change of how seats are given once somebody asked for one (`begun`), and for
    a lottery in a series that is booked as a whole."""
    if admission is Admission.LOTTERY and whole_series:
        raise Refusal(
            "This lesson belongs to a series that is booked as a whole. Its seats are given first come, first served.",
            code="series-first-come", field="admission",
        )  # fmt: skip
    changes = (before.admission, before.first_timers_first) != (admission, first_timers_first)
    if changes and begun:
        raise Refusal(
            "People have booked or entered already, and were told how seats are given. That cannot be changed any "
            "more.",
            code="admission-fixed", field="admission",
        )  # fmt: skip


def check_first_timers(admission: Admission, first_timers_first: bool) -> None:
    """Raises Refusal for first-timers first where nobody is drawn."""
    if first_timers_first and admission is not Admission.LOTTERY:
        raise Refusal(
            "First-timers come first in a draw only. Choose the draw, or take this out.",
            code="no-lottery", field="first_timers_first",
        )  # fmt: skip


def check_may_be_drawn(admission: Admission, *, is_slot: bool) -> None:
    """Raises Refusal for a lottery over single times: a party takes one table, and another time may do as well."""
    if is_slot and admission is Admission.LOTTERY:
        raise Refusal(
            "Consultations, counter times and visits are booked first come, first served.",
            code="slot-first-come", field="admission",
        )  # fmt: skip
