from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import event

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.core.operations import Operation
from supportdesk.desk.models import HelpRequest
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.statements import count_queries

TROUBLE = {"channel": "paper", "topic_code": "PHOTO", "text": "写真が　いっぱいで\r\n撮れません"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    factories.topic("PHOTO")
    factories.topic("SCAM", urgent=True)
    return Program(app, factories.token(name="市のホームページ"))


def _count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(HelpRequest.id))) or 0


def test_a_request_is_received_in_the_persons_words_and_read_again(program: Program) -> None:
    booking = factories.booking()
    known = {"resident_id": booking.resident_id, "booking_id": booking.id}

    received = program.post("/help-requests", TROUBLE | known | {"external_id": "form-1"})

    assert received.status == 201
    assert received.body == {
        "id": received.body["id"], "external_id": "form-1", "urgent": False, "status": "new",
        "received_at": "2026-07-06T10:00:00+09:00", "ended_at": None, "in_charge_id": None, "version": 1,
    }  # fmt: skip
    read = program.get(f"/help-requests/{received.body['id']}").body
    assert read == received.body | known | {
        "channel": "paper", "topic_code": "PHOTO", "text": "写真が いっぱいで\n撮れません", "outcome": "",
        "received_by": "市のホームページ",
    }  # fmt: skip
    assert [row.action for row in history.of(f"request:{received.body['id']}")] == ["request.received"]


def test_a_topic_that_is_urgent_makes_the_request_urgent(program: Program) -> None:
    assert program.post("/help-requests", {"channel": "phone", "topic_code": "SCAM"}).body["urgent"] is True
    assert program.post("/help-requests", TROUBLE | {"urgent": True}).body["urgent"] is True


def test_a_request_that_is_sent_again_is_received_once_and_never_changed(program: Program) -> None:
    sent = {"channel": "phone", "topic_code": "SCAM", "text": " 知らない番号 ", "external_id": "form-1"}
    first = program.post("/help-requests", sent)
    program.post(f"/help-requests/{first.body['id']}/status", {"to": "in_progress", "seen": "new"})

    again = program.post("/help-requests", sent)
    otherwise = program.post("/help-requests", sent | {"text": "別の話"})

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body | {"status": "in_progress", "version": 2}
    assert (otherwise.status, otherwise.body["code"]) == (409, "received-otherwise")
    assert otherwise.body["params"] == {"id": first.body["id"]}
    assert _count() == 1


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"topic_code": None, "text": " 　\n"}, "text", "nothing-said"),
        ({"topic_code": "NONE"}, "topic_code", "no-topic"),
        ({"resident_id": 99}, "resident_id", "no-resident"),
        ({"booking_id": 99}, "booking_id", "no-booking"),
        ({"channel": "fax"}, "channel", "invalid"),
        ({"text": "x" * 2001}, "text", "invalid"),
        ({"text": "番号は１２３４-５６７８-９０１８"}, "text", "invalid"),
        ({"status": "done"}, "status", "invalid"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field(
    program: Program, more: dict[str, Any], field: str, code: str
) -> None:
    reply = program.post("/help-requests", TROUBLE | more)

    assert (reply.status, reply.body["code"], set(reply.errors)) == (422, code, {field})
    assert _count() == 0


def test_a_request_moves_on_with_what_came_of_it(program: Program) -> None:
    path = f"/help-requests/{program.post('/help-requests', TROUBLE).body['id']}"

    silent = program.post(f"{path}/status", {"to": "done", "seen": "new"})
    done = program.post(f"{path}/status", {"to": "done", "seen": "new", "outcome": "教室を案内"})
    late = program.post(f"{path}/status", {"to": "in_progress", "seen": "new"})
    nowhere = program.post(f"{path}/status", {"to": "new", "seen": "done"})

    assert (silent.status, silent.body["code"], set(silent.errors)) == (422, "no-outcome", {"outcome"})
    assert (done.status, done.body["status"], done.body["ended_at"]) == (200, "done", "2026-07-06T10:00:00+09:00")
    assert (late.status, late.body["code"]) == (409, "changed-meanwhile")
    assert (nowhere.status, nowhere.body["code"]) == (409, "move-not-allowed")
    assert program.get(path).body["outcome"] == "教室を案内"


def test_the_list_shows_what_waits_oldest_first_by_status_and_topic(program: Program) -> None:
    ids = []
    for days, topic in ((0, "PHOTO"), (2, "SCAM"), (1, "PHOTO")):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            ids.append(program.post("/help-requests", TROUBLE | {"topic_code": topic}).body["id"])
    first, last, middle = ids
    program.post(f"/help-requests/{first}/status", {"to": "done", "seen": "new", "outcome": "済み"})

    def listed(**query: Any) -> list[int]:
        reply = program.get("/help-requests", limit=1, **query)
        found = reply.body["items"]
        while reply.body["next"]:
            reply = program.get(reply.body["next"])
            found += reply.body["items"]
        return [row["id"] for row in found]

    assert listed() == [middle, last]
    assert listed(status="done") == [first]
    assert listed(topic="PHOTO") == [middle]
    assert listed(topic="PHOTO", status="new") == [middle]


@pytest.mark.one_database
def test_receiving_takes_few_statements(app: Flask) -> None:
    """Aim: 300 a second. The token, a transaction, what the request names, the request, its history."""
    factories.topic("PHOTO")
    person = factories.resident()
    program = Program(app, factories.token())
    program.post("/help-requests", TROUBLE)  # notes that the token is used
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2].split()[0])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        plain = program.post("/help-requests", TROUBLE | {"resident_id": person.id})
        plain_asked, asked[:] = list(asked), []
        keyed = program.post("/help-requests", TROUBLE | {"external_id": "form-1"}, key="k")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert (plain.status, keyed.status) == (201, 201)
    assert plain_asked == ["BEGIN", "SELECT", "BEGIN", "SELECT", "INSERT", "INSERT"]
    assert asked == [
        "BEGIN", "SELECT", "BEGIN", "INSERT", "SELECT", "SAVEPOINT", "SELECT", "INSERT", "INSERT", "RELEASE", "UPDATE",
    ]  # fmt: skip


@pytest.mark.one_database
def test_a_longer_list_takes_no_more_queries(program: Program) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            program.post("/help-requests", TROUBLE | {"resident_id": factories.resident().id})
        counts.append(count_queries(lambda: program.get("/help-requests")))

    assert counts == [2, 2]


@pytest.mark.one_database
def test_no_word_of_a_request_is_logged_or_kept_for_a_key(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        program.post("/help-requests", TROUBLE, key="k")

    kept = json.dumps(db.session.scalar(sa.select(Operation.result)), ensure_ascii=False)
    assert "received_at" in kept
    assert "写真" not in kept and "写真" not in caplog.text


@pytest.mark.one_database
def test_a_coordinator_reads_no_request(app: Flask, program: Program) -> None:
    request_id = program.post("/help-requests", TROUBLE).body["id"]
    coordinator = Program(app, factories.token(Role.COORDINATOR))

    for path in ("/help-requests", f"/help-requests/{request_id}"):
        assert coordinator.get(path).body["code"] == "role-missing"


@pytest.mark.one_database
def test_what_is_not_there_is_not_found(program: Program) -> None:
    for reply in (
        program.get("/help-requests/9"),
        program.post("/help-requests/9/status", {"to": "done", "seen": "new", "outcome": "済み"}),
    ):
        assert (reply.status, reply.body["code"]) == (404, "not-found")
