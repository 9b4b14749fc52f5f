from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from supportdesk.core import clock, history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import series_actions, series_changes, series_queries
from supportdesk.lessons.booking_rules import AlreadyBooked, LessonFull
from supportdesk.lessons.bookings import book_party, cancel_booking, cancel_series_booking, move_booking
from supportdesk.lessons.models import Booking, Series
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.seats import hold_seats
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_rules import Pattern, Registration, Scope, SeriesRule
from supportdesk.lessons.waiting import join
from tests import factories
from tests.conftest import NOW

FIRST = date(2026, 7, 14)


@pytest.fixture
def series(app, by) -> Series:
    """Three Tuesdays, booked as a whole, open."""
    typed = SeriesData(
        course_id=factories.course(learners_per_supporter=8).id, room_id=factories.room().id, start=time(10),
        minutes=60, seats=3, registration=Registration.WHOLE,
        pattern=Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=3),
    )  # fmt: skip
    with transaction():
        made = series_actions.add_series(typed, {}, by=by, now=NOW)
        series_changes.move_lessons(made.id, LessonState.OPEN, by=by, now=NOW)
    return made


def lessons(series: Series):
    return series_queries.lessons_of(series.id)


def book(series: Series, *people: Any, by: Any, nth: int = 1, now: Any = NOW, **more: Any) -> list[Booking]:
    details = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE} | more
    lesson_id = lessons(series)[nth - 1].id
    with transaction():
        return book_party(lesson_id, [each.id for each in people], by=by, now=now, **details)


def taken(series: Series) -> list[int]:
    return [one.seats_taken for one in lessons(series)]


def test_booking_one_lesson_books_all_of_the_series(series, by):
    made = book(series, factories.resident(), by=by, text_wished=True)

    assert taken(series) == [1, 1, 1]
    assert [each.lesson_id for each in made] == [one.id for one in lessons(series)]
    assert len({each.party for each in made}) == 1
    assert [each.text_wished for each in made] == [True, False, False], "one confirmation, not one for each lesson"


def test_the_lesson_asked_for_comes_first(series, by):
    made = book(series, factories.resident(), by=by, nth=2)
    assert [each.lesson.part.place for each in made] == [2, 1, 3]


def test_a_couple_with_a_companion_has_three_seats_in_each_lesson(series, by):
    book(series, factories.resident(), factories.resident("ホンダ タダシ"), by=by, companions=1)
    assert taken(series) == [3, 3, 3]


def test_one_full_lesson_refuses_the_series_and_is_named(series, by):
    for n in range(3):
        factories.booking(factories.resident(number=f"+81900000000{n}"), lessons(series)[1])

    with pytest.raises(LessonFull) as refused:
        book(series, factories.resident(), by=by)

    assert refused.value.params == {"free": 0, "day": "7/21"}
    assert "booked as a whole" in refused.value.message
    assert taken(series) == [0, 3, 0]


def test_what_the_clerk_holds_in_one_lesson_is_used_up(series, by):
    with transaction():
        hold_seats(lessons(series)[0].id, 3, by=by, now=NOW)

    book(series, factories.resident(), by=by)

    assert [(one.seats_taken, one.seats_held) for one in lessons(series)] == [(1, 0), (1, 0), (1, 0)]


def test_after_the_first_lesson_the_rest_is_booked_with_a_reason(series, by):
    later = clock.at(FIRST, time(12))
    with pytest.raises(Refusal) as refused:
        book(series, factories.resident(), by=by, nth=2, now=later)
    assert refused.value.code == "booking-closed"

    book(series, factories.resident(), by=by, nth=2, now=later, override_reason="途中から")

    assert taken(series) == [0, 1, 1]


def test_a_cancelled_lesson_is_no_longer_part_of_it(series, by):
    with transaction():
        series_changes.cancel_lessons(
            series.id, series.version, Scope.THIS, lessons(series)[1].id, "台風", by=by, now=NOW
        )

    book(series, factories.resident(), by=by)

    assert taken(series) == [1, 0, 1]


