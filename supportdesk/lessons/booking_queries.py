"""Reads about bookings: one booking, a lesson's list, who holds seats, and which lessons come next for a
caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..core.errors import NotFound
from ..office import queries as office
from ..office.list_rules import ReferralPlace, distance
from ..office.models import Topic
from ..people.models import Resident
from ..places.models import Venue
from . import booking_rules as rules
from . import slot_queries
from . import waiting_queries as waiting
from .models import Booking, CourseTopic, Hold, Lesson, Series, SeriesLesson
from .rules import LessonState
from .series_rules import Registration
from .slot_rules import PUBLIC_KINDS, LessonKind

# Lessons a clerk may speak of to a caller, be it to say from when they can be booked.
SPOKEN_OF = (LessonState.AWAITING_NOTICE, LessonState.OPEN, LessonState.CLOSED)


@dataclass(frozen=True)
class HeldSeats:
    """Seats that a clerk keeps while talking."""

    lesson_id: int
    user_id: int
    who: str
    seats: int
    until: datetime


@dataclass(frozen=True)
class LessonChoice:
    """A lesson to offer. `free` are the seats that nobody has; of them `due` will be offered to those who wait.
    `why_not` is an English message id; `distance_rank` is 0 for the caller's own district, 1 for the nearest neighbour
    and so on, and 0 for all when no district was given. `beside` are the seats free in each other lesson that is booked
    with it (of a series booked as a whole)."""

    lesson: Lesson
    free: int
    held: int
    holders: tuple[str, ...]
    bookable: bool
    why_not: str | None
    distance_rank: int
    due: int = 0
    beside: tuple[int, ...] = ()

    @property
    def together(self) -> int:
        """How many lessons a booking of this one brings."""
        return 1 + len(self.beside)


def get_lesson(lesson_id: int) -> Lesson:
    """A lesson with its course, venue and room. Raises NotFound."""
    lesson = db.session.get(Lesson, lesson_id, options=_LESSON_PARTS)
    if lesson is None:
        raise NotFound("There is no such lesson.")
    return lesson


def get_booking(booking_id: int) -> Booking:
    """A booking with its resident and lesson. Raises NotFound."""
    parts = (joinedload(Booking.resident), joinedload(Booking.lesson).options(*_LESSON_PARTS))
    booking = db.session.get(Booking, booking_id, options=parts)
    if booking is None:
        raise NotFound("There is no such booking.")
    return booking


def shown_numbers(booking_ids: Sequence[int]) -> str:
    """The numbers of these bookings, to be read out (one query)."""
    numbers = sa.select(Booking.number).where(Booking.id.in_(booking_ids)).order_by(Booking.id)
    return "・".join(map(rules.shown_number, db.session.scalars(numbers)))


def get_residents(resident_ids: Sequence[int]) -> list[Resident]:
    """Residents in the order given. Raises NotFound."""
    found = {
        each.id: each for each in db.session.scalars(sa.select(Resident).where(Resident.id.in_(resident_ids)))
    }
    if not found.keys() >= set(resident_ids):
        raise NotFound("There is no such resident.")
    return [found[each] for each in resident_ids]


def party_by_external_id(external_id: str | None) -> Sequence[Booking]:
    """The bookings that a program made at once under this key of its own, as they stand now; None is nobody's. What
    they were moved to belongs to the party too and is not meant."""
    if external_id is None:
        return []
    party = sa.select(Booking.party).where(Booking.external_id == external_id).scalar_subquery()
    moved_to = sa.select(Booking.moved_to_id).where(Booking.party == party, Booking.moved_to_id.is_not(None))
    return db.session.scalars(
        sa.select(Booking).where(Booking.party == party, Booking.id.not_in(moved_to)).order_by(Booking.id)
    ).all()


def others_of_party(booking: Booking) -> Sequence[Booking]:
    """The active bookings of those who come together with this one."""
    return db.session.scalars(
        sa.select(Booking)
        .options(joinedload(Booking.resident))
        .where(
            Booking.party == booking.party,
            Booking.lesson_id == booking.lesson_id,
            Booking.id != booking.id,
            Booking.cancelled_at.is_(None),
        )
        .order_by(Booking.id)
    ).all()


def bookings_of_lesson(lesson_id: int) -> tuple[list[Booking], list[Booking]]:
    """Active bookings in the order of the names' kana, and cancelled ones, newest first."""
    bookings = db.session.scalars(
        sa.select(Booking)
        .join(Resident)
        .options(joinedload(Booking.resident))
        .where(Booking.lesson_id == lesson_id)
        .order_by(Resident.family_kana, Resident.given_kana, Booking.id)
    ).all()
    cancelled = [(each.cancelled_at, each.id, each) for each in bookings if each.cancelled_at]
    return [each for each in bookings if not each.cancelled_at], [
        each for *_, each in sorted(cancelled)[::-1]
    ]


