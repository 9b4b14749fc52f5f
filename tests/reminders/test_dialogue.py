"""A call that was taken, through its door: signed requests as the provider makes them, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from supportdesk.core.access import HOUSE
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.core.history import HistoryRow
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.lessons import bookings
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import deliver_due, outgoing
from supportdesk.messages.models import Message
from supportdesk.messages.providers import signature
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.providers.twiml_reader import Step, Verb, read_twiml
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Resident, Telephone
from supportdesk.reminders import dialogue_actions, planning
from supportdesk.reminders.actions import note_answer
from supportdesk.reminders.models import Answer
from supportdesk.reminders.rules import AnsweredBy, AnswerKind
from tests import factories
from tests.messages.sending import BASE, Clock, Scripted, desk
from tests.messages.twilio_server import ACCOUNT, TOKEN

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
CALLED = datetime(2026, 7, 14, 1, 2, tzinfo=UTC)  # the day before, 10:02
NUMBER = "+81957000002"
NOTHING = "いま、ご案内することは、ありません。"


@pytest.fixture
def door(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app with Twilio behind it, at the hour of the call."""
    provider = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000"))
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk(provider, Clock(CALLED)))
    with time_machine.travel(CALLED, tick=False):
        yield app


@pytest.fixture
def lesson(door: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


def chose_keys(kana: str = "ホンダ タダシ", **values: object) -> Resident:
    return factories.reminded_by_call(kana, NUMBER, keys=True, **values)


def the_call() -> Message:
    """The call of the last working day, planned."""
    planning.plan(CALLED - timedelta(hours=1))
    return db.session.scalars(sa.select(Message).filter_by(step="last")).one()


@dataclass
class Line:
    """One call that somebody has taken: what was said last, and where keys go."""

    door: Flask
    token: str
    steps: list[Step]

    @property
    def said(self) -> str:
        steps = [inner for step in self.steps for inner in (step, *step.inside)]
        return "".join(step.words for step in steps if step.verb is Verb.SAY)

    @property
    def asks(self) -> bool:
        return any(step.verb is Verb.GATHER for step in self.steps)

    def press(self, digits: str) -> str:
        action = next(step.action for step in self.steps if step.verb is Verb.GATHER)
        assert action is not None
        return self.hear(urlsplit(action).path, Digits=digits)

    def hear(self, path: str, **form: str) -> str:
        self.steps = read_twiml(ask(self.door, path, **form).get_data(as_text=True))
        assert not any(inner.flaws for step in self.steps for inner in (step, *step.inside))
        return self.said


def ask(door: Flask, path: str, *, key: str = TOKEN, **form: str) -> TestResponse:
    """A request of the provider, in an app context of its own."""
    fields = {"CallSid": "CA1", "From": "+815000000000", "To": NUMBER, "CallStatus": "in-progress"} | form
    headers = {signature.HEADER: signature.sign(key, BASE + path, fields)}
    db.session.rollback()
    answer = door.test_client().post(path, data=fields, headers=headers)
    db.session.rollback()
    db.session.expire_all()
    return answer


def take(door: Flask, token: str) -> Line:
    line = Line(door, token, [])
    line.hear(f"/hooks/twilio/call/{token}")
    return line


def answers() -> list[tuple[int, AnswerKind, AnsweredBy]]:
    return [(a.booking_id, a.kind, a.how) for a in db.session.scalars(sa.select(Answer).order_by(Answer.id))]


def again(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def history(booking: Booking) -> list[tuple[str, str]]:
    query = sa.select(HistoryRow.action, HistoryRow.actor_name).filter_by(subject=f"booking:{booking.id}")
    return [(row.action, row.actor_name) for row in db.session.execute(query.order_by(HistoryRow.id))]


def change(row: Lesson | Resident | Message, **values: object) -> None:
    with transaction():
        fresh = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(fresh, name, value)


# Who is asked


@pytest.mark.one_database
def test_the_call_of_somebody_who_chose_keys_is_asked_for_when_it_is_taken(lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    call = the_call()

    made = outgoing(call, BASE, CALLED)

    assert made.twiml_url == f"{BASE}/hooks/twilio/call/{call.token}"
    assert made.fallback_url == f"{BASE}/hooks/twilio/sentences/{call.token}"
    assert "ボタンを押す必要はありません。" in made.sentences


@pytest.mark.one_database
def test_where_nobody_can_ask_us_the_call_says_its_sentences_and_no_key(lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)

    made = outgoing(the_call(), None, CALLED)

    assert (made.twiml_url, made.fallback_url) == (None, None)
    assert made.sentences


@pytest.mark.one_database
def test_nobody_else_is_asked_for_a_key(door: Flask, lesson: Lesson) -> None:
    factories.booking(factories.reminded_by_call(number=NUMBER), lesson)
    call = the_call()

    assert outgoing(call, BASE, CALLED).twiml_url is None
    assert not take(door, call.token).asks


def test_who_gives_keys_up_is_called_without_from_the_next_plan_on(lesson: Lesson) -> None:
    person = chose_keys()
    factories.booking(person, lesson)
    call = the_call()
    assert call.keys
    change(person, keys=False)

    assert planning.plan(CALLED - timedelta(minutes=50))["amended"]
    assert not db.session.get_one(Message, call.id, populate_existing=True).keys


@pytest.mark.one_database
def test_at_a_number_that_is_not_theirs_any_more_nobody_is_asked(door: Flask, lesson: Lesson) -> None:
    person = chose_keys()
    factories.booking(person, lesson)
    token = the_call().token
    with transaction() as session:
        session.execute(sa.update(Telephone).values(number="+81957000009"))

    assert not take(door, token).asks


# What keys do


def test_1_notes_that_they_come_once_however_often_it_is_reported(door: Flask, lesson: Lesson) -> None:
    booking = factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)
    before = line.steps
    assert line.asks

    for _report in range(2):
        line.steps = before
        assert "おへんじを、うけたまわりました。" in line.press("1")

    assert line.steps[-1].verb is Verb.HANGUP
    assert answers() == [(booking.id, AnswerKind.WILL_COME, AnsweredBy.KEY)]
    assert history(booking) == [("booking.answered", "本人（電話のボタン）")]
    assert again(booking).cancelled_at is None


def test_2_cancels_only_when_it_is_said_once_more_and_answers_alike_when_reported_twice(
    door: Flask, lesson: Lesson
) -> None:
    booking = factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)

    assert "お休みで、まちがいありませんか。" in line.press("2")
    assert answers() == [] and again(booking).cancelled_at is None
    asked_again = line.steps
    said = line.press("5")
    line.steps = asked_again

    assert "お休みとの、おへんじを、うけたまわりました。ごよやくは、とりけしました。" in said
    assert line.press("5") == said
    assert answers() == [(booking.id, AnswerKind.CANNOT_COME, AnsweredBy.KEY)]
    assert again(booking).cancelled_by == "本人（電話のボタン）"
    assert db.session.get_one(Lesson, lesson.id, populate_existing=True).seats_taken == 0
    assert history(booking) == [
        ("booking.answered", "本人（電話のボタン）"), ("booking.cancelled", "本人（電話のボタン）")
    ]  # fmt: skip


def test_a_key_that_is_reported_twice_at_once_cancels_once_and_is_answered_alike(
    door: Flask, lesson: Lesson
) -> None:
    booking = factories.booking(chose_keys(), lesson)
    token = the_call().token

    def report(_n: int) -> str:
        with door.app_context():
            return Line(door, token, []).hear(f"/hooks/twilio/call/{token}/keys/sure-1", Digits="5")

    with ThreadPoolExecutor(3) as pool:
        said = set(pool.map(report, range(3)))
    db.session.rollback()

    assert len(said) == 1 and "ごよやくは、とりけしました。" in said.pop()
    assert answers() == [(booking.id, AnswerKind.CANNOT_COME, AnsweredBy.KEY)]
    assert len(history(booking)) == 2


@pytest.mark.one_database
def test_a_cancellation_that_is_refused_at_the_last_moment_notes_nothing_and_tells_how_it_stands(
    door: Flask, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)
    from_the_beginning = line.said
    line.press("2")

    def too_late(*_args: object, **_more: object) -> None:
        raise Refusal("This booking is cancelled already.", code="already-cancelled")

    monkeypatch.setattr(dialogue_actions, "cancel_booking", too_late)

    assert line.press("5") == from_the_beginning
    assert answers() == []


@pytest.mark.one_database
def test_wrong_keys_two_fast_ones_and_none_change_nothing_and_end_in_a_goodbye(door: Flask, lesson: Lesson) -> None:
    booking = factories.booking(chose_keys(), lesson)
    token = the_call().token
    for pressed in (("", "", ""), ("*", "#", "0"), ("11", "22", "7"), ("2", "2", "22", ""), ("3", "3", "3")):
        line = take(door, token)
        for digits in pressed:
            assert line.asks
            line.press(digits)
        assert not line.asks
        assert "ごよやくは、そのままです。" in line.said

    assert answers() == [] and history(booking) == []
    assert again(booking).cancelled_at is None


@pytest.mark.one_database
def test_a_key_may_be_pressed_while_the_call_still_speaks(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)

    line = take(door, the_call().token)

    gather = line.steps[0]
    assert [step.verb for step in line.steps] == [Verb.GATHER]
    assert (gather.digits, gather.finish_on, gather.when_silent, gather.method) == (1, "", True, "POST")
    assert 8 <= gather.seconds <= 10


def test_9_connects_to_the_office_and_promises_a_call_when_nobody_is_free(door: Flask, lesson: Lesson) -> None:
    booking = factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)
    line.press("9")

    dialled = line.steps[-1]
    assert (dialled.verb, dialled.words) == (Verb.DIAL, "+81957000000")
    assert dialled.action is not None
    path = urlsplit(dialled.action).path
    assert line.hear(path, DialCallStatus="completed") == ""
    assert db.session.scalars(sa.select(CallTask)).all() == []
    for _report in range(2):
        assert "こちらから、お電話します。" in line.hear(path, DialCallStatus="busy")

    task = db.session.scalars(sa.select(CallTask)).one()
    assert (task.kind, task.booking_id, task.number) == (CallTaskKind.WISH, booking.id, NUMBER)
    assert task.due_at == CALLED + timedelta(hours=4)
    assert answers() == []


