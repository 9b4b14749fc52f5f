"""A series afterwards: more lessons, another way of booking, things that go along."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from supportdesk.core import clock, history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from supportdesk.lessons import lengthening, registering, series_actions, series_changes, series_queries
from supportdesk.lessons.bookings import book_party
from supportdesk.lessons.decision_rules import Choice, Decision, Unsettled
from supportdesk.lessons.lengthening_rules import Longer
from supportdesk.lessons.models import Series
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_changes import Change
from supportdesk.lessons.series_rules import Pattern, Registration, Scope, SeriesRule
from supportdesk.lessons.waiting import join
from tests import factories
from tests.conftest import NOW
from tests.factories import Actor

FIRST = date(2026, 7, 15)  # a Wednesday, as five after it that are no holidays
WAY = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE}


def made(by: Actor, registration: Registration, **values: Any) -> Series:
    """Three open Wednesdays of two seats."""
    typed = SeriesData(
        course_id=factories.course(learners_per_supporter=8).id, room_id=factories.room().id, start=time(10),
        minutes=60, registration=registration, pattern=Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=3),
        **{"seats": 2} | values,
    )  # fmt: skip
    with transaction():
        series = series_actions.add_series(typed, {}, by=by, now=NOW)
        series_changes.move_lessons(series.id, LessonState.OPEN, by=by, now=NOW)
    return series


def version(series: Series) -> int:
    db.session.rollback()  # what others wrote since this session began to read
    return db.session.get_one(Series, series.id, populate_existing=True).version


def days(series: Series) -> list[date]:
    return [clock.local_date(one.starts_at) for one in series_queries.lessons_of(series.id)]


def book(series: Series, by: Actor, nth: int = 1, **more: Any) -> int:
    person = factories.resident()
    lesson = series_queries.lessons_of(series.id)[nth - 1]
    with transaction():
        book_party(lesson.id, [person.id], by=by, now=NOW, **WAY, **more)
    return person.id


def longer(series: Series, by: Actor, decisions: dict[str, Decision] | None = None, **asked: Any) -> int:
    seen = asked.pop("seen", None) or version(series)
    with transaction():
        return len(lengthening.lengthen(series.id, seen, Longer(**asked), decisions or {}, by=by, now=NOW))


def test_more_lessons_follow_by_the_same_rule_in_preparation(app: object, by: Actor) -> None:
    thing = factories.thing()
    series = made(by, Registration.EACH, thing_ids=(thing.id,))

    assert longer(series, by, times=2) == 2

    assert days(series) == [FIRST + timedelta(weeks=n) for n in range(5)]
    lessons = series_queries.lessons_of(series.id)
    assert [one.part.place for one in lessons] == [1, 2, 3, 4, 5]
    assert [one.state for one in lessons[3:]] == [LessonState.DRAFT] * 2
    assert [[row.thing_id for row in one.things] for one in lessons] == [[thing.id]] * 5
    series = series_queries.get(series.id)
    assert (series.size, series.times) == (5, 5)
    assert history.of(f"series:{series.id}")[0].action == "series.lengthened"


def test_the_same_run_again_makes_none_twice(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    seen = version(series)
    longer(series, by, until=date(2026, 8, 19), seen=seen)

    with pytest.raises(ChangedMeanwhile):
        longer(series, by, until=date(2026, 8, 19), seen=seen)
    with pytest.raises(Refusal) as refused:
        longer(series, by, until=date(2026, 8, 19))

    assert refused.value.code == "ends-before-it-begins"
    assert len(days(series)) == 6


def test_each_new_date_is_looked_at_and_decided_as_when_it_was_planned(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    taken = FIRST + timedelta(weeks=3)
    factories.lesson(room=series.room, starts_at=clock.at(taken, time(10, 30)))

    with pytest.raises(Unsettled) as refused:
        longer(series, by, times=2)
    assert refused.value.params["keys"] == [taken.isoformat()]
    assert longer(series, by, {taken.isoformat(): Decision(Choice.SKIP)}, times=2) == 1

    assert days(series)[3:] == [FIRST + timedelta(weeks=4)]


def test_whoever_booked_the_whole_is_booked_into_what_comes_to_it(app: object, by: Actor) -> None:
    series = made(by, Registration.WHOLE)
    person = book(series, by, text_wished=True)

    found = lengthening.look(series.id, Longer(times=2), {}, NOW)
    assert [one.resident_id for one in found.booked] == [person]
    longer(series, by, times=2)

    lessons = series_queries.lessons_of(series.id)
    assert [one.seats_taken for one in lessons] == [1] * 5
    assert len({(one.booking_opens_at, one.booking_closes_at) for one in lessons}) == 1


def test_a_whole_that_would_not_fit_into_the_new_lessons_is_not_lengthened(app: object, by: Actor) -> None:
    series = made(by, Registration.WHOLE)
    first = series_queries.lessons_of(series.id)[0].id
    book(series, by, companions=1)
    with transaction():
        change = Change(seats=3)
        series_changes.change_series(series.id, version(series), Scope.ALL, first, change, {}, by=by, now=NOW)
    book(series, by)
    with transaction():
        db.session.get_one(Series, series.id).seats = 2

    with pytest.raises(Refusal) as refused:
        longer(series, by, times=1)

    assert refused.value.code == "too-few-seats"
    assert len(days(series)) == 3


def change(series: Series, to: Registration, by: Actor) -> None:
    with transaction():
        registering.change_registration(series.id, version(series), to, by=by, now=NOW)


def test_from_one_by_one_to_the_whole_bookings_stay_and_booking_closes_for_all(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    book(series, by, nth=2)

    found = registering.look(series.id, NOW)
    assert (found.to, found.whole, found.part) == (Registration.WHOLE, 0, 1)
    change(series, Registration.WHOLE, by)

    lessons = series_queries.lessons_of(series.id)
    assert [one.seats_taken for one in lessons] == [0, 1, 0]
    assert {one.booking_closes_at for one in lessons} == {clock.at(date(2026, 7, 14), time(17, 15))}
    book(series, by)
    assert [one.seats_taken for one in series_queries.lessons_of(series.id)] == [1, 2, 1]


def test_while_somebody_waits_for_one_lesson_it_is_not_booked_as_a_whole(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    first = series_queries.lessons_of(series.id)[0]
    book(series, by)
    book(series, by)
    waits = factories.resident().id
    with transaction():
        join(first.id, [waits], by=by, now=NOW, **WAY)

    with pytest.raises(Refusal) as refused:
        change(series, Registration.WHOLE, by)

    assert refused.value.code == "somebody-waits"
    assert series_queries.get(series.id).registration is Registration.EACH


def test_from_the_whole_to_one_by_one_each_lesson_closes_for_itself(app: object, by: Actor) -> None:
    series = made(by, Registration.WHOLE)
    book(series, by)

    found = registering.look(series.id, NOW)
    assert (found.to, found.whole, found.part) == (Registration.EACH, 1, 0)
    change(series, Registration.EACH, by)

    lessons = series_queries.lessons_of(series.id)
    assert [one.seats_taken for one in lessons] == [1, 1, 1]
    closes = [clock.local_date(one.booking_closes_at) for one in lessons]
    assert closes == [date(2026, 7, 14), date(2026, 7, 21), date(2026, 7, 28)]
    book(series, by, nth=2)
    assert [one.seats_taken for one in series_queries.lessons_of(series.id)] == [1, 2, 1]


def test_bookings_that_changed_since_are_looked_at_once_more(app: object, by: Actor) -> None:
    series = made(by, Registration.EACH)
    seen = registering.look(series.id, NOW).seen
    book(series, by)

    with pytest.raises(Refusal) as refused, transaction():
        registering.change_registration(
            series.id, version(series), Registration.WHOLE, seen=seen, by=by, now=NOW
        )

    assert refused.value.code == "look-again"


def test_things_of_a_series_go_along_and_change_from_one_lesson_on(app: object, by: Actor) -> None:
    first, second = factories.thing("ルーター1号"), factories.thing("ルーター2号")
    series = made(by, Registration.EACH, thing_ids=(first.id,))
    lessons = series_queries.lessons_of(series.id)

    with transaction():
        series_changes.change_series(
            series.id, version(series), Scope.LATER, lessons[1].id, Change(thing_ids=(second.id,)), {}, by=by, now=NOW
        )

    taken = [[row.thing_id for row in one.things] for one in series_queries.lessons_of(series.id)]
    assert taken == [[first.id], [second.id], [second.id]]
    assert [row.thing_id for row in series_queries.get(series.id).things] == [second.id]
