"""Who opened which sheet."""

from __future__ import annotations

from datetime import datetime

from ..core import history
from ..core.access import Actor
from ..core.db import transaction
from ..lessons.models import Lesson
from . import queries


def open_sheet(lesson_id: int, *, by: Actor, now: datetime) -> Lesson:
    """The lesson whose sheet is shown, the look recorded, once an hour. Raises NotFound. Opens a transaction of its
    own, which ends what was read before."""
    lesson = queries.lesson(lesson_id, by=by, now=now)
    if queries.opened_lately(lesson_id, by=by, now=now):
        return lesson
    with transaction():
        history.record("sheet.opened", f"lesson:{lesson_id}", by=by, now=now)
    return queries.lesson(lesson_id, by=by, now=now)
