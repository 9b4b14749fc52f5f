"""Delivery: what goes, what waits, what is never sent, and what is remembered of each answer."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.core.history import HistoryRow
from supportdesk.messages import caps, delivery, outbox
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers import codes
from supportdesk.messages.providers.base import Channel, Outcome, Outgoing, Receipt
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import sweep
from supportdesk.office import settings as office_settings
from supportdesk.office.models import ClosedDay
from tests import factories
from tests.messages import twilio_server
from tests.messages.sending import LANDLINE, MOBILE, TEN, Clock, Scripted, again, call, desk, mobile, note_of, plan
from tests.messages.twilio_server import ACCEPT_THEN_RESET, ACCOUNT, HANG, TOKEN, TRICKLE, TwilioServer

S = MessageStatus


def hold_is_set() -> str:
    db.session.rollback()
    return office_settings.current().sending_hold


# What goes


def test_a_due_text_goes_once(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()

    first, second = deliver_due(desk(provider, clock)), deliver_due(desk(provider, clock))

    assert (first["accepted"], second["accepted"]) == (1, 0)
    assert [sent.to for sent in provider.accepted] == [MOBILE]
    text = again(text)
    assert (text.status, text.sid, text.provider, text.segments) == (S.ACCEPTED, f"SM-{text.token}", "scripted", 1)
    assert text.handed_over_at == TEN


def test_the_provider_is_told_where_to_report_and_how_long_it_is_worth(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan(not_after=TEN + timedelta(hours=2))

    deliver_due(desk(provider, clock))

    (sent,) = provider.accepted
    assert sent.callback_url == f"https://desk.example.jp/hooks/twilio/status/{text.token}"
    assert sent.valid_seconds == 7200


@pytest.mark.parametrize(
    ("window", "at", "seconds"),
    [
        # 17:30: until 20:00, when the widest hours of the day end.
        ("text", TEN + timedelta(hours=7.5), 9000),
        # 19:59: a few minutes for what waits at the provider.
        ("urgent", TEN + timedelta(hours=9, minutes=59), 600),
    ],
)
def test_what_waits_at_the_provider_dies_there_before_the_night(
    app: Flask, provider: Scripted, window: str, at: datetime, seconds: int
) -> None:
    plan(window=window, not_after=TEN + timedelta(hours=23))

    deliver_due(desk(provider, Clock(at)))

    (sent,) = provider.accepted
    assert sent.valid_seconds == seconds


def test_many_more_than_can_be_called_at_once_all_go(app: Flask, provider: Scripted, clock: Clock) -> None:
    for n in range(delivery.CALLERS * 2 + 3):
        plan(number=mobile(n))

    assert deliver_due(desk(provider, clock))["accepted"] == delivery.CALLERS * 2 + 3
    assert len({sent.token for sent in provider.accepted}) == delivery.CALLERS * 2 + 3


def test_some_are_claimed_and_asked_for_before_there_is_a_caller_for_them(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    for n in range(2 + delivery.AHEAD + 3):
        plan(number=mobile(n))
    asked: list[int] = []

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        asked.append(len(messages))
        return {}

    assert deliver_due(desk(provider, clock, unwanted), callers=2)["accepted"] == 2 + delivery.AHEAD + 3
    assert asked[0] == 2 + delivery.AHEAD


def test_what_an_answer_says_about_a_number_holds_for_the_next_message_to_it(
    app: Flask, clock: Clock
) -> None:
    first, second, other = plan(), plan(), plan(number=mobile(1))
    asked: list[str] = []

    def refuse(outgoing: Outgoing) -> Receipt:
        asked.append(outgoing.to)
        return Receipt(Outcome.REFUSED, code=21610) if outgoing.to == MOBILE else provider.accept(outgoing)

    provider = Scripted(*[refuse] * 3)

    deliver_due(desk(provider, clock))

    assert sorted(asked) == sorted([MOBILE, mobile(1)])
    assert [again(one).status for one in (first, second, other)] == [S.REFUSED, S.WITHDRAWN, S.ACCEPTED]
    assert again(second).reason == "opted-out"


def test_what_waits_for_a_caller_does_not_knock_where_another_was_asked_to_wait(app: Flask, clock: Clock) -> None:
    texts = [plan(number=mobile(n)) for n in range(1 + delivery.AHEAD + 3)]
    provider = Scripted(*[Receipt(Outcome.BUSY, retry_after=60)] * 100)

    deliver_due(desk(provider, clock), callers=1)

    assert len(provider.answers) == 99
    assert [again(text).status for text in texts] == [S.PLANNED] * len(texts)
    # Who was not called for has not been tried.
    assert [again(text).tries for text in texts] == [1] + [0] * (len(texts) - 1)


def test_an_outage_makes_unknown_what_was_under_way_and_not_what_waited_for_a_caller(app: Flask, clock: Clock) -> None:
    texts = [plan(number=mobile(n)) for n in range(1 + delivery.AHEAD)]

    def lost(_outgoing: Outgoing) -> Receipt:
        clock.pass_by(seconds=1)
        return Receipt(Outcome.UNKNOWN)

    provider = Scripted(*[lost] * 100)

    deliver_due(desk(provider, clock), callers=1)

    # The first and two trials, one after the other; then it rests.
    assert len(provider.answers) == 97
    assert sorted(again(text).status for text in texts) == [S.PLANNED] * (len(texts) - 3) + [S.UNKNOWN] * 3


def test_when_nothing_can_be_written_down_any_more_nobody_calls_for_what_waits(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1 + delivery.AHEAD):
        plan(number=mobile(n))
    provider, ending = Scripted(), threading.Event()

    def full_disk(came: list[object], *_: object) -> bool:
        if came:
            raise OSError("no space left")
        return False

    class Callers(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            ending.set()
            super().shutdown(wait=wait)

    def when_the_run_ends(outgoing: Outgoing) -> Receipt:
        assert ending.wait(30)
        return provider.accept(outgoing)

    monkeypatch.setattr(delivery, "write_down", full_disk)
    monkeypatch.setattr(delivery, "ThreadPoolExecutor", Callers)
    provider.answers = [provider.accept, when_the_run_ends]

    with pytest.raises(OSError, match="no space"):
        deliver_due(desk(provider, clock), callers=1)

    assert len(provider.accepted) == 2


# What waits


def test_a_process_that_is_asked_to_stop_ends_with_the_calls_in_hand_and_the_rest_waits_for_the_next(
    app: Flask, clock: Clock
) -> None:
    texts = [plan(number=mobile(n)) for n in range(1 + delivery.AHEAD + 3)]
    asked_to_stop = threading.Event()

    def accept(outgoing: Outgoing) -> Receipt:
        asked_to_stop.set()
        return provider.accept(outgoing)

    provider = Scripted(*[accept] * len(texts))

    deliver_due(desk(provider, clock), callers=1, enough=asked_to_stop.is_set)

    assert [again(text).status for text in texts] == [S.ACCEPTED] + [S.PLANNED] * (len(texts) - 1)
    assert deliver_due(desk(provider, clock)) == {"accepted": len(texts) - 1}


def test_nothing_goes_before_it_is_due(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan(due_at=TEN + timedelta(seconds=1))

    deliver_due(desk(provider, clock))
    assert again(text).status is S.PLANNED

    clock.pass_by(seconds=1)
    deliver_due(desk(provider, clock))
    assert again(text).status is S.ACCEPTED


@pytest.mark.parametrize("window", ["text", "call", "urgent"])
def test_nobody_is_woken_at_half_past_two_in_the_night(app: Flask, provider: Scripted, window: str) -> None:
    night = Clock(datetime(2020, 1, 6, 17, 30, tzinfo=UTC))
    plan(window=window, not_after=TEN + timedelta(days=3))

    deliver_due(desk(provider, night))

    assert provider.accepted == []


def test_calls_wait_while_people_eat_and_texts_go(app: Flask, provider: Scripted) -> None:
    noon = Clock(TEN + timedelta(hours=2, minutes=30))
    ring, text = call(), plan()

    deliver_due(desk(provider, noon))

    assert (again(ring).status, again(text).status) == (S.PLANNED, S.ACCEPTED)


def test_work_left_over_from_an_outage_waits_for_the_morning(app: Flask, provider: Scripted) -> None:
    clock = Clock(datetime(2020, 1, 6, 9, 0, tzinfo=UTC))  # 18:00, the window has just closed
    text = plan(not_after=TEN + timedelta(days=3))

    deliver_due(desk(provider, clock))
    assert again(text).status is S.PLANNED

    clock.now = datetime(2020, 1, 7, 0, 30, tzinfo=UTC)  # 9:30, it has just opened
    deliver_due(desk(provider, clock))
    assert again(text).status is S.ACCEPTED


def test_what_an_outage_kept_back_on_friday_waits_for_the_next_working_day(app: Flask, provider: Scripted) -> None:
    factories.save(ClosedDay(day=date(2020, 1, 14), reason="市の行事"))
    friday, tuesday = datetime(2020, 1, 10, 1, 0, tzinfo=UTC), datetime(2020, 1, 14, 1, 0, tzinfo=UTC)
    text = plan(due_at=friday, not_after=friday + timedelta(days=7))
    released = plan(number=mobile(1), window="urgent", due_at=friday, not_after=friday + timedelta(days=7))

    # Saturday, Sunday, 成人の日, and a day on which the office is closed.
    for days in range(1, 5):
        deliver_due(desk(provider, Clock(friday + timedelta(days=days))))
        assert [again(one).status for one in (text, released)] == [S.PLANNED, S.ACCEPTED]

    deliver_due(desk(provider, Clock(tuesday + timedelta(days=1))))
    assert again(text).status is S.ACCEPTED


def test_nothing_leaves_while_sending_is_stopped_and_all_goes_when_it_is_released(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()
    with transaction():
        office_settings.change(sending_hold="we are moving house")
    deliver_due(desk(provider, clock))
    assert (again(text).status, provider.accepted) == (S.PLANNED, [])

    with transaction():
        office_settings.change(sending_hold="")
    deliver_due(desk(provider, clock))
    assert again(text).status is S.ACCEPTED


def test_the_rehearsal_sends_what_is_due_until_then_at_any_hour_and_once(app: Flask, provider: Scripted) -> None:
    night = Clock(datetime(2020, 1, 5, 17, 30, tzinfo=UTC))
    text, later = plan(), plan(due_at=TEN + timedelta(minutes=1))

    deliver_due(desk(provider, night), due_by=TEN)

    assert (again(text).status, again(later).status) == (S.ACCEPTED, S.PLANNED)


def test_the_rehearsal_asks_as_of_now_whether_a_message_is_wanted(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    asked_at: list[datetime] = []
    plan()

    def unwanted(_messages: object, instant: datetime) -> dict[int, str]:
        asked_at.append(instant)
        return {}

    deliver_due(desk(provider, clock, unwanted), due_by=TEN + timedelta(days=8))

    assert asked_at == [clock()]


def test_the_rehearsal_ends_although_the_provider_is_busy(app: Flask, clock: Clock) -> None:
    provider = Scripted(Receipt(Outcome.BUSY))
    text = plan()

    counts = deliver_due(desk(provider, clock), due_by=TEN + timedelta(days=1))

    assert (counts["busy"], counts["accepted"]) == (1, 0)
    assert again(text).status is S.PLANNED


# What is never sent


def test_what_came_too_late_is_missed_not_sent(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan(not_after=TEN)

    deliver_due(desk(provider, clock))
    sweep(desk(provider, clock))

    assert provider.accepted == []
    assert (again(text).status, again(text).reason) == (S.MISSED, "too-late")


def test_what_was_withdrawn_is_not_sent(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()
    with transaction():
        outbox.withdraw(about=text.about, reason="booking-cancelled", now=TEN)

    deliver_due(desk(provider, clock))

    assert (provider.accepted, again(text).status) == ([], S.WITHDRAWN)


def test_what_is_cancelled_between_claim_and_call_is_not_sent(app: Flask, provider: Scripted, clock: Clock) -> None:
    text, other = plan(), plan()
    asked_while: list[MessageStatus] = []

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        asked_while.extend(one.status for one in messages)
        return {text.id: "booking-cancelled"}

    counts = deliver_due(desk(provider, clock, unwanted))

    assert asked_while == [S.CLAIMED, S.CLAIMED]
    assert [sent.token for sent in provider.accepted] == [other.token]
    assert (again(text).status, again(text).reason) == (S.WITHDRAWN, "booking-cancelled")
    assert (counts["withdrawn"], counts["accepted"]) == (1, 1)


def test_when_the_question_whether_it_is_wanted_fails_nothing_is_sent_and_nothing_is_lost(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        raise LookupError("no such booking")

    with pytest.raises(LookupError):
        deliver_due(desk(provider, clock, unwanted))

    assert (provider.accepted, again(text).status) == ([], S.PLANNED)


@pytest.mark.parametrize(
    "number", ["110", "+81110", "+81120000001", "+81570000001", "+81990000001", "+12025550123", ""]
)
def test_numbers_that_a_machine_may_not_call_are_refused_at_sending(
    app: Flask, provider: Scripted, clock: Clock, number: str
) -> None:
    ring = call(number=number)

    deliver_due(desk(provider, clock))

    assert (provider.accepted, again(ring).status, again(ring).reason) == ([], S.WITHDRAWN, "number-not-allowed")


def test_a_text_never_goes_to_a_landline_or_050(app: Flask, provider: Scripted, clock: Clock) -> None:
    texts = [plan(number=LANDLINE), plan(number="+815000000001")]

    deliver_due(desk(provider, clock))

    assert provider.accepted == []
    assert {again(text).reason for text in texts} == {"number-not-allowed"}


def test_a_number_that_refused_once_is_not_tried_on_that_channel_again(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    provider.answers = [Receipt(Outcome.REFUSED, code=21614)]
    plan()
    deliver_due(desk(provider, clock))
    text, ring = plan(), call(number=MOBILE)

    deliver_due(desk(provider, clock))

    assert (again(text).status, again(text).reason) == (S.WITHDRAWN, "number-unreachable")
    assert again(ring).status is S.ACCEPTED


def test_a_number_that_said_stop_is_not_tried_on_any_channel(app: Flask, provider: Scripted, clock: Clock) -> None:
    provider.answers = [Receipt(Outcome.REFUSED, code=21610)]
    plan()
    deliver_due(desk(provider, clock))
    text, ring = plan(), call(number=MOBILE)

    deliver_due(desk(provider, clock))

    assert {again(text).reason, again(ring).reason} == {"opted-out"}


def test_what_is_claimed_when_sending_is_stopped_goes_back_and_waits(
    app: Flask, provider: Scripted, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop falls between the claim and the call."""
    text, chosen = plan(), caps.allowed

    def stopped_meanwhile(*asked: Any) -> Any:
        office_settings.change(sending_hold="不審な電話")
        return chosen(*asked)

    monkeypatch.setattr(caps, "allowed", stopped_meanwhile)
    deliver_due(desk(provider, clock))
    assert (provider.accepted, again(text).status) == ([], S.PLANNED)

    monkeypatch.undo()
    with transaction():
        office_settings.change(sending_hold="")
    deliver_due(desk(provider, clock))
    assert again(text).status is S.ACCEPTED


