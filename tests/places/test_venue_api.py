from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.places.models import Venue
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

VENUE = {"name": "加津佐公民館", "name_kana": "かづさこうみんかん", "wifi": True, "parking": 12}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.COORDINATOR, name="会場台帳"))


def test_a_venue_is_added_read_and_listed(program: Program) -> None:
    factories.district()

    added = program.post("/venues", VENUE | {"district_code": "KCN", "external_id": "v-1"})

    assert added.status == 201
    venue = added.body
    assert (venue["name_kana"], venue["short_name"], venue["rooms"]) == ("カヅサコウミンカン", "加津佐公民館", [])
    assert (venue["external_id"], venue["version"], venue["closed_at"]) == ("v-1", 1, None)
    assert program.get(f"/venues/{venue['id']}").body == venue
    assert program.get("/venues", district="KCN").body == {"items": [venue], "next": None}
    assert program.get("/venues", district="KZS").body["items"] == []


def test_the_history_names_the_program(program: Program) -> None:
    venue = program.post("/venues", VENUE).body

    (row,) = history.of(f"venue:{venue['id']}")
    assert (row.action, row.actor_name, row.actor_id) == ("venue.added", "会場台帳", None)


def test_the_same_external_id_again_changes_the_venue_and_keeps_what_is_left_out(program: Program) -> None:
    first = program.post("/venues", VENUE | {"external_id": "v-1", "bus": "港から徒歩5分"})

    again = program.post("/venues", VENUE | {"external_id": "v-1", "parking": 20})
    same = program.post("/venues", VENUE | {"external_id": "v-1", "parking": 20})

    assert (first.status, again.status, same.status) == (201, 200, 200)
    assert (again.body["id"], again.body["parking"], again.body["bus"]) == (first.body["id"], 20, "港から徒歩5分")
    assert (again.body["version"], same.body["version"]) == (2, 2)
    assert db.session.scalar(sa.select(sa.func.count(Venue.id))) == 1


def test_an_edit_changes_only_what_it_names(program: Program) -> None:
    venue = program.post("/venues", VENUE).body

    edited = program.patch(f"/venues/{venue['id']}", {"version": 1, "parking": None})

    assert edited.status == 200
    assert edited.body == venue | {"parking": None, "version": 2}


def test_an_edit_that_names_no_version_is_refused(program: Program) -> None:
    venue = factories.venue()

    assert set(program.patch(f"/venues/{venue.id}", {"bus": "島鉄バス"}).errors) == {"version"}


def test_a_closed_venue_leaves_the_list_and_comes_back(program: Program) -> None:
    venue = factories.venue()

    closed = program.post(f"/venues/{venue.id}/close", {"version": 1})

    assert closed.body["closed_at"] == "2026-07-06T10:00:00+09:00"
    assert program.get("/venues").body["items"] == []
    assert len(program.get("/venues", closed="true").body["items"]) == 1
    assert program.post(f"/venues/{venue.id}/reopen", {"version": 1}).status == 409
    assert program.post(f"/venues/{venue.id}/reopen", {"version": 2}).body["closed_at"] is None


def test_a_room_is_added_to_its_venue_and_edited(program: Program) -> None:
    venue = factories.venue()

    added = program.post(f"/venues/{venue.id}/rooms", {"name": "和室", "seats": "１２"})
    edited = program.patch(f"/rooms/{added.body['id']}", {"version": 1, "seats": 10})

    assert (added.status, added.body["seats"]) == (201, 12)
    assert edited.body == added.body | {"seats": 10, "version": 2}
    assert program.get(f"/venues/{venue.id}").body["rooms"] == [edited.body]


def test_a_second_room_of_one_name_is_refused_at_the_name(program: Program) -> None:
    venue = factories.venue()
    program.post(f"/venues/{venue.id}/rooms", {"name": "和室", "seats": 8})

    again = program.post(f"/venues/{venue.id}/rooms", {"name": "和室", "seats": 8})

    assert (again.status, again.body["code"]) == (422, "room-exists")
    assert set(again.errors) == {"name"}


@pytest.mark.one_database
def test_what_is_not_there_is_not_found(program: Program) -> None:
    for reply in (
        program.get("/venues/9"),
        program.patch("/venues/9", {"version": 1}),
        program.post("/venues/9/close", {"version": 1}),
        program.post("/venues/9/rooms", {"name": "和室", "seats": 8}),
        program.patch("/rooms/9", {"version": 1}),
    ):
        assert (reply.status, reply.body["code"]) == (404, "not-found")
