"""The one check that everything asks that books a hall or plans a lesson: pages, imports, programs, series.

Any number of plans at once, against what is stored and against each other, in a constant number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core import clock
from ..core.db import Base, db
from ..core.errors import NotFound
from ..office import queries as office
from ..people.supporter_queries import facts_of
from ..people.supporter_rules import SupporterFacts
from ..places import calendar_queries as places
from ..places.models import Closure, Room, Thing, Venue
from ..places.opening_rules import Hours, Week
from ..places.permit_rules import PermitState, best
from ..places.thing_rules import Equipment
from . import standing_rules as rules
from .conflict_rules import Conflict, Plan
from .models import Course, Lesson, LessonSupporter, LessonThing
from .slot_rules import LessonKind, kind_of
from .standing_rules import Closed, Hall, Taken
from .travel_rules import Place, Point

Row = TypeVar("Row", bound=Base)


def conflicts(plans: Sequence[Plan], today: date) -> list[list[Conflict]]:
    """What stands against each of these plans, in their order. At most 18 queries for any number of plans.

    `today` decides whether a supporter's papers for a day are asked for yet (people/supporter_rules.py).
    Raises NotFound for a course, room, supporter or thing that is none.
    """
    if not plans:
        return []
    calendar = _Calendar(plans)
    taken = _Taken(plans, calendar, today)
    found = []
    for number, plan in enumerate(plans):
        course, hall = calendar.courses[plan.course_id], calendar.hall(plan.room_id)
        against = calendar.against(plan, stays=taken.stays(plan)) + taken.against(number, plan)
        against += rules.of_needs(course.needs, hall, taken.along(plan), taken.free(number, plan))
        visit = kind_of(course.category) is LessonKind.VISIT
        few = rules.of_supporters(plan, course.learners_per_supporter, taken.needed(plan))
        found.append(against + (rules.of_visitors(plan) if visit else few))
    return found


def of_lesson(lesson: Lesson, today: date) -> list[Conflict]:
    """What stands against a lesson as it is stored."""
    return conflicts([plan_of(lesson)], today)[0]


def plan_of(lesson: Lesson) -> Plan:
    """A stored lesson as a plan that changes nothing."""
    return Plan(
        course_id=lesson.course_id, room_id=lesson.room_id, starts_at=lesson.starts_at, ends_at=lesson.ends_at,
        seats=lesson.seats, supporter_ids=tuple(sorted(row.supporter_id for row in lesson.supporters)),
        thing_ids=tuple(sorted(row.thing_id for row in lesson.things)), lesson_id=lesson.id,
    )  # fmt: skip


class _Calendar:
    """What the office's calendar and the halls say: seven queries, eight for the counter."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        first, last = min(plan.day for plan in plans), max(plan.day for plan in plans)
        self.courses = _all(Course, {plan.course_id for plan in plans})
        self.rooms = _all(Room, {plan.room_id for plan in plans}, joinedload(Room.venue))
        venues = {room.venue_id for room in self.rooms.values()}
        self.weeks = places.weekly_hours(venues)
        self.other_days = {
            (row.venue_id, row.day): Hours(row.opens, row.closes) for row in places.other_days(venues, first, last)
        }
        self.closed = {row.day: row.reason for row in office.closed_days(first, last)}
        counter = any(kind_of(course.category) is LessonKind.COUNTER for course in self.courses.values())
        self.system = {row.day: row.reason for row in office.system_days(first, last)} if counter else {}
        self.closures: dict[int, list[Closure]] = defaultdict(list)
        for closure in places.closures(venues, first, last):
            self.closures[closure.venue_id].append(closure)
        self.permits = places.permits_touching(self.rooms, first, last)

    def against(self, plan: Plan, *, stays: bool) -> list[Conflict]:
        room, kind = self.rooms[plan.room_id], kind_of(self.courses[plan.course_id].category)
        found = rules.of_place(kind, self.hall(plan.room_id)) + rules.of_office(plan.day, self.closed)
        return found + rules.of_system(kind, plan.day, self.system) + rules.of_hall(
            plan,
            self.hall(plan.room_id),
            stays=stays,
            closures=[
                Closed(row.first, row.last, row.reason)
                for row in self.closures[room.venue_id]
                if row.room_id in (None, room.id)
            ],
            that_day=self.other_days.get((room.venue_id, plan.day)),
            permit=self._permit(room.id, plan.day),
        )

    def hall(self, room_id: int) -> Hall:
        room = self.rooms[room_id]
        venue = room.venue
        return Hall(
            room=room.name, venue=venue.name, seats=room.seats, out_of_use=venue.closed_at is not None,
            needs_permit=venue.needs_permit, week=Week(self.weeks.get(venue.id, {}), venue.closed_on_holidays),
            has=venue.has, at_counter=venue.branch_id is not None, at_home=venue.at_home,
        )  # fmt: skip

    def _permit(self, room_id: int, day: date) -> PermitState | None:
        return best(row.state for row in self.permits if row.room_id == room_id and row.first <= day <= row.last)


