from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, is_sqlite, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.lessons import actions, rules, timetable
from supportdesk.lessons.actions import CourseData, LessonData
from supportdesk.lessons.models import Booking, Course, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from tests import factories

PHOTO = CourseData(title="写真をとる", minutes=60, seats=8, learners_per_supporter=4, title_kana="しゃしんをとる")


@pytest.fixture
def plan(by: Actor) -> LessonData:
    """Wednesday 15 July 2026, 10:00 to 11:00."""
    return LessonData(
        course_id=factories.course().id, room_id=factories.room().id, day=date(2026, 7, 15), start=time(10, 0),
        minutes=60, seats=8,
    )  # fmt: skip


def add(plan: LessonData, by: Actor, now: datetime) -> Lesson:
    with transaction():
        return actions.add_lesson(plan, by=by, now=now)


def book(lesson: Lesson, **values: object) -> Booking:
    """A booking row with one planned text."""
    person = factories.resident("ホンダ ハル", "+819000000001")
    booking = factories.save(
        Booking(
            lesson_id=lesson.id, resident_id=person.id, party="a", booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE, booked_at=factories.START, booked_by_user="職員", **values,
        )
    )  # fmt: skip
    with transaction():
        outbox.put(
            recipient=f"resident:{person.id}", about=f"booking:{booking.id}", matter="reminder", step="first",
            occasion=lesson.starts_at.isoformat(), channel=Channel.SMS, number="+819000000001", body="ご案内",
            sentences=(), window="text", due_at=lesson.starts_at - timedelta(days=1), not_after=lesson.starts_at,
            now=factories.START,
        )  # fmt: skip
    return booking


def test_a_course_keeps_its_topics_and_knows_its_versions(by: Actor, now: datetime) -> None:
    factories.topic("PHOTO")
    factories.topic("CALL", label="電話")
    with transaction():
        course = actions.add_course(replace(PHOTO, topics=("PHOTO",)), by=by, now=now)

    with transaction():
        actions.edit_course(course.id, replace(PHOTO, topics=("CALL", "PHOTO")), 1, by=by, now=now)

    kept = db.session.get_one(Course, course.id)
    assert {row.topic_code for row in kept.topics} == {"CALL", "PHOTO"}
    assert (kept.title_kana, kept.version) == ("シャシンヲトル", 2)
    with pytest.raises(ChangedMeanwhile), transaction():
        actions.edit_course(course.id, PHOTO, 1, by=by, now=now)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "), ("title", "あ" * 81), ("title_kana", "写真"), ("category", "other"), ("minutes", 0),
        ("seats", 0), ("seats", 501), ("learners_per_supporter", 0), ("topics", ("NONE",)), ("bring", "あ" * 201),
    ],
)  # fmt: skip
def test_a_wrong_answer_about_a_course_is_refused_at_its_field(
    by: Actor, now: datetime, field: str, value: object
) -> None:
    with pytest.raises(Refusal) as refused, transaction():
        actions.add_course(replace(PHOTO, **{field: value}), by=by, now=now)
    assert refused.value.field == field


def test_a_new_lesson_is_in_preparation_with_the_usual_window(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)

    assert lesson.state is LessonState.DRAFT
    assert lesson.starts_at == datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
    assert lesson.booking_opens_at == datetime(2026, 6, 14, 23, 30, tzinfo=UTC)
    assert lesson.booking_closes_at == datetime(2026, 7, 14, 8, 15, tzinfo=UTC)


def test_a_room_takes_one_lesson_at_a_time_and_the_refusal_names_the_other(
    plan: LessonData, by: Actor, now: datetime
) -> None:
    add(plan, by, now)

    with pytest.raises(Refusal) as refused:
        add(replace(plan, start=time(10, 59)), by, now)

    assert (refused.value.code, refused.value.field) == ("room-taken", "room_id")
    assert refused.value.params["hours"] == "10:00–11:00"
    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 1


def test_touching_times_are_fine(plan: LessonData, by: Actor, now: datetime) -> None:
    for start in (time(10, 0), time(11, 0), time(9, 0)):
        add(replace(plan, start=start), by, now)
    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 3


