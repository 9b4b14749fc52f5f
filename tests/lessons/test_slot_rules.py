from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.lessons import slot_rules as rules
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.slot_rules import CounterMatter, LessonKind, Times
from tests.conftest import NOW

MORNING = Times(time(9), time(12))


def refused(act: Any, *args: Any) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refusal:
        act(*args)
    return refusal.value.code, refusal.value.field


# ---- seats


@pytest.mark.parametrize("kind", [LessonKind.CONSULTATION, LessonKind.COUNTER, LessonKind.VISIT])
def test_a_party_takes_one_table_however_many_come(kind: LessonKind) -> None:
    assert [rules.seats_for(kind, people) for people in (1, 2, 7)] == [1, 1, 1]


def test_in_a_class_everybody_takes_a_seat() -> None:
    assert [rules.seats_for(LessonKind.CLASS, people) for people in (1, 2, 7)] == [1, 2, 7]


def test_a_table_is_free_only_when_the_last_of_the_party_has_left() -> None:
    assert rules.seats_of_one(LessonKind.CONSULTATION, own=1, others=1) == 0
    assert rules.seats_of_one(LessonKind.CONSULTATION, own=2, others=0) == 1
    assert rules.seats_of_one(LessonKind.CLASS, own=2, others=1) == 2


# ---- a day cut into times


def test_a_morning_is_cut_into_half_hours_that_touch() -> None:
    assert rules.starts(MORNING) == (time(9), time(9, 30), time(10), time(10, 30), time(11), time(11, 30))


def test_a_pause_takes_its_time_out_of_the_day() -> None:
    day = Times(time(11), time(14), pause_start=time(12), pause_end=time(13))

    assert rules.starts(day) == (time(11), time(11, 30), time(13), time(13, 30))


@pytest.mark.parametrize(
    ("times", "why"),
    [
        (replace(MORNING, end=time(9)), ("across-midnight", "end")),
        (replace(MORNING, start=time(23), end=time(1)), ("across-midnight", "end")),
        (replace(MORNING, end=time(12, 10)), ("left-over", "end")),
        (replace(MORNING, minutes=25), ("left-over", "end")),
        (Times(time(9), time(14), 30, time(11, 50), time(13)), ("left-over", "pause_start")),
        (replace(MORNING, pause_start=time(12), pause_end=time(13)), ("pause-outside", "pause_start")),
        (replace(MORNING, pause_start=time(8), pause_end=time(10)), ("pause-outside", "pause_start")),
        (replace(MORNING, pause_start=time(11), pause_end=time(10)), ("pause-outside", "pause_start")),
        (replace(MORNING, pause_start=time(11)), ("half-a-pause", "pause_end")),
        (replace(MORNING, pause_end=time(11)), ("half-a-pause", "pause_start")),
        (replace(MORNING, start=time(8), end=time(23, 30)), ("too-many-times", "minutes")),
        (replace(MORNING, minutes=0), ("refused", "minutes")),
        (replace(MORNING, start=time(0)), ("midnight", "start")),
    ],
)
def test_hours_that_do_not_fit_are_refused_at_their_field(times: Times, why: tuple[str, str]) -> None:
    code, field = refused(rules.starts, times)

    assert field == why[1]
    if why[0] not in ("refused", "midnight"):  # those of lesson_times, tested there
        assert code == why[0]


def test_thirty_times_a_day_are_the_most() -> None:
    assert len(rules.starts(replace(MORNING, start=time(8), end=time(23)))) == 30


@pytest.mark.parametrize(("kind", "tables"), [
    (LessonKind.CONSULTATION, 0), (LessonKind.COUNTER, 501), (LessonKind.VISIT, 2),
])  # fmt: skip
def test_a_number_of_tables_that_cannot_be_is_refused(kind: LessonKind, tables: int) -> None:
    assert refused(rules.check_tables, kind, tables)[1] == "tables"


# ---- courses


def test_what_lessons_are_follows_from_the_kind_of_course() -> None:
    assert [rules.kind_of(category) for category in ("basic", "consult", "counter", "visit")] == list(LessonKind)


def test_a_course_of_the_counter_says_what_it_is_for_and_whose_it_is() -> None:
    assert refused(rules.check_course, "counter", None, "市民課") == ("no-matter", "counter_matter")
    assert refused(rules.check_course, "counter", CounterMatter.PIN, "") == ("no-owner", "owner")
    assert refused(rules.check_course, "basic", CounterMatter.PIN, "") == ("not-at-counter", "counter_matter")
    rules.check_course("counter", CounterMatter.PIN, "市民課")
    rules.check_course("basic", None, "")


def test_the_person_must_come_for_everything_but_a_proxys_errand() -> None:
    assert [matter for matter in CounterMatter if not matter.in_person] == [CounterMatter.PROXY]


# ---- on the spot


def slot(**values: Any) -> Any:
    made = {
        "kind": LessonKind.CONSULTATION, "state": LessonState.CLOSED, "starts_at": NOW - timedelta(minutes=10),
        "ends_at": NOW + timedelta(minutes=20),
    }  # fmt: skip
    return SimpleNamespace(**made | values)


@pytest.mark.parametrize("state", [LessonState.OPEN, LessonState.CLOSED, LessonState.HELD])
def test_on_the_spot_people_are_taken_until_the_time_is_over(state: LessonState) -> None:
    assert rules.why_not_on_the_spot(slot(state=state), NOW) is None
    later = slot(starts_at=NOW + timedelta(hours=5), ends_at=NOW + timedelta(hours=6))
    assert rules.why_not_on_the_spot(later, NOW) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"ends_at": NOW}, "not-now"),
        ({"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=1)}, "not-now"),
        ({"kind": LessonKind.CLASS}, "not-on-the-spot"),
        ({"kind": LessonKind.VISIT}, "not-on-the-spot"),
        ({"state": LessonState.CANCELLED}, "lesson-cancelled"),
        ({"state": LessonState.DRAFT}, "lesson-not-ready"),
        ({"state": LessonState.RECORDED}, "lesson-not-ready"),
    ],
)
def test_on_the_spot_nobody_is_taken_into_what_is_no_slot_of_today(values: dict[str, Any], code: str) -> None:
    refusal = rules.why_not_on_the_spot(slot(**values), NOW)

    assert refusal is not None
    assert refusal.code == code


def test_an_evening_of_utc_is_still_the_same_day_in_town() -> None:
    late = datetime(2026, 7, 6, 14, 50, tzinfo=UTC)  # 23:50 in Tokyo

    assert rules.why_not_on_the_spot(slot(starts_at=late, ends_at=late + timedelta(minutes=9)), NOW) is None


def test_without_a_free_table_somebody_must_have_allowed_it() -> None:
    assert rules.is_squeezed(1, 1, "") is False
    assert rules.is_squeezed(1, 0, "課長") is True
    assert refused(rules.is_squeezed, 1, 0, " ") == ("tables-taken", "allowed_by")


# ---- the page of a day


def test_parties_sit_at_the_tables_in_their_order_and_the_others_stand_besides() -> None:
    assert rules.seated(3, ["a", "b"], []) == rules.Seated(("a", "b", None), ())
    assert rules.seated(1, ["a", "b"], ["c"]) == rules.Seated(("a",), ("b", "c"))
