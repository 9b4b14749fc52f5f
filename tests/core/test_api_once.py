"""The same request sent again does nothing twice, and is answered as the first time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import operations
from supportdesk.core.db import db, transaction
from supportdesk.core.operations import Operation
from supportdesk.places import actions
from supportdesk.places.models import Room, Venue
from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply

VENUE = {"name": "加津佐公民館", "name_kana": "カヅサコウミンカン"}
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token())


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_same_key_and_body_give_the_first_answer_again(program: Program) -> None:
    first = program.post("/venues", VENUE, KEY)
    program.patch(f"/venues/{first.body['id']}", {"version": 1, "name": "改名"})

    again = program.post("/venues", dict(reversed(VENUE.items())), KEY)

    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert count(Venue) == 1


def test_without_a_key_the_same_body_makes_a_second_one(program: Program) -> None:
    program.post("/venues", VENUE)
    program.post("/venues", VENUE)

    assert count(Venue) == 2


def test_the_same_key_with_another_body_or_at_another_address_is_refused(program: Program) -> None:
    venue = program.post("/venues", VENUE, KEY).body
    another = program.post("/venues", VENUE | {"wifi": True}, KEY)
    elsewhere = program.post(f"/venues/{venue['id']}/rooms", {"name": "和室", "seats": 8}, KEY)

    assert (another.status, another.body["code"]) == (409, "other-body")
    assert (elsewhere.status, elsewhere.body["code"]) == (409, "other-body")
    assert (count(Venue), count(Room)) == (1, 0)


def test_two_programs_may_choose_the_same_key(app: Flask, program: Program) -> None:
    first = program.post("/venues", VENUE, KEY)
    second = Program(app, factories.token()).post("/venues", VENUE, KEY)

    assert second.status == 201
    assert first.body["id"] != second.body["id"]


def test_a_refused_request_uses_up_no_key(program: Program) -> None:
    assert program.post("/venues", VENUE | {"postal_code": "1"}, KEY).status == 422
    assert program.post("/venues", VENUE, KEY).status == 201


@pytest.mark.one_database
@pytest.mark.parametrize("key", ["", "x" * 201, "é", "a\tb"])
def test_a_key_that_is_none_is_refused(program: Program, key: str) -> None:
    reply = program.post("/venues", VENUE, key)

    assert (reply.status, reply.body["code"]) == (400, "bad-key")
    assert count(Venue) == 0


@pytest.mark.one_database
def test_of_a_key_only_a_digest_without_digits_is_kept(program: Program) -> None:
    # Twelve digits in a row could look like a My Number, and the key would be refused for it.
    for n in range(200):
        assert program.post("/venues/1/close", {"version": 1}, f"key-{n}").status == 404
    factories.venue()
    program.post("/venues", VENUE, "1234-5678-9018")

    (kept,) = db.session.scalars(sa.select(Operation.key))
    assert kept.removeprefix("api:").isalpha()


def test_a_key_is_forgotten_after_thirty_days_and_not_before(program: Program) -> None:
    program.post("/venues", VENUE, KEY)
    made = db.session.scalars(sa.select(Operation.at)).one()

    left = []
    for age in (timedelta(days=30), timedelta(days=30, seconds=1)):
        db.session.rollback()
        with transaction():
            operations.forget(made + age)
        left.append(count(Operation))
    assert left == [1, 0]


def _first_at_work(
    program: Program, monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor
) -> tuple[Any, threading.Event]:
    """A request that has written and waits before it commits; its future, and what lets it go on."""
    at_work, go_on = threading.Event(), threading.Event()
    real = actions.add_venue

    def slow(*given: Any, **more: Any) -> Venue:
        venue = real(*given, **more)
        at_work.set()
        assert go_on.wait(timeout=60)
        return venue

    monkeypatch.setattr(actions, "add_venue", slow)
    first = pool.submit(program.post, "/venues", VENUE, KEY)
    assert at_work.wait(timeout=60)
    return first, go_on


def test_a_twin_in_flight_is_told_so_at_once_and_later_gets_the_first_answer(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.rollback()
    with ThreadPoolExecutor(1) as pool:
        first, go_on = _first_at_work(program, monkeypatch, pool)
        twin = program.post("/venues", VENUE, KEY)
        go_on.set()
        answer: Reply = first.result(timeout=60)
    later = program.post("/venues", VENUE, KEY)

    assert (twin.status, twin.body["code"]) == (409, "in-progress")
    assert twin.response.headers["Retry-After"] == "1"
    assert (answer.status, later.status) == (201, 201)
    assert later.body == answer.body
    assert count(Venue) == 1
