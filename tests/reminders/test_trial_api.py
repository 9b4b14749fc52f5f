"""連絡テスト, for programs: /api/v1/residents/{id}/trials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.models import Resident, Telephone
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token())


@pytest.fixture
def haru(app: Flask) -> Resident:
    return factories.resident(number="+819000000001")


def test_a_test_is_sent_followed_and_noted(program: Program, haru: Resident) -> None:
    trials = f"/residents/{haru.id}/trials"
    made = program.post(trials, {"number": "０９０-0000-0001", "ways": ["text"]})
    assert made.status == 201, made.body
    assert (made.body["by_text"], made.body["by_call"], made.body["outcome"]) == (True, False, None)
    assert [(one["step"], one["status"]) for one in made.body["messages"]] == [("text", "planned")]
    outcome = f"{trials}/{made.body['id']}/outcome"
    early = program.post(outcome, {"outcome": "registered"})
    assert early.body["code"] == "nothing-left"
    with transaction() as session:
        session.execute(sa.update(Message).values(status=MessageStatus.DELIVERED))

    noted = program.post(outcome, {"outcome": "registered"})

    assert (noted.status, noted.body["outcome"], noted.body["number_ends_in"]) == (200, "registered", "0001")
    db.session.rollback()
    assert str(db.session.scalar(sa.select(Telephone.tried_on))) == "2026-07-06"
    listed = program.get(trials)
    assert [(one["id"], one["messages"][0]["status"]) for one in listed.body["items"]] == [
        (made.body["id"], "delivered")
    ]


def test_what_is_somebody_elses_is_not_found(program: Program, haru: Resident) -> None:
    other = factories.resident("ホンダ タダシ", "+819000000002")
    made = program.post(f"/residents/{other.id}/trials", {"number": "090-0000-0002", "ways": ["text"]})

    for path, body in (
        (f"/residents/{haru.id}/trials", {"number": "090-0000-0002", "ways": ["text"]}),
        (f"/residents/{haru.id}/trials/{made.body['id']}/outcome", {"outcome": "not-tried"}),
        (f"/residents/{haru.id}/trials/999/outcome", {"outcome": "not-tried"}),
    ):
        assert program.post(path, body).status == 404


def test_a_refusal_says_why(program: Program, haru: Resident) -> None:
    trials = f"/residents/{haru.id}/trials"
    assert program.post(trials, {"number": "090-0000-0001", "ways": []}).body["code"] == "no-way"
    assert program.post(trials, {"number": "090-0000-0001", "ways": ["pigeon"]}).status == 422
    assert program.post(trials, {"number": "119", "ways": ["text"]}).status == 422
    program.post(trials, {"number": "090-0000-0001", "ways": ["text"]})
    assert program.post(trials, {"number": "090-0000-0001", "ways": ["call"]}).body["code"] == "trial-open"
