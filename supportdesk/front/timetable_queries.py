"""Reads for what everybody may see. Nothing here touches a resident, a booking or a supporter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core import clock
from ..core.db import db
from ..core.errors import NotFound
from ..core.history import HistoryRow
from ..core.japan.calendar import fiscal_year
from ..lessons import slot_queries, timetable
from ..lessons.models import Course, CourseTopic, Lesson
from ..lessons.rules import LONGEST_MINUTES, LessonState, next_month
from ..lessons.words import LESSON_HISTORY
from ..office.models import Topic

# Lessons that teach supporters are planned in the same table, and are nothing that a resident could book.
NOT_FOR_RESIDENTS = "supporter"
A_FEED_LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Wanted:
    """What a reader chose: "" and None mean all."""

    district: str = ""
    topic: str = ""
    month: date | None = None


def lessons(wanted: Wanted, first: datetime, also: Collection[LessonState] = ()) -> sa.Select[Any]:
    """The public lessons from an instant on, in order of time, with course, venue and room."""
    end = clock.at(next_month(wanted.month), time.min) if wanted.month else None
    if wanted.month:
        first = max(first, clock.at(wanted.month, time.min))
    found = timetable.lessons(first, end, district_code=wanted.district)
    found = found.where(timetable.public(also), _for_residents())
    if wanted.topic:
        of_topic = sa.select(CourseTopic.course_id).where(CourseTopic.topic_code == wanted.topic)
        found = found.where(Lesson.course_id.in_(of_topic))
    return found


def coming(wanted: Wanted, now: datetime, also: Collection[LessonState] = ()) -> sa.Select[Any]:
    """Those that are not over yet; of a day of consultations one stands for all (slot_queries.days_of)."""
    once_a_day = slot_queries.alone(
        within=lambda of: sa.and_(of.ends_at > now, timetable.public_of(of, also)),
        prefers=lambda of: of.cancelled_at.is_(None),
    )
    return lessons(wanted, _earliest_start(now), also).where(Lesson.ends_at > now, once_a_day)


def of_feed(wanted: Wanted, now: datetime) -> Sequence[Lesson]:
    """Those of a calendar to subscribe to, of any month: the last thirty days stay, so that what was just cancelled is
    told to a calendar that asks seldom. Consultations are none: twenty times of one day would fill it, and which of
    them are free it would learn too late."""
    found = lessons(replace(wanted, month=None), now - A_FEED_LOOKS_BACK)
    return db.session.scalars(found.where(Lesson.slot_day.is_(None))).all()


def of_open_data(now: datetime) -> sa.Select[Any]:
    """The classes since the fiscal year began; a consultation is no event."""
    found = lessons(Wanted(), clock.at(date(fiscal_year(clock.local_date(now)), 4, 1), time.min))
    return found.where(Lesson.slot_day.is_(None))


def lesson(lesson_id: int, also: Collection[LessonState] = ()) -> Lesson:
    """One public lesson, however long ago. Raises NotFound, for one that is not public just as for none."""
    shown = (joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))
    query = sa.select(Lesson).where(Lesson.id == lesson_id, timetable.public(also), _for_residents()).options(*shown)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def last_day(now: datetime, also: Collection[LessonState] = ()) -> date | None:
    """The day of the last coming lesson, or None."""
    coming_ones = sa.and_(Lesson.starts_at > now, timetable.public(also), _for_residents())
    last = db.session.scalar(sa.select(sa.func.max(Lesson.starts_at)).where(coming_ones))
    return clock.local_date(last) if last else None


def topics(now: datetime) -> dict[Topic, bool]:
    """All topics in the office's own order, each with whether a coming lesson helps with it (one query)."""
    taught = (
        sa.select(CourseTopic.topic_code)
        .join(Lesson, Lesson.course_id == CourseTopic.course_id)
        .where(Lesson.starts_at > _earliest_start(now), Lesson.ends_at > now, timetable.public(), _for_residents())
    )
    query = sa.select(Topic, Topic.code.in_(taught)).order_by(Topic.sort_order, Topic.code)
    return dict(db.session.execute(query).all())


def revised(found: Sequence[Lesson]) -> dict[int, datetime]:
    """When each lesson was last changed, as the record tells. One that came without a record (a sample town) is as
    old as its booking: any instant does that stays the same."""
    told: dict[str, datetime] = {}
    for place in range(0, len(found), 500):
        subjects = [f"lesson:{one.id}" for one in found[place : place + 500]]
        # Of acts on the lesson itself: that a supporter opened its sheet is none of the calendar's business.
        mine = HistoryRow.subject.in_(subjects) & HistoryRow.action.in_(LESSON_HISTORY)
        query = sa.select(HistoryRow.subject, sa.func.max(HistoryRow.at)).where(mine)
        told |= dict(db.session.execute(query.group_by(HistoryRow.subject)).all())
    return {one.id: told.get(f"lesson:{one.id}", one.booking_opens_at) for one in found}


def _earliest_start(now: datetime) -> datetime:
    """Before it no lesson began that is not over: starts have an index, ends have none."""
    return now - timedelta(minutes=LONGEST_MINUTES)


def _for_residents() -> sa.ColumnElement[bool]:
    return Lesson.course_id.in_(sa.select(Course.id).where(Course.category != NOT_FOR_RESIDENTS))
