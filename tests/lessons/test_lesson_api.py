from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Course, Lesson
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.statements import count_queries

COURSE = {"title": "写真をとる", "minutes": 60, "seats": 8, "learners_per_supporter": 4}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.COORDINATOR))


@pytest.fixture
def plan(app: Flask) -> dict[str, Any]:
    """What a lesson needs at the least."""
    return {
        "course_id": factories.course(minutes=90, seats=6).id, "room_id": factories.room().id,
        "day": "2026-07-22", "start": "13:30",
    }  # fmt: skip


def count(model: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


# ---- courses


def test_a_course_is_added_read_listed_and_edited(program: Program) -> None:
    factories.topic()

    added = program.post("/courses", COURSE | {"topics": ["PHOTO"], "external_id": "c-1"})
    edited = program.patch(f"/courses/{added.body['id']}", {"version": 1, "seats": 10, "topics": []})

    assert (added.status, added.body["topics"], added.body["category"]) == (201, ["PHOTO"], "basic")
    assert edited.body == added.body | {"seats": 10, "topics": [], "version": edited.body["version"]}
    assert edited.body["version"] > 1
    assert program.get(f"/courses/{added.body['id']}").body == edited.body
    assert program.get("/courses").body == {"items": [edited.body], "next": None}


def test_the_same_external_id_again_changes_the_course(program: Program) -> None:
    program.post("/courses", COURSE | {"external_id": "c-1", "bring": "スマートフォン"})

    again = program.post("/courses", COURSE | {"external_id": "c-1", "seats": 10})

    assert (again.status, again.body["seats"], again.body["bring"]) == (200, 10, "スマートフォン")
    assert count(Course) == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "advanced"), ("topics", ["NONE"]), ("topics", "PHOTO"), ("topics", [7]), ("minutes", 5),
     ("seats", 0), ("summary", "あ" * 2001), ("topics", ["x"] * 201)],
)  # fmt: skip
def test_a_course_that_makes_no_sense_is_refused_at_its_field(program: Program, field: str, value: Any) -> None:
    reply = program.post("/courses", COURSE | {field: value})

    assert reply.status == 422
    assert {name.split(".")[0] for name in reply.errors} == {field}
    assert count(Course) == 0


# ---- lessons


def test_a_lesson_takes_its_length_seats_and_window_from_course_and_office(
    program: Program, plan: dict[str, Any]
) -> None:
    added = program.post("/lessons", plan)

    assert added.status == 201
    lesson = added.body
    assert (lesson["day"], lesson["start"], lesson["minutes"], lesson["seats"]) == ("2026-07-22", "13:30", 90, 6)
    assert (lesson["state"], lesson["version"], lesson["seats_taken"]) == ("draft", 1, 0)
    assert lesson["starts_at"] == "2026-07-22T13:30:00+09:00"
    assert lesson["booking_opens_at"] == "2026-06-22T08:30:00+09:00"
    assert lesson["booking_closes_at"] == "2026-07-21T17:15:00+09:00"
    assert program.get(f"/lessons/{lesson['id']}").body == lesson


def test_day_and_time_are_understood_as_on_a_form(program: Program, plan: dict[str, Any]) -> None:
    lesson = program.post("/lessons", plan | {"day": "令和８年７月２２日", "start": "午後1時半"}).body

    assert lesson["starts_at"] == "2026-07-22T13:30:00+09:00"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [("day", "2026-02-30"), ("day", 20260720), ("day", "2026-07-05"), ("start", "25:00"), ("start", "00:00"),
     ("minutes", 500), ("course_id", 99), ("room_id", 99), ("supporter_ids", [99]), ("supporter_ids", {"a": 1}),
     ("booking_opens_at", "2026-07-01T08:30"), ("booking_opens_at", "0001-01-01T00:00:00+09:00"),
     ("booking_closes_at", "2026-07-23T08:30:00+09:00"), ("least", 7)],
)  # fmt: skip
def test_a_lesson_that_makes_no_sense_is_refused_at_its_field(
    program: Program, plan: dict[str, Any], field: str, value: Any
) -> None:
    reply = program.post("/lessons", plan | {field: value})

    assert reply.status == 422, reply.body
    assert {name.split(".")[0] for name in reply.errors} == {field}
    assert count(Lesson) == 0


