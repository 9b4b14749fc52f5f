from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons import offers
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

pytestmark = pytest.mark.one_database

LESSON = NOW + timedelta(days=9)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="電話システム"))


def full_lesson(seats: int = 2) -> tuple[Lesson, list[Booking]]:
    lesson = factories.lesson(starts_at=LESSON, seats=seats)
    return lesson, [factories.booking(factories.resident(), lesson) for _ in range(seats)]


def body(lesson: Lesson, *residents: int, **more: Any) -> dict[str, Any]:
    ids = residents or (factories.resident("モリ イチ").id,)
    return {"lesson_id": lesson.id, "resident_ids": list(ids), "booked_by": "self", "channel": "phone", **more}


def free(booking: Booking) -> None:
    """Cancel this booking, and let the tick look after the queue."""
    with transaction():
        cancel_booking(booking.id, "体調", by=factories.Actor(None, "職員", frozenset()), now=NOW)
    offers.settle_all(NOW)


def test_who_finds_a_lesson_full_is_told_where_to_wait_and_waits(program: Program) -> None:
    lesson, _ = full_lesson()
    [person] = [factories.resident("モリ イチ").id]
    asked = body(lesson, person)
    refused = program.post(f"/lessons/{lesson.id}/bookings", {k: v for k, v in asked.items() if k != "lesson_id"})
    assert (refused.status, refused.body["params"]) == (409, {"free": 0, "choice": "waiting-list"})

    reply = program.post("/waiting-list", asked | {"caller": "長女", "companions": 1})

    assert reply.status == 201
    assert (reply.body["resident_ids"], reply.body["companions"], reply.body["offer_id"]) == ([person], 1, None)
    assert "caller" not in reply.body, "writing answers without anybody's words"
    one = program.get(f"/waiting-list/{reply.body['id']}").body
    assert (one["position"], one["caller"], one["ended_how"]) == (1, "長女", None)
    assert "モリ" not in str(one)


def test_the_queue_is_read_in_the_order_of_joining_with_positions_and_in_pages(program: Program) -> None:
    lesson, _ = full_lesson()
    first, second, third = (program.post("/waiting-list", body(lesson)).body["id"] for _ in range(3))
    assert program.post(f"/waiting-list/{third}/move-up", {"reason": "通院の都合"}).status == 200

    page = program.get("/waiting-list", lesson_id=lesson.id, limit=2).body
    assert [(item["id"], item["position"]) for item in page["items"]] == [(first, 2), (second, 3)]
    rest = program.get(page["next"]).body
    assert [(item["id"], item["position"]) for item in rest["items"]] == [(third, 1)]
    assert rest["next"] is None


def test_who_is_taken_out_stays_to_be_seen(program: Program) -> None:
    lesson, _ = full_lesson()
    entry = program.post("/waiting-list", body(lesson)).body["id"]

    assert program.post(f"/waiting-list/{entry}/take-out", {"reason": ""}).status == 422
    reply = program.post(f"/waiting-list/{entry}/take-out", {"reason": "本人の希望"})

    assert (reply.status, reply.body["ended_how"]) == (200, "taken-out")
    assert program.get("/waiting-list", lesson_id=lesson.id).body["items"] == []
    [item] = program.get("/waiting-list", lesson_id=lesson.id, ended="true").body["items"]
    assert (item["position"], item["end_reason"]) == (None, "本人の希望")
    assert program.post(f"/waiting-list/{entry}/take-out", {"reason": "x"}).body["code"] == "not-waiting"


def test_whoever_reads_what_one_resident_waits_for_is_recorded(program: Program) -> None:
    lesson, _ = full_lesson()
    person = factories.resident("モリ イチ").id
    program.post("/waiting-list", body(lesson, person))

    assert len(program.get("/waiting-list", resident_id=person).body["items"]) == 1
    assert [row.actor_name for row in history.of(f"resident:{person}")] == ["電話システム"]
    assert program.get("/waiting-list", resident_id=999).errors == {"resident_id": "There is no such resident."}
    assert set(program.get("/waiting-list", lesson_id=999).errors) == {"lesson_id"}


def test_the_same_external_id_waits_once_and_the_same_key_gives_the_same_answer(program: Program) -> None:
    lesson, _ = full_lesson()
    asked = body(lesson, external_id="W-1")

    first = program.post("/waiting-list", asked, key="one")
    assert program.post("/waiting-list", asked, key="one").body == first.body
    again = program.post("/waiting-list", asked)
    assert (again.status, again.body["id"]) == (200, first.body["id"])
    assert program.post("/waiting-list", body(lesson, external_id="W-1")).body["code"] == "other-body"


