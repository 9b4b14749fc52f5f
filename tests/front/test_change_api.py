"""Changes below /api/v1: looked at, made, released by a manager's token, and followed to the last one reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import transaction
from supportdesk.lessons import lottery, offers, waiting
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.people.rules import Wish
from supportdesk.reminders import planning
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

START = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="予定表システム"))


@pytest.fixture
def manager(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="課長の仕組み"))


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    found = factories.lesson(starts_at=START)
    factories.booking(factories.reminded_by_text(), found)
    factories.booking(factories.resident(number="+81957000009", wish=Wish.PERSON), found)
    return found


def test_from_the_preview_to_the_last_one_reached(program: Program, manager: Program, lesson: Lesson) -> None:
    other = factories.lesson(starts_at=START + timedelta(days=5), course=lesson.course)
    instead = [{"lesson_id": lesson.id, "instead_id": other.id}]

    before = program.post("/changes/preview", {"lesson_ids": [lesson.id], "alternatives": instead}).body
    assert (before["preview"]["by_text"], before["preview"]["by_hand"], before["preview"]["yen"]) == (1, 1, None)
    assert [each["lesson_id"] for each in before["offers"][0]["alternatives"]] == [other.id]

    made = program.post("/changes", {"lesson_ids": [lesson.id], "reason": "台風", "alternatives": instead})
    assert made.status == 201 and made.body["change"]["released_at"] is None
    one = f"/changes/{made.body['change']['id']}"
    seen = manager.get(f"{one}/preview").body["seen"]
    assert program.post(f"{one}/release", {"seen": seen}).status == 403
    assert manager.post(f"{one}/release", {"seen": "older"}).body["code"] == "look-again"

    released = manager.post(f"{one}/release", {"seen": seen})
    assert (released.status, released.body["released_by"]) == (200, "課長の仕組み")
    assert manager.post(f"{one}/release", {}).body["code"] == "released-already"

    planning.plan(NOW)
    people = program.get(f"{one}/people").body["items"]
    assert [(each["reached"], each["kind"]) for each in people] == [
        ("waiting", "cancelled"), ("needs-person", "cancelled"),
    ]  # fmt: skip
    by_hand = people[1]
    outcome = f"/action-items/{by_hand['booking_id']}/outcome"
    assert program.post(outcome, {"outcome": "talked", "seen": 0}).body["code"] == "changed-meanwhile"
    assert program.post(outcome, {"outcome": "talked", "seen": by_hand["event_id"]}).status == 201
    assert [each["reached"] for each in program.get("/changes/not-reached").body["items"]] == ["waiting"]


def test_held_after_all_is_a_change_of_its_own(program: Program, lesson: Lesson) -> None:
    change = program.post("/changes", {"lesson_ids": [lesson.id], "reason": "台風"}).body["change"]
    other = factories.lesson(starts_at=START + timedelta(days=1))

    refused = program.post(f"/changes/{change['id']}/after-all", {"lesson_ids": [other.id]})
    again = program.post(f"/changes/{change['id']}/after-all", {"lesson_ids": [lesson.id]})

    assert refused.body["code"] == "not-of-change"
    assert again.status == 201 and again.body["change"]["lessons"][0]["cancelled"] is False
    assert program.get(f"/lessons/{lesson.id}").body["state"] == "open"
    twice = program.post(f"/changes/{change['id']}/after-all", {"lesson_ids": [lesson.id]})
    assert twice.body["code"] == "not-cancelled"


def test_whom_fewer_seats_would_leave_without_one_are_the_last_booked(program: Program, lesson: Lesson) -> None:
    last = factories.booking(factories.resident("モリ イチ"), lesson, booked_at=NOW)

    assert program.get("/changes/fewer-seats", lesson_id=lesson.id, seats=2).body == {"booking_ids": [last.id]}
    assert program.get("/changes/fewer-seats", lesson_id=lesson.id, seats=8).body == {"booking_ids": []}


def waited(program: Program) -> list[dict[str, Any]]:
    return [each for each in program.get("/action-items").body["items"] if each["entry_id"]]


def test_to_whom_a_seat_was_offered_in_a_cancelled_lesson_is_rung(program: Program, lesson: Lesson) -> None:
    by = factories.staff()
    with transaction() as session:
        session.get_one(Lesson, lesson.id).seats = 2
    who = factories.resident("モリ イチ", "+81957000077", wish=Wish.PERSON)
    with transaction():
        waiting.join(
            lesson.id, [who.id], booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=NOW
        )  # fmt: skip
    with transaction() as session:
        session.get_one(Lesson, lesson.id).seats = 3
    offers.settle_all(NOW)
    program.post("/changes", {"lesson_ids": [lesson.id], "reason": "台風"})
    offers.settle_all(NOW)

    [item] = waited(program)
    assert (item["why"], item["resident_id"], item["won"]) == ("lesson-cancelled", who.id, None)

    assert program.post(f"/changes/waiting/{item['entry_id']}/told", {}).status == 200
    assert waited(program) == []


def test_who_had_entered_a_lesson_that_is_cancelled_before_its_draw_is_rung(program: Program) -> None:
    by, late = factories.staff(), NOW + timedelta(hours=1)
    by_lot = factories.lesson(starts_at=NOW + timedelta(days=9), admission=Admission.LOTTERY)
    both = [factories.resident("モリ イチ", "+81957000077").id, factories.resident("モリ ニ", "+81957000077").id]
    gone = factories.resident("ハヤシ サン", "+81957000078").id
    with transaction():
        said: dict[str, Any] = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE, "by": by, "now": NOW}
        lottery.enter(by_lot.id, both, **said)
        waiting.take_out(lottery.enter(by_lot.id, [gone], **said).id, "通院のため", by=by, now=NOW)
    program.post("/changes", {"lesson_ids": [by_lot.id], "reason": "台風"})
    at_once = waited(program)
    offers.settle_all(late)

    [item] = waited(program)
    assert at_once == [item]  # the next tick ends the entries, and changes nothing of this
    assert (item["why"], item["resident_id"], item["persons"]) == ("lesson-cancelled", both[0], 2)
    assert program.post(f"/changes/waiting/{item['entry_id']}/told", {}).status == 200
    assert waited(program) == []
