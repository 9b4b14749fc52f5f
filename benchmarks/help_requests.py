"""Creating a help request over HTTP: 16 clerks, one text each time. Aim: 300 requests a second on two cores."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import sqlalchemy as sa

from supportdesk.core.db import db
from supportdesk.desk.models import HelpRequest

from . import limits, towns
from .client import put_load
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say
from .serving import served
from .ways import ways

CLERKS = 16


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--each", type=int, default=60, help="requests of each clerk, in each row of the table")
    parser.add_argument("--workers", type=int, action="append", help="web workers; 1 and 2, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        "Creating a help request: 16 clerks",
        ("database", "way", "workers", "requests/s", "median ms", "p95 ms", "server ms/request", "client's share",
         "bare commits/s", "bare page/s", "of bare page"),
    )  # fmt: skip
    for database in chosen.database or DATABASES:
        with towns.town(database, SUPPORTDESK_PROVIDER="off") as town:
            people = towns.residents(CLERKS)
            lesson = towns.lessons([towns.weeks_ahead(4)], seats=50)[0]
            cookies = towns.clerks(CLERKS)
            commits = limits.bare_commits(town, CLERKS)
            for workers in chosen.workers or (1, 2):
                bare = limits.load_of_bare_page(town, workers, CLERKS, 200).rate
                with served(town, workers=workers) as server:
                    for way in ways(town, server, cookies, lesson):
                        say(f"{database}, {way.name}, {workers} workers")
                        there = _count()
                        asked = [[way.note(n, people[n]) for _ in range(chosen.each)] for n in range(CLERKS)]
                        before = server.processor
                        load = put_load(server.port, [iter(each) for each in asked])
                        took = server.processor - before
                        if _count() - there != len(load.answers):
                            raise RuntimeError(f"{_count() - there} were noted, and the answers were {load.statuses}")
                        table.add(
                            database, way.name, workers, load.rate, *median_and_p95(load.seconds()),
                            took / len(load.answers) * 1000, f"{load.client / load.wall / 2:.0%}", commits, bare,
                            f"{load.rate / bare:.0%}",
                        )  # fmt: skip
    table.notes.append("Aim: 300 requests/s. Every acknowledged request was counted in the database afterwards.")
    yield table


def _count() -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(HelpRequest)) or 0
    db.session.rollback()
    return found


if __name__ == "__main__":
    command(measure, __doc__, options)
