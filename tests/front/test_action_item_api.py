from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Booking
from supportdesk.people.rules import Wish
from supportdesk.reminders.models import PersonContact
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.statements import count_queries

# From the third working day before the lesson on, those wait whom no machine may call.
LESSON = NOW + timedelta(days=9)
FRIDAY_BEFORE = NOW + timedelta(days=4)


@pytest.fixture(autouse=True)
def _on_friday() -> Iterator[None]:
    with time_machine.travel(FRIDAY_BEFORE, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="電話システム"))


def waiting(**values: Any) -> Booking:
    person = factories.resident(number="+81957000002", wish=Wish.PERSON)
    return factories.booking(person, factories.lesson(starts_at=values.pop("starts_at", LESSON)), **values)


def listed(program: Program, **query: Any) -> list[int]:
    return [item["booking_id"] for item in program.get("/action-items", **query).body["items"]]


def test_an_item_says_why_and_until_when_and_neither_name_nor_number(program: Program) -> None:
    booking = waiting()

    reply = program.send("GET", "/action-items", headers={"Accept-Language": "ja"})

    [item] = reply.body["items"]
    deadline = item.pop("deadline")
    assert "2026-07-13T00:00:00+09:00" < deadline < "2026-07-15T10:00:00+09:00"
    assert item == {
        "key": f"booking:{booking.id}", "kind": "call", "call_task_id": None, "taken_by": None,
        "booking_id": booking.id, "offer_id": None, "entry_id": None, "won": None,
        "resident_id": booking.resident_id, "lesson_id": booking.lesson_id,
        "starts_at": "2026-07-15T10:00:00+09:00", "why": "wish", "reason": "職員からの連絡を希望", "way": "person",
        "number_ends_in": "0002", "persons": 1, "attempts": 0, "minutes": 3, "event_id": 0,
        "supporter_id": None, "family": [], "card_in_time": True,
    }  # fmt: skip
    assert "ホンダ" not in str(reply.body) and "957" not in str(item)


def test_the_nearest_deadline_comes_first_and_a_page_goes_on_where_the_one_before_ended(program: Program) -> None:
    same = [waiting() for _ in range(4)]
    soonest = waiting(starts_at=LESSON - timedelta(days=1))

    first = program.get("/action-items", limit=2)
    program.post(f"/action-items/{soonest.id}/outcome", {"outcome": "talked"})
    second = program.get(first.body["next"])
    third = program.get(second.body["next"])

    items = [item for reply in (first, second, third) for item in reply.body["items"]]
    assert [item["booking_id"] for item in items] == [row.id for row in (soonest, *same)]
    assert len({item["deadline"] for item in items}) == 2
    assert third.body["next"] is None


def test_who_was_told_waits_no_longer_and_who_was_not_reached_does(program: Program) -> None:
    told, missed = waiting(), waiting()

    reply = program.post(f"/action-items/{told.id}/outcome", {"outcome": "talked", "note": " 本人と話した\u0000 "})
    program.post(f"/action-items/{missed.id}/outcome", {"outcome": "no-answer"})

    assert (reply.status, reply.body) == (
        201,
        {"id": reply.body["id"], "booking_id": told.id, "outcome": "talked", "at": "2026-07-10T10:00:00+09:00",
         "by_name": "電話システム", "way": None, "with_family": False},
    )
    assert program.get(f"/bookings/{told.id}/messages").body["contacts"] == [reply.body | {"note": "本人と話した"}]
    [item] = program.get("/action-items").body["items"]
    assert (item["booking_id"], item["attempts"]) == (missed.id, 1)
    assert [row.actor_name for row in history.of(f"booking:{told.id}")] == ["電話システム"]


def test_the_same_key_twice_notes_one_contact(program: Program) -> None:
    booking = waiting()
    first, again = (
        program.post(f"/action-items/{booking.id}/outcome", {"outcome": "no-answer"}, "k-1") for _ in range(2)
    )

    assert first.body == again.body
    db.session.rollback()
    assert db.session.query(PersonContact).count() == 1


def test_what_was_noted_names_itself_so_that_it_can_be_taken_back(program: Program) -> None:
    booking = waiting()
    noted = program.post(f"/action-items/{booking.id}/outcome", {"outcome": "will-come"})

    taken_back = program.post(f"/action-items/contacts/{noted.body['id']}/take-back", {})

    assert (taken_back.status, taken_back.body) == (200, {"booking_id": booking.id})
    assert listed(program) == [booking.id]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "outcome"), ({"outcome": "slept"}, "outcome"), ({"outcome": "talked", "note": "あ" * 401}, "note"),
     ({"outcome": "talked", "note": "1234 5678 9018"}, "note")],
)  # fmt: skip
def test_an_outcome_that_makes_no_sense_is_refused_at_its_field(
    program: Program, body: dict[str, Any], field: str
) -> None:
    assert set(program.post(f"/action-items/{waiting().id}/outcome", body).errors) == {field}
    assert program.post("/action-items/77/outcome", {"outcome": "talked"}).status == 404


@pytest.mark.one_database
def test_all_of_the_office_may_read_and_note_as_on_the_page(app: Flask) -> None:
    booking = waiting()
    for role in (Role.STAFF, Role.COORDINATOR, Role.MANAGER):
        program = Program(app, factories.token(role))
        assert program.get("/action-items").status == 200
        assert program.post(f"/action-items/{booking.id}/outcome", {"outcome": "no-answer"}).status == 201


@pytest.mark.one_database
@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyIyMDI2LTA3LTE1IiwxXQ"])
def test_a_cursor_of_another_list_is_refused(program: Program, cursor: str) -> None:
    assert program.get("/action-items", cursor=cursor).body["code"] == "bad-cursor"


def test_a_longer_list_takes_no_more_queries(program: Program) -> None:
    waiting()
    few = count_queries(lambda: listed(program))
    for _ in range(4):
        waiting()

    assert count_queries(lambda: listed(program)) <= few <= 19
