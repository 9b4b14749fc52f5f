"""Until when an offer stands: pure decisions that count the minutes in which the office can be rung.

The hours in the office's settings are a sentence for people; these are those of the usual booking window (rules.py).
Source: peers 8 (a deadline pauses overnight, so that no offer lapses while people sleep).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from ..core import clock
from ..core.japan import calendar
from .rules import CLOSES_AT, OPENS_AT

# One working day of the office, 8:30 to 17:15: told at two in the afternoon, they have until two on the next one.
ANSWER_MINUTES = 525
# With less than this to answer in, an offer would only keep the seat from everybody.
LEAST_ANSWER_MINUTES = 60
# Who says yes must still be able to come.
BEFORE_THE_LESSON = timedelta(hours=2)


def offer_until(made: datetime, starts_at: datetime, closed: Collection[date]) -> datetime | None:
    """The deadline of an offer made now; None when too little of the office's time is left before the lesson.

    Only minutes in which the office can be rung count: a night, a weekend and a closed day cost nobody the seat.
    """
    until = min(_after(made, ANSWER_MINUTES, closed), latest_answer(starts_at, closed))
    return until if office_minutes(made, until, closed) >= LEAST_ANSWER_MINUTES else None


def latest_answer(starts_at: datetime, closed: Collection[date]) -> datetime:
    """The last moment of the office at which somebody who says yes can still come."""
    instant = starts_at - BEFORE_THE_LESSON
    day = clock.local_date(instant)
    while not calendar.is_working_day(day, closed) or clock.at(day, OPENS_AT) > instant:
        day -= timedelta(days=1)
    return min(clock.at(day, CLOSES_AT), instant)


def office_minutes(start: datetime, end: datetime, closed: Collection[date]) -> int:
    """Whole minutes between two instants in which the office can be rung."""
    seconds = 0.0
    for opens, closes in _office_hours(start, closed):
        if opens >= end:
            break
        seconds += max(0.0, (min(closes, end) - max(opens, start)).total_seconds())
    return int(seconds // 60)


def _after(instant: datetime, minutes: int, closed: Collection[date]) -> datetime:
    """The instant so many office minutes later."""
    left = timedelta(minutes=minutes)
    for opens, closes in _office_hours(instant, closed):
        begins = max(opens, instant)
        if begins + left <= closes:
            return begins + left
        left -= max(timedelta(), closes - begins)
    raise AssertionError("the office never opens again")


def _office_hours(start: datetime, closed: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing of each working day from this instant's on."""
    day = clock.local_date(start)
    while True:
        if calendar.is_working_day(day, closed):
            yield clock.at(day, OPENS_AT), clock.at(day, CLOSES_AT)
        day += timedelta(days=1)
