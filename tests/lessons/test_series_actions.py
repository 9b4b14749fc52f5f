from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from supportdesk.core import clock, history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, Refusal
from supportdesk.lessons import series_actions, series_changes, series_queries
from supportdesk.lessons.decision_rules import Choice, Decision, Unsettled
from supportdesk.lessons.models import Booking, Lesson, Series, SeriesLesson
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_changes import Change
from supportdesk.lessons.series_rules import Pattern, Registration, Scope, SeriesRule
from supportdesk.places.models import Room
from tests import factories
from tests.conftest import NOW

FIRST = date(2026, 7, 14)  # a Tuesday; 21 July is no holiday, 20 July is
TUESDAYS = [FIRST + timedelta(weeks=n) for n in range(4)]


def data(room: Room, **values: Any) -> SeriesData:
    pattern = values.pop("pattern", None) or Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=4)
    course_id = values.pop("course_id", None) or factories.course(learners_per_supporter=8).id
    made = {"start": time(10), "minutes": 60, "seats": 8, "registration": Registration.EACH} | values
    return SeriesData(course_id=course_id, room_id=room.id, pattern=pattern, **made)


def add(typed: SeriesData, decisions: Mapping[str, Decision] | None = None, *, by: Actor, **more: Any) -> Series:
    with transaction():
        return series_actions.add_series(typed, decisions or {}, by=by, now=NOW, **more)


def days_of(series: Series) -> list[tuple[int, date, time]]:
    found = series_queries.lessons_of(series.id)
    return [(one.part.place, clock.local(one.starts_at).date(), clock.local(one.starts_at).time()) for one in found]


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_series_is_its_lessons_in_their_order(app, by):
    series = add(data(factories.room()), by=by)

    assert days_of(series) == [(n, day, time(10)) for n, day in enumerate(TUESDAYS, start=1)]
    assert series.size == 4
    first = series_queries.lessons_of(series.id)[0]
    assert (first.state, first.seats) == (LessonState.DRAFT, 8)
    assert clock.local(first.booking_closes_at) == clock.local(clock.at(date(2026, 7, 13), time(17, 15)))
    assert [row.action for row in history.of(f"series:{series.id}")] == ["series.added"]
    assert [row.action for row in history.of(f"lesson:{first.id}")] == ["lesson.added"]


def test_a_series_booked_as_a_whole_has_one_booking_window(app, by):
    series = add(data(factories.room(), registration=Registration.WHOLE), by=by)

    windows = {(one.booking_opens_at, one.booking_closes_at) for one in series_queries.lessons_of(series.id)}

    assert windows == {(clock.at(date(2026, 6, 14), time(8, 30)), clock.at(date(2026, 7, 13), time(17, 15)))}


def test_a_taken_room_is_named_at_its_date_and_nothing_is_made(app, by):
    room = factories.room()
    factories.lesson(room=room, starts_at=clock.at(TUESDAYS[1], time(10, 30)))

    preview = series_actions.preview(data(room), {}, NOW)
    with pytest.raises(Unsettled) as refused:
        add(data(room), by=by)

    assert [row.kinds for row in preview.rows] == ["", "room-taken", "", ""]
    assert refused.value.params["keys"] == ["2026-07-21"]
    assert (count(Series), count(Lesson)) == (0, 1)


def test_each_date_can_be_left_out_moved_or_put_into_another_room(app, by):
    room, other = factories.room(), factories.room()
    for day in TUESDAYS[:3]:
        factories.lesson(room=room, starts_at=clock.at(day, time(10)))
    decisions = {
        "2026-07-14": Decision(Choice.SKIP),
        "2026-07-21": Decision(Choice.ROOM, room_id=other.id),
        "2026-07-28": Decision(Choice.MOVE, day=date(2026, 7, 30), start=time(13, 30)),
    }

    series = add(data(room), decisions, by=by)

    assert days_of(series) == [
        (1, date(2026, 7, 21), time(10)), (2, date(2026, 7, 30), time(13, 30)), (3, date(2026, 8, 4), time(10)),
    ]  # fmt: skip
    assert series_queries.lessons_of(series.id)[0].room_id == other.id
    assert [part.day for part in series.parts] == [date(2026, 7, 21), date(2026, 7, 28), date(2026, 8, 4)]


def test_a_holiday_is_held_with_a_reason_that_stays_on_the_lesson(app, by):
    typed = data(factories.room(), pattern=Pattern(SeriesRule.LISTED, listed=(date(2026, 7, 20),)))
    with pytest.raises(Unsettled):
        add(typed, by=by)

    series = add(typed, {"2026-07-20": Decision(reason="海の日の催し")}, by=by)

    [lesson] = series_queries.lessons_of(series.id)
    assert (lesson.override_reason, lesson.overridden) == ("海の日の催し", "holiday")


