"""Reads about changes: how lessons changed, which changes there are, and what may be held instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from ..core import clock
from ..core.db import db
from ..core.errors import NotFound
from ..office import queries as office
from ..office.list_rules import distance
from ..people.models import Resident
from ..places.models import Venue
from . import change_rules as rules
from . import timetable
from .change_models import Change, ChangedLesson
from .change_rules import Event, Standing
from .models import Booking, Course, CourseTopic, Lesson, Series, SeriesLesson
from .rules import LessonState
from .series_rules import Registration
from .slot_rules import seats_for

_before, _after, _there = aliased(Venue), aliased(Venue), aliased(Venue)
_instead = aliased(Lesson)
_EVENTS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        ChangedLesson.id,
        ChangedLesson.lesson_id,
        ChangedLesson.change_id,
        ChangedLesson.at,
        ChangedLesson.last_booking_id,
        ChangedLesson.from_starts_at,
        ChangedLesson.from_venue_id,
        ChangedLesson.from_cancelled,
        ChangedLesson.starts_at,
        ChangedLesson.venue_id,
        ChangedLesson.cancelled,
        Change.released_at,
        Lesson.kind,
        _before.short_name.label("from_venue"),
        _before.name_kana.label("from_kana"),
        _before.name_en.label("from_en"),
        _after.short_name.label("venue"),
        _after.name_kana.label("kana"),
        _after.name_en.label("en"),
        _instead.starts_at.label("instead_at"),
        _instead.venue_id.label("instead_venue_id"),
        _there.short_name.label("instead_venue"),
        _there.name_kana.label("instead_kana"),
        _there.name_en.label("instead_en"),
    )
    .join(Change, Change.id == ChangedLesson.change_id)
    .join(Lesson, Lesson.id == ChangedLesson.lesson_id)
    .join(_before, _before.id == ChangedLesson.from_venue_id)
    .join(_after, _after.id == ChangedLesson.venue_id)
    # Named only while somebody could come: seats are not kept for it.
    .outerjoin(
        _instead,
        sa.and_(
            _instead.id == ChangedLesson.alternative_id,
            _instead.state == LessonState.OPEN,
            _instead.seats_taken + _instead.seats_held + _instead.seats_offered < _instead.seats,
        ),
    )
    .outerjoin(_there, _there.id == _instead.venue_id)
    .order_by(ChangedLesson.id)
)


def events_of(lesson_ids: Collection[int]) -> Mapping[int, list[Event]]:
    """How these lessons changed, each in the order in which it happened (one query)."""
    found: dict[int, list[Event]] = defaultdict(list)
    for row in db.session.execute(_EVENTS.where(ChangedLesson.lesson_id.in_(lesson_ids))):
        instead = None
        if row.instead_at is not None:
            instead = Standing(
                row.instead_at, row.instead_venue_id, False, row.instead_venue, row.instead_kana,
                venue_en=row.instead_en,
            )  # fmt: skip
        found[row.lesson_id].append(
            Event(
                row.id, row.change_id, row.at, row.last_booking_id,
                Standing(
                    row.from_starts_at, row.from_venue_id, row.from_cancelled, row.from_venue, row.from_kana,
                    row.kind.is_slot, row.from_en,
                ),
                Standing(
                    row.starts_at, row.venue_id, row.cancelled, row.venue, row.kana, row.kind.is_slot, row.en
                ),
                row.released_at, instead,
            )
        )  # fmt: skip
    return found


def standing_of(booking: Any) -> Standing:
    """A lesson that is held, from columns of a booking with its lesson's."""
    return Standing(
        booking.starts_at, booking.venue_id, False, booking.short_name, booking.name_kana, booking.kind.is_slot,
        booking.name_en,
    )


def cancelled_silently(booking: Any) -> Event:
    """The cancelling of a lesson that was written down nowhere, as when a file or a restored backup brought it. It can
    be told by persons alone. `booking`: columns of a booking with its lesson's."""
    before = standing_of(booking)
    after = replace(before, cancelled=True)
    return Event(0, 0, booking.lesson_cancelled_at or booking.booked_at, booking.id, before, after)


def has_changed() -> sa.ColumnElement[bool]:
    """The condition that a lesson was changed after somebody had booked."""
    return sa.select(ChangedLesson.id).where(ChangedLesson.lesson_id == Lesson.id).correlate(Lesson).exists()


