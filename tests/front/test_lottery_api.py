"""Entries, the draw and decisions below the least number, for programs and on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import lottery
from supportdesk.lessons.lottery_rules import Admission, lot
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.people.rules import Wish
from tests import factories
from tests.conftest import NOW
from tests.front.test_query_counts import asked as queries_of
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database

LESSON, CLOSES = NOW + timedelta(days=9), NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="電話システム"))


@pytest.fixture
def staff(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF, name="受付 花子"))


def lot_lesson(**values: Any) -> Lesson:
    made = {"starts_at": LESSON, "seats": 2, "admission": Admission.LOTTERY, "booking_closes_at": CLOSES}
    return factories.lesson(**made | values)


def asked(*residents: int, **more: Any) -> dict[str, Any]:
    ids = residents or (factories.resident("モリ イチ").id,)
    return {"resident_ids": list(ids), "booked_by": "self", "channel": "phone", **more}


def test_a_program_enters_a_party_once_by_its_own_key(program: Program) -> None:
    lesson = lot_lesson()
    body = asked(factories.resident().id, factories.resident().id, external_id="A-1", companions=0)

    made = program.post(f"/lessons/{lesson.id}/entries", body)
    again = program.post(f"/lessons/{lesson.id}/entries", body)
    other = program.post(f"/lessons/{lesson.id}/entries", {**body, "resident_ids": body["resident_ids"][:1]})

    assert (made.status, again.status, other.status) == (201, 200, 409)
    assert (made.body["number"], made.body["id"]) == (1, again.body["id"])
    listed = program.get(f"/lessons/{lesson.id}/entries").body["items"]
    assert [(each["id"], each["number"], each["resident_ids"]) for each in listed] == [
        (made.body["id"], 1, body["resident_ids"])
    ]
    refused = program.post(f"/lessons/{lesson.id}/entries", asked(body["resident_ids"][0]))
    assert (refused.body["code"], refused.body["params"]["waiting_ids"]) == ("already-entered", [made.body["id"]])
    assert "ホンダ" not in str(refused.body)


def test_a_slip_with_a_time_inside_the_period_counts_after_it(program: Program) -> None:
    lesson = lot_lesson(booking_closes_at=NOW - timedelta(seconds=1))

    late = program.post(f"/lessons/{lesson.id}/entries", asked())
    slip = program.post(f"/lessons/{lesson.id}/entries", asked(asked_at="2026-07-06T09:59:58+09:00"))
    too_late = program.post(f"/lessons/{lesson.id}/entries", asked(asked_at="2026-07-06T09:59:59+09:00"))

    assert (late.status, slip.status, too_late.status) == (409, 201, 422)
    assert (late.body["code"], too_late.body["code"]) == ("booking-closed", "booking-closed")
    assert slip.body["asked_at"] == "2026-07-06T09:59:58+09:00"


def test_a_program_draws_reads_the_list_and_notes_who_was_told(program: Program) -> None:
    lesson = lot_lesson()
    people = [factories.resident(f"ヒト {n}", f"+8195700{n:04d}", wish=Wish.PERSON).id for n in range(3)]
    for person in people:
        program.post(f"/lessons/{lesson.id}/entries", asked(person))
    assert program.get(f"/lessons/{lesson.id}/draw").status == 404

    with time_machine.travel(CLOSES, tick=False):
        drawn = program.post(f"/lessons/{lesson.id}/draw", {})
        again = program.post(f"/lessons/{lesson.id}/draw", {})
        assert (drawn.status, again.body) == (200, drawn.body)
        entries, seed = drawn.body["entries"], drawn.body["seed"]
        assert [each["lot"] for each in entries] == sorted(lot(seed, each["number"]) for each in entries)
        assert [each["won"] for each in entries] == [True, True, False]
        items = program.get("/action-items").body["items"]
        assert {(item["entry_id"], item["won"]) for item in items} == {(e["entry_id"], e["won"]) for e in entries}
        first = entries[0]["entry_id"]
        tried = program.post(f"/entries/{first}/told", {"told": False})
        told = program.post(f"/entries/{first}/told", {"told": True})
        assert (tried.body["tries"], told.body["told_at"] is not None) == (1, True)
        assert program.post(f"/entries/{first}/told", {"told": True}).body["code"] == "told-already"
        read = program.get(f"/lessons/{lesson.id}/draw").body
        assert {each["entry_id"] for each in read["told"]} == {each["entry_id"] for each in entries[1:]}
        assert {each["light"] for each in read["told"]} == {"by-person"}
    assert [row.action for row in history.of(f"waiting:{first}")][:2] == ["lottery.told", "lottery.tried"]


def test_how_seats_are_given_is_planned_by_program_and_read(program: Program) -> None:
    lesson = lot_lesson()
    version = program.get(f"/lessons/{lesson.id}").body["version"]
    changed = program.patch(f"/lessons/{lesson.id}", {"first_timers_first": True, "version": version})
    assert (changed.status, changed.body["admission"], changed.body["first_timers_first"]) == (200, "lottery", True)

    program.post(f"/lessons/{lesson.id}/entries", asked())
    refused = program.patch(
        f"/lessons/{lesson.id}", {"admission": "first-come", "version": changed.body["version"]}
    )
    assert refused.status == 422 and "admission" in refused.errors


def test_what_must_be_decided_is_an_item_and_is_decided(program: Program) -> None:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=2), least=3, booking_closes_at=NOW + timedelta(days=1))
    factories.booking(factories.resident(), lesson)

    [item] = [one for one in program.get("/action-items").body["items"] if one["resident_id"] is None]
    assert (item["lesson_id"], item["resident_id"], item["why"], item["persons"]) == (lesson.id, None, "least", 1)
    asked_now = program.get(f"/lessons/{lesson.id}/decision").body
    assert (asked_now["asked_for"], asked_now["least"], asked_now["deadline"]) == (1, 3, item["deadline"])
    assert "until" in program.post(f"/lessons/{lesson.id}/decision", {"answer": "extend"}).errors
    longer = {"answer": "extend", "until": "2026-07-08T08:00:00+09:00"}
    assert program.post(f"/lessons/{lesson.id}/decision", longer).status == 201
    assert "least" not in [one["why"] for one in program.get("/action-items").body["items"]]
    refused = program.post(f"/lessons/{lesson.id}/decision", {"answer": "hold"})
    assert (refused.status, refused.body["code"]) == (409, "nothing-to-decide")
    assert [each["answer"] for each in program.get(f"/lessons/{lesson.id}/decision").body["decided"]] == ["extend"]


# ---- pages


def test_on_the_page_a_lesson_is_held_or_its_booking_prolonged(staff: Web) -> None:
    lesson = factories.lesson(
        starts_at=NOW + timedelta(days=2), least=3, booking_closes_at=NOW + timedelta(days=1), state=LessonState.CLOSED
    )
    for path in ("/", "/action-items", f"/lessons/{lesson.id}"):
        assert "開催するかどうかを決める" in staff.get(path).text, path
    assert "決めること" in staff.get("/board").text

    page = staff.get(f"/lessons/{lesson.id}/decide")
    longer = "main form:has(#field-until)"
    wrong = page.form(longer).send(until="きのう")
    assert (wrong.status, wrong.form(longer).values["until"]) == (422, "きのう")
    page.form(longer).send(until="2026-07-08 8:00")
    db.session.rollback()
    stored = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert (stored.state, f"{stored.booking_closes_at:%d %H:%M}") == (LessonState.OPEN, "07 23:00")
    assert "決めること" not in staff.get(f"/lessons/{lesson.id}").text
    with time_machine.travel(NOW + timedelta(days=1, hours=23), tick=False):
        staff.sign_in(factories.user(Role.COORDINATOR))
        page = staff.get(f"/lessons/{lesson.id}/decide")
        assert "この教室を中止する" in page.text
        done = page.form("main form").send()
        assert "「開催する」と記録しました" in done.text
        assert "決めることは、もうありません" in page.form("main form").page.web.get(page.path).text


def test_whoever_looks_at_a_lesson_of_first_come_finds_no_draw(staff: Web) -> None:
    lesson = factories.lesson()

    assert staff.get(f"/lessons/{lesson.id}/lottery").status == 404
    assert staff.get(f"/lessons/{lot_lesson().id}/lottery/print").status == 404


def test_at_the_lesson_a_party_enters_with_the_time_of_its_slip_and_withdraws(staff: Web) -> None:
    lesson, person = lot_lesson(), factories.resident("ホンダ ハル")
    page = staff.get(f"/lessons/{lesson.id}/book?resident={person.id}")
    assert "抽選に申し込む" in page.text and "キャンセル待ち" not in page.soup.select_one("main").text
    wrong = page.form("main form[method=post]").send(asked_at="あした")
    assert (wrong.status, wrong.form("main form[method=post]").values["asked_at"]) == (422, "あした")
    done = page.form("main form[method=post]").send(asked_at="２０２６-07-06 9:30")
    assert "受付番号は1です" in done.text and "7月6日(月)午前9時30分" in done.text
    assert "抽選に申込済み" in staff.get(f"/residents/{person.id}").text
    withdrawn = done.link("申込を取り下げる").form("main form[method=post]").send(reason="入院")
    assert "申込を取り下げました" in withdrawn.text and "取り下げた申込（1）" in withdrawn.text
    assert "申込の取り下げ" in staff.get(f"/residents/{person.id}").text


def test_the_list_asks_as_often_for_many_entries_as_for_few(staff: Web) -> None:
    def enter(lesson: Lesson, count: int) -> None:
        for _ in range(count):
            who = [factories.resident().id, factories.resident().id]
            with transaction():
                lottery.enter(
                    lesson.id, who, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=HOUSE, now=NOW
                )

    few, many = lot_lesson(seats=3), lot_lesson(seats=3)
    enter(few, 2)
    enter(many, 9)
    counts = []
    for lesson in (few, many):
        before = [queries_of(staff, path) for path in (f"/lessons/{lesson.id}", f"/lessons/{lesson.id}/lottery")]
        with transaction():
            lottery.draw(lesson.id, lambda _who, _before: set(), by=HOUSE, now=CLOSES)
        counts.append([*before, queries_of(staff, f"/lessons/{lesson.id}/lottery")])
    assert counts[0] == counts[1]
    assert counts[0][1:] == [9, 18]