@pytest.mark.one_database
def test_who_pressed_9_is_rung_within_the_hours_of_this_office_as_who_rings_us_is(door: Flask, lesson: Lesson) -> None:
    with transaction():
        office_settings.change(call_back_hours=1, desk_window=(("09:00", "10:00"), ("13:30", "16:00")))
    factories.booking(chose_keys(), lesson)

    take(door, the_call().token).press("9")  # at 10:02, when nobody is there

    task = db.session.scalars(sa.select(CallTask)).one()
    assert task.due_at == CALLED + timedelta(hours=4, minutes=28)  # 14:30: an hour after the desk opens again


@pytest.mark.one_database
def test_9_while_the_office_is_closed_says_its_hours_and_makes_a_task_of_it(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)
    with time_machine.travel(CALLED + timedelta(hours=7, minutes=30), tick=False):  # 17:32
        said = line.press("9")

    assert "ごぜんハチじさんじゅっぷんから" in said and line.steps[-1].verb is Verb.HANGUP
    # The office opens at 8:30, four of its hours end after noon, and the lesson begins at ten.
    assert db.session.scalars(sa.select(CallTask)).one().due_at == WEDNESDAY


# Several on one line


def test_one_answer_is_for_all_of_a_party_whom_the_call_tells(door: Flask, lesson: Lesson) -> None:
    both = [factories.booking(chose_keys(kana), lesson, party="pair") for kana in ("ホンダ タダシ", "ホンダ ハル")]
    line = take(door, the_call().token)

    assert "おふたりぶんの、おへんじを、うかがいます。" in line.said
    line.press("2")
    assert "おふたりぶんの、おへんじ" in line.press("5")

    assert {again(each).cancelled_at for each in both} == {CALLED}
    assert [kind for _id, kind, _how in answers()] == [AnswerKind.CANNOT_COME] * 2


