"""Which lessons there is anything to do about: the plan runs at every tick and must not read those of all years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from ..core.clock import local_date
from ..core.db import db
from ..lessons import change_queries
from ..lessons.models import Booking, Lesson
from ..lessons.rules import LessonState
from ..messages.models import Message
from ..messages.rules import MessageStatus
from . import chain_rules, notice_rules
from .asked import AHEAD, CONFIRMATIONS_SINCE, Setting
from .rules import Matter


def lessons_to_plan(now: datetime) -> Mapping[date, list[int]]:
    """Ids of coming lessons whose bookings may ask for a message or have one planned, by day (one query): bookings of
    one day may be told in one message."""
    planned = _with_message(MessageStatus.PLANNED)
    which = sa.or_(Lesson.starts_at <= now + AHEAD, _confirming(now), planned, change_queries.has_changed())
    days: dict[date, list[int]] = defaultdict(list)
    for lesson_id, starts_at in db.session.execute(
        sa.select(Lesson.id, Lesson.starts_at).where(Lesson.starts_at > now, which)
    ):
        days[local_date(starts_at)].append(lesson_id)
    return days


def lessons_with_steps_until(until: datetime, now: datetime, by: Setting) -> Sequence[int]:
    """Ids of coming lessons of which a step may be due until then (one query)."""
    begun = Lesson.starts_at < notice_rules.nothing_due_from(until, by.office, by.closed)
    return _coming(now, sa.or_(begun, _confirming(now), change_queries.has_changed()))


def lessons_that_may_need_a_person(now: datetime, by: Setting) -> Sequence[int]:
    """Ids of coming lessons of which somebody may wait for a person (one query)."""
    begun = Lesson.starts_at < notice_rules.nothing_due_from(now, by.office, by.closed)
    # A step may have ended before it was due: in a rehearsal, or when the office has changed its days.
    ended = _with_message(*chain_rules.NOT_REACHED)
    told_anew = sa.or_(lesson_is_cancelled(), change_queries.has_changed())
    return _coming(now, sa.or_(begun, told_anew, sa.and_(Lesson.starts_at <= now + AHEAD, ended)))


def lesson_is_cancelled() -> sa.ColumnElement[bool]:
    """The same as known.lesson_is_cancelled, as a condition of a query."""
    return sa.or_(Lesson.cancelled_at.is_not(None), Lesson.state == LessonState.CANCELLED)


def _coming(now: datetime, which: sa.ColumnElement[bool]) -> Sequence[int]:
    # Sorted here: asked to, SQLite would go through the lessons of all years in the order of their ids.
    return sorted(db.session.scalars(sa.select(Lesson.id).where(Lesson.starts_at > now, which)))


def _confirming(now: datetime) -> sa.ColumnElement[bool]:
    """The lesson has a booking whose confirmation may not have left."""
    wished = sa.select(Booking.id).where(
        Booking.lesson_id == Lesson.id, Booking.text_wished, Booking.booked_at > now - CONFIRMATIONS_SINCE
    )
    return wished.correlate(Lesson).exists()


def _with_message(*statuses: MessageStatus) -> sa.ColumnElement[bool]:
    """The lesson has a booking with a message that stands so."""
    # The cast keeps SQLite from the index of statuses, by which it would go through all that is planned once for each
    # booking; the index that begins with `about` answers with one row or two.
    message = sa.select(Message.id).where(
        Message.about == sa.literal("booking:") + sa.cast(Booking.id, sa.String),
        Message.matter.in_(list(Matter)),
        sa.cast(Message.status, sa.String).in_([status.value for status in statuses]),
    )
    mine = sa.select(Booking.id).where(Booking.lesson_id == Lesson.id, message.correlate(Booking).exists())
    return mine.correlate(Lesson).exists()
