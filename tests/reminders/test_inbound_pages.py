"""The lists of calls and texts that came in, on pages and below /api."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.call_task_models import CallTask
from supportdesk.people.models import FamilyContact
from supportdesk.people.rules import ContactScope, ContactTiming
from supportdesk.reminders import inbound_calls, inbound_forgetting, inbound_texts
from supportdesk.reminders.inbound_models import InboundCall, InboundText
from tests import factories
from tests.conftest import NOW
from tests.front.test_query_counts import asked
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database

HOME, MOBILE = "+81957000002", "+819000000001"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def staff(app: Flask, web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


def rings(sid: str, number: str, *keys: str) -> None:
    with transaction():
        call = inbound_calls.ring(sid, number, now=NOW)
        for pressed in keys:
            call = inbound_calls.press(call, call.turn, pressed, now=NOW)


def test_staff_see_who_may_have_rung_and_what_came_of_it(staff: Web, clock: time_machine.Traveller) -> None:
    booking = factories.booking(factories.resident("ホンダ ハル", MOBILE))
    for kana in ("モリ ア", "モリ イ", "モリ ウ", "モリ エ"):
        factories.resident(kana, HOME)
    factories.save(
        FamilyContact(
            resident_id=booking.resident_id, name="長女", relation="長女", number="+81957000009",
            scope=ContactScope.PLACE_AND_TIME, timing=ContactTiming.AFTER,
        )
    )  # fmt: skip
    rings("CA1", "anonymous")
    rings("CA2", HOME)
    rings("CA3", "+81957000009")
    rings("CA4", MOBILE, "2", booking.number, "2", "5")

    page = staff.get("/incoming").text
    assert "非通知" in page and "0957-00-0002" in page and "モリ ア ・ モリ イ ・ モリ ウ ほか1人" in page
    assert "家族の連絡先: ホンダ ハル" in page and "予約を取り消し" in page and page.count("通話中") == 3
    with transaction():
        inbound_calls.end("CA1", now=NOW)
    assert staff.get("/incoming").text.count("通話中") == 2
    clock.shift(timedelta(minutes=6))
    assert "通話中" not in staff.get("/incoming").text


def test_staff_read_texts_as_they_were_written_and_where_they_wait(staff: Web) -> None:
    with transaction():
        inbound_texts.take("SM1", MOBILE, "やめます\n<b>ごめん</b>", now=NOW)
        inbound_texts.take("SM2", HOME, "1234 5678 9018", now=NOW)

    page = staff.get("/incoming/texts")
    assert "やめます <b>ごめん</b>" in page.text and "お断りのお返事のようです" in page.text
    assert "番号が含まれていたため" in page.text and "9018" not in page.html
    assert "7月6日(月)午後2時までに電話連絡" in page.text


def test_where_nothing_can_reach_us_the_pages_say_so(app: Flask, staff: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "外部から届くアドレスが設定されていない" in staff.get("/incoming").text
    public = replace(app.config["SUPPORTDESK"], public_base_url="https://desk.example.jp")
    monkeypatch.setitem(app.config, "SUPPORTDESK", public)
    assert "外部から届くアドレスが設定されていない" not in staff.get("/incoming/texts").text


def test_programs_read_them_with_a_scope_of_their_own_the_newest_first(app: Flask) -> None:
    person = factories.resident(number=MOBILE)
    with transaction():
        inbound_texts.take("SM1", MOBILE, "はい", now=NOW)
    rings("CA1", "")
    rings("CA2", MOBILE)

    program = Program(app, factories.token())
    calls = program.get("/incoming-calls").body["items"]
    assert [(one["withheld"], one["number_ends_in"], one["resident_ids"], one["step"]) for one in calls] == [
        (False, "0001", [person.id], "menu"), (True, "", [], "menu"),
    ]  # fmt: skip
    [text] = program.get("/incoming-texts", since="2026-07-06T10:00:00+09:00").body["items"]
    assert (text["text"], text["meaning"], text["call_task_id"] is not None) == ("はい", "yes", True)
    assert program.get("/incoming-calls", since="2026-07-06T10:00:01+09:00").body["items"] == []
    for path in ("/incoming-calls", "/incoming-texts"):
        assert Program(app, factories.token(scopes={"read:messages"})).get(path).status == 403


def test_what_came_in_more_than_a_year_ago_is_forgotten(app: Flask) -> None:
    with transaction():
        for n, days in enumerate((366, 364)):
            then = NOW - timedelta(days=days)
            inbound_calls.ring(f"CA{n}", HOME, now=then)
            inbound_texts.take(f"SM{n}", HOME, "はい", now=then)
        inbound_forgetting.forget(NOW)

        assert list(db.session.scalars(sa.select(InboundCall.sid))) == ["CA1"]
        assert list(db.session.scalars(sa.select(InboundText.sid))) == ["SM1"]
        assert db.session.scalar(sa.select(sa.func.count(CallTask.id))) == 2


def test_a_long_list_asks_no_more_than_a_short_one(staff: Web) -> None:
    counted = []
    for n in range(30):
        factories.save(InboundCall(sid=f"CA{n}", number=HOME, began_at=NOW, changed_at=NOW, step="busy",
                                   booking_id=factories.booking(factories.resident(f"モリ {n}")).id))  # fmt: skip
        factories.save(InboundText(sid=f"SM{n}", number=HOME, at=NOW, body="はい", meaning="yes"))
        if n in (0, 29):
            counted.append([asked(staff, path) for path in ("/incoming", "/incoming/texts")])

    assert counted[0] == counted[1]
