from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Booking, Lesson, Series
from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply

pytestmark = pytest.mark.one_database

TUESDAY = "2026-07-14"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.STAFF, Role.COORDINATOR))


@pytest.fixture
def body(app: Flask) -> dict[str, Any]:
    course, room = factories.course(learners_per_supporter=8), factories.room()
    return {"course_id": course.id, "room_id": room.id, "rule": "weekly", "first_day": TUESDAY, "times": 3,
            "start": "10:00"}  # fmt: skip


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def taken(program: Program, series_id: int) -> list[int]:
    return [one["seats_taken"] for one in program.get(f"/series/{series_id}/lessons").body["items"]]


def in_the_way(body: dict[str, Any], day: date) -> None:
    room = db.session.get_one(factories.Room, body["room_id"])
    factories.lesson(room=room, starts_at=clock.at(day, time(10)))


def test_a_series_is_looked_at_then_planned(program: Program, body: dict[str, Any]) -> None:
    looked = program.post("/series/preview", body)
    assert looked.status == 200 and count(Series) == 0
    assert [(one["key"], one["held"], one["refusal"]) for one in looked.body["dates"]] == [
        (TUESDAY, True, None), ("2026-07-21", True, None), ("2026-07-28", True, None),
    ]  # fmt: skip

    made = program.post("/series", body)

    assert (made.status, made.body["size"], made.body["minutes"]) == (201, 3, 60)
    lessons = program.get(f"/series/{made.body['id']}/lessons").body["items"]
    assert [one["day"] for one in lessons] == [TUESDAY, "2026-07-21", "2026-07-28"]
    assert program.get(f"/series/{made.body['id']}").body == made.body
    assert [one["id"] for one in program.get("/series").body["items"]] == [made.body["id"]]


def test_what_stands_against_a_date_is_named_and_decided(program: Program, body: dict[str, Any]) -> None:
    in_the_way(body, date(2026, 7, 21))
    against = program.post("/series/preview", body).body["dates"][1]["conflicts"][0]
    assert (against["kind"], against["weight"]) == ("room-taken", "never")

    refused = program.post("/series", body)
    assert (refused.status, refused.body["code"], refused.body["params"]["keys"]) == (409, "unsettled", ["2026-07-21"])

    decisions = [{"key": "2026-07-21", "choice": "move", "day": "2026-07-22", "start": "13:30"}]
    assert program.post("/series", body | {"decisions": decisions}).body["size"] == 3


def test_the_same_key_of_a_program_plans_nothing_twice(program: Program, body: dict[str, Any]) -> None:
    first = program.post("/series", body | {"external_id": "夏の教室"})
    again = program.post("/series", body | {"external_id": "夏の教室"})

    assert (first.status, again.status) == (201, 200) and first.body["id"] == again.body["id"]
    assert (count(Series), count(Lesson)) == (1, 3)


