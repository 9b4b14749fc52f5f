"""The longest that people write: a time with minutes on a day of two figures, in a month of two figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page

from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.core.access import Role
from supportdesk.lessons.models import Lesson
from tests import factories
from tests.serving import serving
from tests.web import Web

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
HALF_PAST_TEN = NOW.replace(day=27) + timedelta(days=13, minutes=30)
# Which parts of one lesson's line lie over each other.
OVERLAPPING = """() => [...document.querySelectorAll(".lesson")].flatMap((lesson) => {
    const parts = [...lesson.querySelectorAll("time, .lesson-where, .lesson-what, .lesson-seats")];
    const boxes = parts.map((part) => part.getBoundingClientRect());
    return parts.filter((part, i) => boxes.some((other, j) => i < j && boxes[i].right > other.left + 1
        && boxes[i].bottom > other.top + 1 && boxes[i].top < other.bottom - 1)).map((part) => part.textContent);
})"""


@pytest.fixture
def lesson(app: Flask) -> Iterator[Lesson]:
    with time_machine.travel(NOW, tick=True):
        hall = factories.venue(name="南島原市有家総合学習センター別館")
        yield factories.lesson(
            starts_at=HALF_PAST_TEN, ends_at=HALF_PAST_TEN + timedelta(hours=4), room=factories.room(hall),
            course=factories.course(title="マイナンバーカードを健康保険証に・公金受取口座を登録"),
        )  # fmt: skip


@pytest.fixture
def page(app: Flask, web: Web, lesson: Lesson, chromium: Browser) -> Iterator[Page]:
    web.sign_in(factories.user(Role.STAFF))
    cookie = web.client.get_cookie(COOKIE)
    assert cookie is not None
    with serving(app) as address:
        context = chromium.new_context(locale="ja-JP", base_url=address)
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
        yield context.new_page()
        context.close()


@pytest.mark.parametrize("width", [1280, 960, 390, 320])
def test_a_long_time_stays_on_its_page_and_off_its_neighbours(page: Page, lesson: Lesson, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wide = {}
    for path in ("/desk", *(f"/timetable/{lesson.id}{more}" for more in ("", "?large=1", "/poster", "/flyer"))):
        page.goto(path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
        assert page.evaluate(OVERLAPPING) == [], path

    assert max(wide.values()) <= width, wide
