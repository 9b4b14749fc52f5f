"""The timetable on paper, and the text for the newsletter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import transaction
from supportdesk.front.qr import QUIET, code_of
from supportdesk.lessons.rules import LessonState
from supportdesk.office import settings as office_settings
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database

ADDRESS = "https://desk.example"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def on_the_internet(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.config["SUPPORTDESK"]
    sources = {**settings.sources, "SUPPORTDESK_PUBLIC_BASE_URL": "environment"}
    monkeypatch.setitem(app.config, "SUPPORTDESK", replace(settings, public_base_url=ADDRESS, sources=sources))


def test_the_newsletters_text_has_one_line_for_each_lesson_and_the_year_once(web: Web) -> None:
    with transaction():
        office_settings.change(town="南島原市", telephone="0957-00-0001")
    for n, title in enumerate(("写真をとる", "地図をみる")):
        course = factories.course(title=title, bring="スマホ、メガネ")
        closes_at = NOW - timedelta(minutes=30)
        factories.lesson(course=course, starts_at=NOW + timedelta(days=n), booking_closes_at=closes_at)

    answer = web.client.get("/timetable.txt")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.get_data(as_text=True)
    assert text.count("令和8年7月") == 1 and text.count("令和") == 1
    (line,) = [one for one in text.splitlines() if "地図をみる" in one]
    assert line.startswith("7月7日（火）午前10時〜11時　地図をみる　口之津公民館 研修室")
    assert "8人" in line and "申込期限：7月6日（月）午前9時30分" in line and line.endswith("持ち物：スマホ、メガネ")
    assert "申込・問い合わせ：南島原市 電話 0957-00-0001（平日 午前8時30分から午後5時15分まで）" in text
    assert "\n\n\n" not in text and "&" not in text


def test_the_sheet_is_made_of_a_month_and_a_district(web: Web) -> None:
    factories.district("KCN")
    place = factories.room(factories.venue(district_code="KCN"))
    factories.lesson(course=factories.course(title="写真"), room=place)
    factories.lesson(course=factories.course(title="地図"))
    factories.lesson(course=factories.course(title="文字"), room=place, starts_at=NOW + timedelta(days=40))

    page = web.get("/timetable/print?district=KCN&month=2026-07")

    assert len(page.soup.select("tbody tr")) == 1
    assert page.soup.h1.get_text(strip=True) == "スマホ教室の予定（口之津）"
    assert [tag.get_text(strip=True) for tag in page.soup.select("caption")] == ["令和8年7月"]
    assert len(web.get("/timetable/print").soup.select("caption")) == 2


@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR, Role.MANAGER])
@pytest.mark.parametrize(
    "path", ["/timetable/print", "/timetable.txt", "/timetable/{id}/poster", "/timetable/{id}/flyer"]
)
def test_paper_can_be_made_before_a_lesson_is_public_by_who_plans_it(web: Web, role: Role, path: str) -> None:
    lesson = factories.lesson(course=factories.course(title="写真"), state=LessonState.AWAITING_NOTICE)
    web.sign_in(factories.user(role))

    answer = web.client.get(path.format(id=lesson.id))

    assert answer.status_code == 200 and "写真" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("state", [LessonState.DRAFT, LessonState.ROOM_REQUESTED])
def test_no_paper_is_made_of_a_lesson_without_its_hall(web: Web, state: LessonState) -> None:
    lesson = factories.lesson(state=state)
    web.sign_in(factories.user(Role.STAFF))

    assert web.get(f"/timetable/{lesson.id}/poster").status == 404


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.AUDITOR, Role.ADMIN])
def test_who_plans_nothing_sees_no_more_than_everybody(web: Web, role: Role) -> None:
    lesson = factories.lesson(course=factories.course(title="写真"), state=LessonState.AWAITING_NOTICE)
    web.sign_in(factories.user(role))

    assert "写真" not in web.get("/timetable/print").html
    assert web.get(f"/timetable/{lesson.id}/poster").status == 404


@pytest.mark.parametrize("kind", ["poster", "flyer"])
def test_paper_has_a_code_only_when_the_page_can_be_reached(
    web: Web, kind: str, request: pytest.FixtureRequest
) -> None:
    lesson = factories.lesson()
    assert web.get(f"/timetable/{lesson.id}/{kind}").soup.select(".qr") == []

    request.getfixturevalue("on_the_internet")

    page = web.get(f"/timetable/{lesson.id}/{kind}")
    drawn = {str(path["d"]) for path in page.soup.select(".qr path")}
    assert drawn == {code_of(f"{ADDRESS}/timetable/{lesson.id}").path}


def test_the_address_of_a_rehearsal_is_no_public_one(web: Web, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(app.config["SUPPORTDESK"], public_base_url="http://127.0.0.1:8000")
    monkeypatch.setitem(app.config, "SUPPORTDESK", settings)
    lesson = factories.lesson()

    assert web.get(f"/timetable/{lesson.id}/poster").soup.select(".qr") == []
    assert "127.0.0.1" not in web.get("/timetable.ics").html


def test_a_lesson_that_is_not_public_yet_has_no_code_for_its_page_is_not_there(
    web: Web, on_the_internet: None
) -> None:
    lesson = factories.lesson(state=LessonState.AWAITING_NOTICE)
    web.sign_in(factories.user(Role.STAFF))

    assert web.get(f"/timetable/{lesson.id}/poster").soup.select(".qr") == []


def test_public_pages_name_their_own_address(web: Web, on_the_internet: None) -> None:
    lesson = factories.lesson()
    url = f"{ADDRESS}/timetable/{lesson.id}"

    page = web.get(f"/timetable/{lesson.id}?large=1")

    assert page.soup.select_one("link[rel=canonical]")["href"] == url
    assert f'"url": "{url}"' in page.html or f'"url":"{url}"' in page.html
    assert f"URL:{url}\r\n" in web.get("/timetable.ics").html


def test_a_code_has_its_white_border_and_its_three_corners() -> None:
    code = code_of("https://desk.example/timetable/123")
    dark = {tuple(map(int, one.split("h")[0].split())) for one in code.path.split("M")[1:]}

    assert min(x for x, _ in dark) == min(y for _, y in dark) == QUIET
    last = code.size - QUIET - 7
    for x, y in ((QUIET, QUIET), (last, QUIET), (QUIET, last)):
        corner = {(column - x, row - y) for column, row in dark if x <= column < x + 7 and y <= row < y + 7}
        rings = {(i, j) for i in range(7) for j in range(7) if max(abs(i - 3), abs(j - 3)) != 2}
        assert corner == rings


@pytest.mark.parametrize("path", ["/timetable/print?month=2026-07", "/timetable/{id}/poster", "/timetable/{id}/flyer"])
def test_furigana_is_switched_on_paper_too_and_the_way_back_keeps_it(web: Web, path: str) -> None:
    lesson = factories.lesson()
    plain = web.get(path.format(id=lesson.id))

    read = plain.link("ふりがなを付ける")

    assert plain.soup.select("ruby") == [] and len(read.soup.select("ruby")) >= 1
    assert "kana=1" in read.link("戻る").path
    assert read.link("ふりがなを消す").soup.select("ruby") == []
    assert not plain.soup.find(string="大きな文字にする")


def test_who_reads_with_furigana_prints_with_furigana(web: Web) -> None:
    factories.lesson()

    page = web.get("/timetable?kana=1&month=2026-07").link("この一覧を印刷する")

    assert {"kana=1", "month=2026-07"} == set(page.path.partition("?")[2].split("&"))
