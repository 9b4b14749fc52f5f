"""Calls to our number through the provider's door: who is put through or called back, what a booking number opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import tally
from supportdesk.core.db import db, transaction
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.lessons.bookings import move_booking
from supportdesk.lessons.models import Booking, Course, Lesson
from supportdesk.messages import switchboard
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.providers.twiml_reader import Verb
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Telephone
from supportdesk.reminders.inbound_models import InboundCall
from supportdesk.reminders.inbound_rules import MISSES_FROM_A_NUMBER, MISSES_IN_THE_TOWN, Step
from supportdesk.reminders.models import Answer
from tests import factories
from tests.conftest import NOW
from tests.locking import locked_database
from tests.messages.sending import Clock, desk
from tests.messages.twilio_server import ACCOUNT, TOKEN
from tests.reminders.ringing import OURS, Caller, knock

# Monday, 20:00 in Tokyo.
EVENING = NOW + timedelta(hours=10)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def door(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The app with Twilio behind it, in a town with a telephone of its own."""
    provider = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", OURS))
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk(provider, Clock()))
    with transaction():
        office_settings.change(telephone="0957-00-0001")
    return app


def calls() -> list[InboundCall]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(InboundCall).order_by(InboundCall.id)))


def tasks() -> list[CallTask]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(CallTask).order_by(CallTask.id)))


def again(booking: Booking) -> Booking:
    db.session.rollback()
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def at_the_booking(door: Flask, booking: Booking, number: str = "+81957000002") -> Caller:
    return Caller(door, number).ring().press("2").press(booking.number)


@pytest.mark.one_database
def test_in_office_hours_a_caller_is_greeted_and_put_through_to_the_office(door: Flask) -> None:
    caller = Caller(door).ring()
    assert caller.said.startswith("こちらは、しやくしょ、すまほそうだんまどぐちです。")

    caller.press("")
    dial = caller.steps[-1]
    assert (dial.verb, dial.words) == (Verb.DIAL, "+81957000001")

    caller.dialled("completed")
    assert caller.verbs == [Verb.HANGUP]
    for state, ended_at in (("ringing", None), ("completed", NOW)):
        assert knock(door, "/hooks/twilio/voice/ended", {"CallSid": caller.sid, "CallStatus": state}).status_code == 204
        assert calls()[0].ended_at == ended_at
    assert ([call.step for call in calls()], tasks()) == ([Step.TALKED], [])


def test_a_caller_whom_nobody_could_take_is_called_back_within_the_hours_of_the_desk(door: Flask) -> None:
    resident = factories.resident(number="+81957000002")
    for status in ("busy", "no-answer", "failed", "canceled", ""):
        caller = Caller(door).ring().press("1").dialled(status)
        assert "おりかえし、お電話します。" in caller.said
        caller.hears_no_more()

    assert {(task.kind, task.number, task.resident_id, task.due_at) for task in tasks()} == {
        (CallTaskKind.WISH, "+81957000002", resident.id, NOW + timedelta(hours=4))
    }
    assert ([call.step for call in calls()], len(tasks())) == ([Step.BUSY] * 5, 5)


@pytest.mark.one_database
def test_out_of_hours_the_hours_are_said_and_whoever_stays_is_called_back_the_next_day(
    door: Flask, clock: time_machine.Traveller
) -> None:
    clock.move_to(EVENING)
    caller = Caller(door).ring()
    assert "つぎのうけつけは、しちがつなのか、かようび、ごぜんハチじさんじゅっぷんからです。" in caller.said

    caller.press("")

    [task] = tasks()
    # 12:30 on Tuesday: four hours of the desk from 8:30.
    assert (task.due_at, calls()[0].step) == (datetime(2026, 7, 7, 3, 30, tzinfo=UTC), Step.WISHED)


@pytest.mark.one_database
def test_who_hangs_up_out_of_hours_wishes_nothing_and_stands_in_the_list(
    door: Flask, clock: time_machine.Traveller
) -> None:
    clock.move_to(EVENING)
    Caller(door).ring()

    assert ([call.step for call in calls()], tasks()) == ([Step.MENU_CLOSED], [])


@pytest.mark.one_database
def test_who_wishes_to_be_called_about_a_lesson_is_called_before_it_begins(door: Flask) -> None:
    soon = factories.booking(course_date=factories.lesson(starts_at=NOW + timedelta(hours=1)))

    at_the_booking(door, soon).press("9").dialled("busy")

    assert [task.due_at for task in tasks()] == [NOW + timedelta(hours=1)]


