"""過ぎたもの: what nobody had told when the lesson began. Reckoned from the bookings as 要対応 is, with the clock of
that moment; only what a person closed is kept. So no tick writes it down, and nothing is lost when one was missed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..desk import call_task_queries
from ..desk.call_task_models import CallTask
from ..lessons import change_queries
from ..lessons.models import Booking, Lesson
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..people.models import Resident
from ..people.rules import Wish
from ..reminders import queries as reminders
from ..reminders.models import PersonContact
from ..reminders.queries import Item
from ..reminders.rules import TOLD, Matter, StepName
from ..visits.models import Visit
from ..visits.rules import Attendance
from . import worklist_rules as rules
from .worklist_models import WorkClosed
from .worklist_queries import key_of

_LAST = (StepName.LAST, StepName.LAST_AGAIN)
_REACHED = (MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.ANSWERED)


@dataclass(frozen=True)
class Over:
    """One thing that was left undone when its lesson began at `starts_at`: an item, or else a call task."""

    key: str
    starts_at: datetime
    item: Item | None = None
    task: CallTask | None = None


def over(now: datetime) -> list[Over]:
    """All that is over and that nobody has closed, the oldest first."""
    since = now - rules.OVER_FOR
    bookings = _candidates(since, now)
    lessons = set(bookings.values())
    closed = _closed(since)
    items = [
        item
        for item in reminders.left_untold(lessons, since, now)
        if item.booking_id is None or item.booking_id in bookings
    ]
    found = [Over(key_of(item), item.starts_at, item=item) for item in items]
    found += [Over(f"task:{task.id}", begun, task=task) for task, begun in call_task_queries.over(since, now)]
    return sorted((one for one in found if (one.key, one.starts_at) not in closed), key=lambda one: one.starts_at)


def closings() -> sa.Select[Any]:
    """What was closed, the newest first."""
    return sa.select(WorkClosed).order_by(WorkClosed.at.desc(), WorkClosed.id.desc())


def closed_at_once() -> sa.Select[*tuple[Any, ...]]:
    """The same for a page: each act of closing, and how many it closed."""
    count = sa.func.count().label("count")
    grouped = sa.select(WorkClosed.at, WorkClosed.by_name, WorkClosed.reason, count)
    return grouped.group_by(WorkClosed.at, WorkClosed.by_name, WorkClosed.reason).order_by(WorkClosed.at.desc())


def _candidates(since: datetime, now: datetime) -> Mapping[int, int]:
    """The bookings of lessons that began since then of which somebody may have waited for a person, each with its
    lesson: nobody talked to them, no last notice reached them, and nobody saw them come (one query)."""
    told = sa.select(PersonContact.id).where(
        PersonContact.booking_id == Booking.id,
        PersonContact.outcome.in_(TOLD),
        PersonContact.starts_at == Lesson.starts_at,
    )
    # Who said before that they would not come had heard of it too.
    knew = (Attendance.CAME, Attendance.ABSENT_NOTIFIED)
    came = sa.select(Visit.id).where(Visit.booking_id == Booking.id, Visit.attendance.in_(knew))
    reached = sa.select(Message.id).where(
        Message.about == sa.literal("booking:") + sa.cast(Booking.id, sa.String),
        Message.matter == Matter.REMINDER,
        Message.step.in_(_LAST),
        # As in reminders: the cast keeps SQLite from the index of statuses.
        sa.cast(Message.status, sa.String).in_([status.value for status in _REACHED]),
    )
    # Whom a change concerns may have been reached about the lesson as it was before.
    untold = sa.or_(change_queries.has_changed(), sa.and_(Resident.wish != Wish.NONE, ~reached.exists()))
    rows = db.session.execute(
        sa.select(Booking.id, Booking.lesson_id)
        .join(Booking.lesson)
        .join(Booking.resident)
        .where(
            Lesson.starts_at > since,
            Lesson.starts_at <= now,
            Booking.cancelled_at.is_(None),
            Resident.stopped_at.is_(None),
            untold,
            ~told.exists(),
            ~came.exists(),
        )
    )
    return {row.id: row.lesson_id for row in rows}


def _closed(since: datetime) -> Collection[tuple[str, datetime]]:
    rows = sa.select(WorkClosed.key, WorkClosed.starts_at).where(WorkClosed.starts_at > since)
    return {(row.key, row.starts_at) for row in db.session.execute(rows)}


def named(found: Sequence[Over], keys: Collection[str]) -> list[Over]:
    """Those of these keys; what somebody else closed in between is left out."""
    return [one for one in found if one.key in keys]
