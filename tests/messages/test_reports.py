"""News of a message: by callback, in any order, twice, early, late, about nobody, and through the door on the web."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import tally
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message, ProviderReport
from supportdesk.messages.providers import callbacks, signature
from supportdesk.messages.providers.base import Channel, Delivery, Outcome, Outgoing, Receipt, ReportedStatus
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from tests import factories
from tests.locking import locked_database
from tests.messages.sending import BASE, MOBILE, TEN, Clock, Scripted, again, call, desk, note_of, plan
from tests.messages.twilio_server import ACCOUNT, TOKEN

S = MessageStatus
LATER = TEN + timedelta(minutes=5)


def report(one: Message, state: Delivery, code: int | None = None, *, sid: str = "", token: str | None = "") -> bool:
    """A report about this message as a callback brings it; True if it moved the status."""
    news = ReportedStatus(
        sid=sid or f"SM-{one.token}", state=state, code=code, token=one.token if token == "" else token
    )
    with transaction():
        return take_report(news, now=LATER)


def sent(app: Flask, one: Message) -> Message:
    deliver_due(desk(Scripted(), Clock()))
    return again(one)


def reports_of(one: Message) -> list[ProviderReport]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(ProviderReport).filter_by(message_id=one.id).order_by(ProviderReport.id)))


def test_a_delivered_text_is_delivered_and_when_is_kept(app: Flask) -> None:
    text = sent(app, plan())

    assert report(text, Delivery.SENT)
    assert report(text, Delivery.DELIVERED)

    assert (again(text).status, again(text).ended_at) == (S.DELIVERED, LATER)


def test_the_same_callback_twice_moves_once_and_is_kept_twice(app: Flask) -> None:
    text = sent(app, plan())

    assert [report(text, Delivery.DELIVERED), report(text, Delivery.DELIVERED)] == [True, False]

    assert [row.moved for row in reports_of(text)] == [True, False]


@pytest.mark.parametrize("order", list(permutations([Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED])))
def test_callbacks_in_any_order_end_in_delivered(app: Flask, order: tuple[Delivery, ...]) -> None:
    text = sent(app, plan())

    for state in order:
        report(text, state)

    assert again(text).status is S.DELIVERED


def test_of_two_final_words_the_first_stays(app: Flask) -> None:
    text = sent(app, plan())

    assert report(text, Delivery.UNDELIVERED, 30003)
    assert not report(text, Delivery.DELIVERED)

    assert (again(text).status, again(text).code) == (S.FAILED, "30003")


def test_a_call_that_nobody_took_is_not_answered(app: Flask) -> None:
    ring = sent(app, call())

    for state in (Delivery.RINGING, Delivery.NO_ANSWER):
        report(ring, state)

    assert again(ring).status is S.NOT_ANSWERED


def test_an_answered_call_is_answered_only_when_it_is_over(app: Flask) -> None:
    ring = sent(app, call())

    report(ring, Delivery.IN_PROGRESS)
    assert again(ring).status is S.ACCEPTED

    report(ring, Delivery.COMPLETED)
    assert again(ring).status is S.ANSWERED


def test_a_callback_that_is_quicker_than_the_answer_is_not_undone_by_it(app: Flask) -> None:
    text = plan()

    def accept_slowly(outgoing: Outgoing) -> Receipt:
        with app.app_context():
            report(text, Delivery.SENT)
            report(text, Delivery.DELIVERED)
        return provider.accept(outgoing)

    provider = Scripted(accept_slowly)
    deliver_due(desk(provider, Clock()))

    assert (again(text).status, again(text).sid) == (S.DELIVERED, f"SM-{text.token}")
    assert again(text).segments == 1


def test_a_callback_finds_the_message_whose_answer_was_lost(app: Flask) -> None:
    text = plan()
    deliver_due(desk(Scripted(Receipt(Outcome.UNKNOWN)), Clock()))
    assert again(text).status is S.UNKNOWN

    report(text, Delivery.DELIVERED, sid="SM-found")

    assert (again(text).status, again(text).sid) == (S.DELIVERED, "SM-found")


def test_a_message_that_left_before_a_backup_was_restored_is_not_sent_again(app: Flask) -> None:
    text = plan()
    report(text, Delivery.SENT)

    provider = Scripted()
    deliver_due(desk(provider, Clock()))

    assert (provider.accepted, again(text).status) == ([], S.SENT)


def test_a_report_about_nobody_is_kept_and_moves_nothing(app: Flask) -> None:
    text = sent(app, plan())

    assert not report(text, Delivery.DELIVERED, sid="SM-strange", token="nobody")

    assert again(text).status is S.ACCEPTED
    db.session.rollback()
    (kept,) = db.session.scalars(sa.select(ProviderReport))
    assert (kept.message_id, kept.sid) == (None, "SM-strange")


def test_a_report_of_another_sid_under_this_token_moves_nothing(app: Flask) -> None:
    text = sent(app, plan())

    assert not report(text, Delivery.DELIVERED, sid="SM-other")

    assert again(text).status is S.ACCEPTED


def test_a_sid_that_is_anothers_is_not_bound_a_second_time(app: Flask) -> None:
    first = sent(app, plan())
    second = plan()

    assert not report(second, Delivery.DELIVERED, sid=first.sid or "")

    assert again(second).sid is None


def test_a_text_that_a_landline_refused_later_is_remembered_with_the_number(app: Flask) -> None:
    text = sent(app, plan())

    report(text, Delivery.UNDELIVERED, 30006)

    note = note_of(MOBILE)
    assert note is not None and note.no_text_since == LATER


def test_a_telephone_that_was_off_says_nothing_about_the_number(app: Flask) -> None:
    text = sent(app, plan())

    report(text, Delivery.UNDELIVERED, 30003)

    assert note_of(MOBILE) is None


def test_an_account_that_was_suspended_meanwhile_stops_all_sending(app: Flask) -> None:
    text = sent(app, plan())

    report(text, Delivery.FAILED, 30002)

    db.session.rollback()
    assert office_settings.current().sending_hold == "provider:30002"


# The door


@pytest.fixture
def door(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The app with Twilio behind it."""
    provider = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000"))
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk(provider, Clock()))
    yield app


