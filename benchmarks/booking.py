"""Booking the last 50 seats of a lesson: 16 clerks, 200 attempts, over HTTP, nothing oversold.

Aim: 300 attempts a second on two cores. Each round has a lesson of its own; what the database holds is counted after
every round. The limit: commits of one row at equal clients, and a page of 50 rows without a database.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import sqlalchemy as sa

from supportdesk.core.db import db
from supportdesk.lessons.models import Booking, Lesson

from . import limits, towns
from .client import Load, put_load
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say
from .serving import Server, served
from .ways import Way, ways

CLERKS, ATTEMPTS, SEATS = 16, 200, 50


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--rounds", type=int, default=5, help="lessons that are raced for, in each row of the table")
    parser.add_argument("--workers", type=int, action="append", help="web workers; 1 and 2, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        "Booking the last 50 seats: 16 clerks, 200 attempts",
        ("database", "way", "workers", "attempts/s", "median ms", "p95 ms", "oversold", "server ms/attempt",
         "client's share", "bare commits/s", "bare page/s", "of bare page"),
    )  # fmt: skip
    for database in chosen.database or DATABASES:
        with towns.town(database, SUPPORTDESK_PROVIDER="off") as town:
            people = towns.residents(ATTEMPTS)
            rounds = chosen.rounds * 4 + 2
            lessons = iter(towns.lessons([towns.weeks_ahead(4)] * rounds, seats=SEATS))
            towns.after_ids_given(Lesson)
            cookies = towns.clerks(CLERKS)
            commits = limits.bare_commits(town, CLERKS)
            for workers in chosen.workers or (1, 2):
                bare = limits.load_of_bare_page(town, workers, CLERKS, 200).rate
                with served(town, workers=workers) as server:
                    for way in ways(town, server, cookies, 1):
                        say(f"{database}, {way.name}, {workers} workers")
                        races = [_race(server, way, next(lessons), people) for _ in range(chosen.rounds)]
                        _add(table, (database, way.name, workers), races, commits, bare)
    table.notes += [
        f"{chosen.rounds} lessons a row, one after the other, jobs running beside. Aim: 300 attempts/s, nothing "
        "oversold. An attempt is a POST with a key of its own (cookie and CSRF token, or Bearer token); the refused "
        "ones (three of four) answer with the whole page of the form, or with a problem document.",
        "“Client's share” is the processor time of the load client, a process of its own, of what both cores had.",
    ]
    yield table


Race = tuple[Load, float, int]


def _race(server: Server, way: Way, lesson: int, people: list[int]) -> Race:
    """One lesson; gives the load, the server's processor seconds, and how many seats too many were given."""
    attempts = [
        [way.book(clerk, lesson, resident) for resident in people[clerk::CLERKS]] for clerk in range(CLERKS)
    ]
    before = server.processor
    load = put_load(server.port, [iter(each) for each in attempts])
    took = server.processor - before
    booked = db.session.scalar(
        sa.select(sa.func.count()).where(Booking.lesson_id == lesson, Booking.cancelled_at.is_(None))
    )
    db.session.rollback()
    said = sum(answer.status == way.done for answer in load.answers)
    if said != booked or {answer.status for answer in load.answers} - {way.done, way.full}:
        raise RuntimeError(f"{booked} booked, and the answers were {load.statuses}")
    return load, took, max(0, (booked or 0) - SEATS)


def _add(table: Table, row: tuple[object, ...], races: list[Race], commits: float, bare: float) -> None:
    answers = [answer.seconds for load, *_ in races for answer in load.answers]
    wall = sum(load.wall for load, *_ in races)
    rate = len(answers) / wall
    share = sum(load.client for load, *_ in races) / wall / 2
    table.add(
        *row, rate, *median_and_p95(answers), sum(oversold for *_, oversold in races),
        sum(took for _, took, _ in races) / len(answers) * 1000, f"{share:.0%}", commits, bare, f"{rate / bare:.0%}",
    )  # fmt: skip


if __name__ == "__main__":
    command(measure, __doc__, options)