def holds_of(lesson_ids: Iterable[int], now: datetime) -> list[HeldSeats]:
    """Who holds how many seats in these lessons, holds that are over left out."""
    holds = db.session.scalars(
        sa.select(Hold)
        .where(Hold.lesson_id.in_(list(lesson_ids)), Hold.expires_at > now)
        .order_by(Hold.expires_at)
    )
    return [
        HeldSeats(each.lesson_id, each.user_id, each.user_name, each.seats, each.expires_at) for each in holds
    ]


def next_fitting(
    *,
    topic_code: str | None = None,
    district_code: str | None = None,
    course_id: int | None = None,
    now: datetime,
    limit: int = 5,
    every_time: bool = False,
) -> list[LessonChoice]:
    """The next lessons on a topic or of a course, in the caller's own district first, then by the distance of
    the districts' centres, then by time; where fewer than `limit` can be booked, after them those that cannot
    now, with why. Of a series booked as a whole its next lesson stands for all, and of a day of slots its next free
    time, unless `every_time` is asked for. Four queries at the most; two more where people wait."""
    ranks = _distance_ranks(district_code)
    far = len(ranks)
    rank = sa.case(ranks, value=Venue.district_code, else_=far) if ranks else sa.literal(0)
    ahead = (
        sa.select(Lesson)
        .join(Venue, Venue.id == Lesson.venue_id)
        .options(*_LESSON_PARTS)
        .where(Lesson.starts_at > now, Lesson.state.in_(SPOKEN_OF), ~_comes_with_an_earlier_one(now))
        .order_by(~_can_be_booked(now), rank, Lesson.starts_at, Lesson.id)
        .limit(limit)
    )
    if topic_code is not None:
        ahead = ahead.where(_helps_with(topic_code))
    if course_id is not None:
        ahead = ahead.where(Lesson.course_id == course_id)
    if topic_code is None and course_id is None:
        # The counter and visits are for who asks for them.
        ahead = ahead.where(Lesson.kind.in_(PUBLIC_KINDS))
    if not every_time:
        ahead = ahead.where(
            slot_queries.alone(
                within=lambda of: sa.and_(of.starts_at > now, of.state.in_(SPOKEN_OF)),
                prefers=lambda of: _can_be_booked(now, of),
            )
        )
    lessons = db.session.scalars(ahead).all()
    holds, due = holds_of([each.id for each in lessons], now), waiting.due_to_queue(lessons)
    beside = _free_beside(lessons, now)
    choices = [
        choice_of(each, holds, due, now, ranks.get(each.venue.district_code or "", far) if ranks else 0, beside=beside)
        for each in lessons
    ]
    return sorted(choices, key=lambda one: not one.bookable)


def _helps_with(topic_code: str) -> sa.ColumnElement[bool]:
    """The course helps with the topic; or the topic goes first to a consultation, or to a visit, and it is one."""
    of_course = sa.select(CourseTopic.course_id).where(CourseTopic.topic_code == topic_code)
    route = sa.select(Topic.first_route).where(Topic.code == topic_code).scalar_subquery()
    return sa.or_(
        Lesson.course_id.in_(of_course),
        sa.and_(Lesson.kind == LessonKind.CONSULTATION, route == ReferralPlace.DESK.value),
        sa.and_(Lesson.kind == LessonKind.VISIT, route == ReferralPlace.HOME.value),
    )


