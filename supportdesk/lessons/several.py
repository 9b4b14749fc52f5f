"""Several lessons planned or changed at once: each looked at with what the planner decided, then made, all or none.

A series of 500 dates goes through the same checks as one lesson, but asks the database as often as one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import fitting
from ..core.errors import NotFound, Refusal
from ..office import queries as office
from ..people.models import Supporter
from ..places.models import Room, Thing
from . import rules, slot_rules
from .conflict_rules import Conflict, Plan
from .conflicts import conflicts
from .decision_rules import AS_PLANNED, Choice, Decision, Unsettled, check_complete, kinds, why_not
from .models import Course, Lesson, LessonSupporter, LessonThing
from .planned import GUARDS, LessonData
from .rules import LessonState

Kept = TypeVar("Kept", Room, Supporter, Thing)


@dataclass(frozen=True)
class Wanted:
    """A lesson that somebody means to plan, or (`lesson_id`) one as it is to become. `key` is its name among its kind.
    `no_such_day`: the rule names a day that its month has not, so that only another day or none will do."""

    key: str
    data: LessonData
    lesson_id: int | None = None
    no_such_day: bool = False


@dataclass(frozen=True)
class Row:
    """A wanted lesson after the planner's decision: what is to be made of it (None: nothing), what stands against that,
    and why it cannot be made so, if it cannot."""

    wanted: Wanted
    decision: Decision
    data: LessonData | None
    conflicts: tuple[Conflict, ...] = ()
    refusal: Refusal | None = None

    @property
    def kinds(self) -> str:
        return kinds(self.conflicts)

    @property
    def starts_at(self) -> datetime:
        """When it is to begin, or would if it were held."""
        data = self.data or self.wanted.data
        return clock.at(data.day, data.start)

    @property
    def day_is_missing(self) -> bool:
        """Whether there is no day to show yet."""
        return self.wanted.no_such_day and self.decision.day is None


def look(wanted: Sequence[Wanted], decisions: Mapping[str, Decision], now: datetime) -> list[Row]:
    """What would become of each, in their order. In a constant number of queries; changes nothing. Raises NotFound for
    a room that is none."""
    rows = [_decided(one, decisions.get(one.key, AS_PLANNED), now) for one in wanted]
    _check_rooms({row.data.room_id for row in rows if row.data})
    planned = [place for place, row in enumerate(rows) if row.data and not row.refusal]
    found = conflicts([plan_of(rows[place]) for place in planned], clock.local_date(now))
    for place, against in zip(planned, found, strict=True):
        refusal = why_not(rows[place].decision, against)
        rows[place] = replace(rows[place], conflicts=tuple(against), refusal=refusal)
    return rows


def check_settled(rows: Iterable[Row]) -> None:
    """Raises Unsettled naming the rows that cannot be made as they were decided."""
    open_keys = [row.wanted.key for row in rows if row.refusal]
    if open_keys:
        raise Unsettled(open_keys)


def plan_of(row: Row) -> Plan:
    assert row.data is not None
    starts_at, ends_at = rules.lesson_times(row.data.day, row.data.start, row.data.minutes)
    return Plan(
        course_id=row.data.course_id, room_id=row.data.room_id, starts_at=starts_at, ends_at=ends_at,
        seats=row.data.seats, supporter_ids=row.data.supporter_ids, thing_ids=row.data.thing_ids,
        lesson_id=row.wanted.lesson_id,
    )  # fmt: skip


def _decided(wanted: Wanted, decision: Decision, now: datetime) -> Row:
    if decision.choice is Choice.SKIP:
        return Row(wanted, decision, None)
    data = wanted.data
    try:
        check_complete(decision)
        if decision.choice is Choice.ROOM and decision.room_id is not None:
            data = replace(data, room_id=decision.room_id)
        if decision.choice is Choice.MOVE:
            data = replace(data, day=decision.day or data.day, start=decision.start or data.start)
        if data.day != wanted.data.day:
            data = replace(data, booking_opens_at=None, booking_closes_at=None)  # the usual window of the new day
        if wanted.no_such_day and (decision.choice is not Choice.MOVE or decision.day is None):
            raise Refusal("That month has no such day. Leave it out, or write another day.", code="no-such-day",
                          field="day")  # fmt: skip
        starts_at, _ends_at = rules.lesson_times(data.day, data.start, data.minutes)
        rules.check_start(starts_at, now)
    except Refusal as refusal:
        return Row(wanted, decision, data, refusal=refusal)
    return Row(wanted, decision, data)


def _check_rooms(ids: set[int]) -> None:
    if len(db.session.scalars(sa.select(Room.id).where(Room.id.in_(ids))).all()) != len(ids):
        raise NotFound("There is no such room.", field="room_id")


def lock(wanted: Iterable[LessonData], decisions: Iterable[Decision] = ()) -> dict[int, Room]:
    """Lock the rooms, supporters and things of these plans, each kind in the order of its ids and in the order in which
    one lesson locks them (planned.py), so that two plans on their way to them wait for each other. Gives the rooms.
    Raises NotFound for a room that is none."""
    plans = list(wanted)
    rooms = {one.room_id for one in plans} | {one.room_id for one in decisions if one.room_id is not None}
    found = {room.id: room for room in _locked(Room, rooms)}
    if len(found) != len(rooms):
        raise NotFound("There is no such room.", field="room_id")
    _locked(Supporter, {one for plan in plans for one in plan.supporter_ids})
    _locked(Thing, {one for plan in plans for one in plan.thing_ids})
    return found


def _locked(model: type[Kept], ids: set[int]) -> Sequence[Kept]:
    key = sa.inspect(model).columns["id"]
    query = sa.select(model).where(key.in_(ids)).order_by(key).with_for_update(of=model)
    return db.session.scalars(query).all() if ids else []


def check_course(course_id: int) -> Course:
    """Raises Refusal for a course that is not there or not offered any more."""
    course = db.session.get(Course, course_id)
    if course is None or course.ended_at is not None:
        raise Refusal("This course is not offered any more.", code="course-ended", field="course_id")
    return course


def check_supporters(ids: Iterable[int]) -> tuple[int, ...]:
    """The ids in their order. Raises Refusal for one that is nobody's."""
    known = set(db.session.scalars(sa.select(Supporter.id).where(Supporter.id.in_(ids))))
    if known != set(ids):
        raise Refusal("There is no such supporter.", code="no-supporter", field="supporter_ids")
    return tuple(sorted(known))


