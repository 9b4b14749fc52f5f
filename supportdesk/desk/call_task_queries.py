"""Reads about call tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from ..core.db import db
from ..core.errors import NotFound
from ..lessons.models import Booking, Lesson
from .call_task_models import CallTask
from .call_task_rules import CallTaskKind

# What a page shows of it; a resident's telephones are not asked for, since the task has its number.
_RESIDENT = joinedload(CallTask.resident)
# What is worth nothing any more once the lesson has begun.
_BEFORE_THE_LESSON = CallTask.kind != CallTaskKind.FOLLOW_UP


def get(task_id: int) -> CallTask:
    """One task with its person (one query). Raises NotFound."""
    found = db.session.scalar(
        sa.select(CallTask).where(CallTask.id == task_id).options(_RESIDENT).execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("There is no such call task.")
    return found


def by_key(key: str | None) -> CallTask | None:
    """The task that was written down under this key; None is nobody's."""
    return None if key is None else db.session.scalar(sa.select(CallTask).filter_by(origin=f"hand:{key}"))


def chosen(*, ended: bool) -> sa.Select[Any]:
    """The tasks that are to be done, or those that ended, in no order."""
    which = CallTask.ended_at.is_not(None) if ended else CallTask.ended_at.is_(None)
    return sa.select(CallTask).where(which).options(_RESIDENT)


def waiting(now: datetime) -> Sequence[CallTask]:
    """What is to be done, by deadline (one query). A task about a lesson that has begun is over, and not among them,
    but for those who did not come to it."""
    return db.session.scalars(
        chosen(ended=False).where(~_begun(now)).order_by(CallTask.due_at, CallTask.id)
    ).all()


def over(since: datetime, now: datetime) -> Sequence[tuple[CallTask, datetime]]:
    """The tasks that nobody ended before the lesson began which they were about, with its start (one query)."""
    rows = db.session.execute(
        sa.select(CallTask, Lesson.starts_at)
        .join(Booking, Booking.id == CallTask.booking_id)
        .join(Lesson, Lesson.id == Booking.lesson_id)
        .where(CallTask.ended_at.is_(None), _BEFORE_THE_LESSON, Lesson.starts_at > since, Lesson.starts_at <= now)
        .options(lazyload(CallTask.resident))
        .order_by(Lesson.starts_at, CallTask.id)
    )
    return [(row[0], row[1]) for row in rows]


def of_resident(resident_id: int, limit: int = 20) -> Sequence[CallTask]:
    """This person's tasks, the newest first (one query)."""
    mine = sa.select(CallTask).where(CallTask.resident_id == resident_id)
    return db.session.scalars(mine.order_by(CallTask.id.desc()).limit(limit)).all()


def _begun(now: datetime) -> sa.ColumnElement[bool]:
    lesson = sa.select(Booking.id).join(Lesson, Lesson.id == Booking.lesson_id)
    begun = lesson.where(Booking.id == CallTask.booking_id, Lesson.starts_at <= now).correlate(CallTask).exists()
    return sa.and_(_BEFORE_THE_LESSON, begun)
