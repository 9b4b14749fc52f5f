"""A series goes on: more lessons by its own rule, or on more days of a list.

Whoever has booked a series as a whole has booked what comes to it: they are booked into the new lessons, since a whole
of which some seats belong to others could never be booked again, and a later caller would get the last seat before
those who are there. The page says so first; whoever cannot come gives up that lesson alone, as ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import for_editing
from ..core.errors import Refusal
from . import bookings, lengthening_rules, series_actions, series_queries, several, slot_rules
from .decision_rules import Decision
from .lengthening_rules import Longer
from .models import Booking, Lesson, Series, SeriesLesson
from .rules import OVER
from .seats import lock_lessons, take_seats
from .series_actions import Preview, SeriesData
from .series_rules import Pattern, Registration


@dataclass(frozen=True)
class Lengthening:
    """What would be added, date by date, and who is booked into it. `seen`: the series as it was then."""

    preview: Preview
    booked: Sequence[Booking]
    seats: int
    refusal: Refusal | None


def look(series_id: int, longer: Longer, decisions: Mapping[str, Decision], now: datetime) -> Lengthening:
    """Each new date with what stands against it. Changes nothing. Raises NotFound, and Refusal at the field."""
    series = series_queries.get(series_id)
    data = _data(series)
    there = [part.day for part in series.parts]
    dates = lengthening_rules.further_dates(data.pattern, longer, there, clock.local_date(now))
    several.check_course(data.course_id)
    booked, refusal = _booked(series, now), None
    wanted = _seats(series, booked)
    try:
        lengthening_rules.check_seats(wanted, series.seats)
    except Refusal as refused:
        refusal = refused
    return Lengthening(series_actions.look_at(data, dates, decisions, now), booked, wanted, refusal)


def lengthen(
    series_id: int, version: int, longer: Longer, decisions: Mapping[str, Decision], *, by: Actor, now: datetime
) -> list[Lesson]:
    """Add the lessons, in preparation, and book those into them who have booked the whole; all or none. The version
    makes a second run of the same a ChangedMeanwhile. Raises NotFound, Unsettled and Refusal."""
    series = for_editing(Series, series_id, version)
    lock_lessons([part.lesson_id for part in series.parts], now)
    several.lock([series_actions.lesson_of(_data(series), clock.local_date(now))], decisions.values())
    found = look(series_id, longer, decisions, now)
    if found.refusal:
        raise found.refusal
    several.check_settled(found.preview.rows)
    if not found.preview.made:
        raise Refusal("Every date is left out, so there is nothing to plan.", code="nothing-left")
    window = _window(series, found, now) if series.registration is Registration.WHOLE else None
    lessons = several.make(found.preview.rows, by, now, window=window)
    _add_parts(series, found, lessons)
    made = _book(lessons, found.booked, by, now)
    history.record(
        "series.lengthened", f"series:{series_id}", by=by, now=now, version=series.version, lessons=len(lessons),
        bookings=made,
    )  # fmt: skip
    return lessons


def _data(series: Series) -> SeriesData:
    pattern = Pattern(series.rule, series.first_day, series.every_weeks, series.until, series.times)
    return SeriesData(
        course_id=series.course_id, room_id=series.room_id, pattern=pattern, start=series.start,
        minutes=series.minutes, seats=series.seats, registration=series.registration, least=series.least,
        supporter_ids=tuple(row.supporter_id for row in series.supporters),
        thing_ids=tuple(row.thing_id for row in series.things), note=series.note,
    )  # fmt: skip


def _booked(series: Series, now: datetime) -> list[Booking]:
    """Of a series booked as a whole: the last booking of each resident who is booked in lessons to come."""
    if series.registration is not Registration.WHOLE:
        return []
    query = (
        sa.select(Booking)
        .join(Lesson, Lesson.id == Booking.lesson_id)
        .join(SeriesLesson, SeriesLesson.lesson_id == Lesson.id)
        .where(
            SeriesLesson.series_id == series.id, Booking.cancelled_at.is_(None), Lesson.starts_at > now,
            Lesson.state.not_in(OVER),
        )
        .order_by(Lesson.starts_at, Booking.id)
    )  # fmt: skip
    last = {one.resident_id: one for one in db.session.scalars(query)}
    return sorted(last.values(), key=lambda one: one.id)


def _seats(series: Series, booked: Sequence[Booking]) -> int:
    """How many seats, or tables, they take in a lesson together."""
    parties: Counter[str] = Counter()
    for one in booked:
        parties[one.party] += 1 + one.companions
    kind = slot_rules.kind_of(series.course.category)
    return sum(slot_rules.seats_for(kind, people) for people in parties.values())


def _window(series: Series, found: Lengthening, now: datetime) -> several.Window:
    """That of the lessons to come, so that the whole is booked from one day to one day; without any, the usual one of
    the first new lesson."""
    query = sa.select(Lesson.booking_opens_at, Lesson.booking_closes_at).join(SeriesLesson)
    query = query.where(SeriesLesson.series_id == series.id, Lesson.starts_at > now, Lesson.state.not_in(OVER))
    known = db.session.execute(query.order_by(Lesson.starts_at).limit(1)).first()
    return (known[0], known[1]) if known else series_actions.window_of_all(found.preview)


def _add_parts(series: Series, found: Lengthening, lessons: Sequence[Lesson]) -> None:
    kept = [row for row in found.preview.rows if row.data is not None]
    order = sorted(zip(lessons, kept, strict=True), key=lambda pair: pair[0].starts_at)
    first = max((part.place for part in series.parts), default=0) + 1
    for place, (lesson, row) in enumerate(order, start=first):
        day = date.fromisoformat(row.wanted.key)
        db.session.add(SeriesLesson(series_id=series.id, lesson_id=lesson.id, place=place, day=day))
    series.size += len(lessons)
    if series.times is not None:
        series.times += len(lessons)
    if series.until is not None:
        series.until = max(series.until, found.preview.dates.days[-1])
    db.session.flush()
    db.session.expire(series, ["parts"])


def _book(lessons: Sequence[Lesson], booked: Sequence[Booking], by: Actor, now: datetime) -> int:
    """The same people, parties and wishes; a confirmation is wished once, of the first new lesson."""
    for lesson in lessons:
        for known in booked:
            booking = Booking(
                lesson_id=lesson.id, resident_id=known.resident_id, party=known.party, companions=known.companions,
                booked_by=known.booked_by, caller=known.caller, channel=known.channel, read_back=False,
                text_wished=known.text_wished and lesson is lessons[0], booked_at=now, booked_by_user=by.name,
            )  # fmt: skip
            bookings.add(booking, by, now, lengthened=1)
            take_seats(lesson, bookings.seats_of(booking, lesson), by=by)
    return len(lessons) * len(booked)