Window = tuple[datetime, datetime]


def usual_window(day: date, data: LessonData, closed: frozenset[date]) -> Window:
    """When booking opens and closes for a lesson of that day, unless the data say otherwise. Raises Refusal."""
    starts_at = clock.at(day, data.start)
    opens, closes = rules.booking_window(starts_at, closed)
    window = (data.booking_opens_at or opens, data.booking_closes_at or closes)
    rules.check_window(*window, starts_at)
    return window


def make(rows: Sequence[Row], by: Actor, now: datetime, *, window: Window | None = None) -> list[Lesson]:
    """Add the lessons of settled rows, in preparation, in their order, leaving out those that are to be left out.
    `window` is one booking window for all. Raises Refusal `moved-meanwhile` when the database knows of something that
    came in between."""
    closed, rooms = office.all_closed_days(), {row.id: row for row in _rooms_of(rows)}
    lessons = []
    for row in rows:
        if row.data is None:
            continue
        starts_at, ends_at = rules.lesson_times(row.data.day, row.data.start, row.data.minutes)
        opens, closes = window or usual_window(row.data.day, row.data, closed)
        kind = slot_rules.kind_of(db.session.get_one(Course, row.data.course_id).category)
        lesson = Lesson(
            kind=kind, slot_day=row.data.day if kind.is_slot else None,
            course_id=row.data.course_id, room_id=row.data.room_id, venue_id=rooms[row.data.room_id].venue_id,
            starts_at=starts_at, ends_at=ends_at, seats=row.data.seats, least=row.data.least,
            booking_opens_at=opens, booking_closes_at=closes, state=LessonState.DRAFT,
            **passed_over(row), **fitting(Lesson, {"note": row.data.note}),
        )  # fmt: skip
        lesson.supporters = [LessonSupporter(supporter_id=one) for one in row.data.supporter_ids]
        lesson.things = [LessonThing(thing_id=one) for one in row.data.thing_ids]
        lessons.append(lesson)
    _save(lessons)
    for lesson in lessons:
        history.record("lesson.added", f"lesson:{lesson.id}", by=by, now=now, **overridden(lesson))
    return lessons


def overridden(lesson: Lesson) -> dict[str, list[str]]:
    """For the history: the kinds of conflict that were passed over. The reason stands on the lesson."""
    return {"overridden": lesson.overridden.split()} if lesson.overridden else {}


def _rooms_of(rows: Sequence[Row]) -> Iterable[Room]:
    ids = {row.data.room_id for row in rows if row.data}
    return db.session.scalars(sa.select(Room).where(Room.id.in_(ids)))


def _save(lessons: Sequence[Lesson]) -> None:
    """All in one go. What came in since the check is seen by the database."""
    try:
        with db.session.begin_nested():
            db.session.add_all(lessons)
    except IntegrityError as error:
        if not any(guard in str(error.orig) for guard in GUARDS):
            raise
        raise Refusal(
            "Somebody else has planned something here meanwhile. Please look again.", code="moved-meanwhile"
        ) from None


def passed_over(row: Row) -> dict[str, str]:
    """What the lesson keeps of the decision: which conflicts were passed over, and why."""
    return fitting(Lesson, {"overridden": row.kinds, "override_reason": row.decision.reason if row.kinds else ""})