@pytest.mark.one_database
def test_who_comes_along_with_a_party_is_counted_also_when_a_key_is_reported_twice(door: Flask, lesson: Lesson) -> None:
    for kana, companions in (("ホンダ タダシ", 1), ("ホンダ ハル", 0)):
        factories.booking(chose_keys(kana), lesson, party="trio", companions=companions)
    change(lesson, seats_taken=3)
    line = take(door, the_call().token)
    assert "みなさまのぶんの、ご案内です。" in line.said
    line.press("2")
    asked_for = urlsplit(line.steps[0].action or "").path

    assert line.hear(asked_for, Digits="5") == line.hear(asked_for, Digits="5")
    assert "みなさまのぶんの、おへんじ" in line.said


@pytest.mark.one_database
def test_where_one_of_the_party_did_not_choose_keys_nobody_is_asked(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson, party="pair")
    factories.booking(factories.reminded_by_call("ホンダ ハル", NUMBER), lesson, party="pair")

    line = take(door, the_call().token)

    assert not line.asks and "おふたりぶんの、ご案内です。" in line.said


@pytest.mark.one_database
def test_who_cancelled_meanwhile_is_not_asked_about_with_the_other(door: Flask, lesson: Lesson) -> None:
    gone = factories.booking(chose_keys(), lesson, party="pair")
    comes = factories.booking(chose_keys("ホンダ ハル"), lesson, party="pair")
    token = the_call().token
    with transaction():
        bookings.cancel_booking(gone.id, "体調", by=HOUSE, now=CALLED)

    line = take(door, token)
    assert line.asks and "ぶんの、" not in line.said
    line.press("1")

    assert answers() == [(comes.id, AnswerKind.WILL_COME, AnsweredBy.KEY)]


