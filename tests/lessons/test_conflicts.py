"""The one check over what is stored: rows of every kind, many plans at once, always the same number of questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound
from supportdesk.lessons.conflict_rules import Conflict, ConflictKind, Plan, Weight
from supportdesk.lessons.conflicts import conflicts, of_lesson
from supportdesk.lessons.models import Course, LessonSupporter, LessonThing
from supportdesk.office.models import ClosedDay
from supportdesk.people.models import SupporterHours, SupporterOff
from supportdesk.places.models import Closure, Permit, Room, Thing, Venue, VenueDay, VenueHours
from supportdesk.places.permit_rules import PermitState
from supportdesk.places.thing_rules import Equipment
from tests import factories
from tests.statements import noted

DAY = date(2026, 7, 15)
TODAY = date(2026, 7, 6)


@pytest.fixture
def room(app: Flask) -> Room:
    return factories.room()


@pytest.fixture
def course(app: Flask) -> Course:
    return factories.course(learners_per_supporter=8, needs_wifi=True)


@pytest.fixture
def router(app: Flask) -> Thing:
    return factories.thing()


@pytest.fixture
def plan(room: Room, course: Course, router: Thing) -> Plan:
    """Nothing stands against it."""
    return Plan(
        course_id=course.id, room_id=room.id, starts_at=clock.at(DAY, time(10)), ends_at=clock.at(DAY, time(11)),
        seats=8, supporter_ids=(factories.supporter().id,), thing_ids=(router.id,),
    )  # fmt: skip


def kinds(found: Iterable[Conflict]) -> list[ConflictKind]:
    return [one.kind for one in found]


def test_a_plan_that_nothing_stands_against(plan: Plan) -> None:
    assert conflicts([plan], TODAY) == [[]]
    assert conflicts([], TODAY) == []


def test_the_hall_is_asked_about_its_week_single_days_closures_and_permits(plan: Plan, room: Room) -> None:
    with transaction() as session:
        venue = session.get_one(Venue, room.venue_id)
        venue.needs_permit = True
        session.add_all(
            [
                VenueHours(venue_id=venue.id, weekday=2, opens=time(9), closes=time(12)),
                VenueDay(venue_id=venue.id, day=date(2026, 7, 16), opens=time(9), closes=time(12)),
                Closure(venue_id=venue.id, first=date(2026, 7, 22), last=date(2026, 7, 22), reason="健診"),
                Closure(venue_id=venue.id, first=DAY, last=DAY, reason="誤り", lifted_at=factories.START),
                ClosedDay(day=date(2026, 7, 22), reason="研修"),
                Permit(room_id=room.id, first=DAY, last=date(2026, 7, 17), state=PermitState.GRANTED),
                Permit(room_id=room.id, first=DAY, last=date(2026, 7, 22), state=PermitState.CANCELLED),
            ]
        )
    moved = [later(plan, days) for days in range(8)]

    assert [kinds(found) for found in conflicts(moved, TODAY)] == [
        [],
        [],
        [ConflictKind.NOT_OPEN],
        [ConflictKind.OFFICE_CLOSED, ConflictKind.NOT_OPEN, ConflictKind.PERMIT_CANCELLED],
        [ConflictKind.OFFICE_CLOSED, ConflictKind.NOT_OPEN, ConflictKind.PERMIT_CANCELLED],
        [ConflictKind.HOLIDAY, ConflictKind.NOT_OPEN, ConflictKind.PERMIT_CANCELLED],
        [ConflictKind.NOT_OPEN, ConflictKind.PERMIT_CANCELLED],
        [ConflictKind.OFFICE_CLOSED, ConflictKind.CLOSURE, ConflictKind.PERMIT_CANCELLED],
    ]


def later(plan: Plan, days: int) -> Plan:
    step = timedelta(days=days)
    return replace(plan, starts_at=plan.starts_at + step, ends_at=plan.ends_at + step)


def test_a_closure_of_another_room_is_none_of_this_one(plan: Plan, room: Room) -> None:
    other = factories.room(db.session.get_one(Venue, room.venue_id))
    factories.save(Closure(venue_id=room.venue_id, room_id=other.id, first=DAY, last=DAY, reason="工事"))

    assert conflicts([plan], TODAY) == [[]]
    assert ConflictKind.CLOSURE in kinds(conflicts([replace(plan, room_id=other.id)], TODAY)[0])


def test_room_supporter_and_thing_are_taken_by_the_lesson_that_has_them(plan: Plan, room: Room) -> None:
    lesson = factories.lesson(starts_at=plan.starts_at + timedelta(minutes=30), room=room)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=plan.supporter_ids[0]))
    factories.save(LessonThing(lesson_id=lesson.id, thing_id=plan.thing_ids[0]))

    (found,) = conflicts([plan], TODAY)

    assert kinds(found) == [ConflictKind.ROOM_TAKEN, ConflictKind.SUPPORTER_TAKEN, ConflictKind.THING_TAKEN]
    assert {one.why.params["lesson_id"] for one in found} == {lesson.id}
    assert conflicts([replace(plan, lesson_id=lesson.id)], TODAY) == [[]]
    assert conflicts([replace(plan, ends_at=lesson.starts_at)], TODAY) == [[]], "touching times"


def test_a_cancelled_lesson_has_nothing_any_more(plan: Plan, room: Room) -> None:
    lesson = factories.lesson(starts_at=plan.starts_at, room=room, cancelled_at=factories.START)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=plan.supporter_ids[0]))

    assert conflicts([plan], TODAY) == [[]]


def test_plans_of_one_list_are_in_each_others_way(plan: Plan) -> None:
    twice = conflicts([plan, later(plan, 7), plan], TODAY)

    clash = [ConflictKind.ROOM_TAKEN, ConflictKind.SUPPORTER_TAKEN, ConflictKind.THING_TAKEN]
    assert [kinds(found) for found in twice] == [clash, [], clash]


def test_lessons_that_move_together_do_not_meet_where_they_were(plan: Plan, room: Room) -> None:
    first = factories.lesson(starts_at=plan.starts_at, room=room)
    second = factories.lesson(starts_at=plan.ends_at, room=room)
    hour = timedelta(hours=1)
    moved = [
        replace(plan, lesson_id=first.id, starts_at=plan.starts_at + hour, ends_at=plan.ends_at + hour),
        replace(
            plan, lesson_id=second.id, starts_at=plan.starts_at + 2 * hour, ends_at=plan.ends_at + 2 * hour,
            supporter_ids=(factories.supporter().id,),
        ),
    ]  # fmt: skip

    assert conflicts(moved, TODAY) == [[], []]


def test_a_supporter_without_papers_or_with_other_plans_stands_against_it(plan: Plan) -> None:
    helpers = {
        ConflictKind.SUPPORTER_LEFT: factories.supporter(name="去り", left_on=date(2026, 7, 14)),
        ConflictKind.NO_TERM: factories.supporter(name="委嘱なし", terms=[]),
        ConflictKind.NO_PLEDGE: factories.supporter(name="誓約なし", pledged_on=None),
        ConflictKind.NO_INSURANCE: factories.supporter(
            name="保険なし", terms=[factories.term(2026, insured_on=None)]
        ),
        ConflictKind.SUPPORTER_OFF: factories.supporter(
            name="休み", off=[SupporterOff(from_day=DAY, until_day=DAY, reason="通院")]
        ),
        ConflictKind.SUPPORTER_NOT_AVAILABLE: factories.supporter(
            name="午後だけ", hours=[SupporterHours(weekday=2, from_time=time(13), until_time=time(17))]
        ),
    }

    for kind, helper in helpers.items():
        ((found,),) = conflicts([replace(plan, supporter_ids=(helper.id,))], TODAY)
        assert (found.kind, found.why.params["name"], found.why.field) == (kind, helper.name, "supporter_ids")
        passable = kind in (ConflictKind.SUPPORTER_OFF, ConflictKind.SUPPORTER_NOT_AVAILABLE)
        assert found.weight is (Weight.REASON if passable else Weight.NEVER)


def test_papers_of_a_year_to_come_are_a_remark_until_its_first_of_april(plan: Plan) -> None:
    helper = factories.supporter(terms=[factories.term(2026)]).id
    april = replace(
        plan, supporter_ids=(helper,), starts_at=clock.at(date(2027, 4, 14), time(10)),
        ends_at=clock.at(date(2027, 4, 14), time(11)),
    )  # fmt: skip

    ((february,),) = conflicts([april], date(2027, 2, 15))
    assert (february.kind, february.weight) == (ConflictKind.PAPERS_TO_COME, Weight.REMARK)
    assert february.why.params["year"] == "令和9年度"
    assert kinds(conflicts([april], date(2027, 4, 1))[0]) == [ConflictKind.NO_TERM]


def test_what_is_lacking_is_answered_with_a_piece_that_is_free(plan: Plan, router: Thing) -> None:
    other = factories.thing("ルーター2号")
    factories.thing("ルーター3号", out_of_use_at=factories.START)
    lesson = factories.lesson(starts_at=plan.starts_at)
    factories.save(LessonThing(lesson_id=lesson.id, thing_id=router.id))

    ((lacking,),) = conflicts([replace(plan, thing_ids=())], TODAY)

    assert (lacking.kind, lacking.thing_ids) == (ConflictKind.LACKING, (other.id,))


def test_a_thing_out_of_use_needs_a_reason(plan: Plan) -> None:
    broken = factories.thing("ルーター2号", out_of_use_at=factories.START)

    assert kinds(conflicts([replace(plan, thing_ids=(broken.id,))], TODAY)[0]) == [ConflictKind.THING_OUT_OF_USE]


def test_a_stored_lesson_is_not_in_its_own_way(plan: Plan, room: Room, course: Course) -> None:
    lesson = factories.lesson(starts_at=plan.starts_at, room=room, course=course)

    assert kinds(of_lesson(lesson, TODAY)) == [ConflictKind.LACKING, ConflictKind.FEW_SUPPORTERS]


@pytest.mark.parametrize("name", ["course_id", "room_id", "supporter_ids", "thing_ids"])
def test_what_there_is_not_is_not_found(plan: Plan, name: str) -> None:
    nobody = (999,) if name.endswith("s") else 999
    with pytest.raises(NotFound):
        conflicts([replace(plan, **{name: nobody})], TODAY)


@pytest.mark.one_database
def test_five_hundred_plans_ask_as_often_as_two(plan: Plan, room: Room) -> None:
    for days in range(0, 100, 5):
        lesson = factories.lesson(starts_at=later(plan, days).starts_at, room=room)
        factories.thing(f"電話{days}", Equipment.LOAN_PHONE)
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=plan.supporter_ids[0]))
    others = [factories.supporter().id for _ in range(5)]
    plans = [replace(later(plan, days), supporter_ids=(*plan.supporter_ids, others[days % 5])) for days in range(500)]

    asked = []
    for some in (plans[:2], plans):
        db.session.rollback()
        with noted() as seen:
            found = conflicts(some, TODAY)
        asked.append(len(seen))
    assert sum(ConflictKind.ROOM_TAKEN in kinds(each) for each in found) == 20
    assert asked[0] == asked[1] <= 17


def in_districts(*plans: Plan) -> None:
    """Give the halls of these plans a district each. Their centres are 19 km apart, a way of 54 minutes."""
    places = (("KCN", 32.611, 130.187), ("FKE", 32.717, 130.350))
    for (code, latitude, longitude), one in zip(places, plans, strict=True):
        factories.district(code, latitude=latitude, longitude=longitude, sort_order=len(code))
        with transaction() as session:
            session.get_one(Room, one.room_id).venue.district_code = code


def elsewhere(plan: Plan, minutes: int) -> Plan:
    """A plan for the same supporter alone, in another venue, so many minutes after the end of this one."""
    starts_at = plan.ends_at + timedelta(minutes=minutes)
    return replace(
        plan, room_id=factories.room(factories.venue(name="深江公民館")).id, starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1), thing_ids=(),
    )  # fmt: skip


def travel(found: Iterable[Conflict]) -> list[Conflict]:
    return [one for one in found if one.kind is ConflictKind.TRAVEL_TOO_SHORT]


def test_two_duties_of_a_day_leave_time_for_the_way_between_them(plan: Plan) -> None:
    near, far = elsewhere(plan, 53), elsewhere(plan, 54)
    in_districts(plan, near)
    in_districts(plan, far)

    ((first,), (second,)) = map(travel, conflicts([plan, near], TODAY))

    assert first.weight is Weight.REASON, "somebody may decide it"
    assert (first.why.params["minutes"], first.why.params["way"], first.why.params["km"]) == (53, 54, 19)
    assert second.why.params["lesson_id"] is None
    assert [travel(found) for found in conflicts([plan, far], TODAY)] == [[], []]


def test_the_way_from_a_stored_duty_is_asked_about_too(plan: Plan) -> None:
    there = elsewhere(plan, 10)
    in_districts(plan, there)
    room = db.session.get_one(Room, there.room_id)
    lesson = factories.lesson(starts_at=there.starts_at, room=room)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=plan.supporter_ids[0]))

    ((found,),) = [travel(each) for each in conflicts([plan], TODAY)]

    assert found.why.params["lesson_id"] == lesson.id
    assert not travel(conflicts([replace(plan, supporter_ids=(factories.supporter().id,))], TODAY)[0])


def test_a_number_written_down_for_a_lesson_is_what_it_needs(plan: Plan, room: Room, course: Course) -> None:
    lesson = factories.lesson(starts_at=plan.starts_at, room=room, course=course, supporters_needed=3)

    (few,) = [one for one in of_lesson(lesson, TODAY) if one.kind is ConflictKind.FEW_SUPPORTERS]

    assert few.why.params == {"wanted": 3, "now": 0, "missing": 3}
