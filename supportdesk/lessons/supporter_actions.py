"""What happens to a supporter and their duties together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import for_editing
from ..core.errors import Refusal
from ..people.models import Supporter
from ..people.supporter_actions import subject
from . import supporter_queries as queries
from .models import Lesson, SeriesSupporter


class DutiesFirst(Refusal):
    """Duties after the last day have to be seen before they are taken from somebody."""

    code = "duties-first"

    def __init__(self, lesson_ids: Collection[int]) -> None:
        super().__init__(
            "%(count)s duties lie after this day. Please look at them, and send once more.",
            field="left_on", count=len(lesson_ids), lesson_ids=sorted(lesson_ids),
        )  # fmt: skip


def end_supporter(
    supporter_id: int, left_on: date, seen: Collection[int], version: int, *, by: Actor, now: datetime
) -> list[Lesson]:
    """The last day of a supporter. They are taken off the lessons after it, and off their series; gives those lessons,
    which lack somebody now. `seen` are the ids of the lessons that the person was shown.

    Raises NotFound, ChangedMeanwhile, Refusal, and DutiesFirst unless exactly those were seen.
    """
    if not clock.local_date(now) - timedelta(days=366) <= left_on <= clock.local_date(now) + timedelta(days=1100):
        raise Refusal("Please check the year of this day.", code="far-day", field="left_on")
    # Lessons before supporters, as whoever changes a lesson locks them.
    after = queries.duties(supporter_id, left_on + timedelta(days=1))
    locked = after.options(selectinload(Lesson.supporters)).with_for_update(of=Lesson)
    lessons = list(db.session.scalars(locked, execution_options={"populate_existing": True}))
    supporter = for_editing(Supporter, supporter_id, version)
    there = set(db.session.scalars(after.with_only_columns(Lesson.id)))
    if there != set(seen) or there != {lesson.id for lesson in lessons}:
        raise DutiesFirst(there)
    for lesson in lessons:
        _take_off(lesson, supporter_id, by, now)
    db.session.execute(sa.delete(SeriesSupporter).where(SeriesSupporter.supporter_id == supporter_id))
    supporter.left_on = left_on
    db.session.flush()
    history.record(
        "supporter.ended", subject(supporter_id), by=by, now=now, version=supporter.version,
        left_on=left_on.isoformat(), lessons=sorted(there),
    )  # fmt: skip
    return lessons


def _take_off(lesson: Lesson, supporter_id: int, by: Actor, now: datetime) -> None:
    before = sorted(row.supporter_id for row in lesson.supporters)
    lesson.supporters = [row for row in lesson.supporters if row.supporter_id != supporter_id]
    flag_modified(lesson, "note")  # a change of these alone is a new version of the lesson too
    db.session.flush()
    after = sorted(row.supporter_id for row in lesson.supporters)
    history.record(
        "lesson.edited", f"lesson:{lesson.id}", by=by, now=now, version=lesson.version,
        changed={"supporters": [before, after]},
    )  # fmt: skip
