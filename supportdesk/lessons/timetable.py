"""Reads about courses and lessons: the timetable. Reads for booking are in booking_queries.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ..core import clock
from ..core.db import db
from ..core.errors import NotFound
from ..people.models import Supporter
from ..places.models import Venue
from .models import Course, Lesson, LessonSupporter, LessonThing, SeriesLesson
from .rules import PUBLIC, LessonState
from .slot_rules import PUBLIC_KINDS


def lessons(
    first: datetime,
    end: datetime | None,
    *,
    district_code: str = "",
    course_id: int | None = None,
    state: LessonState | None = None,
    slots: bool = True,
) -> sa.Select[Any]:
    """Lessons that start at or after `first` and before `end` (None: no end), with what a list shows of them; without
    `slots` those alone that have no list of their own."""
    query = sa.select(Lesson).join(Lesson.venue).where(Lesson.starts_at >= first)
    if end is not None:
        query = query.where(Lesson.starts_at < end)
    if district_code:
        query = query.where(Venue.district_code == district_code)
    if course_id is not None:
        query = query.where(Lesson.course_id == course_id)
    if state is not None:
        query = query.where(Lesson.state == state)
    if not slots:
        query = query.where(Lesson.slot_day.is_(None))
    shown = (contains_eager(Lesson.venue), joinedload(Lesson.course), joinedload(Lesson.room))
    return query.options(*shown).order_by(Lesson.starts_at, Lesson.id)


def public(also: Collection[LessonState] = ()) -> sa.ColumnElement[bool]:
    """The condition that everybody may read of a lesson; `also` lets those in these states through besides."""
    return public_of(Lesson, also)


def public_of(of: type[Lesson], also: Collection[LessonState] = ()) -> sa.ColumnElement[bool]:
    """The same of the table or an alias of it."""
    was_public = of.cancelled_from.in_([state.value for state in PUBLIC])
    told = sa.or_(of.state.in_([*PUBLIC, *also]), sa.and_(of.state == LessonState.CANCELLED, was_public))
    return sa.and_(told, of.kind.in_(PUBLIC_KINDS))


def lesson(lesson_id: int) -> Lesson:
    """One lesson with all that its page shows. Raises NotFound."""
    shown = (
        joinedload(Lesson.part).joinedload(SeriesLesson.series),
        joinedload(Lesson.course),
        joinedload(Lesson.venue),
        joinedload(Lesson.room),
        selectinload(Lesson.supporters).joinedload(LessonSupporter.supporter),
        selectinload(Lesson.things).joinedload(LessonThing.thing),
    )
    found = db.session.get(Lesson, lesson_id, options=shown)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def courses(*, ended_too: bool = False) -> sa.Select[Any]:
    query = sa.select(Course).order_by(Course.category, Course.external_id, Course.title, Course.id)
    return query if ended_too else query.where(Course.ended_at.is_(None))


def course(course_id: int) -> Course:
    """Raises NotFound."""
    found = db.session.get(Course, course_id, options=[selectinload(Course.topics)])
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def supporters(on: date) -> Sequence[Supporter]:
    """Supporters who are with us on that day."""
    here = sa.or_(Supporter.left_on.is_(None), Supporter.left_on >= on)
    return db.session.scalars(sa.select(Supporter).where(here).order_by(Supporter.kana, Supporter.id)).all()


def lessons_on(days: Collection[date]) -> dict[date, int]:
    """How many lessons that are not cancelled are held on each of these days; days without one are left out."""
    if not days:
        return {}
    spans = [(clock.at(day, time.min), clock.at(day + timedelta(days=1), time.min)) for day in days]
    starts = db.session.scalars(
        sa.select(Lesson.starts_at).where(
            sa.or_(*(sa.and_(Lesson.starts_at >= first, Lesson.starts_at < end) for first, end in spans)),
            Lesson.cancelled_at.is_(None),
            Lesson.state != LessonState.CANCELLED,
        )
    )
    return dict(Counter(clock.local_date(start) for start in starts))


def lessons_at(venue_id: int, room_id: int | None, first: date, last: date | None = None) -> sa.Select[Any]:
    """Lessons that are not cancelled in this venue, or in the one room, on these days (None: no end)."""
    end = clock.at(last, time.min) + timedelta(days=1) if last is not None else None
    query = lessons(clock.at(first, time.min), end).where(Lesson.venue_id == venue_id, Lesson.cancelled_at.is_(None))
    return query if room_id is None else query.where(Lesson.room_id == room_id)
