"""Finding a resident among 100,000: the time of the server, without a network. Aim: 95th percentile of 10 ms.

“Query” is the search itself; “list” the whole answer to search-as-you-type (/residents/search), with the guard, the
session and the page. The limit: one row by its primary key, and a page of the same kind that searches nothing.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator

from flask.testing import FlaskClient

from supportdesk.core.db import db
from supportdesk.people import queries
from supportdesk.people.models import Resident

from . import towns
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say

FAMILY, GIVEN = towns.FAMILY.split(), towns.GIVEN.split()
KANA = sorted({letter for name in FAMILY + GIVEN for letter in name})


def kinds(dice: random.Random) -> dict[str, Callable[[], str]]:
    def name() -> str:
        return dice.choice(FAMILY)

    def year() -> str:
        return str(dice.randint(1930, 1970))

    return {
        "one kana": lambda: dice.choice(KANA),
        "two kana": lambda: name()[:2],
        "three kana": lambda: name()[:3],
        "family and given name": lambda: f"{name()} {dice.choice(GIVEN)}",
        "given name alone": lambda: dice.choice(GIVEN),
        "a part from inside": lambda: name()[1:],
        "three digits": lambda: f"{dice.randint(0, 999):03d}",
        "last four digits": lambda: f"{dice.randint(0, 9999):04d}",
        "birth year": year,
        "two kana and birth year": lambda: f"{name()[:2]} {year()}",
        "one kana and three digits": lambda: f"{dice.choice(KANA)} {dice.randint(0, 999):03d}",
        "nobody": lambda: "ワワワワ",
    }


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=60, help="of each kind")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    for database in chosen.database or DATABASES:
        with towns.town(database, SUPPORTDESK_PROVIDER="off") as town:
            towns.residents(chosen.people, keys=True)
            if database == "postgresql":
                db.session.connection().exec_driver_sql("ANALYZE")
                db.session.commit()
            table = Table(
                f"Search among {chosen.people:,} residents, {database}",
                ("what is typed", "query: median ms", "p95", "list: median ms", "p95"),
            )
            cookie = towns.clerks(1)[0]
            browser = town.app.test_client()
            browser.set_cookie(*cookie.split("="))

            def page(text: str, town: towns.Town = town, browser: FlaskClient = browser) -> float:
                with town.app.app_context():
                    return _seconds(lambda: browser.get("/residents/search", query_string={"q": text}))

            say(f"{database}: {chosen.searches} searches of each kind")
            dice, in_all = random.Random(2), []
            page("ホン")
            for kind, typed in kinds(dice).items():
                texts = [typed() for _ in range(chosen.searches)]
                alone = [_seconds(lambda text=text: queries.search(text)) for text in texts]
                whole = [page(text) for text in texts]
                in_all += whole
                table.add(kind, *median_and_p95(alone), *median_and_p95(whole))
            table.add("all of these", "", "", *median_and_p95(in_all))
            single = [_seconds(lambda n=n: db.session.get(Resident, n + 1)) for n in range(chosen.searches)]
            table.add("limit: one row by its key; a page that searches nothing", *median_and_p95(single),
                      *median_and_p95([page("") for _ in range(chosen.searches)]))  # fmt: skip
            table.notes.append("Aim: p95 of 10 ms of the server, searches of one and two letters included.")
            yield table


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    seconds = time.perf_counter() - begun
    db.session.rollback()
    db.session.expunge_all()
    return seconds


if __name__ == "__main__":
    command(measure, __doc__, options)
