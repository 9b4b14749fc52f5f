from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.lessons.series_rules import (
    MOST_DATES,
    Dates,
    Pattern,
    SeriesRule,
    dates_of,
    last_weekday,
    nth_weekday,
    read_days,
    week_of_month,
)

TODAY = date(2026, 7, 6)
FIRST = date(2026, 7, 15)  # the third Wednesday


def dates(rule: SeriesRule = SeriesRule.WEEKLY, **values: object) -> Dates:
    return dates_of(Pattern(rule, **({"first_day": FIRST} | values)), TODAY)  # type: ignore[arg-type]


def refused(**values: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        dates(**values)  # type: ignore[arg-type]
    return caught.value


def test_weekly_goes_on_so_many_times() -> None:
    assert dates(times=3).days == (FIRST, date(2026, 7, 22), date(2026, 7, 29))


def test_every_second_week_ends_with_the_last_day_named() -> None:
    assert dates(every_weeks=2, until=date(2026, 8, 12)).days == (FIRST, date(2026, 7, 29), date(2026, 8, 12))


def test_of_a_day_and_a_number_the_first_to_come_ends_the_series() -> None:
    assert len(dates(times=10, until=date(2026, 7, 29)).days) == 3
    assert len(dates(times=2, until=date(2026, 7, 29)).days) == 2


def test_a_series_goes_over_the_new_year_and_the_first_of_april() -> None:
    days = dates(until=date(2027, 4, 30)).days
    assert date(2026, 12, 30) in days and date(2027, 3, 31) in days and date(2027, 4, 7) in days
    assert {later - day for day, later in itertools.pairwise(days)} == {timedelta(days=7)}


def test_the_third_wednesday_of_each_month() -> None:
    days = dates(SeriesRule.NTH_WEEKDAY, times=4).days
    assert days == (FIRST, date(2026, 8, 19), date(2026, 9, 16), date(2026, 10, 21))


def test_a_month_without_a_fifth_wednesday_is_named() -> None:
    found = dates(SeriesRule.NTH_WEEKDAY, first_day=date(2026, 7, 29), until=date(2026, 12, 31))
    assert found.days == (date(2026, 7, 29), date(2026, 9, 30), date(2026, 12, 30))
    assert found.months_without == (date(2026, 8, 1), date(2026, 10, 1), date(2026, 11, 1))


def test_the_last_wednesday_of_each_month_is_the_fourth_or_the_fifth() -> None:
    days = dates(SeriesRule.LAST_WEEKDAY, first_day=date(2026, 7, 29), times=3).days
    assert days == (date(2026, 7, 29), date(2026, 8, 26), date(2026, 9, 30))


def test_a_day_that_is_not_the_last_of_its_month_begins_no_series_of_last_ones() -> None:
    assert refused(rule=SeriesRule.LAST_WEEKDAY, times=3).code == "not-the-last"


def test_a_month_without_a_31st_is_named_and_no_day_is_shifted() -> None:
    found = dates(SeriesRule.MONTH_DAY, first_day=date(2026, 7, 31), times=4)
    assert found.days == (date(2026, 7, 31), date(2026, 8, 31), date(2026, 10, 31), date(2026, 12, 31))
    assert found.months_without == (date(2026, 9, 1), date(2026, 11, 1))


def test_a_leap_day_comes_where_there_is_one() -> None:
    found = dates_of(
        Pattern(SeriesRule.MONTH_DAY, first_day=date(2027, 12, 29), until=date(2029, 3, 29)), date(2027, 12, 1)
    )
    assert date(2028, 2, 29) in found.days
    assert found.months_without == (date(2029, 2, 1),)


def test_a_month_after_the_last_day_is_not_named() -> None:
    assert dates(SeriesRule.MONTH_DAY, first_day=date(2026, 8, 31), times=1).months_without == ()
    found = dates(SeriesRule.MONTH_DAY, first_day=date(2026, 8, 31), until=date(2026, 9, 30))
    assert found.months_without == (date(2026, 9, 1),)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "times"),
        ({"times": 0}, "times"),
        ({"times": 501}, "times"),
        ({"times": 106}, "times"),
        ({"until": date(2026, 7, 14)}, "until"),
        ({"until": date(2206, 7, 14)}, "until"),
        ({"first_day": None, "times": 3}, "first_day"),
        ({"first_day": date(2026, 7, 5), "times": 3}, "first_day"),
        ({"every_weeks": 0, "times": 3}, "every_weeks"),
        ({"every_weeks": 53, "times": 3}, "every_weeks"),
        ({"rule": SeriesRule.LISTED}, "listed"),
        ({"rule": SeriesRule.LISTED, "listed": (FIRST, FIRST)}, "listed"),
        ({"rule": SeriesRule.LISTED, "listed": (FIRST, date(2026, 7, 1))}, "listed"),
        ({"rule": SeriesRule.LISTED, "listed": (FIRST, date(2206, 7, 1))}, "listed"),
        ({"rule": SeriesRule.LISTED, "listed": tuple(FIRST + timedelta(days=n) for n in range(501))}, "listed"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_at_its_field(values: dict[str, object], field: str) -> None:
    assert refused(**values).field == field


def test_five_hundred_days_in_any_order_are_a_series() -> None:
    listed = tuple(FIRST + timedelta(days=n) for n in reversed(range(MOST_DATES)))
    assert dates(SeriesRule.LISTED, listed=listed).days == tuple(sorted(listed))


def test_weeks_of_a_month_are_counted_from_its_first_day() -> None:
    assert week_of_month(date(2026, 7, 7)) == 1 and week_of_month(date(2026, 7, 8)) == 2
    assert nth_weekday(date(2026, 7, 1), 5, 2) == date(2026, 7, 29) and nth_weekday(date(2026, 8, 1), 5, 2) is None
    assert last_weekday(date(2026, 2, 1), 5) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "typed",
    ["2026-07-15", "７／１５", "7月15日", "令和8年7月15日（水）", "7/15(水)", "7月15日水曜日", "R8.7.15", " 20260715 "],
)
def test_a_day_is_read_however_it_is_written(typed: str) -> None:
    assert read_days(typed, TODAY) == ((FIRST,), [])


def test_a_list_is_read_line_by_line() -> None:
    typed = "7/15\r\n\n8月5日、８月１９日\n令和8年9月2日\n"
    assert read_days(typed, TODAY)[0] == (FIRST, date(2026, 8, 5), date(2026, 8, 19), date(2026, 9, 2))


def test_a_day_without_a_year_is_the_next_one() -> None:
    assert read_days("7/5\n7/6", TODAY)[0] == (date(2027, 7, 5), TODAY)


def test_a_line_that_cannot_be_read_is_named() -> None:
    days, problems = read_days("7/15\nあした\n2/30\n7/15(木)\n2/29", TODAY)
    assert days == (FIRST,)
    assert [(each.params["line"], each.params["text"]) for each in problems] == [
        (2, "あした"), (3, "2/30"), (4, "7/15(木)"), (5, "2/29"),
    ]  # fmt: skip


def test_of_ten_thousand_wrong_letters_little_is_said() -> None:
    days, problems = read_days("x\n" * 5000, TODAY)
    assert (days, len(problems)) == ((), 10)
    assert read_days("あ" * 10_000, TODAY)[1][0].params["text"] == "あ" * 20
