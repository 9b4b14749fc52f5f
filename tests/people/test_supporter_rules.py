from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from supportdesk.core import clock
from supportdesk.people.supporter_rules import (
    Available,
    NoDuty,
    Off,
    SupporterFacts,
    SupporterKind,
    Term,
    missing_papers,
    papers_to_come,
    why_no_duty,
)

YEAR_2026 = Term(2026, date(2026, 4, 1), date(2027, 3, 31), date(2026, 4, 1))
HANAKO = SupporterFacts("支援 花子", pledged_on=date(2026, 4, 1), terms=(YEAR_2026,))
TODAY = date(2026, 7, 6)
ON_WEDNESDAY = date(2026, 7, 15)


def against(facts: SupporterFacts, day: date = ON_WEDNESDAY, today: date = TODAY) -> list[NoDuty]:
    return why_no_duty(facts, clock.at(day, time(10)), clock.at(day, time(11, 30)), today)


def test_nothing_stands_against_somebody_with_all_papers() -> None:
    assert against(HANAKO) == []


def test_the_last_day_is_still_a_day_of_duty_and_the_next_is_none() -> None:
    assert against(replace(HANAKO, left_on=ON_WEDNESDAY)) == []
    assert against(replace(HANAKO, left_on=date(2026, 7, 14), terms=())) == [NoDuty.LEFT], "one reason says it all"


@pytest.mark.parametrize(
    ("papers", "missing"),
    [
        ({"terms": ()}, [NoDuty.NO_TERM]),
        ({"terms": (replace(YEAR_2026, from_day=date(2026, 7, 16)),)}, [NoDuty.NO_TERM]),
        ({"terms": (replace(YEAR_2026, until_day=date(2026, 7, 14)),)}, [NoDuty.NO_TERM]),
        ({"pledged_on": None}, [NoDuty.NO_PLEDGE]),
        ({"pledged_on": date(2026, 7, 16)}, [NoDuty.NO_PLEDGE]),
        ({"terms": (replace(YEAR_2026, insured_on=None),)}, [NoDuty.NO_INSURANCE]),
        ({"terms": (replace(YEAR_2026, insured_on=date(2026, 7, 16)),)}, [NoDuty.NO_INSURANCE]),
        ({"terms": (), "pledged_on": None}, [NoDuty.NO_TERM, NoDuty.NO_PLEDGE]),
    ],
)
def test_without_term_pledge_and_insurance_there_is_no_duty(papers: dict[str, object], missing: list[NoDuty]) -> None:
    facts = replace(HANAKO, **papers)  # type: ignore[arg-type]

    assert against(facts) == missing
    assert against(replace(facts, kind=SupporterKind.DIGITAL_PROMOTER)) == missing


@pytest.mark.parametrize("kind", [SupporterKind.STAFF, SupporterKind.CONTRACTOR])
def test_who_is_bound_by_employment_needs_no_papers_of_ours(kind: SupporterKind) -> None:
    assert against(SupporterFacts("市 太郎", kind)) == []


def test_papers_of_a_year_that_has_not_begun_are_a_warning_until_its_first_of_april() -> None:
    february, april = date(2027, 2, 15), date(2027, 4, 14)
    starts_at = clock.at(april, time(10))

    assert against(HANAKO, april, february) == []
    assert papers_to_come(HANAKO, starts_at, february) == [NoDuty.NO_TERM]
    assert against(HANAKO, april, date(2027, 3, 31)) == []
    assert against(HANAKO, april, date(2027, 4, 1)) == [NoDuty.NO_TERM]
    assert papers_to_come(HANAKO, starts_at, date(2027, 4, 1)) == []


def test_papers_of_the_running_year_are_asked_for_in_february_too() -> None:
    assert against(replace(HANAKO, terms=()), date(2027, 3, 10), date(2027, 2, 15)) == [NoDuty.NO_TERM]


def test_a_year_that_is_over_is_judged_by_its_own_papers() -> None:
    assert missing_papers(HANAKO, date(2026, 3, 31)) == [NoDuty.NO_TERM, NoDuty.NO_PLEDGE]


def test_a_day_off_stands_against_a_duty_from_its_first_to_its_last_day() -> None:
    away = replace(HANAKO, off=(Off(date(2026, 7, 14), ON_WEDNESDAY),))

    assert against(away) == [NoDuty.OFF]
    assert against(away, date(2026, 7, 16)) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (Available(2, time(10), time(11, 30)), []),
        (Available(2, time(9), time(12)), []),
        (Available(2, time(10, 30), time(12)), [NoDuty.NOT_AVAILABLE]),
        (Available(2, time(9), time(11)), [NoDuty.NOT_AVAILABLE]),
        (Available(3, time(9), time(17)), [NoDuty.NOT_AVAILABLE]),
    ],
)
def test_a_duty_lies_within_the_hours_of_its_weekday(hours: Available, expected: list[NoDuty]) -> None:
    assert against(replace(HANAKO, hours=(hours,))) == expected
