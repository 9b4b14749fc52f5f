"""Reads about series: the list, one with its lessons, and what residents have booked of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..accounts.in_charge_queries import of_whom
from ..accounts.models import User
from ..core.db import UTCDateTime, db
from ..core.errors import NotFound
from ..places.models import Room, Venue
from .models import Booking, Lesson, LessonSupporter, Series, SeriesLesson, SeriesSupporter, SeriesThing
from .rules import OVER, LessonState
from .series_rules import Registration


def all_series(
    *, district_code: str = "", course_id: int | None = None, in_charge_id: int | None = None
) -> sa.Select[Any]:
    """Series with what a list shows of them, the newest first. `in_charge_id`: those of one person, or of NOBODY."""
    query = sa.select(Series).join(Series.room).join(Room.venue)
    if district_code:
        query = query.where(Venue.district_code == district_code)
    if course_id is not None:
        query = query.where(Series.course_id == course_id)
    if in_charge_id is not None:
        query = query.where(of_whom(Series.in_charge_id, in_charge_id))
    return query.options(*_SHOWN).order_by(Series.id.desc())


def get(series_id: int) -> Series:
    """One series with all that its page shows but its lessons. Raises NotFound."""
    found = db.session.get(Series, series_id, options=_SHOWN)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def by_external_id(external_id: str | None) -> Series | None:
    """The series that a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Series).where(Series.external_id == external_id)) if external_id else None


def lessons(series_id: int) -> sa.Select[Any]:
    """The lessons of a series in the order in which they begin."""
    shown = (
        joinedload(Lesson.course),
        joinedload(Lesson.venue),
        joinedload(Lesson.room),
        joinedload(Lesson.part).joinedload(SeriesLesson.series),
        selectinload(Lesson.supporters).joinedload(LessonSupporter.supporter),
        selectinload(Lesson.things),
    )
    query = sa.select(Lesson).join(SeriesLesson, SeriesLesson.lesson_id == Lesson.id)
    return query.where(SeriesLesson.series_id == series_id).options(*shown).order_by(Lesson.starts_at, Lesson.id)


def lessons_of(series_id: int) -> Sequence[Lesson]:
    """All of them, at most 500, as they stand now."""
    return db.session.scalars(lessons(series_id).execution_options(populate_existing=True)).all()


@dataclass(frozen=True)
class Span:
    """From when to when a series goes, how many of its lessons are to come, and how many seats are free in each of
    those at the least."""

    first: datetime
    last: datetime
    to_come: int
    free: int | None


def spans(series_ids: Iterable[int], now: datetime) -> dict[int, Span]:
    """For a list of series, in one query."""
    coming = sa.and_(Lesson.starts_at > now, Lesson.state != LessonState.CANCELLED)
    query = (
        sa.select(
            SeriesLesson.series_id,
            sa.func.min(Lesson.starts_at),
            sa.func.max(Lesson.starts_at),
            sa.func.count().filter(coming),
            sa.func.min(Lesson.seats_free).filter(coming),
        )
        .join(Lesson, Lesson.id == SeriesLesson.lesson_id)
        .where(SeriesLesson.series_id.in_(list(series_ids)))
        .group_by(SeriesLesson.series_id)
    )
    return {key: Span(first, last, left, free) for key, first, last, left, free in db.session.execute(query)}


def states_to_come(series_id: int, now: datetime) -> set[LessonState]:
    """The states of its lessons that have not begun and can still be changed."""
    query = sa.select(Lesson.state).join(SeriesLesson, SeriesLesson.lesson_id == Lesson.id).distinct()
    return set(
        db.session.scalars(
            query.where(SeriesLesson.series_id == series_id, Lesson.starts_at > now, Lesson.state.not_in(OVER))
        )
    )


# Asked for with every booking, so it is built once, as those of seats.py.
_TOGETHER = (
    sa.select(Lesson.id)
    .join(SeriesLesson, SeriesLesson.lesson_id == Lesson.id)
    .join(Series, Series.id == SeriesLesson.series_id)
    .where(
        Series.id
        == sa.select(SeriesLesson.series_id).where(SeriesLesson.lesson_id == sa.bindparam("lesson")).scalar_subquery(),
        Series.registration == Registration.WHOLE,
        Lesson.starts_at > sa.bindparam("now", type_=UTCDateTime),
        Lesson.state != LessonState.CANCELLED,
    )
)


def to_be_booked_with(lesson_id: int, now: datetime) -> list[int]:
    """The lessons that are booked together with this one: itself, and if its series is booked as a whole, all others
    of it that are still to come."""
    return sorted({lesson_id, *db.session.scalars(_TOGETHER, {"lesson": lesson_id, "now": now})})


def booked_together(lesson_id: int, now: datetime) -> Sequence[Lesson]:
    """The same as lessons in their order; empty for a lesson that is booked alone."""
    ids = to_be_booked_with(lesson_id, now)
    if len(ids) == 1:
        return []
    shown = (joinedload(Lesson.venue), joinedload(Lesson.part).joinedload(SeriesLesson.series))
    query = sa.select(Lesson).where(Lesson.id.in_(ids)).options(*shown)
    return db.session.scalars(query.order_by(Lesson.starts_at, Lesson.id)).all()


def bookings_beside(booking: Booking) -> Sequence[Booking]:
    """All active bookings of this resident in the same series booked as a whole, this one too, by their lessons'
    start; empty for any other booking."""
    mine = sa.select(SeriesLesson.series_id).where(SeriesLesson.lesson_id == booking.lesson_id).scalar_subquery()
    query = (
        sa.select(Booking)
        .join(Lesson, Lesson.id == Booking.lesson_id)
        .join(SeriesLesson, SeriesLesson.lesson_id == Lesson.id)
        .join(Series, Series.id == SeriesLesson.series_id)
        .options(sa.orm.contains_eager(Booking.lesson).options(joinedload(Lesson.venue), joinedload(Lesson.course)))
        .where(
            Series.id == mine,
            Series.registration == Registration.WHOLE,
            Booking.resident_id == booking.resident_id,
            Booking.cancelled_at.is_(None),
        )
    )
    return db.session.scalars(query.order_by(Lesson.starts_at, Booking.id)).all()


_SHOWN = (
    joinedload(Series.course),
    joinedload(Series.in_charge).lazyload(User.roles),
    joinedload(Series.room).joinedload(Room.venue),
    selectinload(Series.supporters).joinedload(SeriesSupporter.supporter),
    selectinload(Series.things).joinedload(SeriesThing.thing),
)