def test_a_reason_given_for_what_was_seen_does_not_cover_what_is_new(app, by):
    typed = data(factories.room(), pattern=Pattern(SeriesRule.LISTED, listed=(date(2026, 7, 20),)))

    with pytest.raises(Unsettled):
        add(typed, {"2026-07-20": Decision(reason="よい", seen="")}, by=by)

    assert add(typed, {"2026-07-20": Decision(reason="よい", seen="holiday")}, by=by).size == 1


def test_a_taken_room_is_held_with_no_reason_in_the_world(app, by):
    room = factories.room()
    factories.lesson(room=room, starts_at=clock.at(FIRST, time(10)))

    with pytest.raises(Unsettled):
        add(data(room), {"2026-07-14": Decision(reason="どうしても")}, by=by)


def test_two_dates_of_one_series_are_not_put_into_one_room_at_once(app, by):
    decisions = {"2026-07-21": Decision(Choice.MOVE, day=FIRST, start=time(10, 30))}

    with pytest.raises(Unsettled) as refused:
        add(data(factories.room()), decisions, by=by)

    assert set(refused.value.params["keys"]) == {"2026-07-14", "2026-07-21"}


def test_nothing_is_left_when_every_date_is_left_out(app, by):
    with pytest.raises(Refusal) as refused:
        add(data(factories.room()), {day.isoformat(): Decision(Choice.SKIP) for day in TUESDAYS}, by=by)

    assert refused.value.code == "nothing-left"


def test_the_database_refuses_the_same_date_of_a_series_twice(app, by):
    series, other = add(data(factories.room()), by=by), factories.lesson()

    with pytest.raises(IntegrityError):
        factories.save(SeriesLesson(lesson_id=other.id, series_id=series.id, place=9, day=FIRST))


def test_a_series_goes_over_the_first_of_april(app, by):
    typed = data(factories.room(), pattern=Pattern(SeriesRule.WEEKLY, first_day=FIRST, until=date(2027, 4, 13)))
    skipped = {
        row.wanted.key: Decision(Choice.SKIP) for row in series_actions.preview(typed, {}, NOW).rows if row.refusal
    }

    assert series_actions.preview(typed, skipped, NOW).by_fiscal_year.keys() == {2026, 2027}
    assert date(2027, 4, 6) in [day for _place, day, _start in days_of(add(typed, skipped, by=by))]


def test_five_hundred_dates_ask_the_database_as_often_as_four(app, by):
    def queries(pattern: Pattern) -> int:
        typed, asked = data(factories.room(), pattern=pattern), []
        note = lambda *args: asked.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", note)
        series_actions.preview(typed, {}, NOW)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    few = queries(Pattern(SeriesRule.WEEKLY, first_day=FIRST, times=4))
    many = tuple(FIRST + timedelta(days=n) for n in range(500))

    assert queries(Pattern(SeriesRule.LISTED, listed=many)) == few <= 18


# ---- changes


@pytest.fixture
def planned(app, by) -> Series:
    return add(data(factories.room()), by=by)


def change(series: Series, scope: Scope, nth: int, what: Change, *, by: Actor, now: datetime = NOW, **more: Any):
    lesson = series_queries.lessons_of(series.id)[nth - 1]
    with transaction():
        return series_changes.change_series(
            series.id, more.pop("version", series.version), scope, lesson.id, what, more.pop("decisions", {}),
            by=by, now=now, **more,
        )  # fmt: skip


def starts(series: Series) -> list[time]:
    return [start for _place, _day, start in days_of(series)]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope.THIS, [10, 13, 10, 10]), (Scope.LATER, [10, 13, 13, 13]), (Scope.ALL, [13, 13, 13, 13])],
)
def test_the_hour_changes_in_this_one_this_and_the_later_ones_or_all(planned, by, scope, expected):
    change(planned, scope, 2, Change(start=time(13)), by=by)

    assert starts(planned) == [time(hour) for hour in expected]
    row = history.of(f"series:{planned.id}")[0]
    assert (row.action, row.details["scope"]) == ("series.changed", scope.value)
    assert row.details["changed"] == ({} if scope is Scope.THIS else {"start": ["10:00:00", "13:00:00"]})


def test_a_lesson_that_has_begun_stays_as_it_was(planned, by):
    later = clock.at(TUESDAYS[1], time(10))

    done = change(planned, Scope.ALL, 3, Change(start=time(13)), by=by, now=later)

    assert (starts(planned), done.begun) == ([time(10), time(10), time(13), time(13)], 2)


def test_what_a_lesson_has_of_its_own_stays_unless_that_is_changed(planned, by):
    change(planned, Scope.THIS, 2, Change(seats=5), by=by)
    change(planned, Scope.ALL, 1, Change(start=time(13)), by=by)

    assert [one.seats for one in series_queries.lessons_of(planned.id)] == [8, 5, 8, 8]


def test_fewer_seats_than_are_booked_change_nothing(planned, by):
    lesson = series_queries.lessons_of(planned.id)[2]
    for n in range(3):
        factories.booking(factories.resident(number=f"+81900000000{n}"), lesson)

    with pytest.raises(Unsettled) as refused:
        change(planned, Scope.ALL, 1, Change(seats=2), by=by)

    assert refused.value.params["keys"] == [str(lesson.id)]
    assert {one.seats for one in series_queries.lessons_of(planned.id)} == {8}


