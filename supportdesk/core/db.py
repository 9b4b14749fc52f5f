"""The database: one handle, names for constraints, UTC instants, SQLite's manners, and `transaction()`."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

try:  # the wheel that brings an SQLite without the WAL-reset fault (docs/decisions/0002)
    import pysqlite3.dbapi2 as sqlite_driver
except ImportError:  # no wheel for this machine: Python's own, and `doctor` warns if it is too old
    import sqlite3 as sqlite_driver

SQLITE_WITHOUT_KNOWN_FAULT = (3, 51, 3)
BUSY_MILLISECONDS = 10_000


class Base(DeclarativeBase):
    """Every table. The naming convention lets migrations drop a constraint by name on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Takes aware datetimes only, keeps UTC, gives aware UTC back on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words(kind: type[StrEnum], name: str | None = None) -> sa.Enum:
    """A column type for a StrEnum, stored by value, with a CHECK that holds the words."""
    return sa.Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or kind.__name__.lower(),
    )


class Versioned:
    """A row that knows how often it was saved; the mapper refuses to overwrite a newer one (StaleDataError)."""

    version: Mapped[int] = mapped_column(default=1)

    @sa.orm.declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def insert_or_leave(model: type[Base], **values: Any) -> bool:
    """Insert a row unless one with the same key is there. True if this call made it.

    On PostgreSQL the second of two waits for the first one's commit, so the answer is the same on both databases.
    """
    result = db.session.execute(_insert_unless_there(model, db.engine.dialect.name), values)
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


@functools.cache
def _insert_unless_there(model: type[Base], dialect: str) -> sa.Insert:
    table = model.__table__
    assert isinstance(table, sa.Table)
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    # Asked for expressly: since SQLAlchemy 2.0.28 the count of an INSERT is dropped, and reads -1 on PostgreSQL.
    return insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def one_row(statement: sa.Update | sa.Delete) -> bool:
    """Run a guarded update or delete; True if exactly one row changed. This is how a status moves."""
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine for this database. `hide_parameters` keeps names and numbers out of every traceback."""
    if url.startswith("sqlite"):
        return {"module": sqlite_driver, "hide_parameters": True}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10, "hide_parameters": True}


def teach_sqlite(engine: sa.Engine) -> None:
    """Give every connection of an SQLite engine its pragmas, and begin transactions ourselves.

    The driver's own transaction handling is turned off: it begins none for a read, so that check-then-insert is
    unprotected, and its deferred begin cannot be raised to a write lock by waiting (facts of SQLite, WAL mode).
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


@contextlib.contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Queue the writers of one SQLite file. Only a queue: SQLite's own wait sleeps and is unfair, so without it the
    slowest writer waits several times as long. Correctness rests on BEGIN IMMEDIATE alone. Opened anew each time: a
    descriptor kept for each thread would leak with every thread that ends."""
    handle = os.open(Path(engine.url.database or "").with_suffix(".turn"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction, opened by the edge. Commits at the end, rolls back on any exception.

    Ends the read that went before (a guard that read the user), since a transaction begun for reading cannot be
    turned into one for writing on SQLite; objects read before are expired and are read anew.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("transaction() is opened once, by the edge; actions never open one")
    session.rollback()
    with _turn(db.engine) if is_sqlite() else contextlib.nullcontext():
        session.info["writing"] = True
        try:
            session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("writing", None)


@contextlib.contextmanager
def own_connection(writing: bool = False) -> Iterator[sa.Connection]:
    """A short transaction beside the request's own, for what must neither wait for it nor end with it."""
    queued = writing and is_sqlite()
    with _turn(db.engine) if queued else contextlib.nullcontext(), db.engine.connect() as connection:
        if queued:
            connection = connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection


def forget_connections() -> None:
    """Called in a child after fork: a connection must never be carried over."""
    db.engine.dispose(close=False)