def test_a_lesson_cannot_be_moved_onto_another(plan: LessonData, by: Actor, now: datetime) -> None:
    add(plan, by, now)
    second = add(replace(plan, start=time(13, 0)), by, now)

    with pytest.raises(Refusal) as refused, transaction():
        actions.edit_lesson(second.id, replace(plan, start=time(10, 30)), 1, by=by, now=now)

    assert refused.value.code == "room-taken"
    assert db.session.get_one(Lesson, second.id).starts_at == datetime(2026, 7, 15, 4, 0, tzinfo=UTC)


def test_a_cancelled_lesson_frees_its_room(plan: LessonData, by: Actor, now: datetime) -> None:
    first = add(plan, by, now)
    with transaction():
        actions.cancel_lesson(first.id, "講師の都合", by=by, now=now)

    add(plan, by, now)

    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 2


def test_insert_or_replace_cannot_push_a_lesson_out_of_its_room(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)
    names = [column.name for column in Lesson.__table__.columns if column.name not in ("id", "external_id")]
    shown = ", ".join(names)
    verb = "INSERT OR REPLACE INTO" if is_sqlite() else "INSERT INTO"

    with pytest.raises(sa.exc.IntegrityError, match="ex_lesson_room"), transaction() as session:
        session.execute(
            sa.text(f"{verb} lesson (id, {shown}) SELECT id + 1000, {shown} FROM lesson WHERE id = {lesson.id}")
        )

    assert db.session.scalars(sa.select(Lesson.id)).all() == [lesson.id]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": date(2026, 7, 5)}, "day"), ({"day": date(2206, 7, 15)}, "day"), ({"minutes": 0}, "minutes"),
        ({"start": time(23, 30)}, "minutes"), ({"seats": 0}, "seats"), ({"least": 9}, "least"),
        ({"room_id": 999}, "room_id"), ({"course_id": 999}, "course_id"), ({"supporter_ids": (999,)}, "supporter_ids"),
        ({"note": "あ" * 401}, "note"),
        ({"booking_closes_at": datetime(2026, 7, 16, tzinfo=UTC)}, "booking_closes_at"),
    ],
)  # fmt: skip
def test_a_wrong_answer_about_a_lesson_is_refused_at_its_field(
    plan: LessonData, by: Actor, now: datetime, change: dict[str, object], field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        add(replace(plan, **change), by, now)
    assert refused.value.field == field


def test_a_closed_venue_takes_no_new_lesson(plan: LessonData, by: Actor, now: datetime) -> None:
    room = factories.room(factories.venue(closed_at=now))
    with pytest.raises(Refusal) as refused:
        add(replace(plan, room_id=room.id), by, now)
    assert refused.value.code == "venue-closed"


def test_seats_cannot_be_taken_away_from_people_who_booked(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = factories.lesson(seats=8, seats_taken=5, seats_held=1)
    kept = replace(plan, room_id=lesson.room_id, course_id=lesson.course_id)

    with pytest.raises(Refusal) as refused, transaction():
        actions.edit_lesson(lesson.id, replace(kept, seats=5), 1, by=by, now=now)

    assert refused.value.params == {"taken": 5, "held": 1}
    with transaction():
        assert actions.edit_lesson(lesson.id, replace(kept, seats=6), 1, by=by, now=now).seats == 6


def test_supporters_alone_make_a_new_version(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)
    helper = factories.supporter()

    with transaction():
        actions.edit_lesson(lesson.id, replace(plan, supporter_ids=(helper.id,)), 1, by=by, now=now)

    kept = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert ([row.supporter_id for row in kept.supporters], kept.version) == ([helper.id], 2)
    assert history.of(f"lesson:{lesson.id}")[0].details["changed"] == {"supporters": [[], [helper.id]]}


def test_a_new_start_takes_back_what_was_to_be_said_about_the_old_one(
    plan: LessonData, by: Actor, now: datetime
) -> None:
    lesson = add(plan, by, now)
    book(lesson)

    with transaction():
        actions.edit_lesson(lesson.id, replace(plan, note="鍵は事務室"), 1, by=by, now=now)
    assert db.session.scalars(sa.select(Message.status)).one() is MessageStatus.PLANNED

    with transaction():
        actions.edit_lesson(lesson.id, replace(plan, start=time(13, 0)), 2, by=by, now=now)
    assert db.session.scalars(sa.select(Message.status)).one() is MessageStatus.WITHDRAWN


def test_a_state_moves_on_and_is_written_down(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)

    with transaction():
        actions.move_state(lesson.id, LessonState.OPEN, by=by, now=now)

    assert db.session.get_one(Lesson, lesson.id).state is LessonState.OPEN
    newest = history.of(f"lesson:{lesson.id}")[0]
    assert (newest.action, newest.details) == ("lesson.moved", {"old": "draft", "new": "open"})


def test_the_second_of_two_clerks_who_move_a_lesson_is_told(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)
    with transaction():
        actions.move_state(lesson.id, LessonState.ROOM_REQUESTED, seen=LessonState.DRAFT, by=by, now=now)

    with pytest.raises(Refusal) as refused, transaction():
        actions.move_state(lesson.id, LessonState.OPEN, seen=LessonState.DRAFT, by=by, now=now)

    assert refused.value.code == "moved-meanwhile"


def test_cancelling_needs_a_reason(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = add(plan, by, now)
    with pytest.raises(Refusal), transaction():
        actions.move_state(lesson.id, LessonState.CANCELLED, by=by, now=now)
    with pytest.raises(Refusal) as refused, transaction():
        actions.cancel_lesson(lesson.id, " 　", by=by, now=now)
    assert refused.value.field == "cancel_reason"


def test_a_cancelled_lesson_keeps_its_bookings_and_takes_back_their_messages(by: Actor, now: datetime) -> None:
    lesson = factories.lesson(seats_taken=1)
    booking = book(lesson)

    with transaction():
        actions.cancel_lesson(lesson.id, "台風のため", by=by, now=now)

    kept = db.session.get_one(Lesson, lesson.id)
    assert (kept.state, kept.cancelled_at, kept.cancel_reason) == (LessonState.CANCELLED, now, "台風のため")
    assert db.session.get_one(Booking, booking.id).cancelled_at is None
    assert db.session.scalars(sa.select(Message.status)).one() is MessageStatus.WITHDRAWN
    assert [row.action for row in history.of(f"booking:{booking.id}")] == ["booking.lesson_cancelled"]
    with pytest.raises(Refusal), transaction():
        actions.cancel_lesson(lesson.id, "もう一度", by=by, now=now)


@pytest.mark.parametrize("state", [state for state in LessonState if LessonState.CANCELLED in rules.MOVES[state]])
def test_a_cancelled_lesson_is_public_exactly_if_it_was(by: Actor, now: datetime, state: LessonState) -> None:
    lesson = factories.lesson(state=state)
    with transaction():
        actions.cancel_lesson(lesson.id, "台風のため", by=by, now=now)

    kept = db.session.get_one(Lesson, lesson.id)
    assert kept.cancelled_from == state
    assert kept.is_public is (state in (LessonState.OPEN, LessonState.CLOSED))
    assert (db.session.scalar(sa.select(Lesson.id).where(timetable.public())) is not None) is kept.is_public


@pytest.mark.parametrize("state", [state for state in LessonState if state is not LessonState.CANCELLED])
def test_the_query_and_the_row_agree_on_what_is_public(app: Flask, state: LessonState) -> None:
    lesson = factories.lesson(state=state)

    assert (db.session.scalar(sa.select(Lesson.id).where(timetable.public())) is not None) is lesson.is_public
    assert db.session.scalar(sa.select(Lesson.id).where(timetable.public(also=[state]))) == lesson.id


def test_a_lesson_that_is_over_is_not_edited(plan: LessonData, by: Actor, now: datetime) -> None:
    lesson = factories.lesson(state=LessonState.RECORDED)
    with pytest.raises(Refusal) as refused, transaction():
        actions.edit_lesson(lesson.id, plan, 1, by=by, now=now)
    assert refused.value.code == "lesson-over"


def test_a_lesson_that_is_not_there_is_not_found(plan: LessonData, by: Actor, now: datetime) -> None:
    for act in (
        lambda: actions.edit_lesson(999, plan, 1, by=by, now=now),
        lambda: actions.move_state(999, LessonState.OPEN, by=by, now=now),
        lambda: actions.cancel_lesson(999, "なし", by=by, now=now),
    ):
        with pytest.raises(NotFound), transaction():
            act()
