"""What every measure needs: tables, percentiles, the machine it ran on, and one command line."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

DATABASES = ("sqlite", "postgresql")


@dataclass
class Table:
    """One table of figures. `notes` say how they were taken, and what eats the time where an aim is missed."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        assert len(cells) == len(self.columns), cells
        self.rows.append([shown(cell) for cell in cells])

    def text(self) -> str:
        """For a terminal."""
        lines = [list(map(str, row)) for row in (self.columns, *self.rows)]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        made = ["  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([f"\n{self.title}", *made, *self.notes])

    def markdown(self) -> str:
        """For docs/benchmarks.md."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
        return "\n\n".join([f"### {self.title}", table, *self.notes]) + "\n"


def shown(cell: object) -> object:
    """Three digits are all that such a figure is worth."""
    if not isinstance(cell, float):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def median_and_p95(seconds: Iterable[float]) -> tuple[float, float]:
    """Both in milliseconds."""
    values = sorted(seconds)
    return statistics.median(values) * 1000, percentile(values, 95) * 1000


def percentile(in_order: Sequence[float], percent: int) -> float:
    """The least of these at or below which so many per cent of them lie."""
    return in_order[max(0, -(-len(in_order) * percent // 100) - 1)]


def say(text: str) -> None:
    """Progress, which is no part of the result."""
    print(f"… {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Took:
    """Wall and processor seconds of one piece of work in this process."""

    wall: float
    cpu: float


@contextmanager
def timed(into: list[Took]) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append(Took(time.perf_counter() - wall, time.process_time() - cpu))


def machine() -> str:
    """The machine in one line: what a reader needs to compare ratios."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    software = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {cpu}, {memory} GiB memory, {software}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def load_now() -> str:
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


Measure = Callable[[argparse.Namespace], Iterable[Table]]


def command(measure: Measure, about: str | None, options: Callable[[argparse.ArgumentParser], None]) -> None:
    """The command line of one measure: print each table as soon as it is there, keep all for the summary."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path, help="keep the tables in this file (JSON), for the summary")
    options(parser)
    chosen = parser.parse_args()
    before, tables = load_now(), []
    for table in measure(chosen):
        print(table.text(), flush=True)
        tables.append(table)
    loads = f"load before {before}, after {load_now()}"
    print(f"\n{machine()}; {loads}")
    if chosen.save:
        chosen.save.write_text(json.dumps({"loads": loads, "tables": [asdict(table) for table in tables]}))


def on_databases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", action="append", choices=DATABASES, help="both, if not given")
