from __future__ import annotations

from datetime import date

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.lessons import lengthening_rules as rules
from supportdesk.lessons.lengthening_rules import Longer
from supportdesk.lessons.series_rules import Pattern, SeriesRule

TODAY = date(2026, 7, 6)
WEEKLY = Pattern(SeriesRule.WEEKLY, first_day=date(2026, 7, 14), every_weeks=2, times=2)
THERE = [date(2026, 7, 14), date(2026, 7, 28)]


def test_it_goes_on_in_the_step_of_its_own_rule() -> None:
    assert rules.further_dates(WEEKLY, Longer(times=2), THERE, TODAY).days == (date(2026, 8, 11), date(2026, 8, 25))


def test_the_earlier_of_two_ends_ends_it() -> None:
    assert rules.further_dates(WEEKLY, Longer(5, date(2026, 8, 20)), THERE, TODAY).days == (date(2026, 8, 11),)


def test_one_that_ended_long_ago_goes_on_from_today_in_its_step() -> None:
    then = date(2026, 12, 1)

    assert rules.further_dates(WEEKLY, Longer(times=1), THERE, then).days == (date(2026, 12, 1),)


def test_months_without_the_day_are_named_and_not_counted() -> None:
    pattern = Pattern(SeriesRule.MONTH_DAY, first_day=date(2026, 7, 31), times=2)

    found = rules.further_dates(pattern, Longer(times=2), [date(2026, 7, 31), date(2026, 8, 31)], TODAY)

    assert found.days == (date(2026, 10, 31), date(2026, 12, 31))
    assert found.months_without == (date(2026, 9, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("longer", "code", "field"),
    [
        (Longer(), "no-end", "times"),
        (Longer(times=0), "refused", "times"),
        (Longer(times=499), "refused", "times"),
        (Longer(until=date(2026, 7, 28)), "ends-before-it-begins", "until"),
        (Longer(until=date(2026, 8, 1)), "no-days", "until"),
        (Longer(until=date(2029, 8, 1)), "too-far", "until"),
        (Longer(times=400), "too-far", "times"),
    ],
)
def test_too_much_and_too_little_are_refused_at_their_field(longer: Longer, code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.further_dates(WEEKLY, longer, THERE, TODAY)

    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_list_takes_new_days_and_none_that_is_there() -> None:
    pattern = Pattern(SeriesRule.LISTED)

    assert rules.further_dates(pattern, Longer(listed=(date(2026, 9, 1),)), THERE, TODAY).days == (date(2026, 9, 1),)
    with pytest.raises(Refusal) as refused:
        rules.further_dates(pattern, Longer(listed=(THERE[1],)), THERE, TODAY)
    assert (refused.value.code, refused.value.field) == ("twice", "listed")


def test_those_who_booked_the_whole_have_to_find_seats() -> None:
    rules.check_seats(8, 8)
    with pytest.raises(Refusal):
        rules.check_seats(9, 8)
