"""Granian and gunicorn under the same load: which serves this product, and how each ends.

Granian is run as the product runs it (`supportdesk serve`), gunicorn with its threads and the app loaded before the
fork, both with two workers that answer four requests at once, without jobs. Needs .ci/requirements/bench.txt, which
`make bench` installs.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from supportdesk.core.access import Role

from . import limits, towns
from .client import put_load, request
from .harness import Table, command, median_and_p95, say
from .serving import COMMAND, Server, started, tree
from .ways import Pages

WORKERS, THREADS, CLERKS, SLOW = 2, 4, 16, 20
SLOW_BYTES_A_SECOND = 2000
# Seconds after which what outlived its parent is taken to stay.
LONGEST_LEFT = 15.0


def granian(port: int) -> Sequence[str]:
    return [sys.executable, "-c", COMMAND, "serve", "--port", str(port), "--workers", str(WORKERS), "--no-jobs"]


def gunicorn(port: int) -> Sequence[str]:
    return [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", str(WORKERS), "--preload",
            "--threads", str(THREADS), "--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:app"]  # fmt: skip


SERVERS: dict[str, Callable[[int], Sequence[str]]] = {"granian": granian, "gunicorn": gunicorn}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pages", type=int, default=640, help="day sheets in each row")


def measure(chosen: argparse.Namespace) -> Iterator[Table]:
    loads = Table(
        f"Two servers, {WORKERS} workers, {THREADS} requests at once in each, {CLERKS} connections, SQLite",
        ("server", "work", "slow clients", "per second", "median ms", "p95 ms", "longest ms", "server ms each"),
    )
    ends = Table(
        "Two servers: memory and ends",
        ("server", "PSS MB at once", "after load", "SIGTERM during a request", "SIGKILL of the parent: the rest",
         "answers again after s"),
    )  # fmt: skip
    for name, command_of in SERVERS.items():
        with towns.town("sqlite", SUPPORTDESK_PROVIDER="off") as town:
            sheet, *lessons = towns.lessons([towns.weeks_ahead(0)] + [towns.weeks_ahead(4)] * 4, seats=50)
            people = towns.residents(200)
            towns.bookings([sheet], 50, people)
            cookies = towns.clerks(CLERKS)
            reader = towns.clerks(1, Role.COORDINATOR)[0]
            page = request("GET", f"/sheet/{sheet}", {"Cookie": reader})
            with started(town, command_of) as server:
                at_once = server.memory
                way = Pages(server, cookies, lessons[0])
                put_load(server.port, limits.lanes(page, CLERKS, 3))
                for slow in (0, SLOW):
                    with _slow_clients(server, slow):
                        say(f"{name}, {slow} slow clients")
                        _put(loads, name, "day sheet", slow, server, limits.lanes(page, CLERKS, chosen.pages // CLERKS))
                        lesson = lessons.pop()
                        lanes = [iter([way.book(n, lesson, each) for each in people[n::CLERKS]]) for n in range(CLERKS)]
                        _put(loads, name, "booking attempts", slow, server, lanes)
                after = server.memory
                ended = _ask_to_stop_during_a_request(town, server, way.book(0, lessons.pop(), people[0]))
            left, again = _kill_and_start(town, command_of)
            ends.add(name, at_once, after, ended, left, again)
    loads.notes.append(
        f"A slow client sends a form of 200 kB at {SLOW_BYTES_A_SECOND / 1000:.0f} kB/s, as long as the load lasts."
    )
    yield loads
    yield ends


def _put(table: Table, name: str, work: str, slow: int, server: Server, lanes: Sequence[Iterator[bytes]]) -> None:
    before = server.processor
    try:
        load = put_load(server.port, lanes)
    except RuntimeError as problem:
        table.add(name, work, slow, str(problem), "", "", "", "")
        return
    took = server.processor - before
    longest = max(load.seconds()) * 1000
    each = took / len(load.answers) * 1000
    table.add(name, work, slow, load.rate, *median_and_p95(load.seconds()), longest, each)


@contextlib.contextmanager
def _slow_clients(server: Server, count: int) -> Iterator[None]:
    over = threading.Event()
    head = request("POST", "/login", {"Content-Type": "application/x-www-form-urlencoded"}, "x" * 200_000)

    def drip() -> None:
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
        sent, piece = 0, SLOW_BYTES_A_SECOND // 10
        while not over.wait(0.1):
            for each in sockets:
                with contextlib.suppress(OSError):  # a server may have given up on it
                    each.send(head[sent : sent + piece])
            sent += piece
        for each in sockets:
            each.close()

    thread = threading.Thread(target=drip)
    thread.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        over.set()
        thread.join()


def _ask_to_stop_during_a_request(town: towns.Town, server: Server, booking: bytes) -> str:
    """Keep the writers' queue for two seconds, so that a booking waits inside the server; SIGTERM meanwhile."""
    turn = Path(town.environment["SUPPORTDESK_DATABASE_URL"].removeprefix("sqlite:///")).with_suffix(".turn")
    answered: list[str] = []

    def book() -> None:
        try:
            answered.append(f"answered {put_load(server.port, [iter([booking])]).answers[0].status}")
        except (RuntimeError, OSError) as problem:
            answered.append(f"lost: {problem}")

    with turn.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        thread = threading.Thread(target=book)
        thread.start()
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(1)
    begun = time.perf_counter()
    thread.join()
    code = server.process.wait(timeout=60)
    return f"{answered[0]}, ended with {code} after {time.perf_counter() - begun:.1f} s"


def _kill_and_start(town: towns.Town, command_of: Callable[[int], Sequence[str]]) -> tuple[str, float]:
    """SIGKILL the parent; gives how long what was below it went on, and how soon a new start on the port answers."""
    with started(town, command_of) as server:
        time.sleep(1)  # all workers are there
        below = tree(server.process.pid)[1:]
        server.process.kill()
        begun = time.perf_counter()
        while (left := [each for each in below if _runs(each)]) and time.perf_counter() - begun < LONGEST_LEFT:
            time.sleep(0.01)
        gone = f"gone after {time.perf_counter() - begun:.2f} s" if not left else f"{len(left)} of {len(below)} stay"
        with started(town, command_of, port=server.port) as again:
            seconds = again.first_answer
        for each in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
    return gone, seconds


def _runs(process: int) -> bool:
    """Not ended, nor only waiting to be reaped by whoever adopted it."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


if __name__ == "__main__":
    command(measure, __doc__, options)
