"""中止・変更 in the sample town: a hall that a typhoon closes, told to all; and a lesson of which nobody knows yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..core.access import Actor
from ..lessons import change_queries
from ..lessons.models import Lesson
from ..reminders import change_actions


def cancel_some(lessons: Sequence[Lesson], *, clerk: Actor, manager: Actor, now: datetime) -> None:
    """Two lessons that lie far enough ahead for no tour of the town to need them."""
    far = [one for one in lessons if one.starts_at > now + timedelta(days=10) and one.seats_taken]
    told = max(far, key=lambda one: (one.seats_taken, -one.id))
    _cancel(told, "台風の見込みのため", clerk, manager, now)
    # With the fewest to ring, so that 要対応 can be emptied in a tour.
    untold = min((one for one in far if one is not told), key=lambda one: (one.seats_taken, one.id))
    change_actions.cancel_together([untold.id], "会場の停電のため", {}, by=clerk, now=now)


def _cancel(lesson: Lesson, reason: str, clerk: Actor, manager: Actor, now: datetime) -> None:
    offered = change_queries.alternatives([lesson], now)[lesson.id]
    instead = {lesson.id: offered[0].lesson.id} if offered else {}
    change = change_actions.cancel_together([lesson.id], reason, instead, by=clerk, now=now)
    assert change is not None
    change_actions.release(change.id, by=manager, now=now)
