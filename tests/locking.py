"""A database that somebody else holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from supportdesk.core.db import db


@contextmanager
def locked_database() -> Iterator[None]:
    """SQLite while another process writes: whoever wants to write waits in vain, and not for long."""
    db.session.remove()
    db.engine.dispose()

    @sa.event.listens_for(db.engine, "connect")
    def be_impatient(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.cursor().execute("PRAGMA busy_timeout = 50")

    try:
        with db.engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as other:
            other.execute(sa.text("SELECT 1"))
            yield
    finally:
        sa.event.remove(db.engine, "connect", be_impatient)
        db.engine.dispose()
