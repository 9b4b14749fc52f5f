"""An empty PostgreSQL database for each test, without making one each time.

Cloning the migrated template writes some hundred files to the disk, and made up a good part of the whole suite's time.
So the database of the test before is emptied where that is enough: its rows go (also those that triggers protect), the
rows that the migrations brought come back, and ids begin at 1 again. A test that changed the schema gets a new clone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from supportdesk.core.db import Base

# By then deleted rows have made the tables big enough to be felt.
CLONE_AGAIN_AFTER = 200

_SHAPE = sa.text("SELECT count(*), max(oid::bigint) FROM pg_class")
_STRANGERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
_SEQUENCES = sa.text("SELECT setval(c.oid::regclass, 1, false) FROM pg_class c WHERE c.relkind = 'S'")


@dataclass(frozen=True)
class Clone:
    """A database as it was when it was cloned: its shape, and the rows that were in it, by table."""

    shape: tuple[int, int]
    rows: Mapping[str, list[dict[str, object]]]
    used: int = 0


def _tables() -> list[sa.Table]:
    return Base.metadata.sorted_tables


def clone(admin: sa.Connection, url: str, name: str) -> Clone:
    """Make it anew from the template. `admin` is a connection to another database of the server."""
    admin.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE town_template STRATEGY file_copy"))
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in _tables()
        }
        return Clone(_shape(connection), {name: found for name, found in rows.items() if found})


def emptied(url: str, made: Clone) -> Clone | None:
    """Empty it, or None when it has to be cloned."""
    if made.used >= CLONE_AGAIN_AFTER:
        return None
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(_STRANGERS)
        if _shape(connection) != made.shape:
            return None
        # Without triggers and foreign keys: the record of what was done lets nobody delete from it.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{table.name}"' for table in reversed(_tables())))
        connection.execute(_SEQUENCES)
        for table in _tables():
            if rows := made.rows.get(table.name):
                connection.execute(sa.insert(table), rows)
    return Clone(made.shape, made.rows, made.used + 1)


def _shape(connection: sa.Connection) -> tuple[int, int]:
    count, newest = connection.execute(_SHAPE).one()
    return int(count), int(newest)
