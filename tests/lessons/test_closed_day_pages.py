"""The office's closed days in the browser, with the lessons that lie on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import timetable
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office.models import ClosedDay
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database

# Wednesday 12 August 2026, 10:00 in Tokyo.
LESSON = datetime(2026, 8, 12, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def web(app: Flask) -> Web:
    return Web(app).sign_in(factories.user(Role.MANAGER))


def closed() -> list[date]:
    db.session.rollback()
    return [row.day for row in db.session.query(ClosedDay).order_by(ClosedDay.day)]


def test_days_are_closed_listed_by_fiscal_year_and_opened_again(web: Web) -> None:
    form = web.get("/office/closed-days").form("main form[action*='year']")
    page = form.send(first="令和8年8月12日", last="２０２６/８/１４", reason="夏季閉庁")

    assert "3日を閉庁日にしました" in page.text
    assert len(page.soup.select("tbody tr")) == 3
    assert page.link("前の年度").soup.select("tbody tr") == []

    page = page.form("tbody form").send()
    assert closed() == [date(2026, 8, 13), date(2026, 8, 14)]
    record = web.get("/history?subject=office:closed-days").text
    assert "開庁 → 閉庁（8月12日(水)、8月13日(木)、8月14日(金)）" in record
    assert "閉庁 → 開庁（8月12日(水)）" in record


def test_lessons_on_a_day_are_named_before_it_is_closed(web: Web) -> None:
    factories.lesson(starts_at=LESSON)
    factories.lesson(starts_at=LESSON)
    factories.lesson(starts_at=LESSON, cancelled_at=NOW, state=LessonState.CANCELLED)

    page = web.get("/office/closed-days").form("main form[action*='year']").send(first="2026-08-12", reason="停電")
    assert (page.status, closed()) == (422, [])
    assert "8月12日(水) 2回" in page.text
    assert "それでも閉める場合は" in page.soup.select_one("#field-anyway-error").get_text()

    form = page.form("main form[action*='year']")
    assert (form.values["first"], form.values["reason"]) == ("2026-08-12", "停電")
    page = form.send(anyway="y")
    assert closed() == [date(2026, 8, 12)]
    assert "2回" in page.soup.select_one("tbody tr").get_text()
    db.session.rollback()
    assert db.session.query(Lesson).filter(Lesson.cancelled_at.is_(None)).count() == 2


def test_lessons_are_counted_on_the_towns_day(web: Web) -> None:
    late = datetime(2026, 8, 11, 15, 30, tzinfo=UTC)  # half past midnight of the 12th
    factories.lesson(starts_at=late)

    assert timetable.lessons_on([date(2026, 8, 11)]) == {}
    assert timetable.lessons_on([date(2026, 8, 12)]) == {date(2026, 8, 12): 1}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": "", "reason": "停電"}, "first"),
        ({"first": "8月", "reason": "停電"}, "first"),
        ({"first": "令和7年8月12日", "reason": "停電"}, "first"),
        ({"first": "2026-08-15", "reason": "停電"}, "first"),
        ({"first": "2026-08-12", "last": "2026-08-10", "reason": "停電"}, "last"),
        ({"first": "2026-08-12", "last": "2026-12-10", "reason": "停電"}, "last"),
        ({"first": "2026-08-12", "last": "あす", "reason": "停電"}, "last"),
        ({"first": "2026-08-12", "reason": ""}, "reason"),
        ({"first": "2026-08-12", "reason": "\u200b"}, "reason"),
        ({"first": "2026-08-12", "reason": "理" * 10_000}, "reason"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_at_its_field_and_nothing_typed_is_lost(
    web: Web, typed: dict[str, str], field: str
) -> None:
    page = web.get("/office/closed-days").form("main form[action*='year']").send(**typed)

    assert (page.status, closed()) == (422, [])
    assert page.soup.select_one(f"#field-{field}-error") is not None
    assert page.form("main form[action*='year']").values["first"] == typed["first"]


@pytest.mark.parametrize("year", ["-1", "99999999999", "abc", "2018"])
def test_a_year_that_makes_no_sense_is_this_year(web: Web, year: str) -> None:
    assert "令和8年度" in web.get(f"/office/closed-days?year={year}").soup.h1.get_text()


def test_two_people_who_open_the_same_day_are_told(web: Web) -> None:
    with transaction() as session:
        session.add(ClosedDay(day=date(2026, 8, 12), reason="夏季閉庁"))
    form = web.get("/office/closed-days").form("tbody form")

    assert form.send().status == 200
    assert form.send().status == 404
    assert form.send(day="きのう").status == 409
