"""Opening days, closures, permits and things for programs, and what they mean for lessons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Lesson
from supportdesk.places.models import Closure, Permit, Room, Thing
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

DAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.STAFF))


@pytest.fixture
def room(app: Flask) -> Room:
    return factories.room(name="研修室")


def at(hour: int, day: date = DAY) -> datetime:
    return clock.at(day, time(hour))


def test_the_week_of_a_venue_is_set_as_a_whole(program: Program, room: Room) -> None:
    week = [{"weekday": 2, "opens": "9:00", "closes": "午後5時"}]
    path = f"/venues/{room.venue_id}/opening"

    done = program.patch(path, {"version": 1, "week": week, "closed_on_holidays": True})

    assert (done.status, done.body["version"]) == (200, 2)
    assert done.body["week"] == [{"weekday": 2, "opens": "09:00", "closes": "17:00"}]
    assert program.get(path).body == done.body
    stale = program.patch(path, {"version": 1, "week": [], "closed_on_holidays": False})
    assert stale.body["code"] == "changed-meanwhile"
    twice = program.patch(path, {"version": 2, "week": week * 2, "closed_on_holidays": True})
    assert (twice.status, twice.body["code"]) == (422, "weekday-twice")
    backwards = program.patch(
        path, {"version": 2, "week": [week[0] | {"closes": "8:00"}], "closed_on_holidays": True}
    )
    assert (backwards.status, backwards.body["errors"][0]["field"]) == (422, "week")


def test_other_hours_on_a_day_come_and_go(program: Program, room: Room) -> None:
    path = f"/venues/{room.venue_id}/days"
    added = program.post(path, {"day": "2026-07-20", "opens": "9:00", "closes": "12:00"})
    assert (added.status, [day["day"] for day in added.body["days"]]) == (201, ["2026-07-20"])

    assert program.post(f"{path}/2026-07-20/take-back", {}).body["days"] == []
    assert program.post(f"{path}/2026-07-20/take-back", {}).status == 404
    assert program.post(f"{path}/tomorrow/take-back", {}).status == 404


def test_closing_a_venue_over_lessons_is_asked_twice(program: Program, room: Room) -> None:
    factories.lesson(starts_at=at(10), room=room)
    sent = {"venue_id": room.venue_id, "first": "2026-07-15", "reason": "選挙"}

    warned = program.post("/closures", sent)
    assert (warned.status, warned.body["code"], warned.body["params"]["count"]) == (409, "lessons-held", 1)
    closed = program.post("/closures", sent | {"anyway": True})

    assert (closed.status, closed.body["last"]) == (201, "2026-07-15")
    assert [row["id"] for row in program.get("/closures").body["items"]] == [closed.body["id"]]
    lifted = program.post(f"/closures/{closed.body['id']}/lift", {})
    assert lifted.body["lifted_at"] is not None
    assert program.get("/closures").body["items"] == []
    assert db.session.scalars(sa.select(Closure.lifted_by)).one().startswith("program")


def test_a_permit_is_written_down_once_under_its_key_and_moved(program: Program, room: Room) -> None:
    sent = {"external_id": "教委100", "room_id": room.id, "first": "2026-07-15", "key": "館長"}
    added = program.post("/permits", sent)
    assert (added.status, added.body["state"], added.body["last"]) == (201, "provisional", "2026-07-15")
    again = program.post("/permits", sent | {"fee_waived": True})
    assert (again.status, again.body["fee_waived"], again.body["version"]) == (200, True, 2)
    path = f"/permits/{added.body['id']}"

    assert program.post(f"{path}/state", {"to": "granted", "seen": "provisional"}).body["state"] == "granted"
    assert program.post(f"{path}/state", {"to": "granted", "seen": "provisional"}).body["code"] == "moved-meanwhile"
    assert program.post(f"{path}/state", {"to": "provisional", "seen": "granted"}).body["code"] == "no-such-move"
    assert program.patch(path, {"version": 2, "last": "2026-07-14"}).body["code"] == "last-before-first"
    assert program.get("/permits?state=granted").body["items"] == [program.get(path).body]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Permit)) == 1


def test_things_are_added_taken_along_and_found_on_a_day(program: Program, room: Room) -> None:
    lesson = factories.lesson(starts_at=at(10), room=room)
    added = program.post("/things", {"equipment": "loan_phone", "label": "貸出用スマホ", "count": 2})
    assert [row["label"] for row in added.body["things"]] == ["貸出用スマホ 1", "貸出用スマホ 2"]
    one, two = (row["id"] for row in added.body["things"])

    taken = program.post(f"/lessons/{lesson.id}/things", {"thing_ids": [one]})
    assert (taken.status, taken.body["thing_ids"]) == (200, [one])
    both = program.post(f"/lessons/{lesson.id}/things", {"thing_ids": [two]}).body
    assert (both["thing_ids"], both["version"]) == ([one, two], 3)
    left = program.patch(f"/lessons/{lesson.id}", {"version": 3, "thing_ids": [two]}).body
    assert left["thing_ids"] == [two]

    where = program.get("/things/taken?day=2026-07-15").body["taken"]
    assert [(row["thing_id"], row["lesson_id"]) for row in where] == [(two, lesson.id)]
    assert program.get("/things/taken").body["taken"] == []
    assert program.post(f"/lessons/{lesson.id}/things", {"thing_ids": [999]}).body["code"] == "no-thing"


def test_a_thing_under_its_key_is_changed_and_goes_out_of_use_and_comes_back(program: Program) -> None:
    sent = {"external_id": "R1", "equipment": "wifi", "label": "ルーター1号"}
    (thing,) = program.post("/things", sent).body["things"]
    assert program.post("/things", sent | {"kept_at": "窓口"}).status == 200
    assert program.post("/things", sent | {"count": 2}).body["errors"][0]["field"] == "count"
    assert program.patch(f"/things/{thing['id']}", {"version": 2, "note": "充電器つき"}).body["version"] == 3

    out = program.post(f"/things/{thing['id']}/out-of-use", {"version": 3, "reason": "修理中"})
    assert out.body["out_of_use_reason"] == "修理中"
    assert program.get("/things").body["items"] == []
    assert len(program.get("/things?out_of_use=true").body["items"]) == 1
    back = program.post(f"/things/{thing['id']}/use-again", {"version": 4}).body
    assert (back["out_of_use_at"], program.get(f"/things/{thing['id']}").body) == (None, back)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Thing)) == 1


@pytest.fixture
def sent(room: Room) -> dict[str, Any]:
    course = factories.course(needs_wifi=True)
    return {"course_id": course.id, "room_id": room.id, "day": "2026-07-18", "start": "10:00"}


def test_a_lesson_on_a_saturday_needs_a_reason_which_is_kept(program: Program, sent: dict[str, Any]) -> None:
    asked = program.post("/lessons", sent)
    assert (asked.status, asked.body["code"], asked.body["params"]["kinds"]) == (422, "reason-needed", ["closed-day"])
    assert "土曜" in asked.body["params"]["conflicts"] or "Saturdays" in asked.body["params"]["conflicts"]

    planned = program.post("/lessons", sent | {"override_reason": "館長に確認済み", "external_id": "L1"})

    assert planned.status == 201
    assert (planned.body["override_reason"], planned.body["overridden"]) == ("館長に確認済み", ["closed-day"])
    again = program.post("/lessons", sent | {"override_reason": "館長に確認済み", "external_id": "L1"})
    assert (again.status, again.body["version"]) == (200, 1)
    moved = program.patch(f"/lessons/{planned.body['id']}", {"version": 1, "day": "2026-07-19"})
    assert moved.body["code"] == "reason-needed"


def test_what_stands_against_a_lesson_is_listed_with_what_would_settle_it(
    program: Program, sent: dict[str, Any]
) -> None:
    router = factories.thing()
    lesson = program.post("/lessons", sent | {"day": "2026-07-15"}).body

    found = program.get(f"/lessons/{lesson['id']}/conflicts").body["conflicts"]

    assert [(one["kind"], one["weight"], one["thing_ids"]) for one in found] == [
        ("lacking", "remark", [router.id]), ("few-supporters", "remark", []),
    ]  # fmt: skip
    assert db.session.get_one(Lesson, lesson["id"]).overridden == ""
