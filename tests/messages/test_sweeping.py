"""What time does: too late, lost claims, and news that never comes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.providers.twilio import TwilioProvider
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import AT_ONCE, sweep
from tests.messages.sending import TEN, Clock, Scripted, again, call, desk, mobile, plan
from tests.messages.twilio_server import ACCEPT_THEN_RESET, RESET, TwilioServer

S = MessageStatus
LOST = Receipt(Outcome.UNKNOWN)


def claimed(clock: Clock) -> Message:
    """A message whose process died between claim and call."""
    one = plan()
    with transaction() as session:
        session.execute(
            sa.update(Message)
            .where(Message.id == one.id)
            .values(status=S.CLAIMED, claim="gone", claimed_at=clock(), tries=1)
        )
    return again(one)


def minutes_of_asking(provider: Scripted, clock: Clock, of: Message, minutes: int, base: str | None) -> list[int]:
    """In which of the next minutes the provider was asked."""
    asked = []
    for minute in range(1, minutes + 1):
        clock.pass_by(minutes=1)
        before = len(provider.asked)
        sweep(desk(provider, clock, base=base))
        if len(provider.asked) > before:
            asked.append(minute)
    return asked


def test_a_claim_is_left_alone_as_long_as_its_call_may_last(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = claimed(clock)

    clock.pass_by(seconds=89)
    sweep(desk(provider, clock))

    assert again(text).status is S.CLAIMED


def test_a_claim_whose_process_died_becomes_unknown_and_is_not_sent_again(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = claimed(clock)

    clock.pass_by(seconds=90)
    assert sweep(desk(provider, clock))["lost"] == 1
    deliver_due(desk(provider, clock))

    assert (again(text).status, again(text).reason) == (S.UNKNOWN, "process-ended")
    assert provider.accepted == []


def test_a_slow_answer_that_comes_after_the_sweep_is_still_recorded(app: Flask, clock: Clock) -> None:
    text = plan()

    def accept_slowly(outgoing: object) -> Receipt:
        with app.app_context():
            clock.pass_by(seconds=95)
            sweep(desk(Scripted(), clock))
            assert again(text).status is S.UNKNOWN
        return Receipt(Outcome.ACCEPTED, sid="SM-slow")

    deliver_due(desk(Scripted(accept_slowly), clock))

    assert (again(text).status, again(text).sid) == (S.ACCEPTED, "SM-slow")


def test_an_unknown_message_is_looked_for_at_two_five_and_ten_minutes_and_then_left_to_a_person(
    app: Flask, clock: Clock
) -> None:
    provider = Scripted(LOST)
    text = plan()
    deliver_due(desk(provider, clock))

    assert minutes_of_asking(provider, clock, text, 60, "https://desk.example.jp") == [2, 5, 10]
    assert again(text).status is S.UNKNOWN


def test_after_a_long_stop_an_unknown_message_is_looked_for_once(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST)
    plan()
    deliver_due(desk(provider, clock))

    clock.pass_by(days=4)
    sweep(desk(provider, clock))
    sweep(desk(provider, clock))

    assert len(provider.asked) == 1


def test_the_one_that_can_only_be_it_is_adopted(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST)
    text = plan()
    deliver_due(desk(provider, clock))
    provider.lists = ["SM-found"]

    clock.pass_by(minutes=2)
    assert sweep(desk(provider, clock))["found"] == 1

    assert (again(text).status, again(text).sid) == (S.ACCEPTED, "SM-found")


def test_what_is_known_as_anothers_is_not_adopted(app: Flask, clock: Clock) -> None:
    provider = Scripted()
    other = plan()
    deliver_due(desk(provider, clock))
    provider.answers = [LOST]
    text = plan()
    deliver_due(desk(provider, clock))
    provider.lists = [again(other).sid or ""]

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert again(text).status is S.UNKNOWN


def test_of_two_candidates_none_is_adopted(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST)
    text = plan()
    deliver_due(desk(provider, clock))
    provider.lists = ["SM-one", "SM-two"]

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert again(text).status is S.UNKNOWN


def test_a_list_that_cannot_be_read_changes_nothing(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST)
    text = plan()
    deliver_due(desk(provider, clock))
    provider.lists = None

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert again(text).status is S.UNKNOWN


def test_two_lost_messages_to_one_household_are_not_taken_for_each_other(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST, LOST)
    one, two = plan(), plan()
    deliver_due(desk(provider, clock))
    provider.lists = ["SM-of-one-of-them"]

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert {again(one).status, again(two).status} == {S.UNKNOWN}
    assert {again(one).sid, again(two).sid} == {None}


def test_two_lost_texts_of_other_words_to_one_household_are_told_apart(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST, LOST)
    one, _two = plan(), plan(body="【南島原市】ほかのご案内")
    deliver_due(desk(provider, clock))
    # The list is asked with the words of the text, so this can only be the one that is looked for.
    provider.lists = [f"SM-{one.token}"]

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert again(one).sid == f"SM-{one.token}"


def test_a_call_that_was_lost_long_ago_does_not_hide_the_one_that_is_found(app: Flask, clock: Clock) -> None:
    provider = Scripted(LOST, LOST)
    old = call()
    deliver_due(desk(provider, clock))
    clock.pass_by(hours=4)
    new = call(due_at=clock())
    deliver_due(desk(provider, clock))
    provider.lists = ["CA-new"]

    clock.pass_by(minutes=2)
    sweep(desk(provider, clock))

    assert (again(old).sid, again(new).sid) == (None, "CA-new")


def test_a_slow_provider_is_asked_a_few_seconds_long_and_the_rest_at_the_next_tick(app: Flask, clock: Clock) -> None:
    class Slow(Scripted):
        def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
            clock.pass_by(seconds=8)
            return super().fetch(channel, sid)

    provider = Slow()
    for n in range(3):
        plan(number=mobile(n))
    deliver_due(desk(provider, clock))
    clock.pass_by(hours=1)

    begun = clock()
    sweep(desk(provider, clock))
    assert (len(provider.asked), clock() - begun) == (1, timedelta(seconds=8))

    for _ in range(2):
        sweep(desk(provider, clock))
    assert len(set(provider.asked)) == 3


def test_a_provider_that_asked_us_to_wait_is_not_asked_about_anything_either(app: Flask, clock: Clock) -> None:
    text = plan(number=mobile(1))
    provider = Scripted()
    deliver_due(desk(provider, clock))
    clock.pass_by(hours=1)
    provider.answers = [Receipt(Outcome.BUSY, code=20429, retry_after=120)]
    plan(number=mobile(2), due_at=clock())
    deliver_due(desk(provider, clock))

    sweep(desk(provider, clock))
    assert provider.asked == []

    clock.pass_by(seconds=120)
    sweep(desk(provider, clock))
    assert provider.asked == [again(text).sid]


def test_a_claim_from_before_the_clock_was_set_back_becomes_unknown(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = claimed(clock)

    clock.pass_by(hours=-2)
    sweep(desk(provider, clock))

    assert (again(text).status, again(text).reason) == (S.UNKNOWN, "process-ended")


def test_a_message_without_final_news_is_asked_about_after_one_and_twelve_hours(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()
    deliver_due(desk(provider, clock))

    assert minutes_of_asking(provider, clock, text, 13 * 60, "https://desk.example.jp") == [60, 720]


def test_where_no_callback_reaches_us_it_is_asked_about_soon(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()
    deliver_due(desk(provider, clock, base=None))

    assert provider.accepted[0].callback_url is None
    assert minutes_of_asking(provider, clock, text, 70, None) == [1, 3, 10, 30, 60]


def test_asking_finds_what_a_lost_callback_would_have_told(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()
    deliver_due(desk(provider, clock))
    sid = again(text).sid or ""
    provider.tells[sid] = ReportedStatus(sid=sid, state=Delivery.DELIVERED)

    clock.pass_by(hours=1)
    assert sweep(desk(provider, clock))["asked"] == 1

    assert again(text).status is S.DELIVERED


def test_what_stays_without_news_for_a_day_is_unknown_and_a_late_callback_still_counts(
    app: Flask, provider: Scripted, clock: Clock
) -> None:
    text = plan()
    deliver_due(desk(provider, clock))

    clock.pass_by(hours=24)
    sweep(desk(provider, clock))
    assert (again(text).status, again(text).reason) == (S.UNKNOWN, "no-news")

    clock.pass_by(hours=16)
    with transaction():
        take_report(ReportedStatus(sid=again(text).sid or "", state=Delivery.DELIVERED), now=clock())
    assert again(text).status is S.DELIVERED


def test_many_are_asked_about_in_blocks_and_each_once(app: Flask, provider: Scripted, clock: Clock) -> None:
    for n in range(AT_ONCE + 5):
        plan(number=mobile(n))
    deliver_due(desk(provider, clock))
    clock.pass_by(hours=1)

    for _ in range(3):
        sweep(desk(provider, clock))

    assert len(provider.asked) == len(set(provider.asked)) == AT_ONCE + 5


def test_what_ended_is_never_asked_about(app: Flask, provider: Scripted, clock: Clock) -> None:
    text = plan()
    deliver_due(desk(provider, clock))
    with transaction():
        take_report(ReportedStatus(sid=again(text).sid or "", state=Delivery.DELIVERED), now=clock())

    clock.pass_by(hours=30)
    sweep(desk(provider, clock))

    assert (provider.asked, again(text).status) == ([], S.DELIVERED)


# The same with the real provider's adapter


def test_with_twilio_a_call_that_was_never_made_stays_unknown(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    server.next.append(RESET)
    ring = call()
    deliver_due(desk(twilio, clock))

    clock.pass_by(minutes=2)
    sweep(desk(twilio, clock))

    assert (again(ring).status, server.kept) == (S.UNKNOWN, [])


def test_with_twilio_two_calls_to_one_house_are_told_apart_or_left_unknown(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    server.next.extend([ACCEPT_THEN_RESET, RESET])
    his, hers = call(), call()
    deliver_due(desk(twilio, clock))

    clock.pass_by(minutes=2)
    sweep(desk(twilio, clock))

    assert len(server.kept) == 1
    assert {again(his).status, again(hers).status} == {S.UNKNOWN}


def test_with_twilio_asking_tells_that_a_text_arrived(
    app: Flask, server: TwilioServer, twilio: TwilioProvider, clock: Clock
) -> None:
    text = plan()
    deliver_due(desk(twilio, clock))
    server.set_status(again(text).sid or "", "delivered")

    clock.now = TEN
    clock.pass_by(hours=1)
    sweep(desk(twilio, clock))

    assert again(text).status is S.DELIVERED
    db.session.rollback()
