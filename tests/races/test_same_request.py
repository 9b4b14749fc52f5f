"""One request sent by many at once: with a key one of them acts, and all who are answered get its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.db import db
from supportdesk.places.models import Venue
from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply
from tests.races.clients import ROUNDS, clients

pytestmark = pytest.mark.race
CLIENTS = 8
VENUE = {"name": "加津佐公民館", "name_kana": "カヅサコウミンカン"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    program = Program(app, factories.token())
    program.get("/venues")  # its use is noted, so that no client writes that in between
    return program


def venues() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Venue.id))) or 0


def test_of_one_key_sent_eight_times_at_once_one_acts(app: Flask, program: Program) -> None:
    with clients(app, CLIENTS) as many:
        for number in range(1, ROUNDS + 1):
            replies: list[Reply] = many.at_once([lambda n=number: program.post("/venues", VENUE, f"k{n}")] * CLIENTS)

            answered = [reply for reply in replies if reply.status == 201]
            refused = Counter(reply.body["code"] for reply in replies if reply.status != 201)
            assert answered and len({reply.body["id"] for reply in answered}) == 1
            assert set(refused) <= {"in-progress"}
            assert venues() == number
            assert program.post("/venues", VENUE, f"k{number}").body == answered[0].body


def test_without_a_key_they_all_act(app: Flask, program: Program) -> None:
    with clients(app, CLIENTS) as many:
        many.at_once([lambda: program.post("/venues", VENUE)] * CLIENTS)

    assert venues() == CLIENTS


def test_of_one_external_id_sent_eight_times_at_once_one_is_made(app: Flask, program: Program) -> None:
    with clients(app, CLIENTS) as many:
        for number in range(1, ROUNDS + 1):
            body = VENUE | {"external_id": f"v-{number}"}
            replies: list[Reply] = many.at_once([lambda sent=body: program.post("/venues", sent)] * CLIENTS)

            assert Counter(reply.status for reply in replies)[201] == 1
            assert {reply.body["code"] for reply in replies if reply.status not in (200, 201)} <= {"in-progress"}
            assert venues() == number