def test_refusals_name_entries_and_no_people(program: Program) -> None:
    lesson, [booking, _] = full_lesson()
    asked = body(lesson)
    entry = program.post("/waiting-list", asked).body["id"]

    twice = program.post("/waiting-list", asked).body
    booked = program.post("/waiting-list", body(lesson, booking.resident_id)).body
    spare = program.post("/waiting-list", body(factories.lesson(starts_at=LESSON))).body

    assert (twice["code"], twice["params"]) == ("already-waiting", {"waiting_ids": [entry]})
    assert (booked["code"], booked["params"]) == ("already-booked", {"booking_ids": [booking.id]})
    assert spare["code"] == "seats-free"
    assert "モリ" not in str([twice, booked]) and "ホンダ" not in str([twice, booked])


def test_an_offer_is_read_and_accepted(program: Program) -> None:
    lesson, [booking, _] = full_lesson()
    asked = body(lesson)
    entry = program.post("/waiting-list", asked).body["id"]
    free(booking)
    assert program.post(f"/lessons/{lesson.id}/bookings", _booking()).body["code"] == "lesson-full"

    [offer] = program.get("/offers", lesson_id=lesson.id, state="standing").body["items"]
    assert (offer["waiting_id"], offer["seats"], offer["until"]) == (entry, 1, "2026-07-07T10:00:00+09:00")
    assert program.get(f"/waiting-list/{entry}").body["offer_id"] == offer["id"]
    reply = program.post(f"/offers/{offer['id']}/accept", {"read_back": True}, key="yes")

    assert (reply.status, reply.body["offer"]["state"]) == (201, "accepted")
    [made] = reply.body["bookings"]
    assert (made["resident_id"], made["read_back"]) == (asked["resident_ids"][0], True)
    assert program.post(f"/offers/{offer['id']}/accept", {"read_back": True}, key="yes").body == reply.body
    assert program.post(f"/offers/{offer['id']}/decline", {}).body["code"] == "offer-over"
    assert program.get(f"/offers/{offer['id']}").body["state"] == "accepted"


def _booking() -> dict[str, Any]:
    return {"resident_ids": [factories.resident().id], "booked_by": "self", "channel": "phone"}


def test_what_is_declined_or_not_reached_goes_on_and_is_never_offered_again(program: Program) -> None:
    lesson, [booking, _] = full_lesson()
    bodies = [body(lesson) for _ in range(2)]
    for each in bodies:
        program.post("/waiting-list", each)
    free(booking)
    [first] = program.get("/offers", lesson_id=lesson.id).body["items"]

    assert program.post(f"/offers/{first['id']}/decline", {}).body["state"] == "declined"
    assert program.post("/waiting-list", bodies[0]).body["code"] == "offered-before"
    offers.settle_all(NOW)
    [second] = program.get("/offers", state="standing").body["items"]
    tries = [program.post(f"/offers/{second['id']}/not-reached", {}).body["state"] for _ in range(2)]
    assert tries == ["standing", "not-reached"]


def test_free_seats_due_to_those_who_wait_are_booked_with_a_reason_alone(program: Program) -> None:
    lesson, [booking, _] = full_lesson()
    program.post("/waiting-list", body(lesson))
    with transaction():
        cancel_booking(booking.id, "体調", by=factories.Actor(None, "職員", frozenset()), now=NOW)

    refused = program.post(f"/lessons/{lesson.id}/bookings", _booking()).body
    assert (refused["code"], refused["params"]) == ("waiting-first", {"waiting": 1, "choice": "waiting-list"})
    made = program.post(f"/lessons/{lesson.id}/bookings", _booking() | {"override_reason": "遠方から来庁"})
    assert made.status == 201


def test_the_scopes_are_its_own(app: Flask) -> None:
    reader = Program(app, factories.token(scopes={"read:waiting-list", "read:offers"}))

    assert reader.get("/waiting-list").status == reader.get("/offers").status == 200
    assert reader.post("/waiting-list", {}).body["code"] == "scope-missing"
    assert reader.post("/offers/1/accept", {}).body["code"] == "scope-missing"
    assert Program(app, factories.token(Role.MANAGER)).get("/waiting-list").body["code"] == "role-missing"


def test_a_lesson_tells_how_many_wait_and_how_many_seats_are_offered(program: Program) -> None:
    lesson, [booking, _] = full_lesson()
    program.post("/waiting-list", body(lesson))
    free(booking)

    one = program.get(f"/lessons/{lesson.id}").body
    assert (one["seats_taken"], one["seats_offered"], one["waiting"]) == (1, 1, 1)
    db.session.rollback()
