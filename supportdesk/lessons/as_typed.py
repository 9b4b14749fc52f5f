"""A stored course or lesson as it would be typed, with a part of it replaced: files and programs send parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import sqlalchemy as sa

from ..core import clock
from ..core.db import db
from .actions import CourseData, LessonData
from .models import Course, Lesson
from .series_rules import Registration


def course_by_external_id(external_id: str | None) -> Course | None:
    """The course that a file or a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Course).where(Course.external_id == external_id)) if external_id else None


def lesson_by_external_id(external_id: str | None) -> Lesson | None:
    """The lesson that a file or a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Lesson).where(Lesson.external_id == external_id)) if external_id else None


def course_with(course: Course, given: Mapping[str, Any]) -> CourseData:
    known = CourseData(
        **{one.name: getattr(course, one.name) for one in fields(CourseData) if one.name != "topics"},
        topics=tuple(topic.topic_code for topic in course.topics),
    )
    return replace(known, **given)


def lesson_with(lesson: Lesson, given: Mapping[str, Any]) -> LessonData:
    """On another day or at another hour the booking window is the usual one of that, unless it is given too. A reason
    is given anew for what is new: what was allowed for this place and time stays allowed."""
    known = data_of(lesson)
    moved = (given.get("day", known.day), given.get("start", known.start)) != (known.day, known.start)
    # Lessons that are booked at once keep one window for all.
    whole = lesson.part is not None and lesson.part.series.registration is Registration.WHOLE
    usual = {"booking_opens_at": None, "booking_closes_at": None} if moved and not whole else {}
    return replace(known, **usual | dict(given))


def data_of(lesson: Lesson) -> LessonData:
    start = clock.local(lesson.starts_at)
    return LessonData(
        course_id=lesson.course_id,
        room_id=lesson.room_id,
        day=start.date(),
        start=start.time(),
        minutes=minutes_of(lesson),
        seats=lesson.seats,
        least=lesson.least,
        booking_opens_at=lesson.booking_opens_at,
        booking_closes_at=lesson.booking_closes_at,
        supporter_ids=tuple(sorted(one.supporter_id for one in lesson.supporters)),
        thing_ids=tuple(sorted(one.thing_id for one in lesson.things)),
        note=lesson.note,
        admission=lesson.admission,
        first_timers_first=lesson.first_timers_first,
    )


def is_as_stored(wanted: LessonData, lesson: Lesson) -> bool:
    """Whether saving this would change nothing: then a lesson that is over may be sent again as it was."""
    return replace(wanted, override_reason="") == data_of(lesson)


def minutes_of(lesson: Lesson) -> int:
    return (lesson.ends_at - lesson.starts_at).seconds // 60
