"""The record of who did what: it only grows, and a change behind our back is seen."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, is_sqlite, transaction

KEY = history.seal_key("a secret that does not lie in the database")


def _three_rows(by: Actor, now: datetime) -> None:
    with transaction():
        for number in (1, 2, 3):
            history.record("booking.made", f"booking:{number}", by=by, now=now, lesson=number)
    with transaction():
        history.seal_new(KEY)


def test_what_was_done_is_found_again_newest_first(app: Flask, by: Actor, now: datetime) -> None:
    with transaction():
        history.record("booking.made", "booking:1", by=by, now=now)
        history.record("booking.cancelled", "booking:1", by=by, now=now)

    assert [row.action for row in history.of("booking:1")] == ["booking.cancelled", "booking.made"]


@pytest.mark.parametrize("statement", ["UPDATE history SET action = 'x'", "DELETE FROM history"])
def test_history_cannot_be_changed_or_deleted(app: Flask, by: Actor, now: datetime, statement: str) -> None:
    _three_rows(by, now)

    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_history_cannot_be_replaced_on_sqlite_or_emptied_on_postgresql(app: Flask, by: Actor, now: datetime) -> None:
    _three_rows(by, now)
    columns = "id, at, actor_id, actor_name, action, subject, details"
    replace = f"INSERT OR REPLACE INTO history ({columns}) SELECT {columns} FROM history"
    statement = replace if is_sqlite() else "TRUNCATE history CASCADE"

    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_sealed_history_holds_and_new_rows_go_on_the_chain(app: Flask, by: Actor, now: datetime) -> None:
    _three_rows(by, now)
    with transaction():
        history.record("booking.made", "booking:4", by=by, now=now)
    with transaction():
        sealed = history.seal_new(KEY)

    assert sealed == 1
    assert history.first_broken_seal(KEY) is None


def _without_guards(connection: sa.Connection) -> None:
    if is_sqlite():
        for name in ("history_no_update", "history_no_delete", "history_seal_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("ALTER TABLE history DISABLE TRIGGER ALL")
        connection.exec_driver_sql("ALTER TABLE history_seal DISABLE TRIGGER ALL")


@pytest.mark.parametrize(
    ("tampering", "seen_at"),
    [
        ("UPDATE history SET actor_name = 'somebody else' WHERE subject = 'booking:2'", 2),
        ("DELETE FROM history_seal WHERE number = 2", 2),
    ],
)
def test_a_change_by_the_owner_of_the_database_is_seen(
    app: Flask, by: Actor, now: datetime, tampering: str, seen_at: int
) -> None:
    _three_rows(by, now)
    with db.engine.begin() as connection:
        _without_guards(connection)
        connection.exec_driver_sql(tampering)
    db.session.expire_all()

    assert history.first_broken_seal(KEY) == seen_at


def test_another_key_cannot_have_sealed_it(app: Flask, by: Actor, now: datetime) -> None:
    _three_rows(by, now)

    assert history.first_broken_seal(history.seal_key("another secret")) == 1
