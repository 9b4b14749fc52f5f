"""The practice telephone in a real browser: a call is taken, heard sentence by sentence, keys are pressed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import Desk, deliver_due
from supportdesk.messages.models import PracticeLine
from supportdesk.messages.rules import MessageStatus
from tests import factories
from tests.messages.sending import LANDLINE, MOBILE, TEN, again, call, nothing_unwanted, plan
from tests.serving import serving
from tests.web import Web

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
WIDTHS = [1280, 820, 390, 320]


@pytest.fixture
def address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app on a port of this machine, with the callbacks posted to itself."""
    provider = app.extensions[switchboard.EXTENSION].provider
    with serving(app) as address:
        desk = Desk(provider, nothing_unwanted, lambda: TEN, address)
        monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk)
        monkeypatch.setitem(app.config, "SUPPORTDESK", replace(app.config["SUPPORTDESK"], public_base_url=address))
        yield address


@pytest.fixture
def page(chromium: Browser, app: Flask, address: str) -> Iterator[Page]:
    """A clerk's page. Any error in it, also of the content security policy, fails the test."""
    cookie = Web(app).sign_in(factories.user(Role.STAFF)).client.get_cookie(COOKIE)
    assert cookie is not None
    context = chromium.new_context(locale="ja-JP", base_url=address)
    context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type == "error" and "favicon" not in said.location["url"] else None
        ),
    )
    yield page
    context.close()
    assert complaints == []


def send_and_tick(app: Flask) -> None:
    deliver_due(app.extensions[switchboard.EXTENSION])
    switchboard.play_practice_telephone(app.config["SUPPORTDESK"])


def path_of(number: str) -> str:
    db.session.rollback()
    return f"/practice/{db.session.scalars(sa.select(PracticeLine.id).filter_by(number=number)).one()}"


def check(page: Page) -> None:
    """Nothing that axe finds, nothing that scrolls sideways, nothing too small to touch."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = page.evaluate(
            """[...document.querySelectorAll("main :is(a, button, .choice)")]
            .filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 47.5)
            .map((one) => one.textContent)"""
        )
        assert small == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_call_is_taken_heard_and_ended(app: Flask, page: Page) -> None:
    ring = call(sentences=["しやくしょです。", "あしたは、きょうしつです。"])
    send_and_tick(app)

    page.goto("/practice")
    check(page)
    page.get_by_role("link", name="0957-00-0001").click()
    check(page)
    page.get_by_role("button", name="出る", exact=True).click()
    expect(page.locator(".sentences li")).to_have_text(["しやくしょです。"])
    page.get_by_role("link", name="つぎの文").click()
    expect(page.locator(".sentences li")).to_have_text(["しやくしょです。", "あしたは、きょうしつです。"])
    page.get_by_role("button", name="5").click()
    expect(page.get_by_text("押した番号: 5")).to_be_visible()
    expect(page.locator(".sentences li")).to_have_count(2)
    check(page)
    page.get_by_role("button", name="電話を切る").click()
    expect(page.get_by_text("通話は終わりました")).to_be_visible()

    assert again(ring).status is MessageStatus.ANSWERED


def test_texts_look_right_on_new_and_old_telephones(app: Flask, page: Page) -> None:
    plan(body="【南島原市】スマホ教室のご案内です。7月15日(水)午前10時から、口之津公民館で行います。" * 2)
    plan(number="+819000000002")
    send_and_tick(app)

    page.goto(path_of(MOBILE))
    check(page)
    page.get_by_role("link", name="古い電話で見る").click()
    expect(page.locator(".text")).to_have_count(2)
    check(page)


def test_where_there_is_a_japanese_voice_the_sentences_are_read_aloud_when_asked(app: Flask, page: Page) -> None:
    call()
    send_and_tick(app)
    # Chromium without a window has no voice, so one is put in its place that notes what it is to say.
    page.add_init_script(
        """window.said = [];
        Object.defineProperty(window, "speechSynthesis", {value: {
          getVoices: () => [{lang: "ja-JP"}], cancel: () => {},
          speak: (words) => { said.push([words.lang, words.text]); words.dispatchEvent(new Event("end")); },
        }});"""
    )
    page.goto(path_of(LANDLINE))
    page.get_by_role("button", name="出る", exact=True).click()
    button = page.get_by_role("button", name="読み上げる")
    expect(button).to_be_visible()
    assert page.evaluate("said") == []

    button.click()

    assert page.evaluate("said") == [["ja-JP", "しやくしょです。"]]
    check(page)
