"""Pure decisions about the record of activity (活動実績簿, office practice 19): which duties of a month count, for how
long, and what they come to.

A duty counts in the month of its lesson, whenever that is recorded: paper of March entered in May counts in March
(office practice 25). Hours are counted in quarters, begun ones whole, so that nobody is asked to round their own; what
is not a whole yen is dropped, as the city's payments do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..core.clock import local_date
from ..office.rules import FeePer
from .rules import LessonState

QUARTER = timedelta(minutes=15)
HELD = frozenset({LessonState.HELD, LessonState.RECORDED})


class NotCounted(StrEnum):
    """Why a duty of the month is not in the record of activity."""

    CANCELLED = "cancelled"
    TO_COME = "to-come"
    NOT_RECORDED = "not-recorded"


@dataclass(frozen=True)
class Fees:
    """What the office pays, in yen; 0 is not settled and is written in by hand. `travel` is for the way to one hall
    and back."""

    yen: int
    per: FeePer
    travel: int


@dataclass(frozen=True)
class Turn:
    """A duty in one lesson, or (`slot`) in times that follow each other; `lesson_id` is then the first of them."""

    lesson_id: int
    starts_at: datetime
    ends_at: datetime
    venue_id: int
    place: str
    content: str
    state: LessonState
    slot: bool = False

    @property
    def day(self) -> date:
        return local_date(self.starts_at)

    @property
    def quarters(self) -> int:
        """How many quarters of an hour, begun ones whole."""
        return -((self.starts_at - self.ends_at) // QUARTER)


@dataclass(frozen=True)
class Counted:
    """A duty that counts; fee and travel in yen, None where they are written in by hand."""

    turn: Turn
    fee: int | None
    travel: int | None


@dataclass(frozen=True)
class Activity:
    """What one supporter did in one month, in the order of time, and the duties that are not counted."""

    counted: Sequence[Counted]
    left_out: Sequence[tuple[Turn, NotCounted]]

    @property
    def quarters(self) -> int:
        return sum(one.turn.quarters for one in self.counted)

    @property
    def fee(self) -> int | None:
        return _sum([one.fee for one in self.counted])

    @property
    def travel(self) -> int | None:
        return _sum([one.travel for one in self.counted])


def activity(turns: Sequence[Turn], fees: Fees, now: datetime) -> Activity:
    """The record of one supporter's duties in one month."""
    counted: list[Counted] = []
    left_out: list[tuple[Turn, NotCounted]] = []
    ways: set[tuple[date, int]] = set()
    for turn in _joined(turns):
        if why := why_not_counted(turn, now):
            left_out.append((turn, why))
            continue
        # Two lessons in one hall on one day are two turns and one way.
        way = (turn.day, turn.venue_id)
        travel = (0 if way in ways else fees.travel) if fees.travel else None
        ways.add(way)
        counted.append(Counted(turn, _fee(turn, fees), travel))
    return Activity(counted, left_out)


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    """In the order of time; times of half an hour that touch, of one kind at one place, are one turn."""
    found: list[Turn] = []
    for turn in sorted(turns, key=lambda one: (one.starts_at, one.lesson_id)):
        before = found[-1] if found else None
        if before is not None and turn.slot and before.ends_at == turn.starts_at and _alike(before, turn):
            found[-1] = replace(before, ends_at=turn.ends_at)
        else:
            found.append(turn)
    return found


def _alike(one: Turn, other: Turn) -> bool:
    return (one.slot, one.venue_id, one.content, one.state) == (other.slot, other.venue_id, other.content, other.state)


def why_not_counted(turn: Turn, now: datetime) -> NotCounted | None:
    """None for a lesson that was held."""
    if turn.state in HELD:
        return None
    if turn.state is LessonState.CANCELLED:
        return NotCounted.CANCELLED
    return NotCounted.TO_COME if now < turn.ends_at else NotCounted.NOT_RECORDED


def hours(quarters: int) -> str:
    """1.50: hours as they stand in the record."""
    return f"{quarters / 4:.2f}"


def _fee(turn: Turn, fees: Fees) -> int | None:
    if not fees.yen:
        return None
    return fees.yen if fees.per is FeePer.TURN else fees.yen * turn.quarters // 4


def _sum(parts: Sequence[int | None]) -> int | None:
    """None where one of them is written in by hand, and of nothing."""
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
