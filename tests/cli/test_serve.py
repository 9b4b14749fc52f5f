"""The tree of processes behind `supportdesk serve`, with a tiny app in place of the real one."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's own")

DEADLINE = 60.0
KILL_TIMEOUT = 45

TINY = """
import os, pathlib, signal, sys, time
from granian import _signals
from supportdesk.cli import serve as house
from supportdesk.cli.serve import serve

# A busy machine may need more than the product's ten seconds; a worker that was never told is still killed, and said.
house._WORKERS_KILL_TIMEOUT = int(sys.argv[4])

folder, port, jobs = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
state = {"forked": False}

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        (folder / "slow-began").touch()
        time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"after fork" if state["forked"] else b"before fork"]

def build():
    with (folder / "built").open("a") as log:
        log.write("once\\n")
    return app

def after_fork():
    state["forked"] = True

def deaf_to_the_first():
    event = set_sync_signals()
    hears = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: signal.signal(signal.SIGTERM, hears))
    return event

if jobs == "deaf":
    set_sync_signals, _signals.set_sync_signals = _signals.set_sync_signals, deaf_to_the_first

def run_jobs():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    (folder / "jobs-began").write_text(str(os.getpid()))
    if jobs == "fail":
        sys.exit(7)
    while True:
        signal.pause()

sys.exit(serve(build_app=build, run_jobs=None if jobs == "none" else run_jobs, host="127.0.0.1", port=port,
               workers=2, after_fork=after_fork))
"""


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited {DEADLINE:.0f} s in vain until {what}"
        time.sleep(0.02)


def answer(port: int, path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return answer(port)[0] == 200
    except OSError:
        return False


def alive() -> dict[int, int]:
    """Process id -> parent, of all processes that still run (a zombie only waits to be counted)."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    return parents


def children(of: int) -> set[int]:
    return {pid for pid, parent in alive().items() if parent == of}


def descendants(of: int) -> set[int]:
    below = children(of)
    return below.union(*(descendants(child) for child in below))


class Tree:
    """One supervisor with web, two workers and (if asked for) jobs."""

    def __init__(self, folder: Path, port: int, jobs: str) -> None:
        self.folder, self.port, self.jobs = folder, port, jobs
        script = folder / "tiny.py"
        script.write_text(TINY)
        root = Path(__file__).parents[2]
        self.supervisor = subprocess.Popen(
            [sys.executable, str(script), str(folder), str(port), jobs, str(KILL_TIMEOUT)],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def started(self) -> Tree:
        until(lambda: answers(self.port), "the first 200")
        if self.jobs == "run":
            until((self.folder / "jobs-began").exists, "jobs began")
            until(lambda: len(descendants(self.supervisor.pid)) == 4, "web, two workers and jobs run")
        return self

    def web(self) -> int:
        jobs = int((self.folder / "jobs-began").read_text())
        (web,) = children(self.supervisor.pid) - {jobs}
        return web

    def ends(self) -> int:
        return self.supervisor.wait(DEADLINE)

    def said(self) -> str:
        assert self.supervisor.stdout is not None
        return self.supervisor.stdout.read()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def plant(tmp_path: Path, port: int) -> Iterator[Callable[..., Tree]]:
    trees: list[Tree] = []

    def start(jobs: str = "run") -> Tree:
        folder = tmp_path / str(len(trees))
        folder.mkdir()
        trees.append(Tree(folder, port, jobs))
        return trees[-1]

    yield start
    for tree in trees:
        tree.supervisor.kill()
        tree.supervisor.communicate()


def test_web_and_jobs_start_together_from_one_build(plant: Callable[..., Tree], port: int) -> None:
    tree = plant().started()

    assert answer(port) == (200, b"after fork")
    assert (tree.folder / "built").read_text() == "once\n"


def test_who_waits_for_a_page_goes_before_the_jobs(plant: Callable[..., Tree]) -> None:
    tree = plant().started()

    jobs = int((tree.folder / "jobs-began").read_text())
    begins_with = os.getpriority(os.PRIO_PROCESS, tree.supervisor.pid)

    assert os.getpriority(os.PRIO_PROCESS, jobs) == min(begins_with + 5, 19)
    assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in descendants(tree.web())} == {begins_with}


