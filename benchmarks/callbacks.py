"""Status callbacks over HTTP: each message's `sent` and `delivered`, signed, on 16 connections. Aim: 500 a second."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from supportdesk.core import clock
from supportdesk.core.db import db
from supportdesk.messages.models import Message, ProviderReport
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus

from . import towns
from .client import put_load
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say
from .serving import served
from .twilio_stub import callback

CONNECTIONS = 16


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--workers", type=int, action="append", help="web workers; 1 and 2, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        f"Callbacks about {chosen.messages:,} messages, two each",
        ("database", "workers", "callbacks/s", "median ms", "p95 ms", "server ms/callback", "answers"),
    )
    for database in chosen.database or DATABASES:
        for workers in chosen.workers or (1, 2):
            # Nothing is sent here; should anything try, nobody answers at port 1.
            with (
                towns.town(database, **towns.twilio_at(1)) as town,
                served(town, workers=workers, jobs=False) as server,
            ):
                posts = _fill(chosen.messages)
                say(f"{database}, {workers} workers")
                before = server.processor
                load = put_load(server.port, [iter(posts[n::CONNECTIONS]) for n in range(CONNECTIONS)])
                took = server.processor - before
                check(chosen.messages, load.statuses)
                table.add(
                    database, workers, load.rate, *median_and_p95(load.seconds()), took / len(load.answers) * 1000,
                    load.statuses,
                )  # fmt: skip
    table.notes.append("Afterwards every message was delivered, and every report was kept, each counted once.")
    yield table


def _fill(messages: int) -> list[bytes]:
    """Messages that were accepted, and the callbacks about them in an order that a network may bring them in."""
    now = clock.now()
    common = {
        "recipient": "resident:1", "matter": "reminder", "step": "last", "channel": Channel.SMS, "sentences": [],
        "body": "スマホ教室のご案内", "number": "+819000000000", "window": "text", "due_at": now, "tries": 1,
        "not_after": now + timedelta(days=1), "status": MessageStatus.ACCEPTED, "handed_over_at": now,
        "claimed_at": now, "created_at": now,
    }  # fmt: skip
    rows = [
        common | {"token": f"t{n}", "sid": f"SM{n:032x}", "about": f"booking:{n}", "occasion": "once"}
        for n in range(messages)
    ]
    towns.bulk(Message, rows)
    return [_post(n, word) for word in ("sent", "delivered") for n in range(messages)]


def _post(n: int, word: str) -> bytes:
    message = {"To": "+819000000000", "From": "+815000000000"}
    return callback(towns.TOKEN, f"{towns.BASE}/hooks/twilio/status/t{n}", f"SM{n:032x}", word, message)


def check(messages: int, statuses: str) -> None:
    """Raises RuntimeError unless each message was delivered, and both reports about it are kept."""
    delivered = sa.select(sa.func.count()).where(Message.status == MessageStatus.DELIVERED)
    kept = sa.select(sa.func.count(ProviderReport.id))
    found = db.session.scalar(delivered), db.session.scalar(kept)
    db.session.rollback()
    if found != (messages, 2 * messages):
        raise RuntimeError(f"{found[0]} are delivered, {found[1]} reports kept; the answers were {statuses}")


if __name__ == "__main__":
    command(measure, __doc__, options)
