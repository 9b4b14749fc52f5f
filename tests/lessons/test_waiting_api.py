from __future__ import annotations

import pytest
from flask import Flask

from tests import factories
from tests.programs import Program

pytestmark = pytest.mark.one_database


def test_the_waiting_list_is_refused_with_its_reason_until_it_exists(app: Flask) -> None:
    program = Program(app, factories.token())

    for reply in (program.get("/waiting-list"), program.post("/waiting-list", {"lesson_id": 1, "resident_id": 1})):
        assert (reply.status, reply.body["code"]) == (409, "waiting-list-not-built")
        assert reply.response.content_type == "application/problem+json"
        assert "nobody was put on it" in reply.body["detail"]


def test_it_has_its_own_scopes(app: Flask) -> None:
    reader = Program(app, factories.token(scopes={"read:waiting-list"}))

    assert reader.get("/waiting-list").status == 409
    assert reader.post("/waiting-list", {}).body["code"] == "scope-missing"
