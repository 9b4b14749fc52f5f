"""Cold start to the first answer, memory of web and jobs together, and what is installed.

Aims: 1.5 s, 150 MB (proportional set size of the whole tree), 200 MB without bytecode and pip. The limits: an
interpreter that imports Flask alone, and the same page server with a bare Flask app.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

from . import limits, towns
from .client import put_load, request
from .harness import DATABASES, Table, command, on_databases, say
from .serving import served
from .ways import Pages

ROOT = Path(__file__).parents[1]
CLERKS = 8
# What nobody needs at run time but what comes with every environment.
NOT_COUNTED = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack")


def options(parser: argparse.ArgumentParser) -> None:
    on_databases(parser)
    parser.add_argument("--starts", type=int, default=5)


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    starts = Table("Cold start", ("database", "workers", "starts", "median s", "longest s", "limit: import flask, s"))
    memory = Table(
        "Memory of web and jobs together (PSS, MB)",
        ("database", "workers", "at once", "after load", "limit: bare Flask, as many workers"),
    )
    for database in chosen.database or DATABASES:
        with towns.town(database) as town:
            lesson = towns.lessons([towns.weeks_ahead(4)], seats=200)[0]
            people, cookies = towns.residents(200), towns.clerks(CLERKS)
            for workers in (1, 2):
                say(f"{database}: {chosen.starts} starts, {workers} workers")
                took = []
                for _ in range(chosen.starts):
                    with served(town, workers=workers) as server:
                        took.append(server.first_answer)
                starts.add(database, workers, chosen.starts, statistics.median(took), max(took), _import_flask())
                with served(town, workers=workers) as server:
                    time.sleep(3)  # the jobs' first tick
                    idle = server.memory
                    way = Pages(server, cookies, lesson)
                    pages = [request("GET", path, {"Cookie": cookies[0]}) for path in ("/", "/desk", "/action-items")]
                    notes = [way.note(n % CLERKS, people[n]) for n in range(200)]
                    put_load(server.port, [iter(pages * 20 + notes[n::CLERKS]) for n in range(CLERKS)])
                    after = server.memory
                with limits.bare_page(town, workers) as bare:
                    put_load(bare.port, [repeat(request("GET", "/table", {}), 50)])
                    memory.add(database, workers, idle, after, bare.memory)
    starts.notes.append("Aim: 1.5 s from the command to the first 200 of /healthz, schema check and jobs included.")
    yield starts
    memory.notes.append("Aim: 150 MB. One worker is the default. The load: 480 pages, 200 help requests, 8 clerks.")
    yield memory
    yield _installed()


def _import_flask() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import flask"], check=True)
    return time.perf_counter() - begun


def _installed() -> Table:
    """What the lock for running installs, in a fresh folder, without bytecode."""
    table = Table("Installed size, MB", ("what", "MB"))
    with tempfile.TemporaryDirectory(prefix="supportdesk-size-") as folder:
        say("installing what running needs into an empty folder")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
             "--no-build-isolation", "--require-hashes", "--target", folder,
             "-r", str(ROOT / ".ci/requirements/run.txt")],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        sizes: Counter[str] = Counter()
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                sizes[path.relative_to(folder).parts[0]] += path.stat().st_size
        for name in NOT_COUNTED:
            sizes.pop(name, None)
    files = (path for path in (ROOT / "supportdesk").rglob("*") if path.is_file() and path.suffix != ".pyc")
    own = sum(path.stat().st_size for path in files)
    table.add("in all, Support desk itself included", (sum(sizes.values()) + own) / 1e6)
    for name, size in sizes.most_common(5):
        table.add(name, size / 1e6)
    table.add("Support desk itself", own / 1e6)
    table.notes.append("Aim: 200 MB, bytecode and pip left out.")
    return table


if __name__ == "__main__":
    command(measure, __doc__, options)