def test_sent_again_with_a_key_it_answers_as_the_first_time(program: Program, body: dict[str, Any]) -> None:
    answers = [program.post("/series", body, key="once") for _ in range(2)]
    assert answers[0].body == answers[1].body and count(Lesson) == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"times": 0}, "times"), ({"times": 501}, "times"), ({"rule": "daily"}, "rule"),
        ({"start": "午前12時"}, "start"),
        ({"start": "0:00"}, "start"), ({"first_day": "2026-02-30"}, "first_day"), ({"first_day": None}, "first_day"),
        ({"course_id": 9999}, "course_id"), ({"supporter_ids": [9999]}, "supporter_ids"),
        ({"rule": "listed"}, "listed"), ({"rule": "listed", "listed": ["あした"]}, "listed.0"),
        ({"rule": "listed", "listed": [TUESDAY] * 501}, "listed"), ({"seats": 0}, "seats"), ({"stray": 1}, "stray"),
        ({"note": "1234 5678 9018"}, "note"), ({"decisions": [{"choice": "skip"}]}, "decisions.0.key"),
        ({"room_id": 9999}, "room_id"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(program: Program, body: dict[str, Any], wrong: dict[str, Any], field: str) -> None:
    for path in ("/series/preview", "/series"):
        reply = program.post(path, body | wrong)
        assert (reply.status, field in reply.errors) == (422, True), (path, reply.body)
    assert count(Series) == 0


@pytest.fixture
def series(program: Program, body: dict[str, Any]) -> dict[str, Any]:
    made = program.post("/series", body | {"registration": "whole"}).body
    program.post(f"/series/{made['id']}/state", {"to": "open"})
    found: dict[str, Any] = program.get(f"/series/{made['id']}").body
    return found


def first_lesson(program: Program, series: dict[str, Any]) -> int:
    found: int = program.get(f"/series/{series['id']}/lessons").body["items"][0]["id"]
    return found


def test_a_change_is_looked_at_then_made(program: Program, series: dict[str, Any]) -> None:
    path = f"/series/{series['id']}/change"
    asked = {"scope": "all", "lesson_id": first_lesson(program, series), "start": "13:30"}
    effects = program.post(f"{path}/preview", asked).body
    assert (len(effects["lessons"]), effects["bookings"], effects["begun"]) == (3, 0, 0)

    changed = program.post(path, asked | {"version": series["version"], "seen": effects["seen"]})

    assert (changed.status, changed.body["start"]) == (200, "13:30")
    stale = program.post(path, asked | {"version": series["version"], "start": "14:00"})
    assert stale.body["code"] == "changed-meanwhile"
    assert program.post(f"{path}/preview", asked).body["lessons"] == []


def test_what_was_seen_must_still_be_so(program: Program, series: dict[str, Any]) -> None:
    path, lesson_id = f"/series/{series['id']}/change", first_lesson(program, series)
    asked = {"scope": "all", "lesson_id": lesson_id, "seats": 6}
    seen = program.post(f"{path}/preview", asked).body["seen"]
    book(program, lesson_id, factories.resident().id)

    refused = program.post(path, asked | {"version": series["version"], "seen": seen})

    assert (refused.status, refused.body["code"]) == (409, "look-again")


def test_lessons_are_cancelled(program: Program, series: dict[str, Any]) -> None:
    sent = {"scope": "later", "lesson_id": first_lesson(program, series), "version": series["version"]}
    path = f"/series/{series['id']}/cancel"
    assert program.post(path, sent).status == 422

    ended = program.post(path, sent | {"reason": "台風"})

    assert len(ended.body["lesson_ids"]) == 3
    assert program.post(path, sent | {"reason": "台風"}).body["code"] == "lesson-over"


def book(program: Program, lesson_id: int, *resident_ids: int, **more: Any) -> Reply:
    sent = {"resident_ids": list(resident_ids), "booked_by": "self", "channel": "phone"}
    return program.post(f"/lessons/{lesson_id}/bookings", sent | more)


def test_a_booking_of_one_lesson_books_the_series(program: Program, series: dict[str, Any]) -> None:
    lesson_id, people = first_lesson(program, series), [factories.resident().id, factories.resident("ホンダ タダシ").id]

    booked = book(program, lesson_id, *people, external_id="電話1")

    assert (booked.status, len(booked.body["bookings"])) == (201, 6)
    again = book(program, lesson_id, *people, external_id="電話1")
    assert (again.status, len(again.body["bookings"]), count(Booking)) == (200, 6, 6)
    refused = book(program, lesson_id, people[0])
    assert (refused.status, refused.body["code"]) == (409, "already-booked")
    assert "ホンダ" not in str(refused.body)

    ended = program.post(
        f"/bookings/{booked.body['bookings'][0]['id']}/cancel-series", {"reason": "通院", "scope": "later"}
    )
    assert len(ended.body["bookings"]) == 3 and taken(program, series["id"]) == [1, 1, 1]


def test_a_full_lesson_of_the_series_is_named_by_its_day(program: Program, series: dict[str, Any]) -> None:
    lesson = db.session.scalars(sa.select(Lesson).order_by(Lesson.starts_at.desc())).first()
    assert lesson is not None
    for n in range(8):
        factories.booking(factories.resident(number=f"+81900000000{n}"), lesson)

    refused = book(program, first_lesson(program, series), factories.resident("ホンダ タダシ").id)

    assert (refused.status, refused.body["code"]) == (409, "lesson-full")
    assert refused.body["params"] == {"free": 0, "day": "7/28", "choice": "waiting-list"}


def test_a_month_is_copied_once(program: Program) -> None:
    factories.lesson(starts_at=clock.at(date(2026, 7, 15), time(10)))
    sent = {"month": "2026-07"}
    [row] = program.post("/series/copy-month/preview", sent).body["dates"]
    assert row["day"] == "2026-08-19"

    assert len(program.post("/series/copy-month", sent).body["lesson_ids"]) == 1

    assert program.post("/series/copy-month", sent).body["code"] == "nothing-left"
    assert len(program.post("/series/copy-month/preview", sent).body["there"]) == 1
    assert program.post("/series/copy-month", {"month": "七月"}).errors.keys() == {"month"}


def test_a_manager_reads_and_plans_nothing(app: Flask, series: dict[str, Any], body: dict[str, Any]) -> None:
    manager = Program(app, factories.token(Role.MANAGER))
    assert manager.get("/series").status == 200
    assert manager.post("/series", body).status == manager.post("/series/preview", body).status == 403
