"""送信の記録: what left, what became of it, in our words; names nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages.models import Message, ProviderRest
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import plan
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def sent(about: str = "booking:12", created_at: Any = NOW, **values: Any) -> None:
    plan(about=about, now=created_at, step=values.pop("step", "last"))
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.about == about).values(**values))


def test_what_became_of_a_text_stands_there_in_words_with_the_end_of_its_number(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.STAFF))
    sent(status=MessageStatus.FAILED, code="30003", handed_over_at=NOW)

    page = web.get("/messages")

    row = page.soup.select_one("tbody tr")
    assert row is not None
    for words in ("前の開庁日のご案内", "末尾 0001", "届きませんでした", "電波の届かない", "30003", "スマホ教室"):
        assert words in row.text, f"{words} in {row.text}"
    assert row.select_one('a[href="/bookings/12"]') is not None
    assert "090" not in row.text and "+8190" not in page.text


def test_who_looks_after_the_machines_sees_it_without_the_way_to_the_booking(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.ADMIN))
    sent(status=MessageStatus.SENT)

    assert web.get("/messages").soup.select_one('main a[href^="/bookings/"]') is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 2),
        ("status=unknown", 1),
        ("code=２００５１", 0),
        ("code=３０００３", 1),
        ("digits=０００１", 2),
        ("digits=9999", 0),
        ("day=2026-05-01", 3),
        ("day=令和8年7月7日", 0),
        ("status=nonsense", 2),
    ],
)
def test_it_is_searched_by_day_result_code_and_last_digits(app: Flask, web: Web, asked: str, found: int) -> None:
    web.sign_in(factories.user(Role.MANAGER))
    sent("booking:1", status=MessageStatus.UNKNOWN)
    sent("booking:2", status=MessageStatus.FAILED, code="30003")
    sent("booking:3", created_at=NOW - timedelta(days=40), status=MessageStatus.SENT)

    assert len(web.get(f"/messages?{asked}").soup.select("tbody tr")) == found


def test_a_day_that_cannot_be_read_says_so_and_keeps_what_was_typed(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.MANAGER))

    page = web.get("/messages?day=あした&code=30003")

    assert page.status == 422
    assert page.soup.select_one('input[name="day"]')["value"] == "あした"  # type: ignore[index]
    assert page.soup.select_one('input[name="code"]')["value"] == "30003"  # type: ignore[index]


def test_a_provider_in_trouble_and_its_next_try_stand_on_top(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.MANAGER))
    with transaction():
        db.session.add(
            ProviderRest(channel=Channel.SMS, failures=3, noted_at=NOW, until=NOW + timedelta(minutes=1))
        )

    assert "午前10時1分に送ります" in web.get("/messages").text
