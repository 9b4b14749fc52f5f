from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

BRANCH = {"name": "口之津支所", "telephone": "０９５７ー８６ー００００", "landmark": "港の前"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="支所台帳"))


def test_a_branch_is_added_read_listed_and_edited(program: Program) -> None:
    added = program.post("/branches", BRANCH)

    assert (added.status, added.body["telephone"], added.body["version"]) == (201, "0957-86-0000", 1)
    path = f"/branches/{added.body['id']}"
    assert program.get(path).body == added.body
    assert program.get("/branches").body == {"items": [added.body], "next": None}
    edited = program.patch(path, {"version": 1, "hours": "平日 9時から17時まで"})
    assert edited.body == added.body | {"hours": "平日 9時から17時まで", "version": 2}
    assert program.patch(path, {"version": 1, "hours": ""}).body["code"] == "changed-meanwhile"
    assert [row.actor_name for row in history.of(f"branch:{added.body['id']}")] == ["支所台帳", "支所台帳"]


def test_a_second_branch_of_one_name_is_refused_at_the_name(program: Program) -> None:
    program.post("/branches", BRANCH)

    again = program.post("/branches", BRANCH)

    assert (again.status, again.body["code"], set(again.errors)) == (422, "branch-exists", {"name"})


def test_a_closed_branch_leaves_the_list_and_comes_back(program: Program) -> None:
    path = f"/branches/{program.post('/branches', BRANCH).body['id']}"

    closed = program.post(f"{path}/close", {"version": 1})

    assert closed.body["closed_at"] == "2026-07-06T10:00:00+09:00"
    assert program.get("/branches").body["items"] == []
    assert program.get("/branches", closed="true").body["items"] == [closed.body]
    assert program.post(f"{path}/reopen", {"version": 1}).status == 409
    assert program.post(f"{path}/reopen", {"version": 2}).body["closed_at"] is None


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "口" * 41), ("telephone", "119"), ("sort_order", 1000), ("landmark", "1234-5678-9018")],
)
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(program: Program, field: str, value: object) -> None:
    assert set(program.post("/branches", BRANCH | {field: value}).errors) == {field}
    assert program.get("/branches").body["items"] == []


@pytest.mark.one_database
def test_what_is_not_there_is_not_found_and_staff_changes_nothing(app: Flask, program: Program) -> None:
    for reply in (
        program.get("/branches/9"),
        program.patch("/branches/9", {"version": 1}),
        program.post("/branches/9/close", {"version": 1}),
    ):
        assert (reply.status, reply.body["code"]) == (404, "not-found")
    assert Program(app, factories.token(Role.STAFF)).post("/branches", BRANCH).body["code"] == "role-missing"