def change(change_id: int) -> Change:
    """A change with its lessons and all that is shown of them. Raises NotFound."""
    lesson = selectinload(Change.parts).joinedload(ChangedLesson.lesson)
    shown = (
        lesson.joinedload(Lesson.course), lesson.joinedload(Lesson.venue), lesson.joinedload(Lesson.room),
        lesson.joinedload(Lesson.part),
    )  # fmt: skip
    found = db.session.get(Change, change_id, options=shown, populate_existing=True)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def changes() -> sa.Select[Any]:
    """All changes, the newest first, with the lessons they are about."""
    lesson = selectinload(Change.parts).joinedload(ChangedLesson.lesson)
    shown = (lesson.joinedload(Lesson.course), lesson.joinedload(Lesson.venue))
    return sa.select(Change).options(*shown).order_by(Change.id.desc())


def newest_of(lesson_ids: Collection[int]) -> dict[int, int]:
    """The newest change of each of these lessons: what is told to those booked (one query)."""
    newest = sa.select(sa.func.max(ChangedLesson.id)).where(ChangedLesson.lesson_id.in_(lesson_ids))
    rows = sa.select(ChangedLesson.lesson_id, ChangedLesson.change_id).where(
        ChangedLesson.id.in_(newest.group_by(ChangedLesson.lesson_id))
    )
    return {row.lesson_id: row.change_id for row in db.session.execute(rows)}


def change_of_event(event_id: int) -> int:
    """The change that an event belongs to. Raises NotFound."""
    found = db.session.scalar(sa.select(ChangedLesson.change_id).where(ChangedLesson.id == event_id))
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def changed_lessons_to_come(now: datetime) -> Sequence[int]:
    """Ids of lessons to come that were changed after somebody had booked (one query)."""
    return sorted(db.session.scalars(sa.select(Lesson.id).where(Lesson.starts_at > now, has_changed())))


def newest_event_of(booking: Booking) -> int:
    """The id of the newest change of its lesson that this booking was made before; 0 if there is none (one query)."""
    before = sa.or_(ChangedLesson.last_booking_id >= booking.id, ChangedLesson.at > booking.booked_at)
    query = sa.select(sa.func.max(ChangedLesson.id)).where(ChangedLesson.lesson_id == booking.lesson_id, before)
    return db.session.scalar(query) or 0


def unreleased_of(lesson_ids: Collection[int]) -> int | None:
    """The newest change of these lessons that waits for its release; None where nobody has to be told (one query)."""
    newest = sa.select(sa.func.max(ChangedLesson.id)).where(ChangedLesson.lesson_id.in_(lesson_ids))
    found = (
        sa.select(sa.func.max(Change.id))
        .join(ChangedLesson, ChangedLesson.change_id == Change.id)
        .where(ChangedLesson.id.in_(newest.group_by(ChangedLesson.lesson_id)), Change.released_at.is_(None))
    )
    return db.session.scalar(found)


def lessons_to_cancel(lesson_ids: Collection[int]) -> Sequence[Lesson]:
    """These lessons with what is shown of them, by time. Raises NotFound when one is none."""
    shown = (joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room), joinedload(Lesson.part))
    query = sa.select(Lesson).where(Lesson.id.in_(lesson_ids)).options(*shown)
    found = db.session.scalars(query.order_by(Lesson.starts_at, Lesson.id)).all()
    if len(found) != len(set(lesson_ids)):
        raise NotFound("There is no such lesson.")
    return found


def lessons_of_closure(venue_id: int, room_id: int | None, first: date, last: date, now: datetime) -> list[int]:
    """Ids of the lessons that stand in a venue, or in one room, on these days, and have not begun."""
    found = timetable.lessons_at(venue_id, room_id, first, last).where(Lesson.starts_at > now)
    return sorted(lesson.id for lesson in db.session.scalars(found))


def standing_of_alternatives(lesson_ids: Collection[int], now: datetime) -> dict[int, Standing]:
    """Those of these lessons that can be named instead now: open, to come, with a seat free (one query)."""
    venue = (Lesson.venue_id, Venue.short_name, Venue.name_kana, Venue.name_en)
    query = sa.select(Lesson.id, Lesson.starts_at, *venue).join(Lesson.venue)
    free = (Lesson.state == LessonState.OPEN, Lesson.starts_at > now, Lesson.seats_free > 0)
    rows = db.session.execute(query.where(Lesson.id.in_(lesson_ids), *free))
    return {
        row.id: Standing(
            row.starts_at, row.venue_id, False, row.short_name, row.name_kana, venue_en=row.name_en
        )
        for row in rows
    }


