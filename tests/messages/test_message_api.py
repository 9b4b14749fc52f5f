from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus, last_digits
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

TEXT = "南島原市です。15日（水）10時、口之津公民館。"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token())


def planned(n: int, at: datetime = NOW, **values: Any) -> int:
    with transaction():
        outbox.put(
            recipient="resident:7", about=f"booking:{n}", matter="reminder", step="last", occasion="",
            channel=Channel.SMS, number="+819000000001", body=TEXT, sentences=[], window="text",
            due_at=at, not_after=at + timedelta(hours=4), now=at,
        )  # fmt: skip
        which = sa.select(Message.id).where(Message.about == f"booking:{n}")
        message_id = db.session.scalars(which).one()
        if values:
            db.session.execute(sa.update(Message).where(Message.id == message_id).values(**values))
    return message_id


def listed(program: Program, **query: Any) -> list[int]:
    return [row["id"] for row in program.get("/messages", **query).body["items"]]


def test_a_message_is_told_with_its_step_state_times_tries_and_cost_but_neither_words_nor_number(
    program: Program,
) -> None:
    sent_at = NOW + timedelta(minutes=1)
    message_id = planned(
        12, status=MessageStatus.DELIVERED, tries=2, segments=3, handed_over_at=sent_at, ended_at=sent_at
    )

    reply = program.send("GET", f"/messages/{message_id}", headers={"Accept-Language": "ja"})

    assert reply.body == {
        "id": message_id, "recipient": "resident:7", "about": "booking:12", "matter": "reminder", "step": "last",
        "channel": "sms", "language": "ja", "status": "delivered", "state": "送信済（受信の通知あり、返事なし）",
        "created_at": "2026-07-06T10:00:00+09:00", "due_at": "2026-07-06T10:00:00+09:00",
        "not_after": "2026-07-06T14:00:00+09:00", "handed_over_at": "2026-07-06T10:01:00+09:00",
        "ended_at": "2026-07-06T10:01:00+09:00", "attempts": 2, "segments": 3, "number_ends_in": "0001",
        "reason": None, "code": None, "problem": "",
    }  # fmt: skip
    assert program.get("/messages").body["items"] == [program.get(f"/messages/{message_id}").body]


@pytest.mark.one_database
def test_what_is_planned_tells_what_it_would_cost_and_what_was_taken_back_cost_nothing(program: Program) -> None:
    waiting = planned(1)
    withdrawn = planned(2, status=MessageStatus.WITHDRAWN)

    assert program.get(f"/messages/{waiting}").body["segments"] == 1
    assert program.get(f"/messages/{withdrawn}").body["segments"] is None


def test_messages_are_listed_newest_first_by_status_and_since_when(program: Program) -> None:
    old, new = planned(1, NOW - timedelta(days=2)), planned(2)
    failed = planned(3, NOW + timedelta(hours=1), status=MessageStatus.FAILED)

    assert listed(program) == [failed, new, old]
    assert listed(program, status="planned") == [new, old]
    assert listed(program, since="2026-07-06T10:00:00+09:00") == [failed, new]
    assert listed(program, since="2026-07-06T10:00:00+09:00", status="planned") == [new]


def test_messages_are_found_by_the_providers_code_and_by_the_last_digits(program: Program) -> None:
    off = planned(1, status=MessageStatus.FAILED, code="30003")
    other = planned(2, number="+819000000002")

    assert listed(program, code="30003") == [off]
    assert listed(program, number_ends_in="0002") == [other]
    # A part of a pattern finds nothing by being one.
    assert listed(program, number_ends_in="%") == []
    assert program.get(f"/messages/{off}").body["problem"] == "The telephone is off or out of reach."
    assert program.get(f"/messages/{other}").body["problem"] == ""


def test_a_page_goes_on_where_the_one_before_ended_though_new_messages_came(program: Program) -> None:
    ids = [planned(n, NOW + timedelta(minutes=n // 2)) for n in range(5)]

    first = program.get("/messages", limit=2)
    planned(9, NOW + timedelta(hours=1))
    second = program.get(first.body["next"])
    third = program.get(second.body["next"])

    rows = first.body["items"] + second.body["items"] + third.body["items"]
    assert [row["id"] for row in rows] == ids[::-1]
    assert third.body["next"] is None


@pytest.mark.one_database
@pytest.mark.parametrize("query", [{"status": "lost"}, {"since": "2026-07-06"}, {"since": "x"}, {"number": "0001"}])
def test_a_filter_that_is_written_wrong_is_refused(program: Program, query: dict[str, str]) -> None:
    assert set(program.get("/messages", **query).errors) == set(query)


@pytest.mark.one_database
def test_a_message_that_does_not_exist_is_not_found_and_a_manager_may_read_them(app: Flask, program: Program) -> None:
    assert program.get("/messages/77").status == 404
    assert Program(app, factories.token(Role.MANAGER)).get("/messages").status == 200


def test_a_short_number_shows_nothing_of_itself() -> None:
    assert [last_digits(number) for number in ("+819000000001", "+81957000002", "110", "")] == ["0001", "0002", "", ""]


@pytest.mark.one_database
def test_a_page_is_read_from_the_index_without_sorting_all_messages(program: Program) -> None:
    plan = db.session.execute(
        sa.text("EXPLAIN QUERY PLAN SELECT * FROM message ORDER BY created_at DESC, id DESC LIMIT 51")
    ).all()

    assert "ix_message_created_at_message_id" in str(plan) and "TEMP B-TREE" not in str(plan)
