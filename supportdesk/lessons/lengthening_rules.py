"""Pure decisions about a series that goes on: which days follow, and how many there may be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from ..core.errors import Refusal
from ..core.japan import calendar
from .series_rules import MOST_DATES, Dates, Pattern, SeriesRule, candidates, check_within, dates_of


@dataclass(frozen=True)
class Longer:
    """So many lessons more, until a day, or both, whichever comes first; of a list the days themselves."""

    times: int | None = None
    until: date | None = None
    listed: tuple[date, ...] = ()


def further_dates(pattern: Pattern, longer: Longer, there: Collection[date], today: date) -> Dates:
    """The days by which a series goes on: by its own rule after the last of those that are `there`, and not before
    today. Raises Refusal at the field that asks for too much or too little."""
    if pattern.rule is SeriesRule.LISTED:
        return _listed(longer, there, today)
    first = pattern.first_day
    assert first is not None
    if longer.until is None and longer.times is None:
        raise Refusal("Please write until which day, or how many times.", code="no-end", field="times")
    most = MOST_DATES - len(there)
    if longer.times is not None and not 1 <= longer.times <= most:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="times", least=1, most=most)
    after = max((*there, today - timedelta(days=1)))
    if longer.until is not None:
        _check_until(longer.until, after, today)
    days: list[date] = []
    without: list[date] = []
    for month, day in candidates(pattern, first):
        if len(days) == (longer.times or most) or (longer.until and (day or month) > longer.until):
            break
        if day is None and month > after:
            without.append(month)
        elif day is not None and day > after:
            check_within(day, today, "until" if longer.times is None else "times")
            days.append(day)
    if not days:
        raise Refusal("The rule gives no day until then.", code="no-days", field="until")
    return Dates(tuple(days), tuple(month for month in without if month <= days[-1]))


def _check_until(until: date, after: date, today: date) -> None:
    if until <= after:
        raise Refusal("The series goes on until %(day)s already.", code="ends-before-it-begins", field="until",
                      day=calendar.wareki(after))  # fmt: skip
    check_within(until, today, "until")


def _listed(longer: Longer, there: Collection[date], today: date) -> Dates:
    found = dates_of(Pattern(SeriesRule.LISTED, listed=longer.listed), today)
    for day in found.days:
        if day in there:
            raise Refusal("%(day)s stands in the series already.", code="twice", field="listed",
                          day=calendar.wareki(day))  # fmt: skip
    if len(found.days) + len(there) > MOST_DATES:
        raise Refusal("At most %(most)s days can be planned at once (now %(now)s).", code="too-many-days",
                      field="listed", most=MOST_DATES, now=len(found.days) + len(there))  # fmt: skip
    return found


def check_seats(wanted: int, seats: int) -> None:
    """Raises Refusal when those who have booked the whole series would not find seats in a new lesson."""
    if wanted > seats:
        raise Refusal(
            "%(wanted)s seats are booked in the whole series, but a new lesson would have only %(seats)s. Please give"
            " the series more seats first.",
            code="too-few-seats", wanted=wanted, seats=seats,
        )  # fmt: skip
