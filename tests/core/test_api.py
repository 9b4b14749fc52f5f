"""What every JSON room has, shown on venues: problems, fields, pages."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from openapi_spec_validator import validate
from sqlalchemy.exc import OperationalError

from supportdesk.core import tally
from supportdesk.core.db import db
from supportdesk.places import actions
from supportdesk.places.models import Venue
from tests import factories
from tests.conftest import NOW, written_lines
from tests.programs import Program

VENUE = {"name": "加津佐公民館", "name_kana": "カヅサコウミンカン"}
MY_NUMBER = "１２３４-５６７８-９０１８"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token())


def stored() -> list[Venue]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Venue).order_by(Venue.id)))


# ---- problems


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "not-found"),
        ("GET", "/api/", {}, 404, "not-found"),
        ("GET", "/api/v1/venues/%00", {}, 404, "not-found"),
        ("GET", "/venues/77", {}, 404, "not-found"),
        ("GET", "/venues/99999999999", {}, 404, "not-found"),
        ("DELETE", "/venues", {}, 405, "method-not-allowed"),
        ("POST", "/venues", {"data": b"name=x", "content_type": "application/x-www-form-urlencoded"}, 415,
         "unsupported-media-type"),
        ("POST", "/venues", {"data": b"{}"}, 415, "unsupported-media-type"),
        ("POST", "/venues", {"data": b"{", "content_type": "application/json"}, 400, "not-json"),
        ("POST", "/venues", {"data": b'{"name": NaN}', "content_type": "application/json"}, 400, "not-json"),
        ("POST", "/venues", {"data": b"\xff\xfe", "content_type": "application/json"}, 400, "not-json"),
        ("POST", "/venues", {"data": b"[" * 99_999, "content_type": "application/json"}, 400, "not-json"),
        ("POST", "/venues", {"data": b"1" * 9_999, "content_type": "application/json"}, 400, "not-json"),
        ("POST", "/venues", {"data": b" " * 9_000_000, "content_type": "application/json"}, 413, "too-large"),
        ("POST", "/venues", {"json": []}, 422, "invalid"),
        ("POST", "/venues", {"json": None}, 422, "invalid"),
        ("POST", "/venues", {}, 422, "invalid"),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_document(
    program: Program, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    reply = program.send(method, path, **more)

    assert (reply.status, reply.body["status"], reply.body["code"]) == (status, status, code)
    assert reply.response.content_type == "application/problem+json"
    assert reply.body["type"] == f"urn:problem-type:supportdesk:{code}"
    assert reply.body["detail"] and reply.body["title"]
    assert reply.response.headers["Cache-Control"] == "no-store"


@pytest.mark.one_database
def test_a_method_that_is_not_taken_is_answered_with_those_that_are(program: Program) -> None:
    assert set(program.send("PUT", "/venues").response.headers["Allow"].split(", ")) == {
        "GET", "HEAD", "OPTIONS", "POST",
    }  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (RuntimeError("口之津"), 500, "broken"),
        (OperationalError("INSERT", {}, Exception("database or disk is full")), 503, "not-saved"),
    ],
)
def test_what_breaks_has_a_reference_that_is_also_in_the_log(
    program: Program, monkeypatch: pytest.MonkeyPatch, kept_log: io.StringIO, fault: Exception, status: int, code: str
) -> None:
    def breaks(*_given: Any, **_more: Any) -> None:
        raise fault

    monkeypatch.setattr(actions, "add_venue", breaks)
    reply = program.post("/venues", VENUE)

    assert (reply.status, reply.body["code"]) == (status, code)
    [line] = written_lines(kept_log)
    assert (line["reference"], line["status"]) == (reply.body["reference"], status)
    assert "口之津" not in kept_log.getvalue()


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("languages", "sentence"),
    [
        (None, "Please fill this in."),
        ("ja", "入力してください。"),
        ("fr, ja;q=0.5", "入力してください。"),
        ("de", "Please fill this in."),
    ],
)
def test_sentences_come_in_the_language_that_is_asked_for(
    program: Program, languages: str | None, sentence: str
) -> None:
    headers = {"Accept-Language": languages} if languages else {}

    reply = program.send("POST", "/venues", json={"name": "あ"}, headers=headers)

    assert reply.errors == {"name_kana": sentence}


@pytest.mark.one_database
def test_the_document_is_valid_and_needs_no_token(app: Flask) -> None:
    reply = Program(app, None).get("/openapi.json")

    assert reply.body["openapi"] == "3.1.0"
    validate(reply.body)
    operation = reply.body["paths"]["/api/v1/venues"]["post"]
    assert operation["security"] == [{"token": ["write:venues"]}]
    assert operation["parameters"][0]["name"] == "Idempotency-Key"
    assert {"400", "401", "403", "404", "409", "413", "415", "422", "500", "503"} < set(operation["responses"])


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["/action-items/unknown/look", "/wordings/{name}/try"])
def test_the_document_names_no_key_where_nothing_more_happens_when_asked_twice(app: Flask, path: str) -> None:
    operation = Program(app, None).get("/openapi.json").body["paths"][f"/api/v1{path}"]["post"]

    assert "Idempotency-Key" not in [parameter["name"] for parameter in operation.get("parameters", [])]


# ---- fields


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None), ("name", 7), ("name", ["あ"]), ("name", {"a": 1}), ("name", "あ" * 10_000), ("name", " "),
        ("name_kana", "加津佐"), ("parking", "many"), ("parking", True), ("parking", 1.5), ("parking", -1),
        ("parking", 10**30), ("parking", 1e300), ("wifi", 1), ("wifi", "yes"), ("postal_code", "12"),
        ("district_code", "NOWHERE"), ("external_id", ""), ("colour", "red"), ("version", 1),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(program: Program, field: str, value: Any) -> None:
    reply = program.post("/venues", VENUE | {field: value})

    assert reply.status == 422
    assert set(reply.errors) == {field}
    assert stored() == []


def test_a_text_is_as_long_as_it_was_sent(program: Program) -> None:
    """What is left out of it counts, or the document would promise a limit that is none (found by Schemathesis)."""
    assert set(program.post("/venues", VENUE | {"short_name": "x" * 20 + "\0"}).errors) == {"short_name"}


def test_the_document_gives_a_number_its_limits(program: Program) -> None:
    """Digits in a text are taken and not described: there JSON Schema knows no limits (found by Schemathesis)."""
    known = program.get("/openapi.json").body["components"]["schemas"]

    assert known["NewRoom"]["properties"]["seats"] == {"type": "integer", "minimum": 1, "maximum": 500}
    assert known["NewVenue"]["properties"]["parking"]["type"] == ["integer", "null"]


def test_what_a_form_understands_is_understood_here(program: Program) -> None:
    odd = {"name": "加津佐\u0000公民館\ud800", "name_kana": "ｶﾂﾞｻ こうみんかん", "parking": "１２"}
    odd |= {"postal_code": "８５９ー２６０１"}

    reply = program.post("/venues", VENUE | odd)

    assert reply.status == 201
    (venue,) = stored()
    assert (venue.name, venue.parking, venue.postal_code) == ("加津佐公民館", 12, "859-2601")
    assert reply.body["name_kana"] == "カヅサ コウミンカン"


def test_a_my_number_is_neither_stored_nor_logged_nor_said_again_but_counted(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reply = program.post("/venues", VENUE | {"note": f"番号は{MY_NUMBER}"}, key="k")

    assert reply.status == 422
    assert reply.errors["note"].startswith("This looks like a My Number")
    for said in (json.dumps(reply.body, ensure_ascii=False), caplog.text):
        assert "９０１８" not in said and "9018" not in said
    assert stored() == []
    assert tally.total(tally.MY_NUMBER_TURNED_AWAY) == 1


@pytest.mark.one_database
def test_a_filter_that_is_written_wrong_does_not_give_all(program: Program) -> None:
    assert program.get("/venues", distrct="KCN").errors == {"distrct": "There is no such field."}


# ---- versions


def test_the_second_of_two_editors_learns_the_version_that_is_there(program: Program) -> None:
    venue = factories.venue()
    assert program.patch(f"/venues/{venue.id}", {"version": 1, "bus": "口之津港から徒歩5分"}).body["version"] == 2

    reply = program.patch(f"/venues/{venue.id}", {"version": 1, "bus": "島鉄バス"})

    assert (reply.status, reply.body["code"]) == (409, "changed-meanwhile")
    assert reply.body["params"] == {"version": 2}
    assert stored()[0].bus == "口之津港から徒歩5分"


# ---- pages


def _names(program: Program, path: str) -> list[str]:
    """All pages of a list, one after the other."""
    found: list[str] = []
    reply = program.get(path)
    while True:
        found += [row["name"] for row in reply.body["items"]]
        if reply.body["next"] is None:
            return found
        reply = program.get(reply.body["next"])


def test_pages_neither_skip_nor_repeat_a_row_while_others_are_added_and_removed(program: Program) -> None:
    names = [factories.venue(name=f"会場{n}").name for n in range(7)]
    first = program.get("/venues", limit=3)
    factories.venue(name="あとから")
    closing = first.body["items"][0]
    program.post(f"/venues/{closing['id']}/close", {"version": closing["version"]})

    rest = _names(program, first.body["next"])

    assert [row["name"] for row in first.body["items"]] + rest == [*names, "あとから"]


def test_the_next_page_keeps_the_filter_and_the_limit(program: Program) -> None:
    factories.district()
    for n in range(5):
        factories.venue(name=f"会場{n}", district_code="KCN" if n % 2 else None)

    first = program.get("/venues", district="KCN", limit=1)

    assert _names(program, first.body["next"]) == ["会場3"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "bnVsbA", "WzFd.", "WyJhIl0", "W10", "WzEsMl0", "WzFlOTk5XQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ",
     "W3RydWVd", "WzEuNV0"],
)  # fmt: skip
def test_a_cursor_that_is_none_of_this_list_is_refused(program: Program, cursor: str) -> None:
    reply = program.get("/venues", cursor=cursor)

    assert (reply.status, reply.body["code"]) == (422, "bad-cursor")


@pytest.mark.one_database
@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e3", ""])
def test_a_page_has_1_to_200_rows(program: Program, limit: str) -> None:
    assert set(program.get("/venues", limit=limit).errors) == {"limit"}
