"""10,000 due reminders: planned, then delivered to a local server that answers like Twilio after 100 ms.

Aims: delivery at 85 % or more of the bare HTTP client at equal connections; 10,000 in under a minute where the rate of
the provider allows. The product calls with `delivery.CALLERS` connections at once, which is polite to a provider with
a low limit for each account; other numbers are given to `deliver_due` here, and nowhere else.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as wall_clock

import requests
import sqlalchemy as sa

from supportdesk.core import clock
from supportdesk.core.db import db, transaction
from supportdesk.core.japan.calendar import is_working_day
from supportdesk.messages.delivery import CALLERS, Desk, deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders import planning

from . import towns
from .harness import DATABASES, Table, Took, command, on_databases, say, timed
from .serving import started

EACH = 8


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--callers", type=int, action="append", help=f"{CALLERS} (the product's) and 64, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    plans = Table(
        f"Planning {chosen.messages:,} reminders",
        ("database", "what", "s", "processor s", "messages/s"),
    )
    deliveries = Table(
        f"Delivering {chosen.messages:,} reminders, 100 ms each at the provider",
        ("database", "connections", "messages/s", "s in all", "processor ms/message", "bare client/s", "of bare client",
         "accepted", "came twice"),
    )  # fmt: skip
    for database in chosen.database or DATABASES:
        for callers in chosen.callers or (CALLERS, 64):
            # The callback address names each message, so that the server can tell whether one came twice.
            with towns.town(database, SUPPORTDESK_PROVIDER="off") as town, _provider(town) as url:
                now = _fill(chosen.messages)
                _plan(plans, database, now)
                say(f"{database}: delivering on {callers} connections")
                _deliver(deliveries, database, callers, chosen.messages, now, url)
    plans.notes.append("“Again” is what every tick of 15 seconds costs while nothing changes.")
    yield plans
    deliveries.notes.append(
        f"{CALLERS} connections are what the product uses. Aims: 85 % of the bare client (a requests session for each "
        "thread, no database), 10,000 in under 60 s. The stub runs on the same cores."
    )
    yield deliveries


@contextmanager
def _provider(town: towns.Town) -> Iterator[str]:
    with started(town, lambda port: [sys.executable, "-m", "benchmarks.twilio_stub", str(port)], "/") as stub:
        yield stub.url


def _fill(messages: int) -> datetime:
    """So many bookings whose last notice is due at 10:00; gives that instant. The caps are lifted: they keep a
    slip of the office from the telephones of a whole town, and such a morning is what they are for."""
    with transaction():
        office_settings.change(most_per_hour=messages * 2, most_per_day=messages * 2)
    day = clock.local_date(clock.now()) + timedelta(days=7)
    while not (is_working_day(day) and is_working_day(day + timedelta(days=1))):
        day += timedelta(days=1)
    people = towns.residents(messages, wishes=(Wish.TEXT,))
    lessons = -(-messages // EACH)
    starts = [clock.at(day + timedelta(days=1), wall_clock(13, n % 60)) for n in range(lessons)]
    towns.bookings(towns.lessons(starts, seats=EACH), EACH, people)
    return clock.at(day, wall_clock(10, 0))


def _plan(table: Table, database: str, now: datetime) -> None:
    say(f"{database}: planning")
    took: list[Took] = []
    for what in ("first", "again", "again"):
        with timed(took):
            counts = planning.plan(now)
        made = counts["put"]
        table.add(database, what, took[-1].wall, took[-1].cpu, made / took[-1].wall if made else "")


def _deliver(table: Table, database: str, callers: int, messages: int, now: datetime, url: str) -> None:
    bare = _bare_client(url, callers, max(callers * 20, 600))
    begun = time.monotonic()

    def moved_clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - begun)

    provider = TwilioProvider(TwilioAccount("AC" + "0" * 32, "token", sms_from="+815000000000", base_url=url))
    before = requests.get(url, timeout=5).json()
    took: list[Took] = []
    with timed(took):
        ended = deliver_due(Desk(provider, planning.unwanted, moved_clock, "https://desk.example"), callers=callers)
    after = requests.get(url, timeout=5).json()
    came, different = after["came"] - before["came"], after["different"] - before["different"]
    status = sa.select(sa.func.count()).where(Message.status == MessageStatus.ACCEPTED)
    accepted = db.session.scalar(status) or 0
    db.session.rollback()
    if not accepted == came == ended["accepted"] == messages:
        raise RuntimeError(f"{accepted} accepted in the outbox, {came} came to the provider, {dict(ended)} counted")
    rate = accepted / took[0].wall
    table.add(
        database, callers, rate, took[0].wall, took[0].cpu / accepted * 1000, bare, f"{rate / bare:.0%}", accepted,
        came - different,
    )  # fmt: skip


def _bare_client(url: str, callers: int, messages: int) -> float:
    """Messages a second of a bare HTTP client: a session for each thread, nothing kept."""
    form = {"To": "+819000000000", "From": "+815000000000", "Body": "【スマホ相談】教室のご案内 7月15日(水)午前10時"}

    def call(_n: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(messages // callers):
                session.post(f"{url}/2010-04-01/Accounts/AC0/Messages.json", data=form, timeout=30).raise_for_status()

    begun = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(call, range(callers)))
    return messages // callers * callers / (time.perf_counter() - begun)


if __name__ == "__main__":
    command(measure, __doc__, options)
