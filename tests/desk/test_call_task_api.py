"""Call tasks for programs: each refusal stands at a field that the program sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from supportdesk.core import clock
from tests import factories
from tests.programs import Program

pytestmark = pytest.mark.one_database

SOON = timedelta(hours=2)


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="電話システム"))


@pytest.mark.parametrize(
    ("ahead", "code"), [(-SOON, "past"), (timedelta(days=400), "too-far")]
)
def test_an_hour_that_cannot_be_is_refused_at_the_hour_that_was_sent(
    program: Program, ahead: timedelta, code: str
) -> None:
    due_at = clock.local(clock.now() + ahead).isoformat(timespec="seconds")

    reply = program.post("/call-tasks", {"number": "0957-00-0001", "note": "折り返し", "due_at": due_at})

    assert (reply.status, reply.body["code"]) == (422, code)
    assert [each["field"] for each in reply.body["errors"]] == ["due_at"]