def knock(door: Flask, one: Message, state: Delivery = Delivery.DELIVERED, *, key: str = TOKEN, **more: str) -> int:
    """Post a callback as the provider does; gives the HTTP status of the answer."""
    path = f"/hooks/twilio/status/{one.token}"
    news = ReportedStatus(sid=f"SM-{one.token}", state=state)
    form = callbacks.write(Channel.SMS, news, to=MOBILE, sender="MINAMISHIMA") | more
    headers = {signature.HEADER: signature.sign(key, BASE + path, form)}
    return door.test_client().post(path, data=form, headers=headers).status_code


def test_a_signed_callback_is_taken_whatever_new_fields_it_carries(door: Flask) -> None:
    text = sent(door, plan())

    assert knock(door, text, FancyNewField="", Another="日本") == 204

    assert again(text).status is S.DELIVERED


def test_a_callback_that_is_not_signed_with_our_key_is_turned_away_and_counted(door: Flask) -> None:
    text = sent(door, plan())

    assert knock(door, text, key="somebody else's") == 403
    assert door.test_client().post(f"/hooks/twilio/status/{text.token}", data={}).status_code == 403

    assert again(text).status is S.ACCEPTED
    assert tally.total(tally.BAD_SIGNATURE) == 2


def test_a_signed_callback_about_nobody_is_answered_like_any_other(door: Flask) -> None:
    assert knock(door, Message(token="nobody")) == 204


def test_a_signed_callback_without_a_status_is_answered_and_changes_nothing(door: Flask) -> None:
    text = sent(door, plan())

    assert knock(door, text, MessageStatus="", SmsStatus="") == 204

    assert again(text).status is S.ACCEPTED


@pytest.mark.parametrize("sid", ["S" * 48, "S" * 49, "S" * 64, "S" * 10_000])
def test_a_name_that_no_provider_gives_breaks_nothing(door: Flask, sid: str) -> None:
    text = sent(door, plan())

    assert knock(door, text, MessageSid=sid) == 204

    assert again(text).status is S.ACCEPTED


def test_where_no_provider_is_chosen_nobody_is_let_in(door: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(door.extensions, switchboard.EXTENSION, None)

    assert knock(door, Message(token="nobody")) == 403


def test_a_callback_cannot_be_opened_like_a_page(door: Flask) -> None:
    assert door.test_client().get("/hooks/twilio/status/any").status_code == 405


def test_a_failure_without_a_code_is_a_failure(door: Flask) -> None:
    text = sent(door, plan())

    assert knock(door, text, Delivery.UNDELIVERED) == 204

    assert (again(text).status, again(text).code) == (S.FAILED, None)


def test_a_failure_with_a_code_that_is_new_to_us_keeps_the_code(door: Flask) -> None:
    text = sent(door, plan())

    assert knock(door, text, Delivery.FAILED, ErrorCode="39999") == 204

    assert (again(text).status, again(text).code) == (S.FAILED, "39999")


def test_behind_a_proxy_the_public_address_alone_is_what_was_signed(door: Flask) -> None:
    text = sent(door, plan())
    path = f"/hooks/twilio/status/{text.token}"
    form = callbacks.write(
        Channel.SMS, ReportedStatus(f"SM-{text.token}", Delivery.DELIVERED), to=MOBILE, sender="MINAMISHIMA"
    )
    headers = {signature.HEADER: signature.sign(TOKEN, BASE + path, form), "X-Forwarded-Host": "evil.example.com"}

    answer = door.test_client().post(path, data=form, headers=headers, base_url="http://10.0.0.5:8000")

    assert (answer.status_code, again(text).status) == (204, S.DELIVERED)


def test_a_callback_about_a_booking_that_was_erased_is_taken_like_any_other(door: Flask) -> None:
    booking = factories.booking()
    text = sent(door, plan(about=f"booking:{booking.id}"))
    with transaction() as session:
        session.execute(sa.delete(Booking).where(Booking.id == booking.id))

    assert knock(door, text) == 204

    assert again(text).status is S.DELIVERED


@pytest.mark.one_database
def test_when_the_database_is_locked_the_provider_is_asked_to_come_again(door: Flask) -> None:
    text = sent(door, plan())

    with locked_database():
        assert knock(door, text) == 503
    assert knock(door, text) == 204

    assert again(text).status is S.DELIVERED
