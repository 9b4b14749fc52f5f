"""What is decided about a lesson for which fewer people have asked than it is held from. The third answer, that it is
cancelled, is actions.cancel_lesson."""

from __future__ import annotations

from datetime import datetime

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from . import least_queries as queries
from . import least_rules as rules
from .actions import move_state
from .least_models import LeastDecision
from .least_rules import LeastAnswer
from .models import Lesson
from .rules import LessonState, check_window
from .seats import lock_lessons


def hold(lesson_id: int, *, by: Actor, now: datetime) -> LeastDecision:
    """It is held all the same. Asked no more, unless the number falls. Raises NotFound, Refusal `nothing-to-decide`."""
    lesson, asked_for = _asked(lesson_id, now)
    return _decided(lesson, LeastAnswer.HOLD, asked_for, None, by, now)


def extend(lesson_id: int, until: datetime, *, by: Actor, now: datetime) -> LeastDecision:
    """Booking, or the taking of entries, stays open until then, and is opened again if somebody closed it. Raises
    NotFound, Refusal `nothing-to-decide`, and at `until` for a time that is not later, or not before the lesson."""
    lesson, asked_for = _asked(lesson_id, now)
    before = lesson.booking_closes_at
    rules.check_longer(until, before, now)
    try:
        check_window(lesson.booking_opens_at, until, lesson.starts_at)
    except Refusal as refusal:
        refusal.field = "until"
        raise
    lesson.booking_closes_at = until
    db.session.flush()
    history.record(
        "lesson.edited", f"lesson:{lesson_id}", by=by, now=now, version=lesson.version,
        changed={"booking_closes_at": [before.isoformat(), until.isoformat()]},
    )  # fmt: skip
    if lesson.state is LessonState.CLOSED:
        move_state(lesson_id, LessonState.OPEN, by=by, now=now)
    return _decided(lesson, LeastAnswer.EXTEND, asked_for, until, by, now)


def _asked(lesson_id: int, now: datetime) -> tuple[Lesson, int]:
    """The lesson, locked, and how many seats are asked for. Raises unless a decision is asked for now."""
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    asked_for, deadline = queries.least_of(lesson, now)
    rules.check_asked(deadline)
    return lesson, asked_for


def _decided(
    lesson: Lesson, answer: LeastAnswer, asked_for: int, until: datetime | None, by: Actor, now: datetime
) -> LeastDecision:
    decision = LeastDecision(
        lesson_id=lesson.id, answer=answer, asked_for=asked_for, until=until, decided_at=now, decided_by=by.name
    )
    db.session.add(decision)
    db.session.flush()
    action = "least.hold" if answer is LeastAnswer.HOLD else "least.extend"
    history.record(action, f"lesson:{lesson.id}", by=by, now=now, asked_for=asked_for, least=lesson.least)
    return decision
