"""A day of slots on the pages that show many things: once, and to everybody only what everybody may know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import actions
from supportdesk.lessons.models import Lesson
from supportdesk.messages.models import Message
from supportdesk.office import settings as office_settings
from supportdesk.reminders import planning
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

TEN = NOW + timedelta(days=9)  # Wednesday 15 July, 10:00


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def day_of_slots(count: int = 6, category: str = "consult", **values: Any) -> list[Lesson]:
    about = {"counter_matter": "collect", "owner": "市民課"} if category == "counter" else {}
    course = factories.course(title="なんでもスマホ相談", category=category, learners_per_supporter=1, **about)
    room = factories.room()
    return [
        factories.slot(course=course, room=room, starts_at=TEN + timedelta(minutes=30 * n), **values)
        for n in range(count)
    ]


def told(page: Page, selector: str) -> Sequence[str]:
    return [" ".join(one.get_text(" ").split()) for one in page.soup.select(selector)]


def test_for_everybody_a_day_of_consultations_is_one_entry_with_its_free_times(app: Flask, web: Web) -> None:
    slots = day_of_slots()
    factories.booking(factories.resident(), slots[0])

    [entry] = told(web.get("/timetable"), "li.lesson")

    assert "午前10時〜午後1時" in entry
    assert "のこり5枠: 午前10時30分 、 午前11時 、 午前11時30分 、 正午 、 午後0時30分" in entry
    assert "受付中" in entry
    assert "のこり5枠" in web.get(f"/timetable/{slots[0].id}").text
    assert told(web.get("/timetable/print"), "main tbody tr")[0].startswith("7月15日（水） 午前10時〜午後1時")
    assert "午前10時〜午後1時" in web.get("/timetable.txt").html


def test_a_full_day_says_so_and_a_cancelled_one_too(app: Flask, web: Web, by: factories.Actor) -> None:
    slots = day_of_slots(2)
    for slot in slots:
        factories.booking(factories.resident(), slot)
    [entry] = told(web.get("/timetable"), "li.lesson")
    assert "のこり" not in entry
    assert "満席" in entry

    for slot in slots:
        with transaction():
            actions.cancel_lesson(slot.id, "台風", by=by, now=NOW)
    [entry] = told(web.get("/timetable"), "li.lesson")
    assert "中止" in entry


@pytest.mark.parametrize("category", ["counter", "visit"])
def test_the_counter_and_visits_are_never_public(app: Flask, web: Web, category: str) -> None:
    slot = day_of_slots(1, category)[0]

    assert told(web.get("/timetable"), "li.lesson") == []
    assert web.get(f"/timetable/{slot.id}").status == 404
    assert web.get(f"/timetable/{slot.id}/poster").status == 404


def test_calendars_and_open_data_hold_classes_only(app: Flask, web: Web) -> None:
    day_of_slots()
    factories.lesson()

    assert web.get("/timetable.ics").html.count("BEGIN:VEVENT") == 1
    assert len(web.get("/open-data/events.csv").html.splitlines()) == 2


def test_the_board_has_one_card_for_the_day(app: Flask, web: Web) -> None:
    slots = day_of_slots()
    factories.booking(factories.resident(), slots[1])
    web.sign_in(factories.user(Role.STAFF))

    page = web.get("/board?rows=venue&day=2026-07-15")

    [card] = told(page, ".board-card")
    assert "午前10時〜午後1時" in card
    assert "1/6 6枠" in card
    assert page.soup.select_one(".board-card a")["href"] == f"/slots/2026-07-15/{slots[0].room_id}"  # type: ignore[index]


def test_today_a_day_of_slots_is_one_line_and_the_list_of_lessons_leaves_it_out(app: Flask, web: Web) -> None:
    course, room = factories.course(title="なんでもスマホ相談", category="consult"), factories.room()
    for n in range(4):
        factories.slot(course=course, room=room, starts_at=NOW + timedelta(minutes=30 * n))
    web.sign_in(factories.user(Role.STAFF))

    [line] = told(web.get("/"), ".lines-today li")
    assert line.startswith("午前10時 ")
    assert "4席のうち0席が予約済" in line
    assert "なんでもスマホ相談" not in " ".join(told(web.get("/lessons"), "main tbody tr"))


def test_reception_offers_the_next_free_time_and_reads_it_back(app: Flask, web: Web) -> None:
    slots = day_of_slots()
    factories.booking(factories.resident(), slots[0])
    web.sign_in(factories.user(Role.STAFF))

    page = web.get(f"/desk?lesson={slots[1].id}")

    assert len(page.soup.select("input[type=radio][name=lesson]")) == 1
    assert "「7月15日、水曜日、午前10時30分、口之津公民館、『なんでもスマホ相談』、お一人様ですね。」" in page.text


@pytest.mark.parametrize("category", ["consult", "counter", "visit"])
def test_no_text_says_what_kind_of_booking_it_is(app: Flask, by: factories.Actor, category: str) -> None:
    with transaction():
        office_settings.change(sender="【南島原市】", sender_spoken="みなみしまばらし")
    [slot] = day_of_slots(1, category, seats=2)
    factories.booking(factories.reminded_by_text(), slot)
    factories.booking(factories.reminded_by_call(), slot)
    planning.plan(NOW)

    bodies = [row.body or "".join(row.sentences) for row in db.session.scalars(sa.select(Message))]

    assert len(bodies) >= 2
    for body in bodies:
        assert "ご予約" in body or "ごよやく" in body
        for never in ("教室", "相談", "カード", "窓口", "訪問", "受け取り"):
            assert never not in body, body
