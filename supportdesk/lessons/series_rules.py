"""Pure decisions about series (連続教室): the days that a rule or a list gives, and who is meant by a change.

The days are worked out here and not by python-dateutil's rrule: that one leaves out a month that has no 31st without a
word, and which month has none is just what a planner must be told. What is left of it is a dozen lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.japan.text import nfkc
from .rules import FURTHEST_DAYS, next_month

MOST_DATES = 500
MOST_WEEKS = 52
# Of a list with nothing right in it the first lines say enough.
MOST_PROBLEMS = 10


class SeriesRule(StrEnum):
    """How the days of a series follow each other. Weekday, week of the month and day are those of the first day, so
    that rule and first day can never say two things."""

    WEEKLY = "weekly"
    NTH_WEEKDAY = "nth_weekday"
    LAST_WEEKDAY = "last_weekday"
    MONTH_DAY = "month_day"
    LISTED = "listed"


class Registration(StrEnum):
    """Whether residents book all lessons of a series at once, or each for itself."""

    WHOLE = "whole"
    EACH = "each"


class Scope(StrEnum):
    """Which lessons of a series are meant, seen from one of them."""

    THIS = "this"
    LATER = "later"
    ALL = "all"


@dataclass(frozen=True)
class Pattern:
    """The rule of a series as it is typed. With `LISTED` only `listed` counts, otherwise `first_day` and an end: a day,
    a number of times, or both, whichever comes first."""

    rule: SeriesRule
    first_day: date | None = None
    every_weeks: int = 1
    until: date | None = None
    times: int | None = None
    listed: tuple[date, ...] = ()


@dataclass(frozen=True)
class Dates:
    """The days of a series in their order, and the months (their first days) that have none though the rule goes
    through them."""

    days: tuple[date, ...]
    months_without: tuple[date, ...] = ()


def dates_of(pattern: Pattern, today: date) -> Dates:
    """The days that a pattern gives from today on. Raises Refusal at the field that asks for too much or too little."""
    if pattern.rule is SeriesRule.LISTED:
        return _listed(pattern.listed, today)
    first = pattern.first_day
    if first is None:
        raise Refusal("Please fill this in.", code="empty", field="first_day")
    check_within(first, today, "first_day")
    _check_end(pattern, first, today)
    if pattern.rule is SeriesRule.WEEKLY and not 1 <= pattern.every_weeks <= MOST_WEEKS:
        raise Refusal(
            "Please write a number from %(least)s to %(most)s.", field="every_weeks", least=1, most=MOST_WEEKS
        )
    if pattern.rule is SeriesRule.LAST_WEEKDAY and (first + timedelta(days=7)).month == first.month:
        raise Refusal(
            "This is not the last such weekday of its month. Please choose the last one.",
            code="not-the-last", field="first_day",
        )  # fmt: skip
    return _taken(pattern, first, today)


def _taken(pattern: Pattern, first: date, today: date) -> Dates:
    days: list[date] = []
    without: list[date] = []
    for month, day in candidates(pattern, first):
        if (pattern.until and (day or month) > pattern.until) or len(days) == (pattern.times or MOST_DATES):
            break
        if day is None:
            without.append(month)
        else:
            check_within(day, today, "until" if pattern.times is None else "times")
            days.append(day)
    # A month after the last day belongs to the series no more.
    last = days[-1] if pattern.times is not None and len(days) == pattern.times else pattern.until
    return Dates(tuple(days), tuple(month for month in without if last is None or month <= last))


def candidates(pattern: Pattern, first: date) -> Iterator[tuple[date, date | None]]:
    """For each place of the rule its month (the first day of it) and its day, None where the month has none."""
    if pattern.rule is SeriesRule.WEEKLY:
        day = first
        while True:
            yield day.replace(day=1), day
            day += timedelta(weeks=pattern.every_weeks)
    find: Callable[[date], date | None] = {
        SeriesRule.NTH_WEEKDAY: lambda month: nth_weekday(month, week_of_month(first), first.weekday()),
        SeriesRule.LAST_WEEKDAY: lambda month: last_weekday(month, first.weekday()),
        SeriesRule.MONTH_DAY: lambda month: _in_month(month, first.day),
    }[pattern.rule]
    month = first.replace(day=1)
    while True:
        yield month, find(month)
        month = next_month(month)


def week_of_month(day: date) -> int:
    """3 for the third Wednesday of its month (第3水曜日)."""
    return (day.day - 1) // 7 + 1


def nth_weekday(month: date, nth: int, weekday: int) -> date | None:
    """The nth Monday (0) to Sunday (6) of the month that begins on `month`; None if it has no fifth."""
    return _in_month(month, 1 + (weekday - month.weekday()) % 7 + 7 * (nth - 1))


def last_weekday(month: date, weekday: int) -> date:
    return nth_weekday(month, 5, weekday) or month + timedelta(days=21 + (weekday - month.weekday()) % 7)


def _in_month(month: date, day: int) -> date | None:
    try:
        return month.replace(day=day)
    except ValueError:
        return None


def _check_end(pattern: Pattern, first: date, today: date) -> None:
    if pattern.until is None and pattern.times is None:
        raise Refusal("Please write until which day, or how many times.", code="no-end", field="times")
    if pattern.times is not None and not 1 <= pattern.times <= MOST_DATES:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="times", least=1, most=MOST_DATES)
    if pattern.until is not None:
        if pattern.until < first:
            raise Refusal("The last day lies before the first.", code="ends-before-it-begins", field="until")
        check_within(pattern.until, today, "until")


def check_within(day: date, today: date, field: str) -> None:
    """As rules.check_start, which looks at the hour too when a lesson is made."""
    if day < today:
        raise Refusal("This day has passed already.", code="in-the-past", field=field)
    if (day - today).days > FURTHEST_DAYS:
        raise Refusal("This is more than two years ahead. Please check the year.", code="too-far", field=field)


def _listed(listed: Sequence[date], today: date) -> Dates:
    if not listed:
        raise Refusal("Please write at least one day.", code="no-days", field="listed")
    if len(listed) > MOST_DATES:
        raise Refusal(
            "At most %(most)s days can be planned at once (now %(now)s).",
            code="too-many-days", field="listed", most=MOST_DATES, now=len(listed),
        )  # fmt: skip
    days = sorted(listed)
    for day, after in zip(days, [*days[1:], None], strict=True):
        if day == after:
            raise Refusal("%(day)s stands in the list twice.", code="twice", field="listed", day=calendar.wareki(day))
    if days[0] < today:
        raise Refusal("%(day)s has passed already.", code="in-the-past", field="listed", day=calendar.wareki(days[0]))
    check_within(days[-1], today, "listed")
    return Dates(tuple(days))


# ---- a list as it is typed or pasted

_WITHOUT_YEAR = re.compile(r"(1[0-2]|0?[1-9])(?:月|[-/.])(3[01]|[12][0-9]|0?[1-9])日?(?:\(([月火水木金土日])\))?")
_WEEKDAY_AT_END = re.compile(r"\(([月火水木金土日])(?:曜日?)?\)$|([月火水木金土日])曜日?$")


def read_days(typed: str, today: date) -> tuple[tuple[date, ...], list[Refusal]]:
    """The days of a list, one in a line or with 、 between them, and what is wrong with its lines, each by its number.

    7/15 and 7月15日 mean the next such day from today on. A weekday that stands beside its day has to fit it, since it
    is the usual sign of a slip of the year. Sorted and counted they are by `dates_of`.
    """
    days: list[date] = []
    problems: list[Refusal] = []
    for number, line in enumerate(typed.splitlines(), start=1):
        for part in re.split("[、,，\t]", line):
            if not part.strip():
                continue
            try:
                days.append(_read_day(part, today))
            except Refusal as refusal:
                problems.append(
                    Refusal(
                        "Line %(line)s, “%(text)s”: %(why)s",
                        code="not-a-day",
                        field="listed",
                        line=number,
                        text=part.strip()[:20],
                        why=refusal,
                    )
                )
    return tuple(days), problems[:MOST_PROBLEMS]


def _read_day(typed: str, today: date) -> date:
    text = "".join(nfkc(typed).split())
    named = _WEEKDAY_AT_END.search(text)
    bare = text[: named.start()] if named else text
    found = _WITHOUT_YEAR.fullmatch(bare)
    day = _next_such_day(int(found[1]), int(found[2]), today) if found else calendar.parse_day(bare)
    if named and (named[1] or named[2]) != calendar.weekday(day):
        raise Refusal(
            "%(day)s is a %(weekday)s. Please check the year.",
            code="other-weekday", day=calendar.wareki(day), weekday=calendar.weekday(day),
        )  # fmt: skip
    return day


def _next_such_day(month: int, day: int, today: date) -> date:
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise Refusal("There is no such day in that month. Please check it.", code="no-such-day")


def read_month(typed: str) -> date:
    """The first day of 2026-07 or 2026年7月, in any width. Raises Refusal at `month`."""
    text = re.sub("[年./]", "-", nfkc(typed).replace("月", "").strip())
    found = re.fullmatch(r"(20[0-9]{2})-(1[0-2]|0?[1-9])", text)
    if not found:
        raise Refusal("Please write the month like 2026-07.", code="not-a-month", field="month")
    return date(int(found[1]), int(found[2]), 1)