def test_a_room_taken_on_one_day_is_named_and_that_lesson_can_stay(planned, by):
    other = factories.room()
    factories.lesson(room=other, starts_at=clock.at(TUESDAYS[2], time(10)))
    third = series_queries.lessons_of(planned.id)[2]
    with pytest.raises(Unsettled):
        change(planned, Scope.ALL, 1, Change(room_id=other.id), by=by)

    done = change(
        planned, Scope.ALL, 1, Change(room_id=other.id), by=by, decisions={str(third.id): Decision(Choice.SKIP)}
    )

    assert [one.room_id == other.id for one in series_queries.lessons_of(planned.id)] == [True, True, False, True]
    assert sum(row.data is not None for row in done.rows) == 3


def test_supporters_change_in_all_that_come(planned, by):
    first, second = factories.supporter(), factories.supporter(name="支援 太郎")
    change(planned, Scope.ALL, 1, Change(supporter_ids=(first.id,)), by=by)
    change(planned, Scope.LATER, 3, Change(supporter_ids=(second.id,)), by=by, version=planned.version)

    found = [[row.supporter_id for row in one.supporters] for one in series_queries.lessons_of(planned.id)]
    assert found == [[first.id], [first.id], [second.id], [second.id]]


def test_the_second_of_two_who_change_a_series_is_told(planned, by):
    seen = planned.version
    change(planned, Scope.ALL, 1, Change(start=time(13)), by=by)

    with pytest.raises(ChangedMeanwhile):
        change(planned, Scope.ALL, 1, Change(start=time(14)), by=by, version=seen)

    assert set(starts(planned)) == {time(13)}


def test_a_booking_that_came_in_since_the_look_is_shown_before_anything_changes(planned, by):
    first = series_queries.lessons_of(planned.id)[0]
    looked = series_changes.effects(planned.id, Scope.ALL, first.id, Change(start=time(13)), {}, NOW)
    before = looked.bookings
    factories.booking(course_date=first)

    with pytest.raises(Refusal) as refused:
        change(planned, Scope.ALL, 1, Change(start=time(13)), by=by, seen=looked.seen)

    assert refused.value.code == "look-again"
    again = series_changes.effects(planned.id, Scope.ALL, first.id, Change(start=time(13)), {}, NOW)
    assert (before, again.bookings, again.times_change) == (0, 1, True)
    change(planned, Scope.ALL, 1, Change(start=time(13)), by=by, seen=again.seen)
    assert set(starts(planned)) == {time(13)}


def test_nothing_named_changes_nothing(planned, by):
    for same in (Change(), Change(start=time(10))):
        with pytest.raises(Refusal) as refused:
            change(planned, Scope.ALL, 1, same, by=by)
        assert refused.value.code == "no-change"


def test_this_and_the_later_lessons_are_cancelled_and_their_bookings_stay(planned, by):
    lessons = series_queries.lessons_of(planned.id)
    booking = factories.booking(course_date=lessons[3])

    with transaction():
        ended = series_changes.cancel_lessons(
            planned.id, planned.version, Scope.LATER, lessons[2].id, "台風", by=by, now=NOW
        )

    assert [one.id for one in ended] == [lessons[2].id, lessons[3].id]
    assert db.session.get_one(Booking, booking.id, populate_existing=True).cancelled_at is None
    row = history.of(f"series:{planned.id}")[0]
    assert (row.action, row.details["lessons"], row.details["bookings"]) == ("series.cancelled", 2, 1)


def test_a_lesson_of_another_series_is_none_of_this_one(planned, by):
    with pytest.raises(Refusal) as refused:
        series_changes.effects(planned.id, Scope.ALL, factories.lesson().id, Change(start=time(9)), {}, NOW)
    assert refused.value.code == "not-of-series"


def test_all_lessons_are_opened_for_booking_at_once(planned, by):
    with transaction():
        moved = series_changes.move_lessons(planned.id, LessonState.OPEN, by=by, now=NOW)

    assert [one.state for one in moved] == [LessonState.OPEN] * 4
    with pytest.raises(Refusal), transaction():
        series_changes.move_lessons(planned.id, LessonState.ROOM_REQUESTED, by=by, now=NOW)


def test_a_lesson_moved_to_another_day_has_the_usual_booking_window_of_that(planned, by):
    lesson = series_queries.lessons_of(planned.id)[1]
    decisions = {str(lesson.id): Decision(Choice.MOVE, day=date(2026, 7, 30))}

    change(planned, Scope.THIS, 2, Change(start=time(13)), by=by, decisions=decisions)

    moved = db.session.get_one(Lesson, lesson.id)
    assert clock.local(moved.starts_at) == clock.local(clock.at(date(2026, 7, 30), time(13)))
    assert moved.booking_closes_at == clock.at(date(2026, 7, 29), time(17, 15))