class _Use(NamedTuple):
    """A use of a room, a supporter or a thing: by a stored lesson, or (`number`) by another plan of the list."""

    by: Taken
    number: int | None = None


class _Taken:
    """Who and what others have on these days, and who can come at all: ten queries at the most.

    Kept by day, since a lesson ends on the day on which it begins: a list of 500 plans is not compared each with each.
    """

    def __init__(self, plans: Sequence[Plan], calendar: _Calendar, today: date) -> None:
        self.today, self.rooms = today, calendar.rooms
        self.mine = {plan.lesson_id for plan in plans if plan.lesson_id is not None}
        self.first = min(plan.starts_at for plan in plans)
        self.end = max(plan.ends_at for plan in plans)
        self.uses: dict[tuple[str, int, date], list[_Use]] = defaultdict(list)
        self.supporters = _supporters(plans)
        self.things = _things({one for plan in plans for one in plan.thing_ids})
        self.points = centres() if self.supporters else {}
        self.now = _as_they_are(self.mine)
        rooms = {plan.room_id for plan in plans}
        # A visit takes no room.
        in_rooms = sa.select(Lesson).where(Lesson.room_id.in_(rooms), Lesson.kind != LessonKind.VISIT)
        self._stored("room", Lesson.room_id, in_rooms)
        if self.supporters:
            duty = sa.select(Lesson).join(LessonSupporter, LessonSupporter.lesson_id == Lesson.id)
            duty = duty.where(LessonSupporter.supporter_id.in_(self.supporters))
            # Of whole days: also a duty that does not meet this one may be too far away.
            self._stored("supporter", LessonSupporter.supporter_id, duty, whole_days=True)
        along = sa.select(Lesson).join(LessonThing, LessonThing.lesson_id == Lesson.id)
        self._stored("thing", LessonThing.thing_id, along)
        for number, plan in enumerate(plans):
            self._planned(number, plan, calendar.courses[plan.course_id])

    def stays(self, plan: Plan) -> bool:
        """Whether the plan changes a lesson that is in this room already."""
        return plan.lesson_id in self.now and self.now[plan.lesson_id].room_id == plan.room_id

    def needed(self, plan: Plan) -> int | None:
        """The number of supporters that was written down for this lesson, if one was."""
        return self.now[plan.lesson_id].supporters_needed if plan.lesson_id in self.now else None

    def against(self, number: int, plan: Plan) -> list[Conflict]:
        found = [rules.of_room_taken(use) for use in self._meeting("room", plan.room_id, number, plan)]
        for one in plan.supporter_ids:
            facts = self.supporters[one]
            uses = self._meeting("supporter", one, number, plan)
            found += [rules.of_supporter_taken(facts.name, use) for use in uses]
            for use in self._beside("supporter", one, number, plan):
                found += rules.of_travel(facts.name, plan, self._place(plan.room_id), use)
            found += rules.of_duty(facts, plan, self.today)
        for one in plan.thing_ids:
            label = self.things[one].label
            found += [rules.of_thing_taken(label, use) for use in self._meeting("thing", one, number, plan)]
            if self.things[one].out_of_use_at is not None:
                found.append(rules.of_thing_out_of_use(label))
        return found

    def along(self, plan: Plan) -> list[Equipment]:
        """The kind of each thing that is taken along."""
        return [self.things[one].equipment for one in plan.thing_ids]

    def free(self, number: int, plan: Plan) -> dict[Equipment, list[int]]:
        """Pieces that nobody has at that time, by their kind, in the order of their labels."""
        found: dict[Equipment, list[int]] = defaultdict(list)
        for thing in self.things.values():
            usable = thing.out_of_use_at is None and thing.id not in plan.thing_ids
            if usable and not self._meeting("thing", thing.id, number, plan):
                found[thing.equipment].append(thing.id)
        return found

    def _meeting(self, kind: str, key: int, number: int, plan: Plan) -> list[Taken]:
        return [by for by in self._others(kind, key, number, plan) if plan.meets(by.starts_at, by.ends_at)]

    def _beside(self, kind: str, key: int, number: int, plan: Plan) -> list[Taken]:
        """Those of the same day that do not meet it."""
        return [by for by in self._others(kind, key, number, plan) if not plan.meets(by.starts_at, by.ends_at)]

    def _others(self, kind: str, key: int, number: int, plan: Plan) -> list[Taken]:
        return [use.by for use in self.uses.get((kind, key, plan.day), ()) if use.number != number]

    def _stored(self, kind: str, key: Any, lessons: sa.Select[Any], *, whole_days: bool = False) -> None:
        first, end = self.first, self.end
        if whole_days:
            first, end = clock.day_around(first)[0], clock.day_around(end)[1]
        query = (
            lessons.join(Course, Course.id == Lesson.course_id)
            .join(Venue, Venue.id == Lesson.venue_id)
            .where(Lesson.cancelled_at.is_(None), Lesson.starts_at < end, Lesson.ends_at > first)
        )
        columns = (Lesson.id, Lesson.starts_at, Lesson.ends_at, Course.title, Lesson.venue_id, Venue.district_code, key)
        for lesson_id, starts_at, ends_at, title, venue_id, district, used in db.session.execute(
            query.with_only_columns(*columns)
        ):
            if lesson_id not in self.mine:
                place = Place(venue_id, self.points.get(district))
                self._note(kind, used, _Use(Taken(title, starts_at, ends_at, lesson_id, place)))

    def _place(self, room_id: int) -> Place:
        venue = self.rooms[room_id].venue
        return Place(venue.id, self.points.get(venue.district_code))

    def _planned(self, number: int, plan: Plan, course: Course) -> None:
        by = Taken(course.title, plan.starts_at, plan.ends_at, plan.lesson_id, self._place(plan.room_id))
        use = _Use(by, number)
        if kind_of(course.category) is not LessonKind.VISIT:
            self._note("room", plan.room_id, use)
        for one in plan.supporter_ids:
            self._note("supporter", one, use)
        for one in plan.thing_ids:
            self._note("thing", one, use)

    def _note(self, kind: str, key: int, use: _Use) -> None:
        self.uses[kind, key, clock.local_date(use.by.starts_at)].append(use)


