"""`supportdesk import KIND FILE`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask_babel import force_locale

from ..core import clock, tally
from ..core.access import HOUSE
from ..core.db import transaction
from ..core.errors import Refusal
from ..core.table_files import Report, import_table
from ..lessons.import_views import IMPORTERS

ROWS_SHOWN = 200


def run_import(kind: str, path: Path | str, dry_run: bool, skip_bad_rows: bool) -> int:
    """Import a file inside an app context; prints what it did. 0 only when every row was taken (or would be)."""
    now = clock.now()
    try:
        with Path(path).open("rb") as file:
            report = import_table(
                file, IMPORTERS[kind](HOUSE, now), dry_run=dry_run, skip_bad_rows=skip_bad_rows, progress=_progress
            )
    except OSError as error:
        print(f"{path}: {error.strerror}")
        return 1
    except Refusal as refusal:
        print(f"{path}: {refusal.message % refusal.params}")
        return 1
    _count_my_numbers(report, clock.local_date(now))
    with force_locale("en"):  # some sentences speak of others, which find their language when they are said
        for row in report.refused[:ROWS_SHOWN]:
            print(f"line {row.line}{f', {row.column}' if row.column else ''}: {row.why.message % row.why.params}")
    if len(report.refused) > ROWS_SHOWN:
        print(f"… and {len(report.refused) - ROWS_SHOWN} more")
    print(
        f"{report.seen} rows ({report.encoding}): {report.added} added, {report.changed} changed, "
        f"{report.same} as before, {len(report.refused)} not taken"
    )
    if not report.written:
        print("Nothing was written." if not dry_run else "This was a dry run; nothing was written.")
    return 1 if report.refused else 0


def _progress(report: Report) -> None:
    if report.seen % 1000 == 0:
        print(f"{report.seen} rows …", flush=True)


def _count_my_numbers(report: Report, day: date) -> None:
    if report.my_numbers:
        with transaction():
            tally.count(tally.MY_NUMBER_TURNED_AWAY, day, report.my_numbers)
