"""The day sheet in a real browser, as wide as a tablet and as a telephone in the hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Lesson
from supportdesk.people.models import ResidentNeed
from supportdesk.people.rules import Need
from supportdesk.visits.models import Visit
from tests import factories
from tests.serving import serving
from tests.visits import rows
from tests.web import Web

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

WIDTHS = [820, 390]
SAVED = re.compile(r"\d\d:\d\d$")
GUESTS = [
    ("ホンダ ハル", "本多", "ハル", [Need.HEARING, Need.SIGN]),
    ("シマダ タダシ", "島田", "正", [Need.MOBILITY, Need.TRANSPORT]),
    ("ヨシダ ハナ", "𠮷田", "花", []),
]


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    """A lesson with a PIN that begins now; the office may write on its sheet on any day."""
    course = factories.course(title="マイナポータルにログインする", pin_typed_by_resident=True)
    lesson = factories.lesson(starts_at=clock.now().replace(microsecond=0), course=course)
    for kana, family, given, needs in GUESTS:
        guest = factories.resident(
            kana, family_name=family, given_name=given, needs=[ResidentNeed(need=it) for it in needs]
        )
        rows.booking(lesson, guest)
    return lesson


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


Opens = Callable[..., Page]


@pytest.fixture
def opens(chromium: Browser, web: Web, lesson: Lesson, address: str) -> Iterator[Opens]:
    """Opens the lesson's sheet, signed in. An error on a page, also of its policy, fails the test."""
    web.sign_in(factories.user(Role.STAFF, Role.VOLUNTEER))
    cookie = web.client.get_cookie(COOKIE)
    assert cookie is not None
    number, contexts, complaints = lesson.id, [], []

    def open_sheet(width: int = 820, path: str = "", script: bool = True) -> Page:
        context = chromium.new_context(
            locale="ja-JP", viewport={"width": width, "height": 1000}, java_script_enabled=script
        )
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
        )
        page.goto(f"{address}/sheet/{number}{path}")
        if script:
            page.wait_for_load_state("networkidle")
        return page

    yield open_sheet
    for context in contexts:
        context.close()
    assert complaints == []


def line(page: Page, name: str) -> Locator:
    return page.locator(".person").filter(has_text=name)


def tap(page: Page, name: str, word: str) -> Locator:
    button = line(page, name).locator(f'button[data-word="{word}"]')
    button.click()
    return button


def attendance() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Visit.attendance).order_by(Visit.id)))


def test_a_tap_shows_at_once_is_saved_and_stays(opens: Opens) -> None:
    page = opens()

    came = tap(page, "本多", "came")

    expect(came).to_have_attribute("aria-pressed", "true")
    expect(line(page, "本多").locator(".said")).to_have_text(SAVED)
    expect(page.locator('[data-count="came"]')).to_have_text("1")
    expect(page.locator('[data-count="unmarked"]')).to_have_text("2")
    assert attendance() == ["came"]
    page.reload()
    expect(line(page, "本多").locator('button[data-word="came"]')).to_have_attribute("aria-pressed", "true")


def test_a_tap_is_undone_by_the_same_tap(opens: Opens) -> None:
    page = opens()
    came = tap(page, "本多", "came")
    expect(line(page, "本多").locator(".how")).to_be_visible()
    expect(line(page, "本多").locator(".said")).to_have_text(SAVED)

    with page.expect_response("**/mark"):
        came.click()

    expect(came).to_have_attribute("aria-pressed", "false")
    expect(line(page, "本多").locator(".how")).to_be_hidden()
    expect(line(page, "本多").locator(".said")).to_have_text(SAVED)
    assert attendance() == [None]


def test_quick_taps_end_where_the_last_one_said(opens: Opens) -> None:
    page = opens()

    with page.expect_response(lambda it: "absent_notified" in (it.request.post_data or "")):
        for word in ("came", "no_show", "absent_notified"):
            tap(page, "島田", word)

    expect(line(page, "島田").locator(".said")).to_have_text(SAVED)
    expect(line(page, "島田").locator('[aria-pressed="true"]')).to_have_attribute(
        "data-word", "absent_notified"
    )
    assert attendance() == ["absent_notified"]


def test_how_it_went_takes_one_more_tap(opens: Opens) -> None:
    page = opens()
    tap(page, "𠮷田", "came")

    with page.expect_response("**/rate"):
        alone = tap(page, "𠮷田", "alone")

    expect(line(page, "𠮷田").locator(".said")).to_have_text(SAVED)
    expect(alone).to_have_attribute("aria-pressed", "true")
    db.session.rollback()
    assert db.session.scalars(sa.select(Visit.how_it_went)).one() == "alone"


def test_what_does_not_arrive_is_said_and_goes_back(opens: Opens) -> None:
    page = opens()
    page.route("**/mark", lambda route: route.abort())

    came = tap(page, "本多", "came")

    expect(line(page, "本多").locator(".said-failed")).to_be_visible()
    expect(came).to_have_attribute("aria-pressed", "false")
    page.unroute("**/mark")
    came.click()
    expect(line(page, "本多").locator(".said")).to_have_text(SAVED)
    assert attendance() == ["came"]


@pytest.mark.parametrize("script", [True, False])
def test_all_came_then_change_one(opens: Opens, script: bool) -> None:
    page = opens(script=script)

    page.locator('form[action$="all-came"] button').click()
    page.wait_for_url("**/sheet/*")
    tap(page, "島田", "absent_notified")

    expect(line(page, "島田").locator('[data-word="absent_notified"]')).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(line(page, "島田").locator(".said")).to_have_text(SAVED)
    expect(page.locator('[data-count="came"]')).to_have_text("2")
    assert sorted(map(str, attendance())) == ["absent_notified", "came", "came"]


def test_a_walk_in_is_added_and_taken_back(opens: Opens) -> None:
    page = opens(path="/walk-in")

    page.locator("#field-name").fill("飛田 花")
    page.locator("main form button").click()
    page.wait_for_url("**/sheet/*")

    expect(page.locator('[data-count="walk-ins"]')).to_have_text("1")
    tap(page, "飛田", "came")
    expect(page.locator('[data-count="walk-ins"]')).to_have_text("0")


PATHS = ["", "/walk-in", "/close", "/paper"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", [*PATHS, "person"])
def test_every_page_of_the_sheet_can_be_used_by_anybody(opens: Opens, width: int, path: str) -> None:
    page = opens(width)
    tap(page, "本多", "came")
    expect(line(page, "本多").locator(".said")).to_have_text(SAVED)
    if path == "person":
        line(page, "本多").locator(".button-quiet").click()
        page.wait_for_url("**/sheet/*/*")
    else:
        page.goto(page.url + path)

    found = Axe().run(page)
    heights = page.locator("main :is(button, .input, .choice, a)").evaluate_all(
        """all => all.filter((e) => e.offsetParent)
            .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])"""
    )

    assert found.response["passes"] != []
    assert found.response["violations"] == [], found.generate_report()
    assert heights != []
    assert [it for it in heights if it[1] < 48] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_names_are_large(opens: Opens, width: int) -> None:
    page = opens(width)

    size = line(page, "本多").locator(".name").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")

    assert 22 <= size <= 30