def test_a_claim_whose_process_was_stopped_for_long_is_asked_about_anew(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()
    asked: list[datetime] = []

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        asked.append(now)
        if len(asked) == 1:
            clock.pass_by(seconds=6)
        return {}

    deliver_due(desk(provider, clock, unwanted))
    assert (asked, len(provider.accepted)) == ([TEN, TEN + timedelta(seconds=6)], 1)
    assert (again(text).status, again(text).tries) == (S.ACCEPTED, 1)


def test_what_is_too_late_each_time_is_not_sent_and_waits_for_another_run(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        clock.pass_by(seconds=6)
        return {}

    deliver_due(desk(provider, clock, unwanted))
    assert (provider.accepted, again(text).status, again(text).tries) == ([], S.PLANNED, 0)

    deliver_due(desk(provider, clock))
    assert len(provider.accepted) == 1


def test_a_clock_that_is_set_back_between_claim_and_call_makes_no_second_one(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()

    def unwanted(messages: list[Message], now: datetime) -> dict[int, str]:
        clock.pass_by(hours=-1)
        return {}

    deliver_due(desk(provider, clock, unwanted))
    clock.pass_by(hours=2)
    deliver_due(desk(provider, clock))

    assert (len(provider.accepted), again(text).status) == (1, S.ACCEPTED)


# What came back


def test_a_busy_provider_is_tried_again_later_as_long_as_it_asked(app: Flask, clock: Clock) -> None:
    provider = Scripted(Receipt(Outcome.BUSY, code=20429, retry_after=120))
    text = plan()

    deliver_due(desk(provider, clock))
    assert (again(text).status, again(text).due_at) == (S.PLANNED, TEN + timedelta(seconds=120))

    clock.pass_by(seconds=119)
    deliver_due(desk(provider, clock))
    assert provider.accepted == []

    clock.pass_by(seconds=1)
    deliver_due(desk(provider, clock))
    assert len(provider.accepted) == 1


def test_a_provider_that_is_busy_all_day_is_asked_ever_more_seldom(app: Flask, clock: Clock) -> None:
    provider = Scripted(*[Receipt(Outcome.BUSY)] * 100)
    text = plan(not_after=TEN + timedelta(hours=3))

    for _ in range(4 * 60 * 2):
        deliver_due(desk(provider, clock))
        sweep(desk(provider, clock))
        clock.pass_by(seconds=30)

    assert again(text).status is S.MISSED
    assert again(text).tries < 20


def test_a_wrong_account_stops_the_run_with_one_alarm_and_loses_nothing(app: Flask, clock: Clock) -> None:
    texts = [plan() for _ in range(delivery.CALLERS + 10)]
    provider = Scripted(*[Receipt(Outcome.CONFIG, code=20003)] * 100)

    deliver_due(desk(provider, clock))
    deliver_due(desk(provider, clock))

    assert hold_is_set() == "provider:20003"
    assert len(provider.answers) >= 100 - delivery.CALLERS
    assert {again(text).status for text in texts} == {S.PLANNED}
    assert db.session.query(HistoryRow).filter_by(action="sending.stopped").count() == 1


@pytest.mark.parametrize("code", [20003, 20005, 21408, 21606])
def test_trouble_with_the_account_in_the_middle_of_a_run_stops_the_rest_of_it(
    app: Flask, clock: Clock, code: int
) -> None:
    provider = Scripted()
    provider.answers = [provider.accept, provider.accept, Receipt(codes.outcome(code), code=code)]
    texts = [plan(number=mobile(n)) for n in range(9)]

    deliver_due(desk(provider, clock), callers=1)

    assert hold_is_set() == f"provider:{code}"
    assert Counter(again(text).status for text in texts) == {S.ACCEPTED: 2, S.PLANNED: 7}


def test_what_was_stopped_goes_when_the_account_is_right_again(app: Flask, clock: Clock) -> None:
    text = plan()
    provider = Scripted(Receipt(Outcome.CONFIG, code=21408))
    deliver_due(desk(provider, clock))

    with transaction():
        office_settings.change(sending_hold="")
    clock.pass_by(hours=1)
    deliver_due(desk(provider, clock))

    assert again(text).status is S.ACCEPTED


@pytest.mark.parametrize(
    ("code", "column"), [(21614, "no_text_since"), (21610, "opted_out_at"), (21211, "no_text_since")]
)
def test_a_refusal_is_remembered_with_the_number(app: Flask, clock: Clock, code: int, column: str) -> None:
    text = plan()

    deliver_due(desk(Scripted(Receipt(Outcome.REFUSED, code=code)), clock))

    assert (again(text).status, again(text).code) == (S.REFUSED, str(code))
    note = note_of(MOBILE)
    assert note is not None
    assert getattr(note, column) == TEN


def test_a_number_that_cannot_be_called_may_still_get_texts(app: Flask, clock: Clock) -> None:
    call(number=MOBILE)

    deliver_due(desk(Scripted(Receipt(Outcome.REFUSED, code=21214)), clock))

    note = note_of(MOBILE)
    assert note is not None
    assert (note.no_call_since, note.no_text_since) == (TEN, None)


def test_a_refusal_that_is_our_own_mistake_says_nothing_about_the_number(app: Flask, clock: Clock) -> None:
    plan()

    deliver_due(desk(Scripted(Receipt(Outcome.REFUSED, code=21617)), clock))

    assert note_of(MOBILE) is None


def test_an_unknown_outcome_is_never_sent_again_by_itself(app: Flask, clock: Clock) -> None:
    provider = Scripted()
    provider.answers = [provider.accept_and_lose_the_answer]
    text = plan(not_after=TEN + timedelta(days=2))

    for _ in range(100):
        deliver_due(desk(provider, clock))
        sweep(desk(provider, clock))
        clock.pass_by(minutes=30)

    assert len(provider.accepted) == 1
    assert again(text).status is S.UNKNOWN


def test_a_provider_that_fails_in_an_unforeseen_way_is_unknown_and_stops_no_other(app: Flask, clock: Clock) -> None:
    def fail(outgoing: Outgoing) -> Receipt:
        raise RuntimeError("a mistake in the adapter")

    provider = Scripted(fail)
    texts = [plan() for _ in range(3)]

    deliver_due(desk(provider, clock))

    assert sorted(again(text).status for text in texts) == [S.ACCEPTED, S.ACCEPTED, S.UNKNOWN]


def test_one_call_that_hangs_does_not_hold_up_the_others(app: Flask, clock: Clock) -> None:
    released = threading.Event()

    def hang(outgoing: Outgoing) -> Receipt:
        assert released.wait(30)
        return provider.accept(outgoing)

    def count(outgoing: Outgoing) -> Receipt:
        receipt = provider.accept(outgoing)
        if len(provider.accepted) == 40:
            released.set()
        return receipt

    provider = Scripted(hang, *[count] * 40)
    for n in range(41):
        plan(number=mobile(n))

    # It ends at all only because the forty others were sent while the one hung.
    assert deliver_due(desk(provider, clock))["accepted"] == 41


def test_a_provider_that_asks_us_to_wait_is_left_alone_by_all_workers_for_all_messages(
    app: Flask, clock: Clock
) -> None:
    provider = Scripted(Receipt(Outcome.BUSY, code=20429, retry_after=120))
    text, ring = plan(), call()
    deliver_due(desk(provider, clock), callers=1)

    clock.pass_by(seconds=119)
    # Another process: it shares nothing but the database.
    deliver_due(desk(another := Scripted(), clock))
    assert (another.accepted, again(text).status, again(ring).status) == ([], S.PLANNED, S.PLANNED)

    clock.pass_by(seconds=1)
    deliver_due(desk(another, clock))
    assert len(another.accepted) == 2


def test_after_the_wait_one_message_tries_and_when_it_is_accepted_the_others_follow(
    app: Flask, clock: Clock
) -> None:
    provider = Scripted(*[Receipt(Outcome.BUSY, code=20429, retry_after=60)] * 2)
    for n in range(10):
        plan(number=mobile(n))

    deliver_due(desk(provider, clock), callers=1)
    clock.pass_by(seconds=60)
    deliver_due(desk(provider, clock))
    assert (provider.accepted, provider.answers) == ([], [])

    clock.pass_by(seconds=60)
    deliver_due(desk(provider, clock))
    assert len(provider.accepted) == 10


def test_an_outage_makes_unknown_what_was_under_way_and_not_all_that_is_due(app: Flask, clock: Clock) -> None:
    def no_answer(_outgoing: Outgoing) -> Receipt:
        clock.pass_by(seconds=1)
        return Receipt(Outcome.UNKNOWN, code=503)

    provider = Scripted(*[no_answer] * 500)
    texts = [plan(number=mobile(n)) for n in range(40)]

    for _ in range(20):
        deliver_due(desk(provider, clock), callers=4)
        clock.pass_by(seconds=15)
    assert sum(again(text).status is S.UNKNOWN for text in texts) < 4 + 8

    provider.answers.clear()
    clock.pass_by(minutes=15)
    deliver_due(desk(provider, clock))
    assert {again(text).status for text in texts} == {S.UNKNOWN, S.ACCEPTED}


def test_when_calls_get_no_answer_texts_go_on(app: Flask, clock: Clock) -> None:
    def only_texts(outgoing: Outgoing) -> Receipt:
        clock.pass_by(seconds=1)
        return provider.accept(outgoing) if outgoing.channel is Channel.SMS else Receipt(Outcome.UNKNOWN)

    provider = Scripted(*[only_texts] * 100)
    for n in range(6):
        call(number=f"+8195700001{n}")
    texts = [plan(number=mobile(n)) for n in range(20)]

    deliver_due(desk(provider, clock), callers=2)

    assert {again(text).status for text in texts} == {S.ACCEPTED}
    # Two or three, of which a person must learn; the others are still to go.
    assert db.session.query(Message).filter_by(channel=Channel.VOICE, status=S.UNKNOWN).count() < 4


# The same with the real provider's adapter


def test_with_twilio_a_text_and_a_call_go_once(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    text, ring = plan(), call()

    deliver_due(desk(twilio, clock))
    deliver_due(desk(twilio, clock))

    assert len(server.kept) == 2
    assert {again(text).sid, again(ring).sid} == {one["sid"] for one in server.kept}


def test_with_twilio_when_all_callers_hang_the_others_leave_as_soon_as_they_are_given_up(
    app: Flask, server: TwilioServer, clock: Clock
) -> None:
    server.next.extend([HANG, HANG, HANG, TRICKLE])
    account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", base_url=server.url)
    texts = [plan(number=mobile(n)) for n in range(10)]

    deliver_due(desk(TwilioProvider(account, sending_limit=1), clock), callers=4)

    assert Counter(again(text).status for text in texts) == {S.UNKNOWN: 4, S.ACCEPTED: 6}


def test_with_twilio_a_lost_answer_is_found_in_its_list(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    server.next.append(ACCEPT_THEN_RESET)
    text = plan()
    deliver_due(desk(twilio, clock))
    assert again(text).status is S.UNKNOWN

    clock.pass_by(minutes=2)
    sweep(desk(twilio, clock))

    assert (again(text).status, again(text).sid) == (S.ACCEPTED, server.kept[0]["sid"])
    assert len(server.kept) == 1


def test_with_twilio_a_list_that_lags_is_asked_again_later(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    server.next.append(ACCEPT_THEN_RESET)
    text = plan()
    deliver_due(desk(twilio, clock))
    server.hidden.add(server.kept[0]["sid"])
    clock.pass_by(minutes=2)
    sweep(desk(twilio, clock))
    assert again(text).status is S.UNKNOWN

    server.hidden.clear()
    clock.pass_by(minutes=3)
    sweep(desk(twilio, clock))

    assert again(text).status is S.ACCEPTED


def test_with_twilio_refusals_and_a_wrong_account_mean_what_they_mean(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    server.next.append(twilio_server.refuse(21610))
    stopped = plan()
    deliver_due(desk(twilio, clock))
    server.next.append(twilio_server.refuse(20003, status=401))
    waiting = plan(number="+819000000002")

    deliver_due(desk(twilio, clock))

    assert (again(stopped).status, again(waiting).status) == (S.REFUSED, S.PLANNED)
    note = note_of(MOBILE)
    assert note is not None and note.opted_out_at == TEN
    assert hold_is_set() == "provider:20003"
    assert db.session.scalar(sa.select(sa.func.count(Message.id)).where(Message.status == S.UNKNOWN)) == 0
