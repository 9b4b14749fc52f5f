"""Several lessons cancelled at once, as when a typhoon closes a hall; and lessons that take place after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..core import history
from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db
from . import actions, as_typed, change_rules, changes, planned, queue
from .change_models import Change
from .models import Lesson
from .rules import LessonState
from .seats import lock_lessons


def cancel_together(lesson_ids: Sequence[int], reason: str, *, by: Actor, now: datetime) -> Change | None:
    """Cancel these lessons, all or none, as one change; None where nobody was booked. Raises as `cancel_lesson`."""
    change_rules.check_together(lesson_ids)
    lock_lessons(lesson_ids, now)
    change = changes.begin(reason, by=by, now=now)
    for lesson_id in sorted(set(lesson_ids)):
        actions.cancel_lesson(lesson_id, reason, change=change, by=by, now=now)
    return changes.keep_if_needed(change, by=by, now=now)


def take_place_after_all(
    lesson_ids: Sequence[int], override_reason: str = "", *, by: Actor, now: datetime
) -> Change | None:
    """Cancelled lessons are held after all, at the time and in the room they had; all or none, as one change. Bookings
    were never taken away, and who waited waits again. Raises NotFound, Refusal when one is not cancelled, has passed,
    or its room is taken by now; ReasonNeeded."""
    change_rules.check_together(lesson_ids)
    lessons = lock_lessons(lesson_ids, now)
    change = changes.begin("", by=by, now=now)
    for lesson in lessons.values():
        cancelled = lesson.state is LessonState.CANCELLED
        change_rules.check_may_take_place(cancelled=cancelled, starts_at=lesson.starts_at, now=now)
        before = changes.standing_of(lesson)
        _held_again(lesson, override_reason, now)
        queue.wait_again(lesson, by, now)
        changes.note(lesson, before, change, by=by, now=now)
        history.record("lesson.held-after-all", f"lesson:{lesson.id}", by=by, now=now, version=lesson.version)
    return changes.keep_if_needed(change, by=by, now=now)


def _held_again(lesson: Lesson, override_reason: str, now: datetime) -> None:
    """Everything is asked that is asked of a new lesson: the hall may have been lent to others meanwhile."""
    data = replace(as_typed.data_of(lesson), override_reason=override_reason)
    state = LessonState(lesson.cancelled_from or LessonState.OPEN)
    values = planned.columns(data, lesson, now)
    values |= planned.allowed(data, lesson, values, local_date(now))
    ended = {"cancelled_at": None, "cancelled_by": "", "cancel_reason": "", "cancelled_from": None}
    planned.put(lesson, values | ended | {"state": state}, data)
    db.session.flush()
