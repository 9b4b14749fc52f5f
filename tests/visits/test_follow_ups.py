"""「お変わりないか」: whoever did not come without a word and had not answered twice is for a person to ask after."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.desk import call_tasks
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskEnd, CallTaskKind
from supportdesk.jobs import WORK, run_once
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.models import Telephone
from supportdesk.reminders import actions as reminders
from supportdesk.reminders.asked import about, occasion
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, Matter, PersonOutcome, StepName
from supportdesk.visits import actions, follow_ups
from supportdesk.visits.rules import Attendance, ask_how_they_are
from tests import factories
from tests.factories import START as NOW
from tests.visits import rows
from tests.web import Web

LATER = NOW + timedelta(hours=2)
NUMBER = "+81957000002"


@pytest.mark.parametrize(
    ("unanswered", "heard_of", "asks"), [(0, False, False), (1, False, False), (2, False, True), (2, True, False)]
)
def test_two_unanswered_tries_and_nothing_heard_make_somebody_ask(unanswered: int, heard_of: bool, asks: bool) -> None:
    assert ask_how_they_are(unanswered, heard_of=heard_of) is asks


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=NOW)


def called(booking: Booking, lesson: Lesson, *steps: StepName) -> None:
    """Automatic calls of the last working day before, which nobody answered."""
    for step in steps:
        factories.save(
            Message(
                token=f"{booking.id}-{step}", recipient=f"resident:{booking.resident_id}", about=about(booking.id),
                matter=Matter.REMINDER, step=step, occasion=occasion(lesson.starts_at), channel=Channel.VOICE,
                number=NUMBER, body="教室のご案内", window="call", due_at=NOW, not_after=NOW,
                status=MessageStatus.NOT_ANSWERED,
                claimed_at=NOW - timedelta(days=1), created_at=NOW - timedelta(days=2),
            )
        )  # fmt: skip


def did_not_come(booking: Booking, word: Attendance = Attendance.NO_SHOW) -> None:
    mark(booking, word, NOW)


def mark(booking: Booking, word: Attendance, now: datetime) -> None:
    by = factories.actor_of(rows.volunteer(db.session.get_one(Lesson, booking.lesson_id).venue))
    key = f"00000000-0000-4000-8000-{booking.id:012}"
    with transaction():
        actions.mark(booking.lesson_id, booking.id, word, key=key, by=by, now=now)


def missed(lesson: Lesson, *steps: StepName, **values: object) -> Booking:
    booking = rows.booking(lesson, factories.reminded_by_call(number=NUMBER, **values))
    called(booking, lesson, *steps)
    did_not_come(booking)
    return booking


TWICE = (StepName.LAST, StepName.LAST_AGAIN)


def tasks() -> list[CallTask]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(CallTask).execution_options(populate_existing=True)))


def test_who_did_not_answer_twice_and_did_not_come_is_one_task_of_a_person(lesson: Lesson) -> None:
    booking = missed(lesson, *TWICE)

    assert [follow_ups.raise_follow_ups(LATER) for _ in range(2)] == [1, 0]

    [task] = tasks()
    assert (task.kind, task.booking_id, task.number) == (CallTaskKind.FOLLOW_UP, booking.id, NUMBER)
    assert "民生委員" in task.note and task.due_at > LATER
    assert db.session.query(Message).count() == 2, "nothing is sent to them by machine"


def test_a_persons_tries_count_as_calls_do(lesson: Lesson) -> None:
    booking = rows.booking(lesson, factories.reminded_by_call())
    called(booking, lesson, StepName.LAST)
    with transaction():
        reminders.note_contact(
            booking.id, PersonOutcome.ANSWERING_MACHINE, "", by=HOUSE, now=NOW - timedelta(hours=20)
        )
    did_not_come(booking)

    assert follow_ups.raise_follow_ups(LATER) == 1


@pytest.mark.parametrize("word", [Attendance.CAME, Attendance.ABSENT_NOTIFIED])
def test_who_came_or_told_us_is_not_asked(lesson: Lesson, word: Attendance) -> None:
    booking = rows.booking(lesson, factories.reminded_by_call())
    called(booking, lesson, *TWICE)
    did_not_come(booking, word)

    assert follow_ups.raise_follow_ups(LATER) == 0


def test_one_unanswered_call_is_no_reason(lesson: Lesson) -> None:
    missed(lesson, StepName.LAST)

    assert follow_ups.raise_follow_ups(LATER) == 0


def test_of_whom_we_heard_before_the_lesson_nobody_is_sent_after(lesson: Lesson) -> None:
    talked, answered = (rows.booking(lesson, factories.reminded_by_call(kana)) for kana in ("モリ イチ", "モリ ニ"))
    for booking in (talked, answered):
        called(booking, lesson, *TWICE)
    with transaction():
        reminders.note_contact(talked.id, PersonOutcome.TALKED, "", by=HOUSE, now=NOW - timedelta(hours=3))
        reminders.note_answer(
            answered.id, AnswerKind.WILL_COME, AnsweredBy.RANG_US, "call:7", by=HOUSE, now=NOW - timedelta(hours=3)
        )
    for booking in (talked, answered):
        did_not_come(booking)

    assert follow_ups.raise_follow_ups(LATER) == 0


def test_a_slip_on_the_sheet_has_time_to_be_put_right(lesson: Lesson) -> None:
    missed(lesson, *TWICE)

    assert follow_ups.raise_follow_ups(NOW + timedelta(minutes=5)) == 0
    assert follow_ups.raise_follow_ups(NOW + follow_ups.SETTLED) == 1


def test_when_the_sheet_says_otherwise_later_the_task_ends_by_itself(lesson: Lesson) -> None:
    booking = missed(lesson, *TWICE)
    follow_ups.raise_follow_ups(LATER)

    mark(booking, Attendance.CAME, LATER)
    follow_ups.raise_follow_ups(LATER + timedelta(hours=1))

    [task] = tasks()
    assert (task.end, task.ended_by) == (CallTaskEnd.NOT_NEEDED, HOUSE.name)


def test_who_must_not_be_contacted_is_left_alone_and_who_must_not_be_called_has_no_number(lesson: Lesson) -> None:
    missed(lesson, *TWICE, stopped_at=NOW - timedelta(days=1))
    quiet = missed(lesson, *TWICE, do_not_call=True)

    assert follow_ups.raise_follow_ups(LATER) == 1
    [task] = tasks()
    assert (task.booking_id, task.number) == (quiet.id, "")


def test_a_number_that_was_found_wrong_is_not_given(lesson: Lesson) -> None:
    booking = missed(lesson, *TWICE)
    with transaction() as session:
        session.execute(
            sa.update(Telephone).where(Telephone.resident_id == booking.resident_id).values(wrong_since=NOW)
        )

    assert follow_ups.raise_follow_ups(LATER) == 1
    assert tasks()[0].number == ""


def test_what_is_a_week_old_is_not_dug_up(lesson: Lesson) -> None:
    missed(lesson, *TWICE)

    assert follow_ups.raise_follow_ups(NOW + follow_ups.LOOK_BACK + timedelta(minutes=1)) == 0


def test_it_stands_in_the_list_of_whoever_is_on_duty_and_ends_there(app: Flask, lesson: Lesson, web: Web) -> None:
    missed(lesson, *TWICE)
    with time_machine.travel(LATER, tick=False):
        staff = web.sign_in(factories.user(Role.STAFF))
        assert run_once([one for one in WORK if one.name == "follow-ups"], app) == 0
        page = staff.get("/action-items").text

        assert "お変わりないかの確認" in page and "お越しになりませんでした" in page
        assert "過ぎたもの（0件）" in page, "its lesson is over, the question is not"
        [task] = tasks()
        with transaction():
            call_tasks.end_task(task.id, CallTaskEnd.TALKED, "お元気でした。", by=HOUSE, now=LATER)
        assert follow_ups.raise_follow_ups(LATER + timedelta(hours=1)) == 0
        assert "お越しになりませんでした" not in staff.get("/action-items").text


def test_whose_booking_was_cancelled_is_not_asked_after(lesson: Lesson) -> None:
    booking = missed(lesson, *TWICE)
    with transaction() as session:
        session.execute(sa.update(Booking).where(Booking.id == booking.id).values(cancelled_at=NOW))

    assert follow_ups.raise_follow_ups(LATER) == 0
    assert tasks() == []
