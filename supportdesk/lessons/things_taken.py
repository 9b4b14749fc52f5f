"""Reads about which lesson has which thing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core import clock
from ..core.db import db
from . import timetable
from .models import Lesson, LessonThing


def on(day: date) -> dict[int, list[Lesson]]:
    """By thing, the lessons of that day to which it goes, in their order; a thing at its place is left out."""
    query = taken(day, day).options(joinedload(Lesson.venue), joinedload(Lesson.course))
    found: dict[int, list[Lesson]] = defaultdict(list)
    for thing_id, lesson in db.session.execute(query.order_by(Lesson.starts_at, Lesson.id)):
        found[thing_id].append(lesson)
    return dict(found)


def taken(first: date, last: date) -> sa.Select[int, Lesson]:
    """Each thing's id with the lesson that has it, from `first` to `last`; cancelled lessons have none."""
    # The instant goes on by a day, not the day: 9999-12-31, which other systems write for “no end”, has none after it.
    begin, end = clock.at(first, time()), clock.at(last, time()) + timedelta(days=1)
    return (
        sa.select(LessonThing.thing_id, Lesson)
        .join(Lesson, Lesson.id == LessonThing.lesson_id)
        .where(LessonThing.starts_at >= begin, LessonThing.starts_at < end)
    )


def lessons_with(thing_id: int, first: date) -> sa.Select[Any]:
    """The lessons to which this thing goes from that day on."""
    with_it = sa.select(LessonThing.lesson_id).where(LessonThing.thing_id == thing_id)
    return timetable.lessons(clock.at(first, time()), None).where(
        Lesson.id.in_(with_it), Lesson.cancelled_at.is_(None)
    )
