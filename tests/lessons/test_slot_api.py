"""Slots, system days and people taken on the spot, for programs."""

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
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office.models import Branch
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.STAFF, Role.COORDINATOR, Role.MANAGER))


@pytest.fixture
def body(app: Flask) -> dict[str, Any]:
    course, room = factories.course(category="consult", learners_per_supporter=8), factories.room()
    return {"course_id": course.id, "room_id": room.id, "days": ["2026-07-15", "2026-07-16"], "start": "09:00",
            "end": "10:30", "tables": 2}  # fmt: skip


def test_days_are_looked_at_then_made_and_opened(program: Program, body: dict[str, Any]) -> None:
    seen = program.post("/slots/preview", body)
    assert [one["key"] for one in seen.body["dates"]][:2] == ["260715-0900", "260715-0930"]
    assert (len(seen.body["dates"]), seen.body["there_ids"]) == (6, [])

    made = program.post("/slots", body)
    assert made.status == 201
    assert len(made.body["lesson_ids"]) == 6
    assert program.post("/slots", body).body["lesson_ids"] == []
    opened = program.post(f"/slots/2026-07-15/{body['room_id']}/state", {"to": "open"})
    assert len(opened.body["lesson_ids"]) == 3

    listed = program.get("/slots?first_day=2026-07-15&last_day=2026-07-15&kind=consultation").body["items"]
    assert [(one["start"], one["kind"], one["seats"], one["state"]) for one in listed] == [
        (start, "consultation", 2, "open") for start in ("09:00", "09:30", "10:00")
    ]


def test_what_stands_against_a_time_is_decided_by_its_key(program: Program, body: dict[str, Any]) -> None:
    factories.lesson(starts_at=NOW + timedelta(days=9, hours=-1), room=db.session.get(factories.Room, body["room_id"]))

    assert program.post("/slots", body).body["code"] == "unsettled"
    skipped = [{"key": key, "choice": "skip"} for key in ("260715-0900", "260715-0930")]
    assert len(program.post("/slots", body | {"decisions": skipped}).body["lesson_ids"]) == 4


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"end": "08:00"}, 422), ({"tables": 0}, 422), ({"pause_start": "09:30"}, 422), ({"days": []}, 422),
        ({"days": ["2026-02-31"]}, 422), ({"start": "00:00"}, 422), ({"room_id": 999}, 422), ({"minutes": 7}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(program: Program, body: dict[str, Any], wrong: dict[str, Any], status: int) -> None:
    assert program.post("/slots", body | wrong).status == status
    assert db.session.scalar(sa.select(sa.func.count(Lesson.id))) == 0


def test_a_couple_books_one_table(program: Program, app: Flask) -> None:
    slot = factories.slot(seats=1)
    couple = [factories.resident().id for _ in range(2)]

    booked = program.post(
        f"/lessons/{slot.id}/bookings", {"resident_ids": couple, "booked_by": "self", "channel": "phone"}
    )

    assert booked.status == 201
    shown = program.get(f"/lessons/{slot.id}").body
    assert (shown["kind"], shown["seats_taken"]) == ("consultation", 1)


def test_people_are_taken_on_the_spot_and_squeezed_in_when_it_is_allowed(program: Program, app: Flask) -> None:
    slot = factories.slot(starts_at=NOW - timedelta(minutes=10), state=LessonState.CLOSED)
    first, second = ([factories.resident().id] for _ in range(2))

    taken = program.post(f"/lessons/{slot.id}/walk-ins", {"resident_ids": first})
    assert (taken.status, taken.body["bookings"][0]["squeezed_in"]) == (201, False)
    assert program.post(f"/lessons/{slot.id}/walk-ins", {"resident_ids": second}).body["code"] == "tables-taken"
    allowed = program.post(f"/lessons/{slot.id}/walk-ins", {"resident_ids": second, "allowed_by": "課長"})

    assert (allowed.body["bookings"][0]["squeezed_in"], allowed.body["bookings"][0]["channel"]) == (True, "counter")
    assert "allowed_by" not in allowed.body["bookings"][0]
    booking = db.session.scalars(sa.select(Booking).order_by(Booking.id.desc())).first()
    assert booking is not None
    assert program.get(f"/bookings/{booking.id}").body["allowed_by"] == "課長"


def test_system_days_name_what_is_planned_at_the_counter(program: Program, app: Flask) -> None:
    branch = factories.save(Branch(name="口之津支所"))
    counter = factories.room(factories.venue(branch_id=branch.id))
    renewing = factories.course(category="counter", counter_matter="renew", owner="市民課")
    slot = factories.slot(course=renewing, room=counter)
    sent = {"first": "2026-07-15", "reason": "システム更新"}

    refused = program.post("/system-days", sent)
    assert (refused.body["code"], refused.body["params"]["lesson_ids"]) == ("counter-planned", [slot.id])
    assert program.post("/system-days", sent | {"anyway": True}).body == {"days": ["2026-07-15"]}
    assert program.get("/system-days").body["items"] == [{"day": "2026-07-15", "reason": "システム更新"}]
    kinds = {one["kind"] for one in program.get(f"/lessons/{slot.id}/conflicts").body["conflicts"]}
    assert "system-day" in kinds
    assert program.post("/system-days/2026-07-15/remove", {}).status == 200
    assert program.post("/system-days/15/remove", {}).status == 404


def test_a_venue_becomes_the_counter_of_a_branch(program: Program, app: Flask) -> None:
    branch = factories.save(Branch(name="口之津支所"))
    sent = {"name": "口之津支所 窓口", "name_kana": "クチノツシショ マドグチ"}

    made = program.post("/venues", sent | {"branch_id": branch.id})
    assert (made.status, made.body["branch_id"]) == (201, branch.id)
    assert program.post("/venues", sent | {"branch_id": 999}).body["code"] == "no-branch"