@pytest.mark.one_database
def test_a_withheld_or_foreign_caller_says_by_the_keys_where_they_are_called_back(
    door: Flask, clock: time_machine.Traveller
) -> None:
    clock.move_to(EVENING)
    for sent in ("anonymous", "+266696687", "", "+12025550123"):
        Caller(door, sent).ring().press("1").press("09000000003")

    assert [task.number for task in tasks()] == ["+819000000003"] * 4
    assert [call.number for call in calls()] == ["", "", "", "+12025550123"]


@pytest.mark.one_database
def test_a_number_alone_says_neither_a_name_nor_a_booking(door: Flask) -> None:
    lesson = factories.lesson(seats=20)
    factories.booking(factories.resident("ホンダ ハル", "+81957000002"), lesson)
    for n in "アイウエオカキクケコ":
        factories.booking(factories.resident(f"モリ {n}", "+81957000003"), lesson)
    for number in ("+81957000002", "+81957000003"):
        caller = Caller(door, number).ring()
        heard = caller.said + caller.press("2").said

        assert "ホンダ" not in heard and "モリ" not in heard and "クチノツ" not in heard
    # Whom it may be is for staff to find out: of ten nobody is named on the task.
    Caller(door, "+81957000003").ring().press("").dialled("busy")
    assert [task.resident_id for task in tasks()] == [None]


@pytest.mark.one_database
def test_with_the_booking_number_a_booking_is_heard_and_confirmed(door: Flask) -> None:
    booking = factories.booking()
    caller = at_the_booking(door, booking)
    assert "しちがつじゅうごにち、すいようび、ごぜんじゅうじから、クチノツコウミンカンです。" in caller.said

    caller.press("3").press("1").hears_no_more()

    answers = db.session.scalars(sa.select(Answer)).all()
    assert [(each.kind, each.how, each.booking_id) for each in answers] == [("will-come", "rang-us", booking.id)]
    assert (calls()[0].step, calls()[0].booking_id) == (Step.WILL_COME, booking.id)


def test_a_cancellation_is_read_back_first_and_frees_one_seat_however_often_it_is_posted(door: Flask) -> None:
    lesson = factories.lesson()
    wife, husband = (factories.booking(factories.resident(kana, "+81957000002"), lesson, party="two")
                     for kana in ("ホンダ ハル", "ホンダ タダシ"))  # fmt: skip
    caller = at_the_booking(door, wife).press("2")
    assert "しちがつじゅうごにち" in caller.said and "ごいっしょのかたの、ごよやくは、そのままです。" in caller.said
    assert again(wife).cancelled_at is None

    caller.press("5").hears_no_more().hears_no_more()

    assert "とりけしました" in caller.said
    assert (again(wife).cancelled_at, again(wife).cancelled_by) == (NOW, "電話の自動受付")
    assert again(husband).cancelled_at is None
    assert db.session.get_one(Lesson, lesson.id, populate_existing=True).seats_taken == 1
    assert [each.kind for each in db.session.scalars(sa.select(Answer))] == ["cannot-come"]


@pytest.mark.one_database
def test_what_was_pressed_twice_counts_as_the_turn_it_answered(door: Flask) -> None:
    booking = factories.booking()
    caller = at_the_booking(door, booking)
    path = caller.steps[-1].action
    caller.press("2")

    # The same turn once more, now with the key that would confirm the cancellation.
    caller.last = (path.removeprefix("https://desk.example.jp"), {"Digits": "5"})
    caller.hears_no_more()

    assert "とりけすかたは、ゴを押してください。" in caller.said
    assert again(booking).cancelled_at is None


@pytest.mark.one_database
def test_a_booking_that_is_no_more_is_said_to_be_so_and_counts_as_no_miss(door: Flask) -> None:
    begun, off = factories.lesson(starts_at=NOW), factories.lesson(cancelled_at=NOW, state="cancelled")
    for booking, heard in (
        (factories.booking(cancelled_at=NOW), "すでに、とりけされています"),
        (factories.booking(course_date=begun), "すぎています"),
        (factories.booking(course_date=off), "ちゅうしになりました"),
    ):
        assert heard in at_the_booking(door, booking).said

    assert [call.misses for call in calls()] == [0, 0, 0]


