from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from supportdesk.core import clock, history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import copying, series_actions
from supportdesk.lessons.decision_rules import Choice, Decision, Unsettled
from supportdesk.lessons.models import Lesson, LessonCopy, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_rules import Pattern, Registration, SeriesRule
from tests import factories
from tests.conftest import NOW

JULY = date(2026, 7, 1)


def lesson_on(day: date, hour: time = time(10), **values: object) -> Lesson:
    return factories.lesson(starts_at=clock.at(day, hour), **values)  # type: ignore[arg-type]


def copy(decisions: Mapping[str, Decision] | None = None, *, by: Actor, district: str = "") -> list[Lesson]:
    with transaction():
        return copying.copy_month(JULY, district, decisions or {}, by=by, now=NOW)


def starts(lessons: list[Lesson]) -> list[str]:
    return [f"{clock.local(one.starts_at):%Y-%m-%d %H:%M}" for one in lessons]


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Lesson)) or 0


def test_a_lesson_goes_to_the_same_weekday_of_the_same_week(app, by):
    helper = factories.supporter()
    third_wednesday = lesson_on(date(2026, 7, 15), seats=6, note="鍵は事務室")
    factories.save(LessonSupporter(lesson_id=third_wednesday.id, supporter_id=helper.id))
    lesson_on(date(2026, 7, 7), time(13, 30))

    made = copy(by=by)

    assert starts(made) == ["2026-08-04 13:30", "2026-08-19 10:00"]
    second = made[1]
    assert (second.state, second.seats, second.note, second.seats_taken) == (LessonState.DRAFT, 6, "鍵は事務室", 0)
    assert [row.supporter_id for row in second.supporters] == [helper.id]
    assert clock.local(second.booking_opens_at).date() == date(2026, 7, 20)
    assert [row.action for row in history.of("month:2026-07")] == ["lessons.copied"]


def test_copied_again_makes_nothing_twice_and_says_what_is_there(app, by):
    first = lesson_on(date(2026, 7, 15))
    [copied] = copy(by=by)
    later = lesson_on(date(2026, 7, 16))

    preview = copying.preview_copy(JULY, "", {}, NOW)

    assert [(old.id, new.id) for old, new in preview.there] == [(first.id, copied.id)]
    assert [row.wanted.key for row in preview.rows] == [str(later.id)]
    assert len(copy(by=by)) == 1
    with pytest.raises(Refusal) as refused:
        copy(by=by)
    assert (refused.value.code, count()) == ("nothing-left", 4)


def test_a_copy_that_was_moved_is_still_there(app, by):
    lesson_on(date(2026, 7, 15))
    [copied] = copy(by=by)
    with transaction():
        moved = db.session.get_one(Lesson, copied.id)
        moved.starts_at, moved.ends_at = clock.at(date(2026, 8, 20), time(9)), clock.at(date(2026, 8, 20), time(10))

    assert copying.preview_copy(JULY, "", {}, NOW).made == 0


def test_what_was_planned_by_hand_just_so_is_left_alone(app, by):
    old = lesson_on(date(2026, 7, 15))
    room = db.session.get_one(factories.Room, old.room_id)
    course = db.session.get_one(factories.Course, old.course_id)
    same = lesson_on(date(2026, 8, 19), room=room, course=course)

    preview = copying.preview_copy(JULY, "", {}, NOW)

    assert [(one.id, new.id) for one, new in preview.there] == [(old.id, same.id)]


def test_the_fifth_week_of_a_month_that_has_none_is_asked_about(app, by):
    fifth = lesson_on(date(2026, 7, 29))
    with pytest.raises(Unsettled):
        copy(by=by)
    with pytest.raises(Unsettled):
        copy({str(fifth.id): Decision(Choice.MOVE, start=time(9))}, by=by)

    made = copy({str(fifth.id): Decision(Choice.MOVE, day=date(2026, 8, 27))}, by=by)

    assert starts(made) == ["2026-08-27 10:00"]


def test_a_taken_room_and_a_holiday_are_named(app, by):
    old = lesson_on(date(2026, 7, 15))
    lesson_on(date(2026, 8, 19), time(10, 30), room=db.session.get_one(factories.Room, old.room_id))
    lesson_on(date(2026, 7, 14), time(9))  # the second Tuesday goes to Tuesday 11 August, the mountain day

    rows = copying.preview_copy(JULY, "", {}, NOW).rows

    assert [row.kinds for row in rows] == ["holiday", "room-taken"]


def test_one_district_alone_is_copied(app, by):
    factories.district("KCN")
    factories.district("KZS", name="加津佐")
    lesson_on(date(2026, 7, 15), room=factories.room(factories.venue(district_code="KCN")))
    lesson_on(date(2026, 7, 16), room=factories.room(factories.venue(district_code="KZS")))

    assert starts(copy(by=by, district="KZS")) == ["2026-08-20 10:00"]


def test_cancelled_lessons_and_series_booked_as_a_whole_stay_where_they_are(app, by):
    lesson_on(date(2026, 7, 15), state=LessonState.CANCELLED, cancelled_at=NOW)
    typed = SeriesData(
        course_id=factories.course().id, room_id=factories.room().id, start=time(10), minutes=60, seats=3,
        registration=Registration.WHOLE, pattern=Pattern(SeriesRule.WEEKLY, first_day=date(2026, 7, 14), times=2),
    )  # fmt: skip
    with transaction():
        series_actions.add_series(typed, {}, by=by, now=NOW)

    preview = copying.preview_copy(JULY, "", {}, NOW)

    assert (preview.rows, preview.whole) == ([], 2)


def test_the_database_refuses_a_second_copy_of_a_lesson(app, by):
    old = lesson_on(date(2026, 7, 15))
    copy(by=by)

    with pytest.raises(IntegrityError):
        factories.save(LessonCopy(lesson_id=lesson_on(date(2026, 8, 5)).id, from_lesson_id=old.id))


def test_a_long_month_asks_the_database_as_often_as_a_short_one(app, by):
    def queries() -> int:
        asked: list[str] = []
        note = lambda *args: asked.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", note)
        copying.preview_copy(JULY, "", {}, NOW)
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    lesson_on(date(2026, 7, 15))
    few = queries()
    for day in range(6, 29):
        lesson_on(date(2026, 7, day), time(15))

    assert queries() == few <= 20
