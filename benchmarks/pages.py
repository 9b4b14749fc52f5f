"""Pages and ticks that look at every coming booking: きょう, 要対応, what would go out, and the plan itself.

Two towns. One as real: 60 lessons a week with 8 people each, booked 13 weeks ahead. One far beyond: 5,000 lessons with
4 people each within two weeks. The time is the server's, in one process without a network.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from flask.testing import FlaskClient

from supportdesk.core import clock
from supportdesk.core.db import db
from supportdesk.reminders import planning

from . import towns
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say

PAGES = {"Today": "/", "needs a person": "/action-items", "what would go out": "/outgoing", "the desk": "/desk"}
TOWNS = {"a town": (780, 8, 91), "far beyond": (5000, 4, 14)}


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--times", type=int, default=15, help="how often each is asked")
    parser.add_argument("--town", action="append", choices=TOWNS, help="both, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        "Pages and the tick's plan over all coming bookings",
        ("database", "bookings ahead", "what", "median ms", "p95 ms", "processor ms"),
    )
    for name in chosen.town or TOWNS:
        lessons, each, days = TOWNS[name]
        for database in chosen.database or DATABASES:
            with towns.town(database, SUPPORTDESK_PROVIDER="off") as town:
                starts = towns.in_working_hours(lessons, clock.now() + timedelta(days=1), days)
                towns.bookings(towns.lessons(starts, seats=20), each, towns.residents(5000))
                browser = town.app.test_client()
                browser.set_cookie(*towns.clerks(1)[0].split("="))
                size = f"{lessons * each:,} ({name})"
                say(f"{database}, {size}")
                table.add(database, size, "plan, first", *_asked(lambda: planning.plan(clock.now()), 1))
                table.add(database, size, "plan, again", *_asked(lambda: planning.plan(clock.now()), chosen.times))
                for what, path in PAGES.items():

                    def page(path: str = path, town: towns.Town = town, browser: FlaskClient = browser) -> None:
                        with town.app.app_context():
                            assert browser.get(path).status_code == 200

                    page()
                    table.add(database, size, what, *_asked(page, chosen.times))
    table.notes.append("“Plan, again” is what every tick of 15 seconds costs while nothing changes.")
    yield table


def _asked(act: Callable[[], object], times: int) -> tuple[float, float, float]:
    wall, cpu = [], time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        act()
        wall.append(time.perf_counter() - begun)
        db.session.rollback()
    return *median_and_p95(wall), (time.process_time() - cpu) / times * 1000


if __name__ == "__main__":
    command(measure, __doc__, options)
