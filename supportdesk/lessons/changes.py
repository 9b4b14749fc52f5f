"""Changes that reach people, written down by whatever changes a lesson: telling them is derived (reminders/changed.py).

Written beside the lesson, not read from its history: history holds no reasons and is never asked by the house itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import fitting
from ..core.errors import NotFound, Refusal
from .change_models import Change, ChangedLesson
from .change_rules import Standing
from .models import Booking, Lesson
from .rules import LessonState


def standing_of(lesson: Lesson) -> Standing:
    return Standing(lesson.starts_at, lesson.venue_id, cancelled=lesson.state is LessonState.CANCELLED)


def begun_at(lesson: Lesson, changed: Mapping[str, Sequence[Any]]) -> Standing:
    """How the lesson stood before these [before, after] of its columns."""
    before = {name: changed[name][0] for name in ("starts_at", "venue_id") if name in changed}
    return replace(standing_of(lesson), **before)


def begin(reason: str, *, by: Actor, now: datetime) -> Change:
    """A change that several lessons are to belong to. End it with `keep_if_needed`."""
    change = Change(made_at=now, made_by=by.name, **fitting(Change, {"reason": reason}))
    db.session.add(change)
    db.session.flush()
    return change


def keep_if_needed(change: Change, *, by: Actor, now: datetime) -> Change | None:
    """The change, or None after taking it away because nobody has to be told."""
    db.session.refresh(change, ["parts"])
    if not change.parts:
        db.session.delete(change)
        db.session.flush()
        return None
    history.record("change.made", subject(change.id), by=by, now=now, lessons=len(change.parts))
    return change


def note(
    lesson: Lesson, before: Standing, change: Change | None = None, *, reason: str = "", by: Actor, now: datetime
) -> None:
    """Write down that this (locked) lesson stands differently, if somebody is booked or waits there, as a part of the
    change given or as one of its own. What is still to be told of earlier ones is told as it stands now."""
    after = standing_of(lesson)
    last = db.session.scalar(sa.select(sa.func.max(Booking.id)).where(_active(lesson.id)))
    if before.same_as(after) or (last is None and not lesson.waiting):
        return
    belongs_to = change or begin(reason, by=by, now=now)
    db.session.add(
        ChangedLesson(
            change_id=belongs_to.id, lesson_id=lesson.id, at=now, last_booking_id=last or 0,
            from_starts_at=before.starts_at, from_venue_id=before.venue_id, from_cancelled=before.cancelled,
            starts_at=after.starts_at, venue_id=after.venue_id, cancelled=after.cancelled,
        )
    )  # fmt: skip
    db.session.flush()
    if change is None:
        keep_if_needed(belongs_to, by=by, now=now)


def subject(change_id: int) -> str:
    """How the history names it."""
    return f"change:{change_id}"


def name_alternatives(change: Change, alternatives: Mapping[int, int | None]) -> None:
    """Name to those of each lesson (by id) the lesson they may come to instead, or none. Raises Refusal for one that
    is none."""
    known = set(db.session.scalars(sa.select(Lesson.id).where(Lesson.id.in_(_named(alternatives)))))
    if _named(alternatives) - known:
        raise Refusal("There is no such lesson.", code="no-lesson")
    for part in change.parts:
        if part.cancelled and part.lesson_id in alternatives:
            part.alternative_id = alternatives[part.lesson_id]
    db.session.flush()


def _named(alternatives: Mapping[int, int | None]) -> set[int]:
    return {each for each in alternatives.values() if each is not None}


def locked(change_id: int) -> Change:
    """The change as it stands, locked against others until this transaction ends. Raises NotFound."""
    change = db.session.get(Change, change_id, with_for_update=True, populate_existing=True)
    if change is None:
        raise NotFound("This entry does not exist.")
    return change


def _active(lesson_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
