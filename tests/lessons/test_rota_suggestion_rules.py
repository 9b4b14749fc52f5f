"""Whom to ask: who may, who of them first, and a whole month shared fairly."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core import clock
from supportdesk.lessons.rota_suggestion_rules import (
    Candidate,
    Duty,
    Opening,
    answer,
    plan,
    weeks_around,
)
from supportdesk.lessons.travel_rules import Place
from supportdesk.people.supporter_rules import Available, NoDuty, Off, SupporterFacts, SupporterKind, why_no_duty

TODAY, DAY = date(2026, 7, 6), date(2026, 7, 15)
# Nobody asks the city's own staff for papers.
FACTS = SupporterFacts(kind=SupporterKind.STAFF)
HERE, NEAR, FAR = (32.611, 130.187), (32.640, 130.200), (32.717, 130.350)
JULY = weeks_around(date(2026, 7, 1), date(2026, 7, 31))


def duty(day: date = DAY, start: time = time(10), *, lesson_id: int = 1, place: Place | None = None) -> Duty:
    starts_at = clock.at(day, start)
    return Duty(lesson_id, "写真をとる", starts_at, starts_at + timedelta(hours=1), place or Place(1, HERE))


def opening(missing: int = 1, **values: object) -> Opening:
    return replace(Opening(duty(), missing), **values)  # type: ignore[arg-type]


def somebody(number: int, **values: object) -> Candidate:
    return replace(Candidate(number, f"支援 {number}", FACTS), **values)  # type: ignore[arg-type]


def order(asked: Opening, *candidates: Candidate) -> list[int]:
    return [one.candidate.id for one in answer(asked, candidates, TODAY).suggestions]


def test_skill_comes_first_then_turns_then_the_way() -> None:
    turns = tuple(duty(DAY + timedelta(days=n), lesson_id=10 + n) for n in (1, 2))
    skilled = {"topics": frozenset({"PHOTO"})}
    asked = opening(topics=frozenset({"PHOTO", "LINE"}))

    assert order(
        asked,
        somebody(1, home=HERE),
        somebody(2, home=HERE, duties=turns, **skilled),
        somebody(3, home=FAR, **skilled),
        somebody(4, home=NEAR, **skilled),
        somebody(5, duties=turns),
    ) == [4, 3, 2, 1, 5]


def test_a_course_without_topics_asks_for_no_skill() -> None:
    (only,) = answer(opening(), [somebody(1)], TODAY).suggestions
    assert only.knows_the_topic


def test_whose_district_is_not_known_stands_behind_whose_is() -> None:
    assert order(opening(), somebody(1), somebody(2, home=FAR)) == [2, 1]


def test_turns_are_counted_four_weeks_before_and_after() -> None:
    inside = (duty(DAY - timedelta(days=28)), duty(DAY + timedelta(days=28), lesson_id=2))
    outside = (duty(DAY - timedelta(days=29)), duty(DAY + timedelta(days=29), lesson_id=2))

    both = answer(opening(), [somebody(1, duties=inside), somebody(2, duties=outside)], TODAY).suggestions

    assert {one.candidate.id: one.turns for one in both} == {1: 2, 2: 0}


def test_who_would_be_late_is_warned_of_and_comes_last() -> None:
    before = duty(start=time(8, 30), lesson_id=2, place=Place(2, FAR))

    found = answer(opening(), [somebody(1, duties=(before,)), somebody(2, home=FAR)], TODAY).suggestions

    assert [one.candidate.id for one in found] == [2, 1]
    (way,) = found[1].ways
    assert (way.comes_before, way.minutes, way.needed) == (True, 30, 54)


def test_the_way_to_the_next_duty_counts_too() -> None:
    after = duty(start=time(11, 15), lesson_id=2, place=Place(2, FAR))
    (found,) = answer(opening(), [somebody(1, duties=(after,))], TODAY).suggestions
    assert [(way.comes_before, way.minutes) for way in found.ways] == [(False, 15)]


@pytest.mark.parametrize("start", [time(9), time(11)])
def test_a_duty_that_touches_in_the_same_hall_is_no_hindrance(start: time) -> None:
    (found,) = answer(opening(), [somebody(1, duties=(duty(start=start, lesson_id=2),))], TODAY).suggestions
    assert not found.ways


def test_who_is_elsewhere_at_that_time_is_told_with_the_duty() -> None:
    other = duty(start=time(10, 59), lesson_id=2)
    found = answer(opening(), [somebody(1, duties=(other,))], TODAY)
    assert not found.suggestions
    assert [(one.candidate.id, one.busy) for one in found.unable] == [(1, other)]


def test_who_may_not_is_told_with_the_reason() -> None:
    away = replace(FACTS, off=(Off(DAY, DAY),))
    found = answer(opening(), [somebody(1, facts=SupporterFacts()), somebody(2, facts=away)], TODAY)
    assert not found.suggestions
    assert [one.why for one in found.unable] == [(NoDuty.NO_TERM, NoDuty.NO_PLEDGE), (NoDuty.OFF,)]


def test_who_is_on_duty_there_is_not_asked_again() -> None:
    assert answer(opening(on_duty=frozenset({1})), [somebody(1)], TODAY).unable == []
    assert order(opening(on_duty=frozenset({1})), somebody(1)) == []


def test_who_said_no_comes_last_and_into_no_plan() -> None:
    asked = opening(unwilling=frozenset({1}))
    assert order(asked, somebody(1, home=HERE), somebody(2)) == [2, 1]
    assert plan([asked], [somebody(1)], TODAY, JULY)[1].chosen == ()


def test_a_plan_gives_the_only_one_who_could_to_the_lesson_that_has_nobody_else() -> None:
    both_could, one_could = opening(), Opening(duty(start=time(9, 30), lesson_id=2), 1)
    # Only in the morning: the second of them begins earlier than they come.
    late = replace(FACTS, hours=(Available(DAY.weekday(), time(10), time(17)),))

    found = plan([both_could, one_could], [somebody(1), somebody(2, facts=late)], TODAY, JULY)

    assert {lesson: [one.candidate.id for one in filled.chosen] for lesson, filled in found.items()} == {1: [2], 2: [1]}


def test_a_plan_names_whom_it_proposes_among_those_who_could_be_chosen() -> None:
    found = plan([opening(missing=2)], [somebody(1), somebody(2), somebody(3)], TODAY, JULY)[1]

    assert [one.candidate.id for one in found.chosen] == [1, 2]
    assert {one.candidate.id for one in found.answer.suggestions} == {1, 2, 3}


# ---- whatever the month

DAYS = st.integers(0, 30).map(lambda n: date(2026, 7, 1) + timedelta(days=n))
STARTS = st.sampled_from([time(9), time(10), time(10, 30), time(13, 30), time(15)])
PLACES = st.sampled_from([Place(1, HERE), Place(2, NEAR), Place(3, FAR), Place(4)])
DUTIES = st.builds(duty, DAYS, STARTS, lesson_id=st.integers(100, 120), place=PLACES)
HOURS = st.lists(st.builds(Available, st.integers(0, 6), st.just(time(9)), st.just(time(12))), max_size=3)
OFF_DAYS = st.lists(DAYS.map(lambda day: Off(day, day + timedelta(days=3))), max_size=3)
SOME_FACTS = st.builds(
    SupporterFacts,
    kind=st.sampled_from(SupporterKind),
    left_on=st.none() | DAYS,
    off=OFF_DAYS.map(tuple),
    hours=HOURS.map(tuple),
)
TOPICS = st.frozensets(st.sampled_from(["PHOTO", "LINE", "MAP"]))


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Opening], list[Candidate]]:
    people = [
        Candidate(
            number, f"支援 {number}", draw(SOME_FACTS), draw(TOPICS), draw(st.sampled_from([None, HERE, FAR])),
            tuple(draw(st.lists(DUTIES, max_size=2))),
        )
        for number in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    ids = st.frozensets(st.integers(0, 5), max_size=2)
    lessons = [
        Opening(
            duty(draw(DAYS), draw(STARTS), lesson_id=number, place=draw(PLACES)), draw(st.integers(1, 3)),
            draw(TOPICS), draw(ids), draw(ids),
        )
        for number in range(draw(st.integers(0, 6)))
    ]  # fmt: skip
    return lessons, people


def meet(one: Duty, other: Duty) -> bool:
    return max(one.starts_at, other.starts_at) < min(one.ends_at, other.ends_at)


@given(months())
def test_nobody_is_suggested_who_may_not(month: tuple[list[Opening], list[Candidate]]) -> None:
    lessons, people = month
    for asked in lessons:
        found = answer(asked, people, TODAY)
        for one in found.suggestions:
            who = one.candidate
            assert not why_no_duty(who.facts, asked.duty.starts_at, asked.duty.ends_at, TODAY)
            assert not any(meet(each, asked.duty) for each in who.duties)
        told = {one.candidate.id for one in found.suggestions} | {one.candidate.id for one in found.unable}
        assert told | asked.on_duty >= {one.id for one in people}


@given(months())
def test_a_plan_puts_nobody_in_two_places_and_nobody_who_may_not(month: tuple[list[Opening], list[Candidate]]) -> None:
    lessons, people = month
    found = plan(lessons, people, TODAY, JULY)

    assert [filled.opening for filled in found.values()] == sorted(lessons, key=lambda one: one.duty.starts_at)
    has = {one.id: list(one.duties) for one in people}
    for filled in found.values():
        asked = filled.opening
        assert len(filled.chosen) <= asked.missing
        assert len({one.candidate.id for one in filled.chosen}) == len(filled.chosen)
        for one in filled.chosen:
            who = one.candidate
            assert who.id not in asked.on_duty | asked.unwilling
            assert not why_no_duty(who.facts, asked.duty.starts_at, asked.duty.ends_at, TODAY)
            assert not any(meet(each, asked.duty) for each in has[who.id])
            has[who.id].append(asked.duty)


@given(months())
def test_a_plan_asked_for_twice_says_the_same(month: tuple[list[Opening], list[Candidate]]) -> None:
    lessons, people = month
    once, again = plan(lessons, people, TODAY, JULY), plan(lessons[::-1], people[::-1], TODAY, JULY)

    assert {key: one.chosen for key, one in once.items()} == {key: one.chosen for key, one in again.items()}


def starts() -> st.SearchStrategy[list[datetime]]:
    """Lessons of which no two meet: each on a day of its own."""
    return st.lists(DAYS, unique=True, max_size=20).map(lambda days: [clock.at(day, time(10)) for day in days])


@given(starts(), st.integers(1, 6), st.integers(1, 3))
def test_among_equals_nobody_has_more_than_one_turn_more(moments: list[datetime], people: int, missing: int) -> None:
    lessons = [
        Opening(Duty(number, "", moment, moment + timedelta(hours=1), Place(1, HERE)), missing)
        for number, moment in enumerate(moments)
    ]
    found = plan(lessons, [somebody(number) for number in range(people)], TODAY, JULY)

    turns = Counter(one.candidate.id for filled in found.values() for one in filled.chosen)
    assert turns.total() == len(lessons) * min(missing, people)
    assert max(turns.values(), default=0) - min((turns[number] for number in range(people)), default=0) <= 1