def _supporters(plans: Sequence[Plan]) -> dict[int, SupporterFacts]:
    wanted = {one for plan in plans for one in plan.supporter_ids}
    found = facts_of(wanted, min(plan.day for plan in plans), max(plan.day for plan in plans))
    if found.keys() != wanted:
        raise NotFound("There is no such supporter.", field="supporter_ids")
    return found


def _things(named: Collection[int]) -> dict[int, Thing]:
    """All that is in use, and what a plan names though it is not."""
    query = sa.select(Thing).where(sa.or_(Thing.out_of_use_at.is_(None), Thing.id.in_(named)))
    found = {row.id: row for row in db.session.scalars(query.order_by(Thing.label, Thing.id))}
    if not found.keys() >= set(named):
        raise NotFound("There is no such thing.", field="thing_ids")
    return found


def centres() -> dict[str | None, Point]:
    """Where each district lies (one query)."""
    return {row.code: (row.latitude, row.longitude) for row in office.districts()}


def _as_they_are(lesson_ids: Collection[int]) -> dict[int | None, Any]:
    query = sa.select(Lesson.id, Lesson.room_id, Lesson.supporters_needed).where(Lesson.id.in_(lesson_ids))
    return {row.id: row for row in db.session.execute(query)}


def _all(model: type[Row], ids: Collection[int], *options: Any) -> dict[int, Row]:
    """These rows by their ids. Raises NotFound when one of them is none."""
    if not ids:
        return {}
    rows = db.session.scalars(sa.select(model).where(model.id.in_(ids)).options(*options)).all()  # type: ignore[attr-defined]
    if len(rows) != len(ids):
        raise NotFound("This entry does not exist.")
    return {row.id: row for row in rows}  # type: ignore[attr-defined]
