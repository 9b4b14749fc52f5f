from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from supportdesk.core.access import HOUSE, Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.lessons import seats
from supportdesk.lessons.booking_rules import LessonFull
from supportdesk.lessons.bookings import book_party
from supportdesk.lessons.models import Hold, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from tests import factories

MINUTE = timedelta(minutes=1)


def counters(lesson: Lesson) -> tuple[int, int]:
    """(taken, held) as the database has them."""
    row = db.session.execute(
        sa.select(Lesson.seats_taken, Lesson.seats_held).where(Lesson.id == lesson.id)
    ).one()
    return row.seats_taken, row.seats_held


def hold(lesson: Lesson, count: int, *, by: Actor, now: datetime) -> Hold:
    with transaction():
        return seats.hold_seats(lesson.id, count, by=by, now=now)


def book(lesson: Lesson, people: int, *, by: Actor, now: datetime) -> None:
    ids = [factories.resident().id for _ in range(people)]
    with transaction():
        book_party(lesson.id, ids, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=now)


def test_held_seats_are_not_free_for_others(app, by, now):
    lesson, other = factories.lesson(seats=3), factories.staff()
    hold(lesson, 2, by=by, now=now)
    with pytest.raises(LessonFull) as full:
        hold(lesson, 2, by=other, now=now)
    assert full.value.free == 1
    assert counters(lesson) == (0, 2)


def test_a_clerk_holds_in_one_lesson_only_and_the_newest_hold_counts(app, by, now):
    first, second = factories.lesson(), factories.lesson()
    hold(first, 2, by=by, now=now)
    kept = hold(second, 3, by=by, now=now + MINUTE)
    assert (counters(first), counters(second)) == ((0, 0), (0, 3))
    assert (kept.lesson_id, kept.seats, kept.expires_at) == (second.id, 3, now + 4 * MINUTE)


def test_a_clerk_may_change_the_hold_up_to_the_last_seat(app, by, now):
    lesson = factories.lesson(seats=3)
    hold(lesson, 2, by=by, now=now)
    hold(lesson, 3, by=by, now=now)
    assert counters(lesson) == (0, 3)


def test_a_refused_hold_leaves_the_earlier_one(app, by, now):
    first, second = factories.lesson(), factories.lesson(seats=1)
    hold(first, 2, by=by, now=now)
    with pytest.raises(LessonFull):
        hold(second, 2, by=by, now=now)
    assert (counters(first), counters(second)) == ((0, 2), (0, 0))


def test_after_three_minutes_the_seats_are_free_for_the_next_clerk_without_any_tick(app, by, now):
    lesson, other = factories.lesson(seats=2), factories.staff()
    hold(lesson, 2, by=by, now=now)
    with pytest.raises(LessonFull):
        hold(lesson, 1, by=other, now=now + 3 * MINUTE - timedelta(seconds=1))
    hold(lesson, 2, by=other, now=now + 3 * MINUTE)
    assert counters(lesson) == (0, 2)
    assert db.session.scalars(sa.select(Hold.user_id)).all() == [other.id]


def test_the_tick_gives_back_what_is_over_and_leaves_the_rest(app, by, now):
    first, second, other = factories.lesson(), factories.lesson(), factories.staff()
    hold(first, 2, by=by, now=now)
    hold(second, 1, by=other, now=now + 2 * MINUTE)
    with transaction():
        assert seats.expire_holds(now + 3 * MINUTE) == 1
    assert (counters(first), counters(second)) == ((0, 0), (0, 1))
    with transaction():
        assert seats.expire_holds(now + 3 * MINUTE) == 0


def test_a_released_hold_gives_its_seats_back_and_releasing_nothing_is_no_fault(app, by, now):
    lesson = factories.lesson()
    hold(lesson, 2, by=by, now=now)
    for _ in range(2):
        with transaction():
            seats.release_hold(by=by, now=now)
    assert counters(lesson) == (0, 0)


@pytest.mark.parametrize(("held", "people"), [(2, 2), (2, 3), (2, 1)])
def test_a_booking_uses_up_what_its_clerk_holds_whether_more_or_fewer(app, by, now, held, people):
    lesson = factories.lesson(seats=3)
    hold(lesson, held, by=by, now=now)
    book(lesson, people, by=by, now=now + MINUTE)
    assert counters(lesson) == (people, 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Hold)) == 0


def test_a_booking_larger_than_its_hold_is_refused_when_the_rest_is_gone_and_the_hold_stays(app, by, now):
    lesson, other = factories.lesson(seats=3), factories.staff()
    hold(lesson, 2, by=by, now=now)
    hold(lesson, 1, by=other, now=now)
    with pytest.raises(LessonFull) as full:
        book(lesson, 3, by=by, now=now)
    assert full.value.free == 2
    assert counters(lesson) == (0, 3)


def test_a_booking_leaves_what_its_clerk_holds_in_another_lesson(app, by, now):
    lesson, elsewhere = factories.lesson(), factories.lesson()
    hold(elsewhere, 1, by=by, now=now)
    book(lesson, 1, by=by, now=now)
    assert (counters(lesson), counters(elsewhere)) == ((1, 0), (0, 1))


def test_another_clerk_cannot_book_the_held_seat(app, by, now):
    lesson, other = factories.lesson(seats=1), factories.staff()
    hold(lesson, 1, by=by, now=now)
    with pytest.raises(LessonFull):
        book(lesson, 1, by=other, now=now)


def test_nothing_is_held_for_nobody_in_no_lesson_or_by_the_house(app, by, now):
    lesson = factories.lesson()
    with pytest.raises(Refusal, match="at least one"):
        hold(lesson, 0, by=by, now=now)
    with pytest.raises(NotFound):
        hold(lesson, 1, by=HOUSE, now=now)
    with pytest.raises(NotFound), transaction():
        seats.hold_seats(lesson.id + 1, 1, by=by, now=now)
    with pytest.raises(Refusal):
        hold(lesson, 1, by=by, now=lesson.starts_at)


def test_the_database_itself_refuses_one_seat_too_many(app, by, now):
    lesson = factories.lesson(seats=1)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(sa.update(Lesson).where(Lesson.id == lesson.id).values(seats_taken=2))
    assert counters(lesson) == (0, 0)
