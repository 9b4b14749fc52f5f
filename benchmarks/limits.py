"""What this machine could do at best in the same minute: bare commits, a bare page, a bare HTTP client."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import sqlalchemy as sa

from supportdesk.core.db import engine_options, teach_sqlite

from .client import Load, put_load, request
from .serving import Server, started
from .towns import Town

SECONDS = 2.0


def bare_commits(town: Town, clients: int) -> float:
    """Commits a second of one inserted row each, by so many threads, on the town's own database with our settings."""
    url = town.environment["SUPPORTDESK_DATABASE_URL"]
    sqlite = town.database == "sqlite"
    # Not the app's pool: it has fewer connections than there are clients.
    options = {name: value for name, value in engine_options(url).items() if not name.startswith(("pool", "max"))}
    engine = sa.create_engine(url, poolclass=sa.NullPool, **options)
    if sqlite:
        teach_sqlite(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bare_commit (n integer)")
    # One writer at a time on SQLite, queued as our own are: its own wait sleeps.
    queue = threading.Lock() if sqlite else contextlib.nullcontext()

    def commit(_n: int) -> int:
        done, end = 0, time.perf_counter() + SECONDS
        pooled = engine.raw_connection()
        cursor = pooled.cursor()
        while time.perf_counter() < end:
            with queue:
                cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
                cursor.execute("INSERT INTO bare_commit (n) VALUES (1)")
                cursor.execute("COMMIT")
            done += 1
        pooled.close()
        return done

    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(commit, range(clients)))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE bare_commit")
    return total / SECONDS


@contextlib.contextmanager
def bare_page(town: Town, workers: int) -> Iterator[Server]:
    """A Flask page of 50 rows without a database, behind the same server with as many workers and threads."""
    with started(
        town,
        lambda port: [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", str(workers),
            "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "benchmarks.bare_app:app",
        ],
        "/table",
    ) as server:  # fmt: skip
        yield server


def load_of_bare_page(town: Town, workers: int, connections: int, each: int) -> Load:
    with bare_page(town, workers) as server:
        return put_load(server.port, lanes(request("GET", "/table", {}), connections, each))


def lanes(asked: bytes, connections: int, each: int) -> Sequence[Iterator[bytes]]:
    """The same request `each` times on so many connections."""
    return [repeat(asked, each) for _ in range(connections)]