def test_without_jobs_only_the_web_runs(plant: Callable[..., Tree]) -> None:
    tree = plant(jobs="none").started()

    until(lambda: len(descendants(tree.supervisor.pid)) == 3, "web and two workers run")
    tree.supervisor.terminate()

    assert tree.ends() == 0
    assert tree.said() == "", "nobody had to be killed"


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_finishes_the_running_request_and_exits_0(
    plant: Callable[..., Tree], port: int, wish: signal.Signals
) -> None:
    tree = plant().started()
    family = descendants(tree.supervisor.pid)
    answered: list[tuple[int, bytes]] = []
    caller = threading.Thread(target=lambda: answered.append(answer(port, "/slow")))
    caller.start()
    until((tree.folder / "slow-began").exists, "the slow request has begun")

    # To the whole group, as a terminal does with Ctrl-C.
    os.killpg(tree.supervisor.pid, wish)

    assert tree.ends() == 0
    caller.join(DEADLINE)
    assert answered == [(200, b"after fork")]
    assert tree.said() == "", "nobody had to be killed"
    assert family.isdisjoint(alive())


def test_asked_to_stop_while_it_starts_it_exits_0_and_leaves_nothing(plant: Callable[..., Tree]) -> None:
    tree = plant()
    until(lambda: bool(children(tree.supervisor.pid)), "the first child")
    family, asked_at = descendants(tree.supervisor.pid), time.monotonic()

    tree.supervisor.terminate()

    assert tree.ends() == 0
    # Not by what it says: of a worker that is just ending Granian says that it killed it.
    assert time.monotonic() - asked_at < KILL_TIMEOUT, "nobody had to be killed"
    assert family.isdisjoint(alive())


def test_a_worker_that_does_not_hear_that_it_shall_stop_is_asked_once_more(plant: Callable[..., Tree]) -> None:
    """As it happens to one of Granian's that is asked in the moment in which it starts."""
    tree = plant(jobs="deaf").started()

    tree.supervisor.terminate()

    assert tree.ends() == 0
    assert tree.said() == "", "nobody had to be killed"


def test_when_the_supervisor_is_killed_all_end_and_the_port_is_free_for_a_new_start(
    plant: Callable[..., Tree], port: int
) -> None:
    tree = plant().started()
    family = descendants(tree.supervisor.pid)

    tree.supervisor.kill()

    tree.ends()
    until(lambda: family.isdisjoint(alive()), "all four are gone")
    again = plant().started()
    assert answer(port)[0] == 200
    again.supervisor.terminate()
    assert again.ends() == 0


def test_when_the_web_is_killed_all_end_and_say_so(plant: Callable[..., Tree]) -> None:
    tree = plant().started()
    family = descendants(tree.supervisor.pid)

    os.kill(tree.web(), signal.SIGKILL)

    assert tree.ends() == 128 + signal.SIGKILL
    until(lambda: family.isdisjoint(alive()), "all four are gone")


def test_when_a_worker_is_killed_all_end_and_say_so(plant: Callable[..., Tree]) -> None:
    tree = plant().started()
    family = descendants(tree.supervisor.pid)

    os.kill(min(children(tree.web())), signal.SIGKILL)

    assert tree.ends() == 1
    until(lambda: family.isdisjoint(alive()), "all four are gone")


def test_the_exit_code_of_jobs_that_failed_is_taken_over(plant: Callable[..., Tree]) -> None:
    tree = plant(jobs="fail")

    assert tree.ends() == 7


def test_a_taken_port_is_told_in_a_sentence_and_nothing_is_built(
    plant: Callable[..., Tree], port: int
) -> None:
    first = plant().started()

    second = plant()

    assert second.ends() == 1
    assert second.said() == (
        f"Port {port} on 127.0.0.1 is taken. Stop what listens there, or choose another with --port.\n"
    )
    assert not (second.folder / "built").exists()
    assert answers(first.port)