@pytest.mark.one_database
def test_who_of_a_party_answered_for_themselves_is_not_asked_about_with_the_other(door: Flask, lesson: Lesson) -> None:
    answered = factories.booking(chose_keys(), lesson, party="pair")
    other = factories.booking(chose_keys("ホンダ ハル"), lesson, party="pair")
    with transaction():
        note_answer(answered.id, AnswerKind.WILL_COME, AnsweredBy.RANG_US, "call:1", by=HOUSE, now=CALLED)

    line = take(door, the_call().token)
    assert line.asks and "ぶんの、" not in line.said
    line.press("2")
    line.press("5")

    assert (again(answered).cancelled_at, again(other).cancelled_at) == (None, CALLED)


# What happened meanwhile


@pytest.mark.one_database
@pytest.mark.parametrize("what", ["booking", "lesson", "resident", "begun", "deleted", "unknown"])
def test_a_call_about_what_is_over_says_nothing_of_anybody(door: Flask, lesson: Lesson, what: str) -> None:
    person = chose_keys()
    booking = factories.booking(person, lesson)
    token = the_call().token
    match what:
        case "booking":
            with transaction():
                bookings.cancel_booking(booking.id, "体調", by=HOUSE, now=CALLED)
        case "lesson":
            change(lesson, cancelled_at=CALLED)
        case "resident":
            change(person, stopped_at=CALLED)
        case "begun":
            change(lesson, starts_at=CALLED - timedelta(hours=1))
        case "deleted":
            with transaction() as session:
                session.execute(sa.delete(Booking).where(Booking.id == booking.id))
        case "unknown":
            token = "no-such-call"

    line = take(door, token)

    assert NOTHING in line.said and "がつ" not in line.said and not line.asks
    assert NOTHING in line.hear(f"/hooks/twilio/call/{token}/keys/asked-1", Digits="1")
    assert NOTHING in line.hear(f"/hooks/twilio/call/{token}/person", DialCallStatus="no-answer")
    assert answers() == []