def test_a_room_that_is_taken_is_answered_with_the_lesson_that_has_it(program: Program, plan: dict[str, Any]) -> None:
    first = program.post("/lessons", plan).body

    reply = program.post("/lessons", plan | {"start": "14:00"})

    assert (reply.status, reply.body["code"]) == (422, "room-taken")
    assert reply.body["params"]["lesson_id"] == first["id"]


def test_a_lesson_that_moves_to_another_day_gets_the_usual_window_of_that_day(
    program: Program, plan: dict[str, Any]
) -> None:
    lesson = program.post("/lessons", plan).body

    moved = program.patch(f"/lessons/{lesson['id']}", {"version": 1, "day": "2026-07-29"})
    noted = program.patch(f"/lessons/{lesson['id']}", {"version": 2, "note": "鍵は管理室"})

    assert moved.body["booking_closes_at"] == "2026-07-28T17:15:00+09:00"
    assert noted.body == moved.body | {"note": "鍵は管理室", "version": 3}


def test_the_same_external_id_again_changes_nothing_and_is_no_error_even_for_a_cancelled_lesson(
    program: Program, plan: dict[str, Any]
) -> None:
    first = program.post("/lessons", plan | {"external_id": "l-1"}).body
    cancelled = program.post(f"/lessons/{first['id']}/cancel", {"reason": "台風のため"})

    again = program.post("/lessons", plan | {"external_id": "l-1"})
    changed = program.post("/lessons", plan | {"external_id": "l-1", "seats": 5})

    assert (again.status, again.body) == (200, cancelled.body)
    assert (changed.status, changed.body["code"]) == (409, "lesson-over")
    assert count(Lesson) == 1


def test_a_lesson_is_opened_and_cancelled(program: Program, plan: dict[str, Any]) -> None:
    lesson = program.post("/lessons", plan).body
    address = f"/lessons/{lesson['id']}"

    opened = program.post(f"{address}/state", {"seen": "draft", "to": "open"})
    late = program.post(f"{address}/state", {"seen": "draft", "to": "open"})
    cancelled = program.post(f"{address}/cancel", {"reason": "台風のため"})

    assert opened.body["state"] == "open"
    assert (late.status, late.body["code"]) == (409, "moved-meanwhile")
    assert (cancelled.body["state"], cancelled.body["cancel_reason"]) == ("cancelled", "台風のため")
    assert program.post(f"{address}/cancel", {"reason": "もう一度"}).status == 409
    assert program.post(f"{address}/state", {"seen": "draft", "to": "cancelled"}).body["code"] == "reason-needed"


def test_lessons_are_listed_by_their_start_from_today_on(program: Program) -> None:
    for days in (-3, 5, 1, 1, 9):
        factories.lesson(starts_at=NOW + timedelta(days=days))

    first = program.get("/lessons", limit=2)
    second = program.get(first.body["next"])

    assert [row["day"] for row in first.body["items"]] == ["2026-07-07", "2026-07-07"]
    assert [row["day"] for row in second.body["items"]] == ["2026-07-11", "2026-07-15"]
    assert second.body["next"] is None
    assert len(program.get("/lessons", first_day="2026-07-01", last_day="2026-07-07").body["items"]) == 3


def test_a_list_of_lessons_is_filtered(program: Program, plan: dict[str, Any]) -> None:
    factories.lesson()
    draft = program.post("/lessons", plan).body

    for query in ({"state": "draft"}, {"course_id": draft["course_id"]}, {"first_day": "2026-07-16"}):
        assert [row["id"] for row in program.get("/lessons", **query).body["items"]] == [draft["id"]]
    assert program.get("/lessons", district="KCN").body["items"] == []


@pytest.mark.one_database
@pytest.mark.parametrize(("path", "least"), [("/lessons", 4), ("/courses", 4), ("/venues", 4)])
def test_a_longer_list_takes_no_more_queries(program: Program, path: str, least: int) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            factories.lesson()
        counts.append(count_queries(lambda: program.get(path)))

    assert counts[0] == counts[1] <= least
