"""What the sample town's supporters do: a record of activity for last month, duties ahead that they are reminded of, an
address for a calendar. Comes last of all, so that the people and lessons of the town stay the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from ..core import clock
from ..core.access import Actor
from ..core.db import db
from ..core.japan.calendar import is_working_day, working_days_before
from ..lessons import duty_feeds
from ..lessons.models import Course, Lesson, LessonSupporter
from ..lessons.rules import LessonState
from ..office import settings as office_settings
from ..people.models import Supporter
from ..places.models import Room

TURNS_LAST_MONTH = 6
TURNS_AHEAD = 4
MAKE = time(15, 30)
FEES = {"fee_yen": 1000, "fee_per": "hour", "travel_yen": 500}


def pay() -> None:
    """Something to add up in the record of activity."""
    office_settings.change(**FEES)


def put_on_duty(
    helper: Supporter, lessons: Sequence[Lesson], rooms: Sequence[Room], course: Course,
    book: Callable[[Lesson], None], now: datetime,
) -> None:  # fmt: skip
    """On duty in lessons of last month at these rooms, which are made where there are too few, and in some to come."""
    mine, today = {room.id for room in rooms}, clock.local_date(now)
    here = sorted((one for one in lessons if one.room_id in mine), key=lambda one: (one.starts_at, one.id))
    last = today.replace(day=1) - timedelta(days=1)
    done = _one_a_day(here, helper, last.replace(day=1), last)[:TURNS_LAST_MONTH]
    taken = {clock.local_date(one.starts_at) for one in done}
    free = [day for day in _working_days(last.replace(day=1), last) if day not in taken][::3]
    for day in free[: TURNS_LAST_MONTH - len(done)]:
        done.append(_made(day, rooms[0], course))
        book(done[-1])
    ahead = _one_a_day(here, helper, today + timedelta(days=1), today + timedelta(days=28))[:TURNS_AHEAD]
    for lesson in [*done, *ahead]:
        lesson.supporters.append(LessonSupporter(supporter_id=helper.id))
    db.session.flush()


def subscribe(helper: Supporter, by: Actor, now: datetime) -> None:
    """An address that nobody knows: whoever tries it makes a new one."""
    duty_feeds.make_feed(helper.id, by=by, now=now)


def _one_a_day(lessons: Sequence[Lesson], helper: Supporter, first: date, last: date) -> list[Lesson]:
    """Every second of those in which nobody is on duty yet, on days on which the supporter is not either."""
    start, end = clock.at(first, time.min), clock.at(last + timedelta(days=1), time.min)
    query = db.session.query(Lesson.starts_at).join(LessonSupporter).filter_by(supporter_id=helper.id)
    busy = {clock.local_date(starts_at) for (starts_at,) in query}
    found: dict[date, Lesson] = {}
    for lesson in lessons:
        day = clock.local_date(lesson.starts_at)
        nobodys = lesson.cancelled_at is None and not lesson.supporters
        if start <= lesson.starts_at < end and day not in busy and nobodys:
            found.setdefault(day, lesson)
    return list(found.values())[::2]


def _working_days(first: date, last: date) -> list[date]:
    every = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in every if is_working_day(day)]


def _made(day: date, room: Room, course: Course) -> Lesson:
    starts_at = clock.at(day, MAKE)
    lesson = Lesson(
        course_id=course.id, venue_id=room.venue_id, room_id=room.id, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=course.minutes), seats=min(course.seats, room.seats), least=2,
        state=LessonState.RECORDED, booking_opens_at=clock.at(day - timedelta(days=45), time(8, 30)),
        booking_closes_at=clock.at(working_days_before(day, 1), time(17, 15)), seats_taken=0, seats_held=0,
    )  # fmt: skip
    db.session.add(lesson)
    db.session.flush()
    return lesson
