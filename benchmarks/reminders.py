"""10,000 due reminders: planned, then delivered to a local server that answers like Twilio after 100 ms.

Aims: delivery at 85 % or more of the bare HTTP client at equal connections, with the office's chain, all caps (numbers,
bookings, hours, days, yen) and callbacks on; 10,000 in under a minute where the rate of the provider allows. The
product calls with `delivery.CALLERS` connections at once, which is polite to a provider with a low limit for each
account; other numbers are given to `deliver_due` here, and nowhere else. All are due when it begins: as many as the
office lets out in an hour or a day, and all their turns are over.

Where callbacks arrive, the server tells of each message twice, half a second and two seconds after it took it, and the
product with two web workers takes that on the same two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
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
from supportdesk.office import settings as office_settings
from supportdesk.office.setting_rules import MOST_A_MINUTE
from supportdesk.people.rules import Wish
from supportdesk.reminders import planning

from . import callbacks, towns
from .harness import DATABASES, Table, Took, command, on_databases, say, timed
from .serving import Server, free_port, served, started

EACH = 8
YEN_A_PART = 8


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
        ("database", "connections", "callbacks", "messages/s", "s in all", "processor ms/message", "bare client/s",
         "of bare client", "accepted", "came twice"),
    )  # fmt: skip
    for database in chosen.database or DATABASES:
        for callers, told_of in [(callers, which) for callers in chosen.callers or (CALLERS, 64) for which in (0, 1)]:
            # The callback address names each message, so that the server can tell whether one came twice.
            port, web = free_port(), free_port()
            with towns.town(database, **towns.twilio_at(port)) as town, ExitStack() as running:
                now = fill(chosen.messages)
                _plan(plans, database, now)
                told = running.enter_context(stub(town, port, web if told_of else None))
                if told_of:
                    running.enter_context(served(town, workers=2, jobs=False, port=web))
                say(f"{database}: delivering on {callers} connections, {'with' if told_of else 'no'} callbacks")
                _deliver(deliveries, database, callers, chosen.messages, now + _turns(chosen.messages), told, told_of)
    plans.notes.append("“Again” is what every tick of 15 seconds costs while nothing changes.")
    yield plans
    deliveries.notes.append(
        f"{CALLERS} connections are what the product uses. Aims: 85 % of the bare client (a requests session for each "
        "thread, no database), 10,000 in under 60 s. The stub runs on the same cores."
    )
    yield deliveries


def stub(town: towns.Town, port: int, web: int | None) -> AbstractContextManager[Server]:
    """The local server in the provider's place, which tells of its messages at `web` if that is given."""
    more = [str(web), towns.TOKEN] if web else []
    return started(town, lambda _port: [sys.executable, "-m", "benchmarks.twilio_stub", str(port), *more], "/", port)


def fill(messages: int, a_minute: int = MOST_A_MINUTE) -> datetime:
    """So many bookings whose last notice is asked for at 10:00, `a_minute` of them; gives that instant. The caps are
    as high as such a morning needs, and are asked: they keep a slip of the office from a whole town's telephones."""
    with transaction():
        office_settings.change(
            town="測定市", telephone="0957-00-0001", most_per_hour=messages * 2, most_per_day=messages * 2,
            most_yen_a_month=messages * 2 * YEN_A_PART, yen_per_text_part=YEN_A_PART, texts_per_minute=a_minute,
            # All have been booked since: the notice of three days before, which nobody sent, is not made up for.
            first_notice_not_within_days=90,
        )  # fmt: skip
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


def _turns(messages: int) -> timedelta:
    """How long it takes until the last has its turn."""
    return timedelta(minutes=messages / MOST_A_MINUTE + 1)


def _deliver(
    table: Table, database: str, callers: int, messages: int, now: datetime, stub: Server, told_of: int
) -> None:
    bare = _bare_client(stub.url, callers, max(callers * 20, 600))
    begun = time.monotonic()

    def moved_clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - begun)

    account = TwilioAccount("AC" + "0" * 32, towns.TOKEN, sms_from="+815000000000", base_url=stub.url)
    before = requests.get(stub.url, timeout=5).json()
    took: list[Took] = []
    with timed(took):
        ended = deliver_due(
            Desk(TwilioProvider(account), planning.unwanted, moved_clock, towns.BASE), callers=callers
        )
    after = requests.get(stub.url, timeout=5).json()
    came, different = after["came"] - before["came"], after["different"] - before["different"]
    accepted = db.session.scalar(sa.select(sa.func.count()).where(Message.handed_over_at.is_not(None))) or 0
    db.session.rollback()
    if not accepted == came == ended["accepted"] == messages:
        raise RuntimeError(f"{accepted} accepted in the outbox, {came} came to the provider, {dict(ended)} counted")
    rate = accepted / took[0].wall
    table.add(
        database, callers, "arrive" if told_of else "none", rate, took[0].wall, took[0].cpu / accepted * 1000, bare,
        f"{rate / bare:.0%}", accepted, came - different,
    )  # fmt: skip
    if told_of:
        until_told(stub, messages)


def until_told(stub: Server, messages: int) -> None:
    """Wait until every callback has arrived. Raises RuntimeError when one was lost, or not taken."""
    deadline = time.monotonic() + 120
    while (told := requests.get(stub.url, timeout=5).json()["callbacks"]).get("204", 0) < 2 * messages:
        if time.monotonic() > deadline:
            raise RuntimeError(f"of {2 * messages} callbacks: {told}")
        time.sleep(0.2)
    if set(told) != {"204"}:
        raise RuntimeError(f"the callbacks were answered {told}")
    callbacks.check(messages, str(told))


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
