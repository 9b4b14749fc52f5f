"""Pure decisions about pages that show a week or a month: which days, and how one gets to those beside."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import calendar
from .rules import next_month

DAYS = 7
# Far enough for every office, and a step beside it is still a day of the calendar.
YEARS = range(2000, 2100)


class Span(StrEnum):
    WEEK = "week"
    MONTH = "month"


def day_asked(typed: str, today: date) -> date:
    """The day that an address names, in any way in which a day is typed; today for anything else."""
    try:
        day = calendar.parse_day(typed)
    except Refusal:
        return today
    return day if day.year in YEARS else today


def bounds(span: Span, day: date) -> tuple[date, date]:
    """The first and the last day of the week, from Monday on, or of the month of that day."""
    if span is Span.MONTH:
        return day.replace(day=1), beside(span, day, 1) - timedelta(days=1)
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=DAYS - 1)


def beside(span: Span, day: date, step: int) -> date:
    """A day of the week so many weeks on, or the first day of the month so many months on."""
    if span is Span.WEEK:
        return day + timedelta(days=DAYS * step)
    return next_month(day, step)