def last_booked(lesson_id: int, seats: int) -> Sequence[Booking]:
    """Who would have no place if a lesson had so many seats, the last booked first: with so many as must go. Two
    queries. Raises NotFound."""
    lesson = timetable.lesson(lesson_id)
    too_many = lesson.seats_taken + lesson.seats_held + lesson.seats_offered - seats
    query = sa.select(Booking).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
    shown = joinedload(Booking.resident).selectinload(Resident.telephones)
    found: list[Booking] = []
    for booking in db.session.scalars(query.options(shown).order_by(Booking.booked_at.desc(), Booking.id.desc())):
        if too_many <= 0:
            break
        # Who comes together to one table frees it together.
        along = lesson.kind.is_slot and any(booking.party == other.party for other in found)
        found.append(booking)
        too_many -= 0 if along else seats_for(lesson.kind, 1 + booking.companions)
    return found


def cancelled_there(venue_id: int, room_id: int | None, first: date, last: date, now: datetime) -> int:
    """How many lessons to come were cancelled in a venue, or in one room, on these days."""
    query = timetable.lessons(max(now, clock.at(first, time.min)), clock.at(last + timedelta(days=1), time.min))
    there = query.where(Lesson.venue_id == venue_id, Lesson.state == LessonState.CANCELLED)
    if room_id is not None:
        there = there.where(Lesson.room_id == room_id)
    return len(db.session.scalars(there).all())


@dataclass(frozen=True)
class Alternative:
    """A lesson that may be named instead: with `free` seats that nobody has, `rank` districts away."""

    lesson: Lesson
    free: int
    same_course: bool
    rank: int


def alternatives(lessons: Sequence[Lesson], now: datetime) -> dict[int, list[Alternative]]:
    """For each of these lessons what may be named instead: open lessons of the weeks after now with free seats, of the
    same course, then on the same topic; near ones first, then early ones. Four queries for any number of lessons.

    Left out are lessons that are booked as a whole series, since one seat of them cannot be taken.
    """
    topics: dict[int, set[str]] = defaultdict(set)
    for row in db.session.execute(sa.select(CourseTopic.course_id, CourseTopic.topic_code)):
        topics[row.course_id].add(row.topic_code)
    ranks = _ranks()
    candidates = _open(now, {lesson.id for lesson in lessons})
    return {lesson.id: _best(lesson, candidates, topics, ranks) for lesson in lessons}


def _open(now: datetime, but: Collection[int]) -> Sequence[Lesson]:
    whole = (
        sa.select(SeriesLesson.lesson_id)
        .join(Series, Series.id == SeriesLesson.series_id)
        .where(Series.registration == Registration.WHOLE)
    )
    query = sa.select(Lesson).where(
        Lesson.starts_at > now, Lesson.starts_at <= now + rules.ALTERNATIVE_WITHIN, Lesson.state == LessonState.OPEN,
        Lesson.booking_opens_at <= now, Lesson.booking_closes_at > now, Lesson.seats_free > 0,
        Lesson.id.not_in(but), Lesson.id.not_in(whole),
    )  # fmt: skip
    shown = (joinedload(Lesson.course).load_only(Course.id, Course.title), joinedload(Lesson.venue))
    return db.session.scalars(query.options(*shown).order_by(Lesson.starts_at, Lesson.id)).all()


def _best(
    lesson: Lesson, candidates: Sequence[Lesson], topics: Mapping[int, set[str]],
    ranks: Mapping[tuple[str, str], int],
) -> list[Alternative]:  # fmt: skip
    here = lesson.venue.district_code or ""
    far = len(ranks)
    found = [
        Alternative(
            each, each.seats_free, each.course_id == lesson.course_id,
            ranks.get((here, each.venue.district_code or ""), far),
        )
        for each in candidates
        if each.kind is lesson.kind
        and (each.course_id == lesson.course_id or topics[each.course_id] & topics[lesson.course_id])
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.same_course, one.rank))[: rules.MOST_ALTERNATIVES]


def _ranks() -> dict[tuple[str, str], int]:
    """How many districts lie nearer to one than another does, by the distance of their centres (one query)."""
    districts = office.districts()
    found: dict[tuple[str, str], int] = {}
    for own in districts:
        nearest = sorted(
            districts, key=lambda each: distance(own.latitude, own.longitude, each.latitude, each.longitude)
        )
        found |= {(own.code, each.code): rank for rank, each in enumerate(nearest)}
    return found
