"""The day sheet of 50 people on the tablet. Aims: 95th percentile of 20 ms, 300 pages a second, 60 kB with CSS and JS.

One reader alone shows what a volunteer waits for; 16 at once show what the machine can give. The limit: a Flask page of
50 rows without a database behind the same server.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Iterator

import requests

from supportdesk.core.access import Role

from . import limits, towns
from .client import put_load, request
from .harness import DATABASES, Table, command, median_and_p95, on_databases, say
from .serving import Server, served

PEOPLE = 50
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"')
_IMPORTS = re.compile(r'from "\./([^"]+)"')


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--pages", type=int, default=800, help="pages in each row of the table")
    parser.add_argument("--workers", type=int, action="append", help="web workers; 1 and 2, if not given")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    table = Table(
        "Day sheet of 50 people",
        ("database", "workers", "readers", "pages/s", "median ms", "p95 ms", "server ms/page", "client's share",
         "bare page/s", "of bare page"),
    )  # fmt: skip
    sizes = Table("Day sheet of 50 people: size, kB", ("what", "as it is", "gzip"))
    for database in chosen.database or DATABASES:
        with towns.town(database, SUPPORTDESK_PROVIDER="off") as town:
            lesson = towns.lessons([towns.weeks_ahead(0)], seats=PEOPLE)[0]
            towns.bookings([lesson], PEOPLE, towns.residents(PEOPLE))
            cookie = towns.clerks(1, Role.COORDINATOR)[0]
            page = request("GET", f"/sheet/{lesson}", {"Cookie": cookie})
            for workers in chosen.workers or (1, 2):
                with served(town, workers=workers) as server:
                    put_load(server.port, limits.lanes(page, 4, 5))
                    loads = []
                    for readers in (1, 16):
                        say(f"{database}, {workers} workers, {readers} readers")
                        before = server.processor
                        each = chosen.pages // readers if readers > 1 else chosen.pages // 4
                        load = put_load(server.port, limits.lanes(page, readers, each))
                        loads.append((readers, load, server.processor - before))
                    if not sizes.rows:
                        _measure_sizes(sizes, server, f"/sheet/{lesson}", cookie)
                for readers, load, took in loads:
                    bare = limits.load_of_bare_page(town, workers, readers, 800 // readers).rate
                    table.add(
                        database, workers, readers, load.rate, *median_and_p95(load.seconds(200)),
                        took / len(load.answers) * 1000, f"{load.client / load.wall / 2:.0%}", bare,
                        f"{load.rate / bare:.0%}",
                    )  # fmt: skip
    table.notes.append("Aims: p95 of 20 ms for one reader, 300 pages/s for many.")
    yield table
    sizes.notes.append("Aim: 60 kB in all. Every file that the page loads at its first visit, pictures left out.")
    yield sizes


def _measure_sizes(sizes: Table, server: Server, path: str, cookie: str) -> None:
    html = requests.get(server.url + path, headers={"Cookie": cookie}, timeout=30).text
    found = {"HTML": [html.encode()], "CSS": [], "JS": []}
    waiting = _FILES.findall(html)
    waiting += [f"/static/js/behaviours/{name}.js" for name in set(re.findall(r'data-behaviour="([^"]+)"', html))]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        content = requests.get(server.url + address, timeout=30).content
        found["CSS" if ".css" in address else "JS"].append(content)
        folder = address.partition("?")[0].rpartition("/")[0]
        waiting += [f"{folder}/{name}" for name in _IMPORTS.findall(content.decode())]
    for kind, contents in found.items():
        sizes.add(kind, sum(map(len, contents)) / 1000, sum(len(gzip.compress(each)) for each in contents) / 1000)
    every = [content for contents in found.values() for content in contents]
    sizes.add("in all", sum(map(len, every)) / 1000, sum(len(gzip.compress(each)) for each in every) / 1000)


if __name__ == "__main__":
    command(measure, __doc__, options)
