from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.office.models import ClosedDay
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

BON = {"first": "2026-08-12", "last": "2026年８月14日", "reason": "お盆"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="休業日台帳"))


def stored() -> list[str]:
    db.session.rollback()
    return [f"{day}" for day in db.session.scalars(sa.select(ClosedDay.day).order_by(ClosedDay.day))]


def test_days_are_closed_listed_and_opened_again(program: Program) -> None:
    closed = program.post("/closed-days", BON)

    assert (closed.status, closed.body) == (201, {"days": ["2026-08-12", "2026-08-13", "2026-08-14"]})
    assert program.get("/closed-days", last_day="2026-08-12").body == {
        "items": [{"day": "2026-08-12", "reason": "お盆"}], "next": None,
    }  # fmt: skip
    opened = program.post("/closed-days/2026-08-13/open", {})
    assert (opened.status, opened.body) == (200, {"day": "2026-08-13", "reason": "お盆"})
    assert stored() == ["2026-08-12", "2026-08-14"]
    assert {row.actor_name for row in history.of("office:closed-days")} == {"休業日台帳"}


def test_pages_go_by_day(program: Program) -> None:
    program.post("/closed-days", BON)

    first = program.get("/closed-days", limit=2)
    program.post("/closed-days/2026-08-12/open", {})
    second = program.get(first.body["next"])

    assert [row["day"] for row in first.body["items"] + second.body["items"]] == [
        "2026-08-12", "2026-08-13", "2026-08-14",
    ]  # fmt: skip
    assert second.body["next"] is None


@pytest.mark.parametrize("cursor", ["WzFd", "WyJ4Il0", "W251bGxd", "WyIyMDI2LTA4LTEyVDEwOjAwIl0"])
def test_a_cursor_that_is_no_day_is_refused(program: Program, cursor: str) -> None:
    # [1], ["x"], [null], ["2026-08-12T10:00"]
    assert program.get("/closed-days", cursor=cursor).body["code"] == "bad-cursor"


def test_lessons_on_these_days_are_named_first_and_never_cancelled(program: Program) -> None:
    lesson = factories.lesson(starts_at=datetime(2026, 8, 13, 1, 0, tzinfo=UTC))

    asked = program.post("/closed-days", BON, "key")
    anyway = program.post("/closed-days", BON | {"anyway": True}, "key")

    assert (asked.status, asked.body["code"], asked.body["params"]) == (409, "lessons-held", {"count": 1})
    assert (anyway.status, len(anyway.body["days"])) == (201, 3)
    assert program.get(f"/lessons/{lesson.id}").body["cancelled_at"] is None


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"first": "2026-02-30"}, "first"), ({"first": "2025-08-12"}, "first"), ({"first": "2026-08-15"}, "first"),
        ({"last": "2026-08-11"}, "last"), ({"last": "2026-10-01"}, "last"), ({"reason": " "}, "reason"),
        ({"reason": "盆" * 101}, "reason"), ({"reason": "1234-5678-9018"}, "reason"), ({"anyway": "ja"}, "anyway"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(
    program: Program, sent: dict[str, Any], field: str
) -> None:
    reply = program.post("/closed-days", {"first": "2026-08-12", "reason": "お盆"} | sent)

    assert (reply.status, set(reply.errors)) == (422, {field})
    assert stored() == []


@pytest.mark.one_database
def test_what_is_not_closed_is_not_found_and_staff_changes_nothing(app: Flask, program: Program) -> None:
    for day in ("2026-08-12", "someday", "2026-99-99"):
        reply = program.post(f"/closed-days/{day}/open", {})
        assert (reply.status, reply.body["code"]) == (404, "not-found")
    staff = Program(app, factories.token(Role.STAFF))
    assert staff.get("/closed-days").status == 200
    assert staff.post("/closed-days", BON).body["code"] == "role-missing"
