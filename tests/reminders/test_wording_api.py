from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.reminders import wording, wording_queries
from supportdesk.reminders.models import Wording
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

TEXT = Template.TEXT_REMINDER
DEFAULT = wording.packaged()[TEXT]
OWN = "{sender}教室のお知らせ {day}{time} {venue} 電話{telephone}"
HERE = "/wordings/text_reminder"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="文面係"))


def in_use() -> str:
    db.session.rollback()
    return wording_queries.in_use()[TEXT]


def test_all_templates_are_listed_as_they_would_go_out_to_the_longest_venue(program: Program) -> None:
    factories.venue(short_name="口之津", name_kana="クチノツ")
    factories.venue(short_name="布津保健福祉センター", name_kana="フツホケンフクシセンター")

    reply = program.get("/wordings")

    rows = {row["name"]: row for row in reply.body["items"]}
    assert (list(rows), reply.body["next"]) == ([template.value for template in Template], None)
    row = rows["text_reminder"]
    assert (row["words"], row["default"], row["own"], row["version"]) == (DEFAULT, DEFAULT, False, 0)
    assert "布津保健福祉センター" in row["said"][0] and row["placeholders"]["venue"] == "布津保健福祉センター"
    assert (row["units"], row["parts"], row["problems"]) == (len(row["said"][0]), row["said"], [])
    call = rows["voice_reminder"]
    assert (call["spoken"], call["units"], call["parts"]) == (True, None, None)
    assert len(call["said"]) > 2 and any("フツホケンフクシセンター" in sentence for sentence in call["said"])
    assert program.get(HERE).body == row


def test_words_are_changed_and_taken_back(program: Program) -> None:
    changed = program.patch(HERE, {"words": f" {OWN}\r\n", "version": 0})

    assert (changed.status, changed.body["words"], changed.body["own"], changed.body["version"]) == (200, OWN, True, 1)
    assert (in_use(), program.get(HERE).body) == (OWN, changed.body)
    (row,) = history.of("wording:text_reminder")
    assert (row.action, row.actor_name) == ("wording.changed", "文面係")

    back = program.post(f"{HERE}/default", {"version": 1}, "key")
    again = program.post(f"{HERE}/default", {"version": 1}, "key")

    assert (back.status, back.body["words"], back.body["own"], back.body["version"]) == (200, DEFAULT, False, 2)
    assert again.body == back.body
    assert in_use() == DEFAULT


def test_every_broken_rule_is_named_at_the_words_and_nothing_is_saved(program: Program) -> None:
    typed = "明日はカードの教室です {day}{tim}\nhttps://example.jp 😀"

    reply = program.patch(HERE, {"words": typed, "version": 0})

    assert (reply.status, reply.body["code"]) == (422, "invalid")
    assert {error["field"] for error in reply.body["errors"]} == {"words"}
    said = " ".join(error["message"] for error in reply.body["errors"])
    missing = "{sender}、{time}、{venue}、{telephone}"
    for word in ("明日", "カード", "address", "emoji", "line breaks", "{tim}", missing):
        assert word in said, word
    assert in_use() == DEFAULT
    assert db.session.scalars(sa.select(Wording)).all() == []


@pytest.mark.parametrize("version", [1, 7])
def test_the_second_editor_is_told_the_version_that_is_there(program: Program, version: int) -> None:
    for act in (
        lambda: program.patch(HERE, {"words": OWN, "version": version}),
        lambda: program.post(f"{HERE}/default", {"version": version}),
    ):
        reply = act()
        assert (reply.status, reply.body["code"], reply.body["params"]) == (409, "changed-meanwhile", {"version": 0})
    assert program.patch(HERE, {"words": OWN, "version": 0}).status == 200
    assert program.patch(HERE, {"words": OWN + "。", "version": 0}).body["params"] == {"version": 1}


def test_words_are_tried_without_being_saved(program: Program) -> None:
    factories.venue(short_name="布津保健福祉センター", name_kana="フツ")

    long = program.post(f"{HERE}/try", {"words": OWN + "の" * 30})
    wrong = program.post(f"{HERE}/try", {"words": OWN + "明日"})

    assert (long.status, long.body["units"], len(long.body["parts"]), long.body["problems"]) == (200, 88, 2, [])
    assert "".join(long.body["parts"]) == long.body["said"][0]
    assert [problem["code"] for problem in wrong.body["problems"]] == ["near-day"]
    assert "明日" in wrong.body["problems"][0]["message"]
    assert (in_use(), program.get(HERE).body["version"]) == (DEFAULT, 0)


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["", "/try"])
@pytest.mark.parametrize("words", ["あ" * 10_000, None, 7, [OWN], OWN + "１２３４-５６７８-９０１８"])
def test_what_cannot_be_words_is_refused_at_them(
    program: Program, kept_log: io.StringIO, path: str, words: Any
) -> None:
    method, version = ("POST", {}) if path else ("PATCH", {"version": 0})

    reply = program.send(method, HERE + path, json={"words": words} | version)

    assert reply.status == 422
    assert set(reply.errors) == {"words"}
    assert "９０１８" not in reply.response.text and "９０１８" not in kept_log.getvalue()


@pytest.mark.one_database
def test_empty_words_and_those_nobody_sees_are_judged_like_others(program: Program) -> None:
    for words in ("", " \0", "\u200b" + OWN):
        assert program.post(f"{HERE}/try", {"words": words}).body["problems"] != []
        assert set(program.patch(HERE, {"words": words, "version": 0}).errors) == {"words"}


@pytest.mark.one_database
@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_others_of_the_office_read_the_words_and_cannot_change_them(app: Flask, role: Role) -> None:
    other = Program(app, factories.token(role))

    assert other.get(HERE).status == 200
    for reply in (
        other.patch(HERE, {"words": OWN, "version": 0}),
        other.post(f"{HERE}/default", {"version": 0}),
        other.post(f"{HERE}/try", {"words": OWN}),
    ):
        assert (reply.status, reply.body["code"]) == (403, "role-missing")
    assert in_use() == DEFAULT


@pytest.mark.one_database
def test_there_is_no_other_template(program: Program) -> None:
    for reply in (
        program.get("/wordings/nothing"),
        program.get("/wordings/TEXT_REMINDER"),
        program.patch("/wordings/nothing", {"words": OWN, "version": 0}),
        program.post("/wordings/nothing/default", {"version": 0}),
        program.post("/wordings/nothing/try", {"words": OWN}),
    ):
        assert (reply.status, reply.body["code"]) == (404, "not-found")