@pytest.mark.one_database
def test_a_lesson_that_is_called_off_while_the_call_speaks_takes_no_answer(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    line = take(door, the_call().token)
    change(lesson, cancelled_at=CALLED)

    assert NOTHING in line.press("1")
    assert answers() == []


def test_a_lesson_that_moved_meanwhile_is_not_asked_about(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    token = the_call().token
    line = take(door, token)
    change(lesson, starts_at=WEDNESDAY + timedelta(days=1), ends_at=WEDNESDAY + timedelta(days=1, hours=1))

    assert "ごよていが、かわりました。" in line.press("1")
    assert "じゅうごにち" not in take(door, token).said
    assert answers() == []


@pytest.mark.one_database
def test_another_hall_is_told_as_it_is_now(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    token = the_call().token
    change(lesson, venue_id=factories.venue(name_kana="ふかえこうみんかん").id)

    assert "ふかえこうみんかんで" in take(door, token).said


@pytest.mark.one_database
def test_a_call_that_is_over_for_the_provider_still_takes_its_key(door: Flask, lesson: Lesson) -> None:
    """`completed` may overtake the key, and somebody may ring off right after pressing it."""
    booking = factories.booking(chose_keys(), lesson)
    call = the_call()
    line = take(door, call.token)
    status = ask(door, f"/hooks/twilio/status/{call.token}", CallStatus="completed")
    assert status.status_code == 204

    line.press("1")

    assert answers() == [(booking.id, AnswerKind.WILL_COME, AnsweredBy.KEY)]


@pytest.mark.one_database
def test_who_hangs_up_before_a_key_has_said_nothing(door: Flask, lesson: Lesson) -> None:
    booking = factories.booking(chose_keys(), lesson)
    call = the_call()
    take(door, call.token)
    ask(door, f"/hooks/twilio/status/{call.token}", CallStatus="completed")

    assert answers() == [] and again(booking).cancelled_at is None


# The door


@pytest.mark.one_database
def test_only_the_provider_is_let_in(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    token = the_call().token
    for path in (f"call/{token}", f"call/{token}/keys/asked-1", f"call/{token}/person", f"sentences/{token}"):
        assert ask(door, f"/hooks/twilio/{path}", key="somebody else's", Digits="1").status_code == 403

    assert answers() == []


@pytest.mark.one_database
def test_an_address_that_no_document_named_is_answered_as_the_beginning(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    token = the_call().token
    line = take(door, token)

    assert line.hear(f"/hooks/twilio/call/{token}/keys/coming-1", Digits="1") == take(door, token).said
    assert answers() == []


@pytest.mark.one_database
def test_a_call_whose_address_failed_says_its_sentences(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    call = the_call()
    line = Line(door, call.token, [])

    assert line.hear(f"/hooks/twilio/sentences/{call.token}") == "".join(call.sentences) * 2
    assert line.hear("/hooks/twilio/sentences/no-such-call") == "" and line.steps[-1].verb is Verb.HANGUP


@pytest.mark.one_database
def test_a_call_with_keys_leaves_like_any_other(door: Flask, lesson: Lesson) -> None:
    factories.booking(chose_keys(), lesson)
    call = the_call()
    provider = Scripted()

    deliver_due(desk(provider, Clock(CALLED)))

    assert [(one.channel, one.token) for one in provider.accepted] == [(Channel.VOICE, call.token)]
    assert provider.accepted[0].twiml_url
