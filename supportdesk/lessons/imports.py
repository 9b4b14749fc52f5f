"""Courses and lessons from tables."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..core.japan import calendar
from ..core.table_files import Column, Outcome, external_id, number, several, yes_or_no
from ..people.models import Supporter
from ..places.models import Room, Thing, Venue
from . import actions, as_typed, rules
from .actions import CourseData, LessonData
from .rules import LessonState
from .slot_rules import CounterMatter


def _joined(cell: str) -> str:
    return "、".join(several(cell))


def _moment(cell: str) -> datetime | None:
    return rules.parse_moment(cell) if cell else None


def _state(cell: str) -> LessonState:
    if cell and cell not in set(LessonState):
        raise Refusal("There is no such state.", code="no-state")
    return LessonState(cell or LessonState.DRAFT)


def _matter(cell: str) -> CounterMatter | None:
    if cell and cell not in set(CounterMatter):
        raise Refusal("There is no such matter at the counter.", code="no-matter")
    return CounterMatter(cell) if cell else None


COURSE_COLUMNS = (
    Column("external_id", ("course_code",), required=True, read=external_id),
    Column("title", (), required=True),
    Column("title_kana"),
    Column("category"),
    Column("minutes", (), required=True, read=number),
    Column("seats", ("capacity",), required=True, read=number),
    Column("learners_per_supporter", (), required=True, read=number),
    Column("bring", read=_joined),
    Column("summary"),
    Column("practised"),
    Column("pin_typed_by_resident", read=yes_or_no),
    Column("staff_only", read=yes_or_no),
    Column("needs_wifi", read=yes_or_no),
    Column("needs_screen", read=yes_or_no),
    Column("needs_phones", read=number),
    Column("topics", read=several),
    Column("counter_matter", read=_matter),
    Column("owner"),
)

LESSON_COLUMNS = (
    Column("external_id", ("lesson_id",), required=True, read=external_id),
    Column("course", ("course_code",), required=True),
    Column("venue", ("venue_id",), required=True),
    Column("room", (), required=True),
    Column("day", ("date",), required=True, read=calendar.parse_day),
    Column("start", ("start_time",), required=True, read=calendar.parse_time),
    Column("minutes", read=number),
    Column("seats", ("capacity",), read=number),
    Column("least", read=number),
    Column("booking_opens_at", ("booking_opens",), read=_moment),
    Column("booking_closes_at", ("booking_closes",), read=_moment),
    Column("supporters", read=several),
    Column("things", read=several),
    Column("note"),
    Column("override_reason"),
    Column("state", read=_state),
)


@dataclass(frozen=True)
class CourseImporter:
    by: Actor
    now: datetime
    columns = COURSE_COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one course. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(CourseData) if row.get(one.name) is not None}
        course = as_typed.course_by_external_id(row["external_id"])
        if course is None:
            actions.add_course(CourseData(**given), external_id=row["external_id"], by=self.by, now=self.now)
            return Outcome.ADDED
        before = course.version
        data = as_typed.course_with(course, given)
        actions.edit_course(course.id, data, before, by=self.by, now=self.now)
        return Outcome.CHANGED if course.version != before else Outcome.SAME


@dataclass(frozen=True)
class LessonImporter:
    """A lesson names its course and venue by their external_id, its room and supporters by name, things by their label.
    `state` counts for a new lesson only: the same file run again must not open what was closed since."""

    by: Actor
    now: datetime
    columns = LESSON_COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one lesson. Raises Refusal."""
        course = as_typed.course_by_external_id(row["course"])
        if course is None:
            raise Refusal("There is no course with this external_id.", code="no-course", field="course")
        given = {name: row[name] for name in ("day", "start", "note", "override_reason") if name in row} | {
            name: row[name]
            for name in ("minutes", "seats", "least", "booking_opens_at", "booking_closes_at")
            if row.get(name) is not None
        }
        given |= {"course_id": course.id, "room_id": _room(row["venue"], row["room"])}
        if "supporters" in row:
            given["supporter_ids"] = tuple(sorted(_supporter(name) for name in row["supporters"]))
        if "things" in row:
            given["thing_ids"] = tuple(sorted(_thing(label) for label in row["things"]))
        lesson = as_typed.lesson_by_external_id(row["external_id"])
        if lesson is None:
            usual = {"minutes": course.minutes, "seats": course.seats}
            lesson = actions.add_lesson(
                LessonData(**usual | given), external_id=row["external_id"], by=self.by, now=self.now
            )
            state = row.get("state", LessonState.DRAFT)
            if state is not LessonState.DRAFT:
                actions.move_state(lesson.id, state, by=self.by, now=self.now)
            return Outcome.ADDED
        wanted = as_typed.lesson_with(lesson, given)
        if as_typed.is_as_stored(wanted, lesson):
            return Outcome.SAME
        before = lesson.version
        actions.edit_lesson(lesson.id, wanted, before, by=self.by, now=self.now)
        return Outcome.CHANGED if lesson.version != before else Outcome.SAME


def _room(venue: str, room: str) -> int:
    found = db.session.scalar(
        sa.select(Room.id).join(Room.venue).where(Venue.external_id == venue, Room.name == room)
    )
    if found is None:
        raise Refusal("This venue has no room of that name.", code="no-room", field="room")
    return found


def _supporter(name: str) -> int:
    found = db.session.scalars(sa.select(Supporter.id).where(Supporter.name == name)).all()
    if len(found) != 1:
        raise Refusal("Exactly one supporter must have this name.", code="no-supporter", field="supporters")
    return found[0]


def _thing(label: str) -> int:
    found = db.session.scalar(sa.select(Thing.id).where(Thing.label == label))
    if found is None:
        raise Refusal("There is no such thing.", code="no-thing", field="things")
    return found
