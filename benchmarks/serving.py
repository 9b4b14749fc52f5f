"""The product as it is started for a town, in processes of its own, and what they take."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from .towns import Town, environment_of

COMMAND = "from supportdesk.cli import main; raise SystemExit(main())"
DEADLINE = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A tree of processes that answers on a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int
    first_answer: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def processor(self) -> float:
        """Seconds of processor that the whole tree has taken."""
        return sum(_processor(each) for each in tree(self.process.pid))

    @property
    def memory(self) -> float:
        """Proportional set size of the whole tree, MB (10^6 bytes): what it costs the machine."""
        return sum(_pss(each) for each in tree(self.process.pid))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    town: Town, *, workers: int = 1, jobs: bool = True, port: int | None = None, moved_clock: bool = False
) -> Iterator[Server]:
    """`supportdesk serve` for this town, from its first answer on; asked to stop at the end. With `moved_clock` it has
    the time of this process, which time-machine has moved."""
    more = [] if jobs else ["--no-jobs"]
    moved = f"import time_machine; time_machine.travel({time.time()}).start(); " if moved_clock else ""
    command = [sys.executable, "-c", moved + COMMAND, "serve", "--workers", str(workers), *more, "--port"]
    with started(town, lambda port: [*command, str(port)], port=port) as server:
        yield server


@contextmanager
def started(
    town: Town, command: Callable[[int], Sequence[str]], path: str = "/healthz", port: int | None = None
) -> Iterator[Server]:
    """Start what `command` makes of a free port (or of this one), and wait for its first answer at `path`."""
    port, begun = port or free_port(), time.perf_counter()
    log = Path(town.environment["SUPPORTDESK_INSTANCE_DIR"]) / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(command(port), env=environment_of(town), stdout=out, stderr=out)
    try:
        yield Server(process, port, first_answer(process, port, path, begun))
    except RuntimeError:
        # The folder and its log are gone by the time anybody reads of it.
        print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]), file=sys.stderr)
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            for each in tree(process.pid):
                os.kill(each, signal.SIGKILL)


def first_answer(process: subprocess.Popen[bytes], port: int, path: str, begun: float) -> float:
    """Seconds from `begun` to the first 200."""
    while time.perf_counter() - begun < DEADLINE:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            if requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code == 200:
                return time.perf_counter() - begun
        except requests.ConnectionError:
            time.sleep(0.005)
    raise RuntimeError("the server did not answer")


def tree(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, new = [root], [root]
    while new:
        new = [child for each in new for child in children.get(each, [])]
        found += new
    return found


def _processor(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))
