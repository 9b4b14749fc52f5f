"""Days of slots as actions, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.lessons import actions, slot_days, slot_queries
from supportdesk.lessons.decision_rules import Choice, Decision, Unsettled
from supportdesk.lessons.models import Course, Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.slot_days import SlotsData
from supportdesk.lessons.slot_rules import CounterMatter, LessonKind, Times
from supportdesk.office import closed_day_actions, system_day_actions
from supportdesk.office.models import Branch
from supportdesk.places import queries as places
from supportdesk.places.actions import close_venue, make_home_room
from supportdesk.places.models import Room
from tests import factories

WEDNESDAY, THURSDAY = date(2026, 7, 15), date(2026, 7, 16)
MORNING = Times(time(9), time(12))


def consultation(**values: Any) -> Course:
    made = {"title": "なんでもスマホ相談", "category": "consult", "minutes": 30, "learners_per_supporter": 1}
    return factories.course(**made | values)


def at_counter(matter: CounterMatter = CounterMatter.RENEW) -> Course:
    return consultation(title="電子証明書の更新", category="counter", counter_matter=matter, owner="市民課")


def visit() -> Course:
    with transaction():
        make_home_room()
    return consultation(title="訪問相談", category="visit")


def counter_room(terminals: int = 2) -> Room:
    branch = factories.save(Branch(name="口之津支所"))
    return factories.room(factories.venue(name="口之津支所 窓口", branch_id=branch.id), seats=terminals)


def day_of(course: Course, room: Room | None = None, **values: Any) -> SlotsData:
    made = {"days": (WEDNESDAY,), "times": MORNING, "tables": 1, "supporter_ids": ()} | values
    return SlotsData(course_id=course.id, room_id=room.id if room else None, **made)


def make(data: SlotsData, by: Actor, now: datetime, decisions: dict[str, Decision] | None = None) -> list[Lesson]:
    with transaction():
        return slot_days.make_slots(data, decisions or {}, by=by, now=now)


def all_slots() -> Sequence[Lesson]:
    return db.session.scalars(sa.select(Lesson).where(Lesson.slot_day.is_not(None)).order_by(Lesson.starts_at)).all()


def local_times(slots: Sequence[Lesson]) -> list[str]:
    return [f"{one.starts_at + timedelta(hours=9):%m-%d %H:%M}" for one in slots]


@pytest.fixture
def helper(app: Flask) -> int:
    return factories.supporter().id


def test_a_day_becomes_slots_that_touch_each_in_preparation(app: Flask, by: Actor, now: datetime, helper: int) -> None:
    data = day_of(consultation(), factories.room(), tables=3, supporter_ids=(helper,), note="筆談できます")

    make(data, by, now)

    slots = all_slots()
    assert local_times(slots) == [f"07-15 {hour}" for hour in ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")]
    assert {(one.kind, one.slot_day, one.seats, one.state, one.note) for one in slots} == {
        (LessonKind.CONSULTATION, WEDNESDAY, 3, LessonState.DRAFT, "筆談できます")
    }
    assert all([row.supporter_id for row in one.supporters] == [helper] for one in slots)
    assert slots[0].booking_closes_at == datetime(2026, 7, 14, 8, 15, tzinfo=UTC)
    [told] = [row for row in history.of(f"room:{data.room_id}") if row.action == "slots.made"]
    assert told.details["slots"] == 6


def test_run_again_nothing_is_made_twice_and_what_is_missing_is_made(app: Flask, by: Actor, now: datetime) -> None:
    data = day_of(consultation(), factories.room())
    make(data, by, now)

    assert make(data, by, now) == []
    longer = replace(data, times=replace(MORNING, end=time(13)), days=(WEDNESDAY, THURSDAY))
    assert len(make(longer, by, now)) == 2 + 8
    assert len(all_slots()) == 16


def test_one_that_dies_halfway_leaves_nothing_and_its_repetition_makes_everything(
    app: Flask, by: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = day_of(consultation(), factories.room())
    recorded = history.record

    def dies(action: str, *args: Any, **more: Any) -> None:
        if action == "slots.made":
            raise OSError("killed")
        recorded(action, *args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(history, "record", dies)
        with pytest.raises(OSError, match="killed"):
            make(data, by, now)
    assert all_slots() == []

    make(data, by, now)

    assert len(all_slots()) == 6


def test_what_stands_against_a_time_is_named_and_decided_time_by_time(app: Flask, by: Actor, now: datetime) -> None:
    room = factories.room()
    factories.lesson(starts_at=datetime(2026, 7, 15, 1, 0, tzinfo=UTC), room=room)  # 10:00 to 11:00
    data = day_of(consultation(), room)

    seen = slot_days.preview(data, {}, now)
    against = {row.wanted.key: [one.kind.value for one in row.conflicts if one.weight == "never"] for row in seen.rows}
    assert [key for key, kinds in against.items() if kinds == ["room-taken"]] == ["260715-1000", "260715-1030"]
    with pytest.raises(Unsettled):
        make(data, by, now)
    left_out = {key: Decision(Choice.SKIP) for key in ("260715-1000", "260715-1030")}
    make(data, by, now, left_out)

    assert [time[6:] for time in local_times(all_slots())] == ["09:00", "09:30", "11:00", "11:30"]


def test_a_closed_day_and_a_room_too_small_need_a_reason(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        closed_day_actions.close_days(WEDNESDAY, WEDNESDAY, "庁舎の点検", by=by, now=now)
    data = day_of(consultation(), factories.room(seats=2), times=replace(MORNING, end=time(9, 30)), tables=3)

    [row] = slot_days.preview(data, {}, now).rows
    assert {"closed-day", "room-too-small"} <= {one.kind.value for one in row.conflicts}
    [slot] = make(data, by, now, {"260715-0900": Decision(reason="点検は午後から")})

    assert "closed-day" in slot.overridden
    assert slot.override_reason == "点検は午後から"


def test_a_course_held_as_a_class_makes_no_slots(app: Flask, by: Actor, now: datetime) -> None:
    with pytest.raises(Refusal) as refusal:
        make(day_of(factories.course(), factories.room()), by, now)

    assert (refusal.value.code, refusal.value.field) == ("not-a-slot", "course_id")


def test_more_than_500_times_at_once_are_refused(app: Flask, by: Actor, now: datetime) -> None:
    days = tuple(WEDNESDAY + timedelta(days=n) for n in range(84))

    with pytest.raises(Refusal) as refusal:
        make(day_of(consultation(), factories.room(), days=days), by, now)

    assert (refusal.value.code, refusal.value.field) == ("too-many-days", "listed")


def test_all_slots_of_a_day_are_opened_at_once(app: Flask, by: Actor, now: datetime) -> None:
    room = factories.room()
    make(day_of(consultation(), room, days=(WEDNESDAY, THURSDAY)), by, now)

    with transaction():
        moved = slot_days.move_day(WEDNESDAY, room.id, LessonState.OPEN, by=by, now=now)

    assert len(moved) == 6
    assert [one.state for one in all_slots()] == [LessonState.OPEN] * 6 + [LessonState.DRAFT] * 6
    with transaction(), pytest.raises(Refusal) as refusal:
        slot_days.move_day(WEDNESDAY, room.id, LessonState.CANCELLED, by=by, now=now)
    assert refusal.value.code == "no-such-move"


def test_a_lesson_that_moves_to_another_day_belongs_to_that_day(app: Flask, by: Actor, now: datetime) -> None:
    first, *_others = make(day_of(consultation(), factories.room()), by, now)
    data = replace(actions.LessonData(first.course_id, first.room_id, THURSDAY, time(9), 30, 1))

    with transaction():
        actions.edit_lesson(first.id, data, first.version, by=by, now=now)

    assert db.session.get_one(Lesson, first.id).slot_day == THURSDAY


def test_a_lesson_never_becomes_one_of_another_kind(app: Flask, by: Actor, now: datetime) -> None:
    lesson, other = factories.lesson(), consultation()
    data = actions.LessonData(other.id, lesson.room_id, WEDNESDAY, time(9), 30, 1)

    with transaction(), pytest.raises(Refusal) as refusal:
        actions.edit_lesson(lesson.id, data, lesson.version, by=by, now=now)
    assert (refusal.value.code, refusal.value.field) == ("other-kind", "course_id")
    course = db.session.get_one(Course, lesson.course_id)
    with transaction(), pytest.raises(Refusal) as refusal:
        wanted = actions.CourseData(course.title, 60, 8, 4, category="consult")
        actions.edit_course(course.id, wanted, course.version, by=by, now=now)
    assert (refusal.value.code, refusal.value.field) == ("other-kind", "category")


# ---- the counter


def test_a_time_at_the_counter_is_at_the_counter_of_a_branch(app: Flask, by: Actor, now: datetime) -> None:
    course = at_counter()

    assert "wrong-place" in _kinds(day_of(course, factories.room()), now)
    assert "wrong-place" not in _kinds(day_of(course, counter_room()), now)


def test_more_times_than_terminals_are_named(app: Flask, by: Actor, now: datetime) -> None:
    assert "room-too-small" in _kinds(day_of(at_counter(), counter_room(terminals=2), tables=3), now)


def test_a_system_day_stands_against_the_counter_alone(app: Flask, by: Actor, now: datetime) -> None:
    room = counter_room()
    with transaction():
        system_day_actions.add_system_days(WEDNESDAY, THURSDAY, "システム更新", by=by, now=now)

    assert "system-day" in _kinds(day_of(at_counter(), room), now)
    assert "system-day" not in _kinds(day_of(consultation(), room), now)


def test_what_is_planned_at_the_counter_on_a_day_is_found(app: Flask, by: Actor, now: datetime) -> None:
    make(day_of(at_counter(), counter_room(), days=(WEDNESDAY, THURSDAY)), by, now)
    make(day_of(consultation(), factories.room()), by, now)
    [first, *_more] = [one for one in all_slots() if one.kind is LessonKind.COUNTER]
    factories.booking(course_date=first)

    [found] = slot_queries.at_counters([WEDNESDAY, date(2026, 7, 17)])

    assert (found.first.slot_day, len(found.slots), found.taken) == (WEDNESDAY, 6, 1)


def test_system_days_are_put_in_once_and_taken_back(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        assert system_day_actions.add_system_days(WEDNESDAY, THURSDAY, "更新", by=by, now=now) == [WEDNESDAY, THURSDAY]
        assert system_day_actions.add_system_days(WEDNESDAY, THURSDAY, "更新", by=by, now=now) == []
        system_day_actions.remove_system_day(WEDNESDAY, by=by, now=now)
        with pytest.raises(NotFound):
            system_day_actions.remove_system_day(WEDNESDAY, by=by, now=now)
        with pytest.raises(Refusal):
            system_day_actions.add_system_days(THURSDAY, WEDNESDAY, "更新", by=by, now=now)


# ---- visits


def test_a_visit_takes_no_room_and_two_teams_go_at_the_same_time(app: Flask, by: Actor, now: datetime) -> None:
    course = visit()
    teams = [tuple(factories.supporter().id for _ in range(2)) for _ in range(2)]

    for team in teams:
        make(day_of(course, supporter_ids=team), by, now)
        assert make(day_of(course, supporter_ids=team), by, now) == []

    slots = all_slots()
    assert len(slots) == 12
    assert {one.room_id for one in slots} == {places.home_room().id}


def test_a_visit_by_fewer_than_two_needs_a_reason(app: Flask, by: Actor, now: datetime, helper: int) -> None:
    data = day_of(visit(), supporter_ids=(helper,), times=replace(MORNING, end=time(9, 30)))

    with pytest.raises(Unsettled):
        make(data, by, now)
    [slot] = make(data, by, now, {"260715-0900": Decision(reason="民生委員が同行")})

    assert slot.overridden == "few-visitors"


def test_nobody_visits_two_homes_at_once(app: Flask, by: Actor, now: datetime) -> None:
    course, pair = visit(), tuple(factories.supporter().id for _ in range(2))
    make(day_of(course, supporter_ids=pair), by, now)
    other = (pair[0], factories.supporter().id)

    seen = slot_days.preview(day_of(course, supporter_ids=other), {}, now)

    assert {one.kind.value for row in seen.rows for one in row.conflicts} >= {"supporter-taken"}
    # Past the check, the database forbids it as well.
    clashing = factories.lesson(starts_at=all_slots()[0].starts_at)
    with pytest.raises(sa.exc.IntegrityError, match="ex_lesson_supporter"), transaction() as session:
        session.add(LessonSupporter(lesson_id=clashing.id, supporter_id=pair[0]))


def test_the_first_course_of_visits_brings_the_room_that_stands_for_every_home(
    app: Flask, by: Actor, now: datetime
) -> None:
    with pytest.raises(NotFound):
        places.home_room()

    for title in ("訪問相談", "訪問のつづき"):
        with transaction():
            actions.add_course(actions.CourseData(title, 60, 1, 1, category="visit"), by=by, now=now)

    home = places.home_room()
    assert home.venue.at_home
    with pytest.raises(NotFound):
        places.venue(home.venue_id)
    with transaction(), pytest.raises(NotFound):
        close_venue(home.venue_id, 1, by=by, now=now)


def test_nothing_but_a_visit_is_at_home(app: Flask, by: Actor, now: datetime) -> None:
    visit()
    home = places.home_room()
    data = actions.LessonData(consultation().id, home.id, WEDNESDAY, time(9), 30, 1)

    with transaction(), pytest.raises(Refusal) as refusal:
        actions.add_lesson(data, by=by, now=now)

    assert refusal.value.code == "wrong-place"
    assert home.id not in {room.id for room in places.rooms_to_choose()}


def _kinds(data: SlotsData, now: datetime) -> set[str]:
    return {one.kind.value for row in slot_days.preview(data, {}, now).rows for one in row.conflicts}