def test_somebody_who_is_booked_in_all_is_told_so(series, by):
    person = factories.resident()
    book(series, person, by=by)

    with pytest.raises(AlreadyBooked):
        book(series, person, by=by)


def test_somebody_who_cancelled_one_lesson_books_that_one_again(series, by):
    person = factories.resident()
    second = book(series, person, by=by)[1]
    with transaction():
        cancel_booking(second.id, "通院", by=by, now=NOW)
    assert taken(series) == [1, 0, 1]

    again = book(series, person, by=by)

    assert (taken(series), len(again)) == ([1, 1, 1], 1)


@pytest.mark.parametrize(
    ("scope", "left"), [(Scope.THIS, [1, 0, 1]), (Scope.LATER, [1, 0, 0]), (Scope.ALL, [0, 0, 0])]
)
def test_cancelling_ends_this_one_this_and_the_later_ones_or_all(series, by, scope, left):
    second = book(series, factories.resident(), by=by)[1]

    with transaction():
        ended = cancel_series_booking(second.id, "体調", scope, by=by, now=NOW)

    assert taken(series) == left
    assert all(each.cancel_reason == "体調" for each in ended)
    assert history.of(f"booking:{second.id}")[0].action == "booking.cancelled"


def test_cancelling_all_leaves_what_was_attended(series, by):
    third = book(series, factories.resident(), by=by)[2]

    with transaction():
        cancel_series_booking(third.id, "体調", Scope.ALL, by=by, now=clock.at(FIRST, time(12)))

    assert taken(series) == [1, 0, 0]


def test_the_rest_of_the_party_stays(series, by):
    mine, theirs = factories.resident(), factories.resident("ホンダ タダシ")
    first = book(series, mine, theirs, by=by)[0]

    with transaction():
        cancel_series_booking(first.id, "体調", Scope.ALL, by=by, now=NOW)

    assert taken(series) == [1, 1, 1]


def test_nothing_is_left_to_cancel_twice(series, by):
    first = book(series, factories.resident(), by=by)[0]
    for _again in range(2):
        if _again:
            with pytest.raises(Refusal) as refused, transaction():
                cancel_series_booking(first.id, "体調", Scope.ALL, by=by, now=NOW)
            assert refused.value.code == "already-cancelled"
        else:
            with transaction():
                cancel_series_booking(first.id, "体調", Scope.ALL, by=by, now=NOW)


def test_no_booking_moves_into_one_lesson_of_a_series_booked_as_a_whole(series, by):
    booking = factories.booking(course_date=factories.lesson(starts_at=NOW + timedelta(days=5)))

    with pytest.raises(Refusal) as refused, transaction():
        move_booking(booking.id, lessons(series)[0].id, by=by, now=NOW)

    assert refused.value.code == "booked-as-a-whole"


def test_nobody_waits_for_one_lesson_of_a_series_booked_as_a_whole(series, by):
    book(series, *(factories.resident() for _ in range(3)), by=by)
    late = factories.resident()

    with pytest.raises(Refusal) as refused, transaction():
        join(lessons(series)[0].id, [late.id], booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=NOW)

    assert refused.value.code == "booked-as-a-whole"


def test_a_lesson_of_a_series_booked_one_by_one_is_booked_alone(app, by):
    typed = SeriesData(
        course_id=factories.course().id, room_id=factories.room().id, start=time(10), minutes=60, seats=3,
        registration=Registration.EACH, pattern=Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=3),
    )  # fmt: skip
    with transaction():
        made = series_actions.add_series(typed, {}, by=by, now=NOW)
        series_changes.move_lessons(made.id, LessonState.OPEN, by=by, now=NOW)

    booking = book(made, factories.resident(), by=by)[0]

    assert taken(made) == [1, 0, 0]
    assert series_queries.bookings_beside(booking) == []
    assert db.session.get_one(Booking, booking.id).text_wished is False
