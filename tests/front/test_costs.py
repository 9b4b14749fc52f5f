"""費用: the page, its file, its two buttons, the same for a program, and the warnings on other pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import transaction
from supportdesk.messages.delivery import deliver_due
from supportdesk.office import settings as office_settings
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import Clock, Scripted, desk, mobile, plan
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def spent(app: Flask) -> None:
    """Nine texts of ten yen each in a month of a hundred, and one planned."""
    with transaction():
        office_settings.change(yen_per_text_part=10, yen_per_call=20, most_yen_a_month=100)
    for n in range(10):
        late = timedelta(hours=1) if n == 9 else timedelta(0)
        plan(number=mobile(n), due_at=NOW + late, not_after=NOW + timedelta(hours=5))
    deliver_due(desk(Scripted(), Clock(NOW)))


def test_the_page_says_what_is_spent_planned_and_left(spent: None, web: Web) -> None:
    page = web.sign_in(factories.user(Role.STAFF)).get("/messages/cost")

    assert "今月の使用額（円） 90" in page.text
    assert "月末までの予定（円） 10" in page.text
    assert "90 %" in page.text
    assert "開催前のご案内" in page.text
    assert page.soup.select_one("form[action$='on-top']") is None


def test_the_file_has_a_line_for_each_month_way_and_matter(spent: None, web: Web) -> None:
    page = web.sign_in(factories.user(Role.STAFF)).get("/messages/cost.csv")

    assert page.html.removeprefix("\ufeff").splitlines() == [
        "年月,手段,種類,件数,通数,費用（円）", "2026-07,ショートメール,開催前のご案内,9,9,90"
    ]  # fmt: skip


def test_a_manager_lets_this_month_cost_more(spent: None, web: Web) -> None:
    page = web.sign_in(factories.user(Role.MANAGER)).get("/messages/cost").form("form[action$='on-top']")

    assert page.send(yen="多め").status == 422
    assert "60 %" in page.send(yen="５０").text


def test_prices_that_the_company_does_not_tell_are_written_by_hand(spent: None, web: Web) -> None:
    page = web.sign_in(factories.user(Role.MANAGER)).get("/messages/cost").form("form[action$='prices']").send()

    assert page.status == 422
    assert "料金表を読み取れませんでした" in page.text


@pytest.mark.parametrize("path", ["/", "/outgoing", "/office", "/messages/cost"])
def test_pages_warn_when_four_fifths_are_spent(spent: None, web: Web, path: str) -> None:
    web.sign_in(factories.user(Role.MANAGER))
    assert "今月の上限の90%を使いました" in web.get(path).text

    with transaction():
        office_settings.change(most_yen_a_month=90)
    assert "今月の上限90円に達しました" in web.get(path).text


def test_a_program_reads_the_costs_and_allows_more(spent: None, app: Flask) -> None:
    program = Program(app, factories.token(Role.MANAGER))

    before = program.get("/message-costs").body
    assert (before["limit_yen"], before["spent_yen"], before["planned_yen"], before["percent"]) == (100, 90, 10, 90)
    assert before["months"] == [
        {"month": "2026-07", "channel": "sms", "matter": "reminder", "messages": 9, "segments": 9, "yen": 90}
    ]
    assert program.post("/message-costs/on-top", {"yen": 50}).body["limit_yen"] == 150
    assert program.post("/message-costs/prices", {}).body["code"] == "no-prices"