def _can_be_booked(now: datetime, of: type[Lesson] = Lesson) -> sa.ColumnElement[bool]:
    """What booking_rules.why_not_bookable asks, for the database. Holds are left out: they are over in minutes."""
    return sa.and_(
        of.state == LessonState.OPEN,
        of.booking_opens_at <= now,
        of.booking_closes_at > now,
        of.seats_taken + of.seats_offered < of.seats,
    )


def one_choice(lesson: Lesson, now: datetime) -> LessonChoice:
    """What to say of this lesson alone (one query; two more where people wait)."""
    return choice_of(lesson, holds_of([lesson.id], now), waiting.due_to_queue([lesson]), now)


def _comes_with_an_earlier_one(now: datetime) -> sa.ColumnElement[bool]:
    """Of a series booked as a whole only the next lesson is offered."""
    mine, theirs, earlier = sa.orm.aliased(SeriesLesson), sa.orm.aliased(SeriesLesson), sa.orm.aliased(Lesson)
    return (
        sa.select(mine.lesson_id)
        .join(Series, Series.id == mine.series_id)
        .join(theirs, theirs.series_id == mine.series_id)
        .join(earlier, earlier.id == theirs.lesson_id)
        .where(
            mine.lesson_id == Lesson.id,
            Series.registration == Registration.WHOLE,
            earlier.starts_at > now,
            earlier.starts_at < Lesson.starts_at,
            earlier.state != LessonState.CANCELLED,
        )
        .exists()
    )


def _free_beside(lessons: Sequence[Lesson], now: datetime) -> dict[int, tuple[int, ...]]:
    """The seats free in the other lessons that are booked with each of these. No query if there are none."""
    whole = {
        each.id: each.part.series_id
        for each in lessons
        if each.part is not None and each.part.series.registration is Registration.WHOLE
    }
    if not whole:
        return {}
    query = sa.select(SeriesLesson.series_id, Lesson.id, Lesson.seats_free)
    to_come = query.join(Lesson, Lesson.id == SeriesLesson.lesson_id).where(
        SeriesLesson.series_id.in_(whole.values()), Lesson.starts_at > now, Lesson.state != LessonState.CANCELLED
    )
    found = db.session.execute(to_come).all()
    return {
        lesson_id: tuple(free for series, other, free in found if series == series_id and other != lesson_id)
        for lesson_id, series_id in whole.items()
    }


def choice_of(
    lesson: Lesson,
    holds: Sequence[HeldSeats],
    due_to_queue: Mapping[int, int],
    now: datetime,
    distance_rank: int = 0,
    *,
    beside: Mapping[int, tuple[int, ...]] | None = None,
) -> LessonChoice:
    """What to say of one lesson. Free seats are counted without the holds that are over: the next act on the
    lesson gives those back first. `beside` are those of `_free_beside`, asked for if they are not given."""
    here = [each for each in holds if each.lesson_id == lesson.id]
    held, due = sum(each.seats for each in here), due_to_queue.get(lesson.id, 0)
    others = (_free_beside([lesson], now) if beside is None else beside).get(lesson.id, ())
    free = min((lesson.seats - lesson.seats_taken - lesson.seats_offered - held, *others))
    refusal = rules.why_not_bookable(lesson, now)
    if refusal is None and free <= due:
        refusal = rules.no_seat_left(held, lesson.seats_offered, due)
    return LessonChoice(
        lesson=lesson,
        free=free,
        held=held,
        holders=tuple(each.who for each in here),
        bookable=refusal is None,
        why_not=refusal.message if refusal else None,
        distance_rank=distance_rank,
        due=due,
        beside=others,
    )


def _distance_ranks(district_code: str | None) -> dict[str, int]:
    """The districts by the distance of their centres from one of them; empty if that one is not known."""
    districts = {each.code: each for each in office.districts()}
    own = districts.get(district_code or "")
    if own is None:
        return {}
    nearest = sorted(
        districts.values(),
        key=lambda each: distance(own.latitude, own.longitude, each.latitude, each.longitude),
    )
    return {each.code: rank for rank, each in enumerate(nearest)}


_LESSON_PARTS = (
    joinedload(Lesson.course),
    joinedload(Lesson.venue),
    joinedload(Lesson.room),
    joinedload(Lesson.part).joinedload(SeriesLesson.series),
)
