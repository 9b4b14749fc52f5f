"""Reads about lessons that are given by lot."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core.db import db
from ..core.errors import NotFound
from . import queue
from .lottery_models import Draw, DrawnEntry
from .models import Booking, Lesson
from .rules import LessonState
from .waiting_models import Waiting


def is_undrawn(lesson_id: int) -> bool:
    """Whether entries are taken for this lesson instead of bookings, as it stands now; False for one that is none."""
    lesson = db.session.get(Lesson, lesson_id, populate_existing=True)
    return lesson is not None and lesson.is_undrawn


def entries(lesson: Lesson) -> Sequence[Waiting]:
    """The entries that stand before the draw, by their numbers (two queries, or none)."""
    return queue.parties(lesson.id) if lesson.is_undrawn and lesson.waiting else []


def draw_of(lesson_id: int) -> Draw | None:
    """The draw of a lesson with its list, people and what became of each since (four queries)."""
    line = selectinload(Draw.entries).joinedload(DrawnEntry.waiting).options(*queue.PARTS)
    return db.session.get(Draw, lesson_id, options=(line,), populate_existing=True)


def get_draw(lesson_id: int) -> Draw:
    """Raises NotFound."""
    found = draw_of(lesson_id)
    if found is None:
        raise NotFound("This lesson has not been drawn.")
    return found


def get_drawn_entry(waiting_id: int) -> DrawnEntry:
    """Raises NotFound."""
    found = db.session.get(DrawnEntry, waiting_id, options=(joinedload(DrawnEntry.waiting),))
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def won(waiting_ids: Collection[int]) -> dict[int, bool]:
    """Which of these entries were drawn, and whether they got seats (one query, or none)."""
    if not waiting_ids:
        return {}
    found = sa.select(DrawnEntry.waiting_id, DrawnEntry.won).where(DrawnEntry.waiting_id.in_(waiting_ids))
    return {row.waiting_id: row.won for row in db.session.execute(found)}


def booked_before(resident_ids: Collection[int], lesson: Lesson) -> set[int]:
    """Who of these is booked to a lesson that begins before this one and was not cancelled."""
    earlier = sa.select(Booking.resident_id).join(Lesson, Lesson.id == Booking.lesson_id)
    found = earlier.where(
        Booking.resident_id.in_(resident_ids), Booking.cancelled_at.is_(None), Lesson.id != lesson.id,
        Lesson.starts_at < lesson.starts_at, Lesson.state != LessonState.CANCELLED,
    )  # fmt: skip
    return set(db.session.scalars(found))


def bookings_of_parties(lesson_id: int) -> dict[str, Booking]:
    """The first active booking of each party of a lesson (one query)."""
    active = sa.select(Booking).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
    found: dict[str, Booking] = {}
    for booking in db.session.scalars(active.order_by(Booking.id)):
        found.setdefault(booking.party, booking)
    return found
