"""A mass sending in the whole product: plan, turns, delivery, callbacks and pages at once, on two cores

Aims: 99 % handed over within 60 s of their own turn; pages under 1 s at the 95th percentile meanwhile; every callback
kept. `supportdesk serve` with its jobs and two web workers, on a clock that is moved to shortly before ten on a working
day; the provider is a local server that answers after 100 ms and tells of each message twice; eight clerks open a page
every five seconds each. One rate is ten times the default, the other is the highest that can be set; the bookings of
that one next day are those of two weeks, and of five, in a town of sixty lessons of eight a week.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice

import requests
import sqlalchemy as sa
import time_machine

from supportdesk.core.db import db
from supportdesk.messages.models import Message
from supportdesk.office.setting_rules import MOST_A_MINUTE

from . import towns
from .harness import DATABASES, Table, command, median_and_p95, on_databases, percentile, say
from .reminders import fill, stub, until_told
from .serving import free_port, served

CLERKS, EVERY = 8, 5.0
PAGES = ("/", "/desk", "/action-items", "/messages", "/outgoing", "/residents?q=ホンダ")
# Turns a minute, and how many messages want one at ten o’clock (whole lessons of eight).
MORNINGS = {600: 960, MOST_A_MINUTE: 2400}


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--a-minute", type=int, action="append", choices=MORNINGS, help="both, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        f"A mass sending beside {CLERKS} clerks",
        ("database", "turns a minute", "messages", "after their turn: median s", "99 % within s", "latest s",
         "callbacks kept", "pages read", "pages: median ms", "p95 ms", "longest ms"),
    )  # fmt: skip
    for database in chosen.database or DATABASES:
        for a_minute in chosen.a_minute or MORNINGS:
            messages, port, web = MORNINGS[a_minute], free_port(), free_port()
            with towns.town(database, **towns.twilio_at(port)) as town:
                ten = fill(messages, a_minute)
                with (
                    time_machine.travel(ten - timedelta(seconds=20)),
                    stub(town, port, web) as provider,
                    served(town, workers=2, port=web, moved_clock=True) as server,
                ):
                    say(f"{database}: {messages:,} messages at ten, {a_minute:,} a minute")
                    with _clerks(server.url) as pages:
                        _until_handed_over(messages, wait=messages / a_minute * 60 + 180)
                    until_told(provider, messages)
                late = _seconds_after_their_turn()
            table.add(
                database, a_minute, messages, late[len(late) // 2], percentile(late, 99), late[-1],
                2 * messages, len(pages), *median_and_p95(pages), max(pages) * 1000,
            )  # fmt: skip
    table.notes.append("The turns are given by the plan; work is looked for every 15 seconds, as a town has it.")
    yield table


@contextmanager
def _clerks(url: str) -> Iterator[list[float]]:
    """Clerks who read until the end; gives how many seconds each page took. Raises RuntimeError if one failed."""
    seconds: list[float] = []
    failed: list[str] = []
    enough = threading.Event()

    def read(cookie: str, first: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            # Not all in one breath.
            pause = EVERY * first / CLERKS
            for path in islice(cycle(PAGES), first, None):
                if enough.wait(pause) or failed:
                    return
                begun = time.perf_counter()
                answer = session.get(url + path, headers={"Cookie": cookie}, allow_redirects=False, timeout=60)
                took = time.perf_counter() - begun
                seconds.append(took)
                pause = max(0.0, EVERY - took)
                if answer.status_code != 200:
                    failed.append(f"{path} answered {answer.status_code}")

    clerks = [
        threading.Thread(target=read, args=(cookie, first)) for first, cookie in enumerate(towns.clerks(CLERKS))
    ]
    for clerk in clerks:
        clerk.start()
    try:
        yield seconds
    finally:
        enough.set()
        for clerk in clerks:
            clerk.join()
    if failed:
        raise RuntimeError("; ".join(failed))


def _until_handed_over(messages: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    gone = sa.select(sa.func.count()).where(Message.handed_over_at.is_not(None))
    while (found := db.session.scalar(gone) or 0) < messages:
        db.session.rollback()
        if time.monotonic() > deadline:
            raise RuntimeError(f"{found} of {messages} were handed over after {wait:.0f} s")
        time.sleep(1)
    db.session.rollback()


def _seconds_after_their_turn() -> list[float]:
    rows = db.session.execute(sa.select(Message.due_at, Message.handed_over_at)).all()
    db.session.rollback()
    return sorted((row.handed_over_at - row.due_at).total_seconds() for row in rows if row.handed_over_at)


if __name__ == "__main__":
    command(measure, __doc__, options)
