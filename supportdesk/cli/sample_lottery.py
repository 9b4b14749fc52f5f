"""What the sample town has of lotteries: one lesson that people enter just now, one that was drawn this morning, and a
lesson with so few people that somebody must decide whether it is held.

Who enters is not drawn by the town's own lot, so that its people and lessons stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

import sqlalchemy as sa

from ..core import clock
from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..core.japan.calendar import is_working_day, working_days_before
from ..lessons import actions, lottery
from ..lessons.actions import LessonData
from ..lessons.lottery_rules import Admission
from ..lessons.models import Course, Lesson
from ..lessons.rules import BookedBy, BookingChannel, LessonState
from ..people.models import Resident
from ..places.models import Room
from ..visits.queries import came_before

SEATS = 6
# How many come together, in the order in which they enter: more than there are seats for.
PARTIES = (1, 2, 1, 1, 2, 1, 1)


def hold(rooms: Sequence[Room], course: Course, by: Actor, now: datetime) -> None:
    """The two lessons with their entries; the second is drawn."""
    contacted = sa.select(Resident.id).where(Resident.stopped_at.is_(None)).order_by(Resident.id)
    today, people = clock.local_date(now), iter(db.session.scalars(contacted).all()[5::2])
    entered = _lesson(rooms, course, today + timedelta(days=16), today + timedelta(days=6), by, now)
    _enter(entered, PARTIES[:5], people, by, now)
    drawn = _lesson(rooms, course, today + timedelta(days=11), working_days_before(today, 1), by, now)
    _enter(drawn, PARTIES, people, by, now)
    lottery.draw(drawn.id, came_before, by=by, now=now)


def too_few(lessons: Sequence[Lesson], now: datetime) -> None:
    """The next lesson but one that can be booked is held from more people than have asked so far."""
    coming = [
        lesson
        for lesson in lessons
        if now + timedelta(days=1) < lesson.starts_at and lesson.state is LessonState.OPEN
        and lesson.seats_taken < lesson.seats
    ]  # fmt: skip
    coming[0].least = coming[0].seats_taken + 1


def _lesson(rooms: Sequence[Room], course: Course, day: date, closes: date, by: Actor, now: datetime) -> Lesson:
    """A lesson that is given by lot, in the first room that is free on that day or soon after."""
    for later in range(14):
        wanted = day + timedelta(days=later)
        for room in rooms if is_working_day(wanted) else ():
            try:
                lesson = actions.add_lesson(
                    LessonData(
                        course_id=course.id, room_id=room.id, day=wanted, start=time(14), minutes=90, seats=SEATS,
                        admission=Admission.LOTTERY, first_timers_first=True,
                        booking_opens_at=clock.at(closes - timedelta(days=20), time(8, 30)),
                        booking_closes_at=clock.at(closes, time(17, 15)), note="定員を超えたときは抽選",
                    ),
                    by=by, now=now,
                )  # fmt: skip
            except Refusal:
                continue  # something else is there: the next hall
            return actions.move_state(lesson.id, LessonState.OPEN, by=by, now=now)
    raise AssertionError("no hall of the sample town is free")


def _enter(lesson: Lesson, sizes: Sequence[int], people: Iterator[int], by: Actor, now: datetime) -> None:
    """Entries of the working day before, or of that before the deadline."""
    day = working_days_before(clock.local_date(min(now, lesson.booking_closes_at)), 1)
    for place, size in enumerate(sizes):
        lottery.enter(
            lesson.id, list(islice(people, size)), booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE, by=by, now=clock.at(day, time(9)) + timedelta(minutes=25 * place),
        )  # fmt: skip
