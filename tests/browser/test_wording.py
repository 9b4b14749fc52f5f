"""The words of a message in a real browser: counted and judged while somebody types, by the server's own rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.core.access import Role
from supportdesk.messages.providers import sms
from supportdesk.reminders import wording, wording_queries, wording_tried
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.serving import serving
from tests.web import Web

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

HERE = "/office/wording/text_reminder"
OWN = "{sender}教室です {day}{time} {venue} {telephone}"


@pytest.fixture
def page(chromium: Browser, app: Flask) -> Iterator[Page]:
    """The manager's page. Any error in it, also of the content security policy, fails the test."""
    cookie = Web(app).sign_in(factories.user(Role.MANAGER)).client.get_cookie(COOKIE)
    assert cookie is not None
    factories.venue(short_name="布津保健福祉センター")
    with serving(app) as address:
        context = chromium.new_context(locale="ja-JP", base_url=address)
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield page
        context.close()
        assert complaints == []


def units(words: str) -> int:
    return sms.units(wording_tried.try_out(Template.TEXT_REMINDER, words, wording_queries.town()).said[0])


def test_what_is_typed_is_counted_judged_and_read_out_and_not_saved(page: Page) -> None:
    page.goto(HERE)
    preview, box = page.locator("#preview"), page.locator("#field-words")
    expect(preview).to_contain_text(f"{units(wording.packaged()[Template.TEXT_REMINDER])}文字・1通")

    box.fill(OWN + "𠮷")
    expect(preview).to_contain_text(f"{units(OWN) + 2}文字・1通")
    expect(preview).to_contain_text("保存できます")

    box.press("End")
    box.press_sequentially("の" * 20)
    expect(preview).to_contain_text(f"{units(OWN) + 22}文字・2通")
    expect(preview.locator(".phone-flip .text")).to_have_count(2)
    expect(page.locator("#preview + [role=status]")).to_have_text("保存できますが、2通分になります、2通")

    box.press_sequentially("明日")
    expect(preview).to_contain_text("「明日」は入れられません")
    expect(page.locator("#preview + [role=status]")).to_contain_text("このままでは保存できません")

    page.reload()
    expect(box).to_have_value(wording.packaged()[Template.TEXT_REMINDER])


def test_what_was_typed_before_the_script_ran_is_judged_too(page: Page) -> None:
    late: list[Route] = []
    page.route("**/live-preview.js", lambda route: late.append(route))
    with page.expect_request("**/live-preview.js"):
        page.goto(HERE)
    page.locator("#field-words").fill(OWN)

    late[0].continue_()

    expect(page.locator("#preview")).to_contain_text(f"{units(OWN)}文字・1通")


def test_an_answer_that_cannot_be_had_leaves_what_was_there_and_saving_still_works(page: Page) -> None:
    page.goto(HERE)
    page.route("**/preview", lambda route: route.fulfill(status=302, headers={"location": "/login"}))
    with page.expect_response("**/preview"):
        page.locator("#field-words").fill(OWN)
    expect(page.locator("#preview")).to_contain_text("スマホ教室のご案内")

    page.get_by_role("button", name="保存する").click()

    expect(page.get_by_text("保存しました")).to_be_visible()
    expect(page.locator("#field-words")).to_have_value(OWN)
