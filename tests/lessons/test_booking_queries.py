from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from supportdesk.core.db import db, transaction
from supportdesk.lessons import booking_queries as queries
from supportdesk.lessons import seats
from supportdesk.lessons.bookings import book_party, cancel_booking
from supportdesk.lessons.models import CourseTopic, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from tests import factories
from tests.statements import noted

DAY = timedelta(days=1)


@pytest.fixture
def lesson_in(app, now) -> Callable[..., Lesson]:
    """Makes lessons on photos in a district, some days ahead."""
    factories.topic("PHOTO")
    factories.district("KCN", latitude=32.61, longitude=130.19, sort_order=2)
    factories.district("KZS", latitude=32.63, longitude=130.16, sort_order=1)
    factories.district("ARI", latitude=32.66, longitude=130.30, sort_order=3)
    course = factories.course(topics=[CourseTopic(topic_code="PHOTO")])

    def make(district: str | None, days: int, **values: Any) -> Lesson:
        place = factories.room(factories.venue(district_code=district))
        return factories.lesson(**({"room": place, "course": course, "starts_at": now + days * DAY} | values))

    return make


def test_the_own_district_comes_first_then_neighbours_by_distance_then_time(lesson_in, now):
    far = lesson_in("ARI", 1)
    nowhere = lesson_in(None, 1)
    near = lesson_in("KZS", 2)
    own_late = lesson_in("KCN", 8)
    own_soon = lesson_in("KCN", 3)
    choices = queries.next_fitting(topic_code="PHOTO", district_code="KCN", now=now)
    assert [(each.lesson.id, each.distance_rank) for each in choices] == [
        (own_soon.id, 0),
        (own_late.id, 0),
        (near.id, 1),
        (far.id, 2),
        (nowhere.id, 3),
    ]


def test_without_a_district_time_alone_counts(lesson_in, now):
    later, sooner = lesson_in("KCN", 3), lesson_in("ARI", 1)
    choices = queries.next_fitting(topic_code="PHOTO", now=now)
    assert [(each.lesson.id, each.distance_rank) for each in choices] == [(sooner.id, 0), (later.id, 0)]


def test_only_lessons_ahead_that_help_with_the_topic_are_offered(lesson_in, now):
    fits = lesson_in("KCN", 3)
    lesson_in("KCN", 3, course=factories.course())
    lesson_in("KCN", 0)
    lesson_in("KCN", 3, state=LessonState.CANCELLED, cancelled_at=now)
    lesson_in("KCN", 3, state=LessonState.DRAFT)
    assert [each.lesson.id for each in queries.next_fitting(topic_code="PHOTO", now=now)] == [fits.id]
    assert [each.lesson.id for each in queries.next_fitting(course_id=fits.course_id, now=now)] == [fits.id]


def test_at_most_five_are_offered(lesson_in, now):
    for days in range(1, 8):
        lesson_in("KCN", days)
    assert len(queries.next_fitting(topic_code="PHOTO", now=now)) == 5


def test_a_lesson_that_cannot_be_booked_is_shown_with_why(lesson_in, by, now):
    lesson_in("KCN", 1, booking_closes_at=now)
    lesson_in("KCN", 2, state=LessonState.CLOSED)
    lesson_in("KCN", 3, booking_opens_at=now + DAY)
    lesson_in("KCN", 4, state=LessonState.AWAITING_NOTICE)
    lesson_in("KCN", 5, seats=2, seats_taken=2)
    choices = queries.next_fitting(topic_code="PHOTO", now=now)
    assert [(each.bookable, each.why_not) for each in choices] == [
        (False, "Booking has closed."),
        (False, "Booking has closed."),
        (False, "Booking has not opened yet."),
        (False, "This lesson is still being prepared."),
        (False, "This lesson is full."),
    ]


def test_free_and_held_seats_are_told_with_who_holds_them(lesson_in, by, now):
    lesson = lesson_in("KCN", 3, seats=3)
    with transaction():
        seats.hold_seats(lesson.id, 3, by=by, now=now)
    [choice] = queries.next_fitting(topic_code="PHOTO", now=now + timedelta(minutes=2))
    assert (choice.free, choice.held, choice.holders, choice.bookable) == (0, 3, (by.name,), False)
    assert choice.why_not == "No seat is free just now, but some are only held."
    [choice] = queries.next_fitting(topic_code="PHOTO", now=now + timedelta(minutes=3))
    assert (choice.free, choice.held, choice.holders, choice.bookable) == (3, 0, (), True)


def test_three_queries_answer_however_many_lessons(lesson_in, now):
    lesson_in("KCN", 1)
    for lessons in (1, 5):
        while len(db.session.scalars(sa.select(Lesson)).all()) < lessons:
            lesson_in("KZS", 2)
        db.session.expire_all()
        with noted() as seen:
            choices = queries.next_fitting(topic_code="PHOTO", district_code="KCN", now=now)
            assert all(each.lesson.course.title and each.lesson.venue.name for each in choices)
        assert (len(choices), len([each for each in seen if "SELECT" in each])) == (lessons, 3)


def test_a_lessons_list_has_active_bookings_by_kana_and_cancelled_ones_apart(app, by, now):
    lesson = factories.lesson()
    people = [factories.resident(kana) for kana in ("ワダ ハル", "アベ ハル", "カイ ハル")]
    with transaction():
        wada, abe, kai = book_party(
            lesson.id,
            [each.id for each in people],
            booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE,
            by=by,
            now=now,
        )
        cancel_booking(kai.id, "体調", by=by, now=now)
    active, cancelled = queries.bookings_of_lesson(lesson.id)
    assert [each.id for each in active] == [abe.id, wada.id]
    assert [each.id for each in cancelled] == [kai.id]
    assert [each.id for each in queries.others_of_party(wada)] == [abe.id]