@pytest.mark.one_database
def test_the_number_on_an_old_slip_opens_what_the_booking_was_moved_to(door: Flask) -> None:
    old = factories.booking()
    other = factories.lesson(starts_at=NOW + timedelta(days=10), course=db.session.get_one(Course, 1))
    with transaction():
        new = move_booking(old.id, other.id, by=factories.Actor(None, "職員", frozenset()), now=NOW)

    assert "しちがつじゅうろくにち" in at_the_booking(door, old).said
    assert calls()[0].booking_id == new.id


@pytest.mark.one_database
def test_a_booking_that_ends_between_reading_and_key_is_not_confirmed(door: Flask) -> None:
    booking = factories.booking()
    caller = at_the_booking(door, booking)
    with transaction():
        db.session.get_one(Booking, booking.id).cancelled_at = NOW

    assert "すでに、とりけされています" in caller.press("1").said
    assert db.session.scalars(sa.select(Answer)).all() == []


def test_two_numbers_in_vain_lead_to_a_person_and_six_in_an_hour_lock_the_caller_s_line(
    door: Flask, clock: time_machine.Traveller
) -> None:
    booking = factories.booking()
    for _ in range(MISSES_FROM_A_NUMBER // 2):
        caller = Caller(door).ring().press("2").press("11111111")
        assert "みつかりませんでした" in caller.said
        assert caller.press("22222222").verbs[-1] is Verb.DIAL

    assert at_the_booking(door, booking).verbs[-1] is Verb.DIAL
    assert "イチを押して" in at_the_booking(door, booking, "+81957000009").said
    clock.shift(timedelta(minutes=61))
    assert "イチを押して" in at_the_booking(door, booking).said


@pytest.mark.one_database
def test_many_lines_together_are_locked_as_one_is(door: Flask) -> None:
    booking = factories.booking()
    for n in range(MISSES_IN_THE_TOWN):
        Caller(door, f"+8195700{n:04}").ring().press("2").press("11111111")

    assert at_the_booking(door, booking, "+81957009999").verbs[-1] is Verb.DIAL


@pytest.mark.one_database
def test_where_the_office_s_number_is_the_one_that_was_rung_nobody_is_put_through_to_it(door: Flask) -> None:
    with transaction():
        office_settings.change(telephone="050-0000-0000")

    assert "おりかえし" in Caller(door).ring().press("").said
    assert len(tasks()) == 1


@pytest.mark.one_database
def test_who_changed_their_number_is_found_under_the_new_one_alone(door: Flask) -> None:
    person = factories.resident(number="+81957000002")
    with transaction():
        db.session.scalars(sa.select(Telephone).filter_by(resident_id=person.id)).one().number = "+81957000004"
    for number in ("+81957000002", "+81957000004"):
        Caller(door, number).ring().press("").dialled("busy")

    assert [task.resident_id for task in tasks()] == [None, person.id]


@pytest.mark.one_database
def test_an_unsigned_call_is_turned_away_counted_and_not_kept(door: Flask) -> None:
    form = {"CallSid": "CA1", "From": "+81957000002"}
    for path in ("/hooks/twilio/voice", "/hooks/twilio/voice/0", "/hooks/twilio/voice/0/dialled",
                 "/hooks/twilio/voice-fallback", "/hooks/twilio/sms"):  # fmt: skip
        assert knock(door, path, form, key="somebody else's").status_code == 403

    assert (calls(), tally.total(tally.BAD_SIGNATURE)) == ([], 5)


@pytest.mark.one_database
def test_a_signed_call_without_sense_is_answered_all_the_same(door: Flask) -> None:
    for form in ({}, {"CallSid": "C" * 65}, {"CallSid": "CA9", "From": "x" * 5000, "Digits": "²"}):
        for path in ("/hooks/twilio/voice", "/hooks/twilio/voice/99999999999", "/hooks/twilio/voice/x/dialled"):
            response = knock(door, path, form)

            assert (response.status_code, response.mimetype) == (200, "text/xml")


@pytest.mark.one_database
def test_when_the_database_is_locked_the_caller_hears_plain_words(door: Flask) -> None:
    with locked_database():
        assert "しばらくしてから、おかけなおしください" in Caller(door).ring().said
        assert knock(door, "/hooks/twilio/voice-fallback", {"CallSid": "CA1"}).status_code == 200
        assert knock(door, "/hooks/twilio/sms", {"MessageSid": "SM1", "From": OURS}).status_code == 503
    assert calls() == []
