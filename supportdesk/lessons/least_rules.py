"""Pure decisions about a lesson for which fewer people have asked than it is held from (最少人数), and about a draw
that nobody has made: what a person must decide, and until when.

Source: office practice 1 (least number to hold it). Nothing happens by itself: a lesson that nobody decided on stays
in the list, red, until it begins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from ..core import clock
from ..core.errors import Refusal
from ..core.japan.calendar import is_working_day, working_days_before
from .deadline_rules import latest_answer
from .rules import CLOSES_AT, OPENS_AT

# A lesson after New Year with the most working days that the office may set (setting_rules.py).
AHEAD = timedelta(days=31)


class LeastAnswer(StrEnum):
    """Held all the same, or booking stays open for longer. The third answer is the lesson's own cancellation."""

    HOLD = "hold"
    EXTEND = "extend"


class Question(StrEnum):
    """What a person must decide about a lesson."""

    LEAST = "least"
    DRAW = "draw"


@dataclass(frozen=True)
class Decided:
    """The newest decision on a lesson, as in least_models."""

    answer: LeastAnswer
    asked_for: int
    until: datetime | None


def asked_from(starts_at: datetime, days: int, closed: Collection[date]) -> datetime:
    """From when it is asked: the morning of so many working days before the lesson."""
    return clock.at(working_days_before(clock.local_date(starts_at), days, closed), OPENS_AT)


def decide_by(starts_at: datetime, days: int, closed: Collection[date]) -> datetime:
    """Until when: the evening of the working day after it was first asked, so that those who are booked can be told
    before the lesson's eve. Asked one working day before, on that day."""
    return clock.at(working_days_before(clock.local_date(starts_at), max(days - 1, 1), closed), CLOSES_AT)


def question_of_least(
    starts_at: datetime, least: int, asked_for: int, decided: Decided | None, days: int, closed: Collection[date],
    now: datetime,
) -> datetime | None:  # fmt: skip
    """The deadline of the decision that is to be made now about a lesson to come, or None if nothing is.

    Who decided that it is held is asked no more, unless the number falls below what it was then. Who let booking stay
    open for longer is asked again when that is over.
    """
    if asked_for >= least or now >= starts_at or now < asked_from(starts_at, days, closed):
        return None
    if decided is None or (decided.answer is LeastAnswer.HOLD and asked_for < decided.asked_for):
        return decide_by(starts_at, days, closed)
    if decided.until is None or now < decided.until:
        return None
    return max(latest_answer(starts_at, closed), decided.until)


def draw_by(closes_at: datetime, starts_at: datetime, closed: Collection[date]) -> datetime:
    """Until when a draw is to be made: the evening of the first working day that begins after the deadline of entries,
    or earlier where the lesson needs it."""
    day = clock.local_date(closes_at)
    while not is_working_day(day, closed) or clock.at(day, time.min) < closes_at:
        day += timedelta(days=1)
    return max(closes_at, min(clock.at(day, CLOSES_AT), latest_answer(starts_at, closed)))


def check_longer(closes_at: datetime, before: datetime, now: datetime) -> None:
    """Raises Refusal at `until` unless booking would be open for longer than it is."""
    if closes_at <= now or closes_at <= before:
        raise Refusal(
            "Please write a later time than now and than the present end of booking.", code="not-later", field="until"
        )


def check_asked(deadline: datetime | None) -> None:
    """Raises Refusal when there is nothing to decide any more, as when somebody else has just done it."""
    if deadline is None:
        raise Refusal("There is nothing to decide about this lesson any more.", code="nothing-to-decide")
