"""The plan on both databases: what it puts, leaves, amends and takes back, and what is asked right before a call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import HOUSE
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.messages import outbox
from supportdesk.messages.models import Message, NumberNote
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Resident, Telephone
from supportdesk.people.rules import Wish
from supportdesk.reminders import actions, planning
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, PersonOutcome
from tests import factories
from tests.statements import count_queries

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
FIRST, LAST = datetime(2026, 7, 10, 1, 0, tzinfo=UTC), datetime(2026, 7, 14, 1, 0, tzinfo=UTC)


def messages(*statuses: MessageStatus) -> Sequence[Message]:
    db.session.rollback()
    db.session.expire_all()
    wanted = [Message.status.in_(statuses)] if statuses else []
    return db.session.scalars(sa.select(Message).where(*wanted).order_by(Message.due_at, Message.id)).all()


def planned() -> list[tuple[str, datetime]]:
    return [(m.step, m.due_at) for m in messages(MessageStatus.PLANNED)]


def change(row: Lesson | Booking | Resident | Telephone | Message, **values: object) -> None:
    with transaction():
        fresh = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(fresh, name, value)


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


def test_a_tried_mobile_gets_two_texts_on_the_third_and_on_the_last_working_day_before(
    lesson: Lesson, now: datetime
) -> None:
    factories.booking(factories.reminded_by_text(), lesson)

    counts = planning.plan(now)

    assert counts == {"put": 2}
    assert planned() == [("first", FIRST), ("last", LAST)]
    assert {m.channel for m in messages()} == {Channel.SMS}
    assert "7月15日(水)午前10時から" in messages()[0].body


def test_planning_again_puts_and_changes_nothing(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    factories.booking(factories.reminded_by_call(), lesson, text_wished=True)
    planning.plan(now)

    assert planning.plan(now) == {}
    assert planning.plan(now + timedelta(hours=1)) == {}


def test_a_lesson_in_three_weeks_is_not_planned_yet(app: Flask, now: datetime) -> None:
    later = factories.lesson(starts_at=WEDNESDAY + timedelta(days=14))
    factories.booking(factories.reminded_by_text(), later)

    assert planning.plan(now) == {}
    assert planning.plan(now + timedelta(days=10)) == {"put": 2}


def test_a_wished_confirmation_does_not_wait_for_the_fortnight(app: Flask, now: datetime) -> None:
    later = factories.lesson(starts_at=WEDNESDAY + timedelta(days=28))
    factories.booking(factories.reminded_by_text(), later, text_wished=True, booked_at=now)

    planning.plan(now)

    assert next((m.matter, m.due_at) for m in messages()) == ("confirmation", now)


def test_a_moved_lesson_is_announced_anew_and_the_old_words_are_taken_back(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    change(lesson, starts_at=WEDNESDAY + timedelta(days=1), ends_at=WEDNESDAY + timedelta(days=1, hours=1))

    assert planning.plan(now) == {"put": 2, "withdrawn": 2}
    assert planned() == [("first", datetime(2026, 7, 13, 1, 0, tzinfo=UTC)), ("last", WEDNESDAY)]
    assert {m.reason for m in messages(MessageStatus.WITHDRAWN)} == {"lesson-moved"}


def test_a_lesson_moved_out_of_the_fortnight_takes_its_messages_along(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    far = WEDNESDAY + timedelta(days=28)
    change(lesson, starts_at=far, ends_at=far + timedelta(hours=1))

    assert planning.plan(now)["withdrawn"] == 2


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("booking", "booking-cancelled"),
        ("lesson", "lesson-cancelled"),
        ("resident", "contact-stopped"),
        ("wish", "wish-changed"),
        ("consent", "wish-changed"),
    ],
)
def test_what_is_no_longer_asked_for_is_taken_back(lesson: Lesson, now: datetime, what: str, reason: str) -> None:
    person = factories.reminded_by_text()
    booking = factories.booking(person, lesson)
    planning.plan(now)
    match what:
        case "booking":
            change(booking, cancelled_at=now)
        case "lesson":
            change(lesson, cancelled_at=now, state=LessonState.CANCELLED)
        case "resident":
            change(person, stopped_at=now)
        case "wish":
            change(person, wish=Wish.CARD)
        case "consent":
            change(person, consent_on=None)

    assert planning.plan(now) == {"withdrawn": 2}
    assert {m.reason for m in messages()} == {reason}
    assert planning.plan(now) == {}


def test_who_is_contacted_again_after_a_stop_is_reminded_again(lesson: Lesson, now: datetime) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, lesson)
    planning.plan(now)
    change(person, stopped_at=now)
    planning.plan(now)
    change(person, stopped_at=None)

    assert planning.plan(now) == {"put": 2}
    assert planning.plan(now) == {}
    assert planned() == [("first", FIRST), ("last", LAST)]


def test_a_new_number_changes_the_planned_message_in_place(lesson: Lesson, now: datetime) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, lesson)
    planning.plan(now)
    telephone = db.session.scalars(sa.select(Telephone)).one()
    change(telephone, number="+819000000009")

    assert planning.plan(now) == {"amended": 2}
    assert {m.number for m in messages()} == {"+819000000009"}


def test_a_new_wish_turns_the_planned_text_into_a_call(lesson: Lesson, now: datetime) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, lesson)
    planning.plan(now)
    change(person, wish=Wish.CALL)

    planning.plan(now)

    assert {(m.channel, m.body) for m in messages(MessageStatus.PLANNED)} == {(Channel.VOICE, "")}
    assert all("クチノツコウミンカン" in " ".join(m.sentences) for m in messages())


def test_what_has_left_is_neither_changed_nor_repeated(lesson: Lesson, now: datetime) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, lesson)
    planning.plan(now)
    sent = messages()[0]
    change(sent, status=MessageStatus.SENT)
    change(db.session.scalars(sa.select(Telephone)).one(), number="+819000000009")

    assert planning.plan(now) == {"amended": 1}
    assert [m.number for m in messages(MessageStatus.SENT)] == ["+819000000001"]


def test_the_wait_a_busy_provider_asked_for_is_kept(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    change(messages()[0], tries=1, due_at=FIRST + timedelta(minutes=4))

    assert planning.plan(FIRST) == {}


def test_a_call_that_nobody_answered_is_tried_once_more(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_call(), lesson)
    planning.plan(now)
    last = next(m for m in messages() if m.step == "last")
    change(last, status=MessageStatus.NOT_ANSWERED)

    planning.plan(LAST + timedelta(minutes=5))

    assert ("last-again", datetime(2026, 7, 14, 6, 0, tzinfo=UTC)) in planned()
    change(next(m for m in messages() if m.step == "last-again"), status=MessageStatus.NOT_ANSWERED)
    assert planning.plan(LAST + timedelta(hours=6)) == {}


def test_a_couple_on_one_number_hears_one_call_for_both(lesson: Lesson, now: datetime) -> None:
    for kana in ("ホンダ タダシ", "ホンダ ハル"):
        factories.booking(factories.reminded_by_call(kana), lesson, party="couple")

    planning.plan(now)

    assert planned() == [("first", FIRST), ("last", LAST)]
    assert all("おふたりぶん" in " ".join(m.sentences) for m in messages())


def test_a_message_for_a_couple_counts_who_comes_along(lesson: Lesson, now: datetime) -> None:
    for kana, companions in (("モリ イチ", 1), ("モリ ニ", 0)):
        factories.booking(factories.reminded_by_text(kana), lesson, party="p", companions=companions)

    planning.plan(now)

    assert all(m.body.startswith("【スマホ相談】ご案内(3人分) ") for m in messages()) and messages()


def test_who_of_a_couple_answers_for_themselves_leaves_the_other_to_be_told(lesson: Lesson, now: datetime) -> None:
    both = [factories.booking(factories.reminded_by_text(kana), lesson, party="p") for kana in ("モリ イチ", "モリ ニ")]
    planning.plan(now)
    with transaction():
        actions.note_answer(both[0].id, AnswerKind.WILL_COME, AnsweredBy.RANG_US, "call:1", by=HOUSE, now=now)

    planning.plan(now)

    left = messages(MessageStatus.PLANNED)
    assert {m.about for m in left} == {f"booking:{both[1].id}"}
    assert not any("お二人分" in m.body for m in left)


def test_when_one_of_a_couple_cancels_the_other_is_still_told(lesson: Lesson, now: datetime) -> None:
    pair = [
        factories.booking(factories.reminded_by_text(kana), lesson, party="couple")
        for kana in ("ホンダ タダシ", "ホンダ ハル")
    ]
    planning.plan(now)
    change(pair[0], cancelled_at=now)

    planning.plan(now)

    assert {m.about for m in messages(MessageStatus.PLANNED)} == {f"booking:{pair[1].id}"}
    assert not any("お二人分" in m.body for m in messages(MessageStatus.PLANNED))


def couple(lesson: Lesson, number: str = "+81957000002") -> list[Booking]:
    return [
        factories.booking(factories.reminded_by_call(kana, number), lesson, party="couple")
        for kana in ("ホンダ タダシ", "ホンダ ハル")
    ]


def planned_of(booking: Booking) -> list[str]:
    return [m.step for m in messages(MessageStatus.PLANNED) if m.about == f"booking:{booking.id}"]


@pytest.mark.parametrize("status", ["claimed", "sent", "answered", "unknown"])
def test_who_was_told_together_with_another_is_not_told_again_when_that_one_cancels(
    lesson: Lesson, now: datetime, status: str
) -> None:
    his, hers = couple(lesson)
    planning.plan(now)
    change(messages()[0], status=MessageStatus(status))
    change(his, cancelled_at=FIRST + timedelta(hours=1))

    planning.plan(FIRST + timedelta(hours=1))

    assert planned_of(hers) == ["last"]


def test_the_second_try_of_a_call_for_two_comes_also_when_one_of_them_cancels(lesson: Lesson, now: datetime) -> None:
    his, hers = couple(lesson)
    planning.plan(now)
    change(messages()[1], status=MessageStatus.NOT_ANSWERED)
    change(his, cancelled_at=LAST + timedelta(hours=1))

    planning.plan(LAST + timedelta(hours=1))

    assert planned_of(hers) == ["last-again"]


def test_a_call_to_a_shared_mobile_stands_for_no_text_to_it(lesson: Lesson, now: datetime) -> None:
    his = factories.booking(factories.reminded_by_call(number="+819000000001"), lesson, party="couple")
    hers = factories.booking(factories.reminded_by_text(number="+819000000001"), lesson, party="couple")
    planning.plan(now)
    [call] = [m for m in messages() if (m.about, m.step) == (f"booking:{his.id}", "first")]
    change(call, status=MessageStatus.ANSWERED)
    change(hers.resident, stopped_at=now)
    planning.plan(now)
    change(hers.resident, stopped_at=None)

    planning.plan(now)

    assert planned_of(hers) == ["first", "last"]


def test_who_moved_to_another_number_meanwhile_is_told_there(lesson: Lesson, now: datetime) -> None:
    his, hers = couple(lesson)
    planning.plan(now)
    change(messages()[1], status=MessageStatus.ANSWERED)
    telephone = db.session.scalars(sa.select(Telephone).where(Telephone.resident_id == hers.resident_id)).one()
    change(telephone, number="+81957000003")

    planning.plan(LAST + timedelta(hours=1))

    assert planned_of(hers) == ["last"]
    assert his.cancelled_at is None


def test_a_number_that_opted_out_is_not_planned_again_and_again(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    with transaction() as session:
        session.add(NumberNote(number="+819000000001", opted_out_at=now))

    assert planning.plan(now) == {"withdrawn": 2}
    assert planning.plan(now) == {}


def test_two_planners_at_once_plan_each_step_once(lesson: Lesson, app: Flask, now: datetime) -> None:
    for n in range(6):
        factories.booking(factories.reminded_by_text(number=f"+81900000010{n}"), lesson)
    together, failures = threading.Barrier(2), []

    def run() -> None:
        with app.app_context():
            together.wait()
            try:
                planning.plan(now)
            except Exception as problem:  # noqa: BLE001
                failures.append(problem)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(messages()) == 12


def test_the_plan_asks_the_same_number_of_queries_for_one_booking_and_for_forty(
    lesson: Lesson, app: Flask, now: datetime
) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    one = count_queries(lambda: planning.plan(now))
    for n in range(10, 49):
        date_of = lesson if n < 14 else factories.lesson(starts_at=WEDNESDAY + timedelta(minutes=n))
        factories.booking(factories.reminded_by_text(number=f"+8190000001{n}"), date_of)
    planning.plan(now)

    # Some of them look for offers, results of draws and duties.
    assert one == count_queries(lambda: planning.plan(now)) == 15


def test_a_wanted_message_may_leave(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)

    assert planning.unwanted(messages(), LAST) == {}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("booking", "booking-cancelled"),
        ("lesson", "lesson-cancelled"),
        ("moved", "lesson-moved"),
        ("stopped", "contact-stopped"),
        ("number", "number-changed"),
        ("consent", "wish-changed"),
        ("told", "told-by-person"),
        ("begun", "lesson-started"),
    ],
)
def test_right_before_the_call_a_message_is_unwanted_when(
    lesson: Lesson, now: datetime, by: factories.Actor, what: str, reason: str
) -> None:
    person = factories.reminded_by_text()
    booking = factories.booking(person, lesson)
    planning.plan(now)
    claimed = messages()
    moment = LAST
    match what:
        case "booking":
            change(booking, cancelled_at=now)
        case "lesson":
            change(lesson, cancelled_at=now)
        case "moved":
            change(lesson, starts_at=WEDNESDAY + timedelta(minutes=30))
        case "stopped":
            change(person, stopped_at=now)
        case "number":
            change(db.session.scalars(sa.select(Telephone)).one(), number="+819000000009")
        case "consent":
            change(person, consent_on=None)
        case "told":
            with transaction():
                actions.note_contact(booking.id, PersonOutcome.TALKED, "", by=by, now=now)
        case "begun":
            moment = WEDNESDAY

    assert planning.unwanted(claimed, moment) == {m.id: reason for m in claimed}


@pytest.mark.parametrize("remind", [factories.reminded_by_text, factories.reminded_by_call])
@pytest.mark.parametrize("what", ["hall", "one-cancels", "hall-of-two-lessons"])
def test_right_before_the_call_nothing_leaves_that_names_the_old_hall_or_one_person_too_many(
    lesson: Lesson, now: datetime, what: str, remind: Callable[[str], Resident]
) -> None:
    elsewhere = factories.venue(name="加津佐公民館", short_name="加津佐公民館", name_kana="カヅサコウミンカン")
    later = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=3))
    factories.booking(remind("モリ イチ"), lesson, party="p")
    second = factories.booking(remind("モリ ニ"), later if what == "hall-of-two-lessons" else lesson, party="p")
    planning.plan(now)
    last = [m for m in messages() if m.step == "last"]
    assert planning.unwanted(last, LAST) == {}
    if what == "one-cancels":
        change(second, cancelled_at=now)
    else:
        change(later if what == "hall-of-two-lessons" else lesson, venue_id=elsewhere.id)

    assert planning.unwanted(last, LAST) == {last[0].id: "says-otherwise"}
    planning.plan(now)
    again = [m for m in messages(MessageStatus.PLANNED) if m.step == "last"]
    assert planning.unwanted(again, LAST) == {}


def test_a_person_who_wants_no_calls_any_more_is_not_rung(lesson: Lesson, now: datetime) -> None:
    person = factories.reminded_by_call()
    factories.booking(person, lesson)
    planning.plan(now)
    claimed = messages()
    change(person, do_not_call=True)

    assert set(planning.unwanted(claimed, LAST).values()) == {"wish-changed"}


def test_messages_of_other_rooms_are_not_ours_to_stop(app: Flask, now: datetime) -> None:
    with transaction():
        outbox.put(
            recipient="resident:1", about="telephone:1", matter="contact-test", step="once", occasion="x",
            channel=Channel.SMS, number="+819000000001", body="連絡テスト", sentences=[], window="text",
            due_at=now, not_after=now + timedelta(hours=1), now=now,
        )  # fmt: skip

    assert planning.unwanted(messages(), now) == {}
    planning.plan(now)
    assert len(messages(MessageStatus.PLANNED)) == 1


def test_a_closed_day_of_the_office_moves_the_notice(lesson: Lesson, now: datetime) -> None:
    from supportdesk.office.models import ClosedDay

    factories.save(ClosedDay(day=date(2026, 7, 14), reason="庁舎の停電"))
    factories.booking(factories.reminded_by_text(), lesson)

    planning.plan(now)

    assert planned()[-1] == ("last", datetime(2026, 7, 13, 1, 0, tzinfo=UTC))


def test_the_office_may_choose_another_hour(lesson: Lesson, now: datetime) -> None:
    with transaction():
        office_settings.change(notice_time="13:00")
    factories.booking(factories.reminded_by_text(), lesson)

    planning.plan(now)

    assert planned()[0] == ("first", FIRST + timedelta(hours=3))


def test_a_text_that_failed_is_followed_by_a_call_and_never_by_two(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    first, last = messages()
    change(first, status=MessageStatus.DELIVERED)
    change(last, status=MessageStatus.FAILED, handed_over_at=LAST, ended_at=LAST + timedelta(minutes=1))

    assert planning.plan(LAST + timedelta(minutes=2)) == {"put": 1}
    assert planning.plan(LAST + timedelta(minutes=3)) == {}
    assert [(m.step, m.channel) for m in messages(MessageStatus.PLANNED)] == [("by-call", Channel.VOICE)]


def test_a_call_after_a_text_is_taken_back_when_its_receipt_comes_first(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    last = messages()[-1]
    change(last, status=MessageStatus.SENT, handed_over_at=LAST)
    planning.plan(LAST + timedelta(hours=2))
    call = messages(MessageStatus.PLANNED)[-1]
    change(last, status=MessageStatus.DELIVERED)

    assert planning.unwanted([call], LAST + timedelta(hours=4)) == {call.id: "only-if-not-arrived"}


def test_an_answer_of_theirs_takes_back_what_is_waiting(lesson: Lesson, now: datetime) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    with transaction():
        actions.note_answer(booking.id, AnswerKind.WILL_COME, AnsweredBy.KEY, "call:1", by=HOUSE, now=now)

    assert planning.plan(now) == {"withdrawn": 2}
    assert {m.reason for m in messages()} == {"confirmed"}
