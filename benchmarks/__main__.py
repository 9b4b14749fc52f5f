"""All measures, one after the other, each in a process of its own; then docs/benchmarks.md is written anew. If some are
named, only their parts of it are."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from .harness import Table, machine, say

MEASURES = (
    "booking", "help_requests", "search", "day_sheet", "pages", "reminders", "callbacks", "mass_sending", "footprint",
    "servers",
)  # fmt: skip
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
# Below it the page is kept: what the figures mean, written by a person.
BY_HAND = "<!-- Below: written by hand, kept by `make bench`. -->"


def main() -> int:
    """Run them and write the page. 1 if a measure failed; its place in the page says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"{', '.join(MEASURES)}; all, if not given")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file to write")
    chosen = parser.parse_args()
    if unknown := set(chosen.measures) - set(MEASURES):
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    before = chosen.page.read_text(encoding="utf-8") if chosen.page.exists() else BY_HAND + "\n"
    parts, failed, begun = _parts(before), [], time.monotonic()
    for number, name in enumerate(names := chosen.measures or MEASURES, start=1):
        say(f"{number} of {len(names)}: {name} ({time.monotonic() - begun:.0f} s so far)")
        part = _run(name)
        failed += [] if part else [name]
        parts[name] = part or f"## {_title(name)}\n\nIt failed.\n"
    shown = [parts[name] for name in MEASURES if name in parts]
    chosen.page.write_text("\n".join([_head(), *shown, BY_HAND]) + before.partition(BY_HAND)[2], encoding="utf-8")
    print(f"{chosen.page} is written, after {time.monotonic() - begun:.0f} s.")
    if failed:
        print(f"These failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _parts(page: str) -> dict[str, str]:
    """The parts that a page has already, by their measures."""
    found = {}
    for part in page.partition(BY_HAND)[0].split("\n## ")[1:]:
        title = part.partition("\n")[0]
        found |= {name: "## " + part.rstrip("\n") + "\n" for name in MEASURES if _title(name) == title}
    return found


def _run(name: str) -> str | None:
    """One measure's part of the page, or None."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "tables.json"
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", "--save", str(kept)], check=False)
        if done.returncode or not kept.exists():
            return None
        found = json.loads(kept.read_text(encoding="utf-8"))
    tables = "\n".join(Table(**table).markdown() for table in found["tables"])
    about = (import_module(f"benchmarks.{name}").__doc__ or "").partition("\n")[2].strip()
    taken = f"{found['loads']}; {time.monotonic() - begun:.0f} s; {_when()}."
    lines = [f"## {_title(name)}", about, f"{tables}\n{taken}\n"]
    return "\n\n".join(line for line in lines if line)


def _title(name: str) -> str:
    return (import_module(f"benchmarks.{name}").__doc__ or name).partition("\n")[0].rstrip(".")


def _head() -> str:
    return f"""# Measures

Written by `make bench`; the last line of each part says at which commit, when, and beside what load it was taken.
{machine()}.

Every measure takes the machine's own limit in the same run: ratios can be compared between machines, absolute figures
cannot. Load clients are processes outside the server, on the same cores. “Load” is the machine's load average.
"""


def _when() -> str:
    commit = _git("rev-parse", "--short", "HEAD")
    changed = " with changes that are not committed" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return f"commit `{commit}`{changed}, {datetime.now(UTC):%d %B %Y, %H:%M} UTC"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True, cwd=PAGE.parent).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
