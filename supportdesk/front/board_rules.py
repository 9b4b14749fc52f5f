"""Pure decisions about the board: which days it shows, whole weeks at a time, and how one gets to the days beside."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import calendar
from ..lessons.rules import next_month

DAYS = 7
# Far enough for every office, and a step beside it is still a day of the calendar.
YEARS = range(2000, 2100)


class Span(StrEnum):
    WEEK = "week"
    MONTH = "month"


class RowsBy(StrEnum):
    DISTRICT = "district"
    VENUE = "venue"
    SUPPORTER = "supporter"


def day_asked(typed: str, today: date) -> date:
    """The day that an address names, in any way in which a day is typed; today for anything else."""
    try:
        day = calendar.parse_day(typed)
    except Refusal:
        return today
    return day if day.year in YEARS else today


def weeks(span: Span, day: date) -> list[list[date]]:
    """The week of that day, or all weeks that touch its month, each from Monday on.

    A month is its weeks one below the other: no week is torn, and thirty columns would hold no words.
    """
    first, last = (day, day) if span is Span.WEEK else (day.replace(day=1), beside(span, day, 1) - timedelta(days=1))
    monday = first - timedelta(days=first.weekday())
    return [
        [monday + timedelta(days=start + place) for place in range(DAYS)]
        for start in range(0, (last - monday).days + 1, DAYS)
    ]


def beside(span: Span, day: date, step: int) -> date:
    """A day of the week so many weeks on, or the first day of the month so many months on."""
    if span is Span.WEEK:
        return day + timedelta(days=DAYS * step)
    return next_month(day, step)
