"""Texts that come in: each is kept, becomes a task for a person, and does nothing but stop or resume texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import tally
from supportdesk.core.db import db
from supportdesk.core.history import HistoryRow
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.lessons.models import Booking
from supportdesk.messages import switchboard
from supportdesk.messages.models import Message, NumberNote
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import MessageStatus
from supportdesk.reminders import planning
from supportdesk.reminders.inbound_models import InboundText
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import Clock, desk
from tests.messages.twilio_server import ACCOUNT, TOKEN
from tests.reminders.ringing import OURS, knock

MOBILE = "+819000000001"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def door(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    provider = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", OURS))
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk(provider, Clock()))
    return app


def write(door: Flask, body: str, number: str = MOBILE, sid: str = "SM1", **more: str) -> str:
    form = {"MessageSid": sid, "From": number, "To": OURS, "Body": body} | more
    response = knock(door, "/hooks/twilio/sms", form)
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    db.session.rollback()
    return response.get_data(as_text=True)


def texts() -> list[InboundText]:
    return list(db.session.scalars(sa.select(InboundText).order_by(InboundText.id)))


def tasks() -> list[CallTask]:
    return list(db.session.scalars(sa.select(CallTask).order_by(CallTask.id)))


def opted_out(number: str = MOBILE) -> bool:
    note = db.session.get(NumberNote, number, populate_existing=True)
    return note is not None and note.opted_out_at is not None


def test_a_text_is_kept_and_becomes_one_task_however_often_it_is_posted_and_is_answered_with_nothing(
    door: Flask,
) -> None:
    resident = factories.resident(number=MOBILE)
    booking = factories.booking(resident)

    answers = {write(door, "やめます", sid="SM1") for _ in range(3)}

    assert answers == {'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'}
    assert [(one.body, one.number, one.meaning) for one in texts()] == [("やめます", MOBILE, "no")]
    [task] = tasks()
    assert (task.kind, task.note, task.resident_id) == (CallTaskKind.REPLY, "やめます", resident.id)
    assert task.due_at == NOW + timedelta(hours=4)
    # 「やめます」 may be the seat, the class or the texts: a person asks.
    assert db.session.get_one(Booking, booking.id).cancelled_at is None and not opted_out()


def test_who_asks_for_it_gets_no_texts_any_more_from_the_next_plan_on_and_may_ask_again(door: Flask) -> None:
    factories.booking(factories.reminded_by_text())
    planning.plan(NOW)
    assert db.session.scalars(sa.select(Message.status)).all() == [MessageStatus.PLANNED] * 2

    write(door, "Stop. Thank you")
    assert opted_out()
    planning.plan(NOW)
    assert db.session.scalars(sa.select(Message.status)).all() == [MessageStatus.WITHDRAWN] * 2
    assert "配信停止" in tasks()[0].note

    write(door, "ＳＴＡＲＴ", sid="SM2")
    assert not opted_out()
    planning.plan(NOW)
    planned = sa.select(Message.id).where(Message.status == MessageStatus.PLANNED)
    assert len(db.session.scalars(planned).all()) == 2


@pytest.mark.one_database
def test_a_my_number_in_a_text_is_kept_nowhere_and_the_task_says_so(door: Flask) -> None:
    write(door, "私の番号は１２３４-５６７８-９０１８です。配信停止")

    assert (texts()[0].body, texts()[0].held_my_number, opted_out()) == ("", True, True)
    assert "番号が含まれていたため" in tasks()[0].note and "1234" not in tasks()[0].note
    assert tally.total(tally.MY_NUMBER_TURNED_AWAY) == 1
    recorded = db.session.scalars(sa.select(HistoryRow)).all()
    assert "text.came-in" in [row.action for row in recorded]
    assert all("9018" not in str(row.details) for row in recorded)


@pytest.mark.one_database
def test_whatever_is_written_is_kept_as_far_as_a_text_goes(door: Flask) -> None:
    factories.resident("ホンダ ハル", MOBILE)
    factories.resident("ホンダ タダシ", MOBILE)
    for n, (body, number) in enumerate(
        [("👍", MOBILE), ("あ" * 1700, MOBILE), ("", "+819000000009"), ("はい", "CARRIER"), ("はい\u202e", "")]
    ):
        write(door, body, number, sid=f"SM{n}")

    assert [(len(one.body), one.number) for one in texts()] == [
        (1, MOBILE), (1600, MOBILE), (0, "+819000000009"), (2, ""), (2, ""),
    ]  # fmt: skip
    # Of two people on one line neither is named, and of a stranger there is the number alone.
    assert [task.resident_id for task in tasks()] == [None] * 5


@pytest.mark.one_database
def test_what_the_carrier_has_stopped_is_stopped_here_too(door: Flask) -> None:
    write(door, "やめて", OptOutType="STOP")

    assert opted_out()
