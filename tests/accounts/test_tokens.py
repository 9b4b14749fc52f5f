from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import OperationalError

from supportdesk.accounts import programs, tokens
from supportdesk.accounts.models import ApiToken
from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.web import Web

KNOWN = ("read:venues", "write:venues")


def make(now: datetime, **given: object) -> str:
    values = {"name": "台帳連携", "roles": ["staff"], "scopes": ["read:venues"], "last_day": None} | given
    with transaction():
        return tokens.add_token(**values, known_scopes=KNOWN, by=HOUSE, now=now)  # type: ignore[arg-type]


def used() -> datetime | None:
    db.session.rollback()
    return db.session.scalars(sa.select(ApiToken.last_used_at)).one()


def test_a_token_opens_what_its_role_and_scope_allow(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        token = factories.token(Role.MANAGER, scopes=["read:venues"])

        assert Program(app, token).get("/venues").status == 200


def test_the_database_keeps_only_a_digest_of_the_token(app: Flask, now: datetime) -> None:
    token = make(now)

    row = db.session.scalars(sa.select(ApiToken)).one()
    assert row.token_hash == tokens.hash_of(token)
    assert token not in str(history.of(f"token:{row.id}")[0].details)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "bad-name"),
        ({"name": "あ" * 61}, "bad-name"),
        ({"roles": []}, "bad-role"),
        ({"roles": ["volunteer"]}, "bad-role"),
        ({"roles": ["staff", "king"]}, "bad-role"),
        ({"scopes": []}, "bad-scope"),
        ({"scopes": ["read:everything"]}, "bad-scope"),
        ({"last_day": date(2026, 7, 5)}, "in-the-past"),
    ],
)
@pytest.mark.one_database
def test_a_token_that_makes_no_sense_is_refused(app: Flask, now: datetime, given: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        make(now, **given)

    assert refused.value.code == code


def test_a_name_is_never_used_twice_not_even_after_the_token_was_revoked(app: Flask, now: datetime) -> None:
    make(now)
    with transaction():
        tokens.revoke_token("台帳連携", by=HOUSE, now=now)

    with pytest.raises(Refusal, match="of this name already"):
        make(now)


def test_a_revoked_token_opens_nothing_at_the_next_request(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        program = Program(app, factories.token(name="台帳連携"))
        assert program.get("/venues").status == 200
        with transaction():
            tokens.revoke_token("台帳連携", by=HOUSE, now=NOW)

        assert program.get("/venues").status == 401


def test_revoking_twice_is_no_error_and_leaves_one_trace(app: Flask, now: datetime) -> None:
    make(now)
    for _ in range(2):
        with transaction():
            tokens.revoke_token("台帳連携", by=HOUSE, now=now)

    row = db.session.scalars(sa.select(ApiToken)).one()
    assert [one.action for one in history.of(f"token:{row.id}")] == ["token.revoked", "token.added"]


def test_nobody_revokes_a_token_that_never_was(app: Flask, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        tokens.revoke_token("だれか", by=HOUSE, now=now)


def test_a_token_is_good_through_its_last_day_in_the_town(app: Flask) -> None:
    program = Program(app, factories.token(last_day=date(2026, 7, 6)))

    with time_machine.travel(datetime.fromisoformat("2026-07-06T23:59:00+09:00"), tick=False):
        assert program.get("/venues").status == 200
    with time_machine.travel(datetime.fromisoformat("2026-07-07T00:00:00+09:00"), tick=False):
        assert program.get("/venues").status == 401


@pytest.mark.parametrize("sent", [None, "Bearer", "Bearer wrong", "Bearer ", "Basic eDp5", "wrong", "Bearer \xff"])
@pytest.mark.one_database
def test_without_a_good_token_the_answer_says_which_kind_is_asked_for(app: Flask, sent: str | None) -> None:
    reply = Program(app, None).send("GET", "/venues", headers={"Authorization": sent} if sent is not None else {})

    assert (reply.status, reply.body["code"]) == (401, "unauthorized")
    assert reply.response.content_type == "application/problem+json"
    asked = reply.response.headers["WWW-Authenticate"]
    assert asked.startswith("Bearer ")
    assert ("invalid_token" in asked) == (sent is not None)


@pytest.mark.one_database
def test_a_scope_that_is_missing_is_named(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        reply = Program(app, factories.token(scopes=["read:venues"])).post("/venues", {})

    assert (reply.status, reply.body["code"]) == (403, "scope-missing")
    assert reply.body["params"] == {"scope": "write:venues"}


@pytest.mark.one_database
def test_a_role_that_may_not_write_on_the_page_may_not_write_here(app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        reply = Program(app, factories.token(Role.MANAGER)).post("/venues", {})

    assert (reply.status, reply.body["code"]) == (403, "role-missing")


@pytest.mark.one_database
def test_neither_a_cookie_opens_the_api_nor_a_token_a_page(app: Flask, web: Web) -> None:
    with time_machine.travel(NOW, tick=False):
        web.sign_in(factories.user(Role.STAFF))
        bearer = {"Authorization": f"Bearer {factories.token()}"}

        assert web.get("/api/v1/venues").status == 401
        assert Web(app).get("/venues", headers={**bearer, "Accept": "text/html"}).status == 302
        assert Web(app).get("/venues", headers={**bearer, "Accept": "application/json"}).status == 401


def test_its_last_use_is_noted_at_most_once_a_minute(app: Flask) -> None:
    program = Program(app, factories.token())
    with time_machine.travel(NOW, tick=False) as clock:
        program.get("/venues")
        assert used() == NOW
        clock.move_to(NOW + timedelta(seconds=59))
        program.get("/venues")
        assert used() == NOW
        clock.move_to(NOW + timedelta(seconds=60))
        program.get("/venues")
        assert used() == NOW + timedelta(seconds=60)


@pytest.mark.one_database
def test_a_use_that_cannot_be_noted_fails_no_request(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(writing: bool) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(programs, "own_connection", locked)
    with time_machine.travel(NOW, tick=False):
        assert Program(app, factories.token()).get("/venues").status == 200
    assert used() is None
