from __future__ import annotations

from datetime import date

import pytest

from supportdesk.front.board_rules import weeks
from supportdesk.lessons.span_rules import Span, beside, day_asked

TODAY = date(2026, 7, 6)


def test_a_week_begins_on_its_monday() -> None:
    assert weeks(Span.WEEK, date(2026, 7, 15)) == [[date(2026, 7, day) for day in range(13, 20)]]


@pytest.mark.parametrize("day", [date(2026, 7, 6), date(2026, 7, 12)])
def test_monday_and_sunday_are_of_one_week(day: date) -> None:
    assert weeks(Span.WEEK, day)[0][0] == date(2026, 7, 6)


@pytest.mark.parametrize(
    ("day", "first", "last", "count"),
    [
        (date(2026, 7, 15), date(2026, 6, 29), date(2026, 8, 2), 5),
        (date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 28), 4),
        (date(2026, 8, 31), date(2026, 7, 27), date(2026, 9, 6), 6),
        (date(2026, 12, 3), date(2026, 11, 30), date(2027, 1, 3), 5),
    ],
)
def test_a_month_is_all_weeks_that_touch_it(day: date, first: date, last: date, count: int) -> None:
    found = weeks(Span.MONTH, day)

    assert (found[0][0], found[-1][-1], len(found)) == (first, last, count)


def test_beside_a_week_and_beside_a_month() -> None:
    assert beside(Span.WEEK, date(2026, 12, 30), 1) == date(2027, 1, 6)
    assert beside(Span.MONTH, date(2026, 12, 30), 1) == date(2027, 1, 1)
    assert beside(Span.MONTH, date(2026, 1, 31), -1) == date(2025, 12, 1)


@pytest.mark.parametrize("typed", ["2026-07-15", "２０２６年７月１５日", "R8.7.15"])
def test_a_day_is_read_as_it_is_typed_anywhere(typed: str) -> None:
    assert day_asked(typed, TODAY) == date(2026, 7, 15)


@pytest.mark.parametrize("typed", ["", "きのう", "2026-13-01", "0001-01-01", "9999-12-31", "1" * 10000])
def test_what_is_no_day_is_today(typed: str) -> None:
    assert day_asked(typed, TODAY) == TODAY
