"""Several at one series, one room or one month at once: whole or not at all, and nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import copying, series_actions, series_changes, series_queries
from supportdesk.lessons.bookings import book_party, cancel_series_booking
from supportdesk.lessons.models import Booking, Lesson, Series
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_changes import Change
from supportdesk.lessons.series_rules import Pattern, Registration, Scope, SeriesRule
from tests import factories
from tests.races.clients import ROUNDS, clients

pytestmark = pytest.mark.race
FIRST, LESSONS, SEATS, CLERKS = date(2026, 7, 14), 4, 5, 8


def of_a(room_id: int, **values: Any) -> SeriesData:
    made = {"course_id": factories.course(learners_per_supporter=8).id, "start": time(10), "minutes": 60,
            "seats": SEATS, "registration": Registration.WHOLE,
            "pattern": Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=LESSONS)}  # fmt: skip
    return SeriesData(room_id=room_id, **made | values)


def told(answers: list[Any]) -> Counter[str]:
    """What came of each: `done`, or the code of the refusal. Anything else is a fault of ours."""
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            raise answer
    return Counter(answer.code if isinstance(answer, Refusal) else "done" for answer in answers)


@pytest.fixture
def series_id(app: Flask, by: Actor, now: datetime) -> int:
    data = of_a(factories.room().id)
    with transaction():
        made = series_actions.add_series(data, {}, by=by, now=now)
        series_changes.move_lessons(made.id, LessonState.OPEN, by=by, now=now)
    return made.id


def taken(series_id: int) -> list[int]:
    db.session.rollback()
    return [lesson.seats_taken for lesson in series_queries.lessons_of(series_id)]


def test_of_eight_series_into_one_room_at_once_one_is_planned(app: Flask, by: Actor, now: datetime) -> None:
    with clients(app, CLERKS) as many:
        for _ in range(ROUNDS):
            data = of_a(factories.room().id)
            before = db.session.scalar(sa.select(sa.func.count(Lesson.id))) or 0

            answers = many.act_at_once([lambda data=data: series_actions.add_series(data, {}, by=by, now=now)] * CLERKS)

            assert told(answers) == {"done": 1, "unsettled": CLERKS - 1}
            assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == before + LESSONS


def test_a_series_is_booked_in_all_its_lessons_or_in_none(
    app: Flask, series_id: int, by: Actor, now: datetime
) -> None:
    lessons = [lesson.id for lesson in series_queries.lessons_of(series_id)]
    with clients(app, CLERKS) as many:
        for _ in range(ROUNDS):
            people = [factories.resident().id for _ in range(CLERKS)]

            # Each begins at another lesson: whoever locked in that order would stop another for ever.
            answers = many.act_at_once([
                lambda person=person, lesson=lessons[n % LESSONS]: book_party(
                    lesson, [person], booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=now
                )
                for n, person in enumerate(people)
            ])  # fmt: skip

            assert told(answers) == {"done": SEATS, "lesson-full": CLERKS - SEATS}
            assert taken(series_id) == [SEATS] * LESSONS
            active = db.session.scalars(sa.select(Booking.id).where(Booking.cancelled_at.is_(None))).all()
            assert len(active) == SEATS * LESSONS
            first = db.session.scalars(
                sa.select(Booking.id).where(Booking.cancelled_at.is_(None), Booking.lesson_id == lessons[0])
            ).all()

            # Given back by all at once, each twice.
            ended = many.act_at_once([
                lambda booking=booking: len(cancel_series_booking(booking, "体調", Scope.ALL, by=by, now=now))
                for booking in [*first, *first][:CLERKS]
            ])  # fmt: skip

            assert told(ended) == {"done": SEATS, "already-cancelled": CLERKS - SEATS}
            assert taken(series_id) == [0] * LESSONS


def test_of_two_who_change_a_series_at_once_one_is_told(app: Flask, series_id: int, by: Actor, now: datetime) -> None:
    first = series_queries.lessons_of(series_id)[0].id
    with clients(app, 2) as both:
        for _ in range(ROUNDS):
            db.session.rollback()
            version = db.session.get_one(Series, series_id, populate_existing=True).version
            hours = [time(hour) for hour in (10, 11, 13) if hour != clock.local(
                db.session.get_one(Lesson, first, populate_existing=True).starts_at).hour][:2]  # fmt: skip

            answers = both.act_at_once([
                lambda hour=hour, version=version: series_changes.change_series(
                    series_id, version, Scope.ALL, first, Change(start=hour), {}, by=by, now=now
                )
                for hour in hours
            ])  # fmt: skip

            assert told(answers) == {"done": 1, "changed-meanwhile": 1}
            db.session.rollback()
            assert len({clock.local(one.starts_at).time() for one in series_queries.lessons_of(series_id)}) == 1


def test_a_month_copied_by_two_at_once_is_copied_once(app: Flask, by: Actor, now: datetime) -> None:
    july = date(2026, 7, 1)
    for day in (15, 16, 17):
        factories.lesson(starts_at=clock.at(date(2026, 7, day), time(10)))
    with clients(app, 2) as both:
        answers = both.act_at_once([lambda: len(copying.copy_month(july, "", {}, by=by, now=now))] * 2)

    assert told(answers) == {"done": 1, "nothing-left": 1}
    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 6
