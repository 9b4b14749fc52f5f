"""Reading tables from CSV files as offices have them, and importing them row by row with a report.

A file may be UTF-8 (with or without the mark at its beginning) or CP932 (what Excel in Japan saves as CSV), with any
line ends. It is read twice and never held in memory: once to learn its encoding, once for its rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from sqlalchemy.exc import DataError, IntegrityError

from .db import db, transaction
from .errors import Refusal
from .japan import my_number
from .japan.text import nfkc

CHUNK = 64 * 1024
# What Python's cp932 makes of the bytes 80 and FD to FF, which stand for nothing in Japan.
_NO_LETTER = re.compile("[\x80\uf8f0-\uf8f3]")
BLOCK = 200


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Column:
    """A column that is read: its name, what else it may be called, and how a cell is understood."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    read: Callable[[str], Any] = str


class Importer(Protocol):
    """One kind of row. `put` writes one with the room's own actions; the key is `external_id`."""

    @property
    def columns(self) -> Sequence[Column]: ...

    def put(self, row: dict[str, Any]) -> Outcome: ...


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken: its line in the file, the column at fault ("" for the whole row), and why."""

    line: int
    column: str
    why: Refusal


@dataclass
class Report:
    """What an import did, or would do."""

    seen: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    encoding: str = ""
    my_numbers: int = 0
    written: bool = False

    def note(self, outcome: Outcome) -> None:
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str]


class _NothingToKeep(Exception):
    """Rolls the import's transaction back."""


def import_table(
    file: BinaryIO,
    importer: Importer,
    *,
    dry_run: bool,
    skip_bad_rows: bool = False,
    progress: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Import a table. Opens its own transactions, as an edge does.

    All or nothing: one transaction over the whole file, so that the database itself judges row against row, and a
    run that is killed leaves nothing. With `skip_bad_rows` rows do not depend on each other; they are committed in
    blocks, so that a long import lets the desk write in between, and a killed run is simply run again.
    Raises Refusal when the file cannot be read as this table at all.
    """
    report = Report()
    rows = _rows(file, importer.columns, report)
    if skip_bad_rows and not dry_run:
        more = True
        while more:
            with transaction():
                more = _import_block(rows, importer, report)
            db.session.expunge_all()
            progress(report)
        report.written = True
        return report
    try:
        with transaction():
            while _import_block(rows, importer, report):
                db.session.expunge_all()
                progress(report)
            if dry_run or report.refused:
                raise _NothingToKeep
        report.written = True
    except _NothingToKeep:
        pass
    return report


def _import_block(
    rows: Iterator[tuple[int, dict[str, Any] | RefusedRow]], importer: Importer, report: Report
) -> bool:
    """Import up to BLOCK rows; False at the end of the file."""
    for _ in range(BLOCK):
        line, row = next(rows, (0, None))
        if row is None:
            return False
        report.seen += 1
        if isinstance(row, RefusedRow):
            report.refused.append(row)
            continue
        try:
            with db.session.begin_nested():
                outcome = importer.put(row)
            report.note(outcome)
        except Refusal as refusal:
            report.refused.append(RefusedRow(line, refusal.field or "", refusal))
        except (IntegrityError, DataError):
            report.refused.append(RefusedRow(line, "", Refusal("The database did not accept this row.")))
    db.session.flush()
    return True


def _rows(
    file: BinaryIO, columns: Sequence[Column], report: Report
) -> Iterator[tuple[int, dict[str, Any] | RefusedRow]]:
    """The file's rows as values, or why one cannot be read. Reads the header at once, before the first row is asked."""
    report.encoding = encoding_of(file)
    records = _records(io.TextIOWrapper(file, report.encoding, newline=""))
    places = _places(next(records, None), columns, report)
    return _read_rows(records, places, report)


def _read_rows(
    records: Iterator[_Record | RefusedRow], places: Mapping[int, Column], report: Report
) -> Iterator[tuple[int, dict[str, Any] | RefusedRow]]:
    width = max(places) + 1
    first_lines: dict[str, int] = {}
    for record in records:
        if isinstance(record, RefusedRow):
            yield record.line, record
            continue
        try:
            row = _values(record, places, width, report)
            key = row.get("external_id")
            if key in first_lines:
                raise Refusal(
                    "Line %(line)s has the same external_id.",
                    code="twice", field="external_id", line=first_lines[str(key)],
                )  # fmt: skip
            first_lines[str(key)] = record.line
            yield record.line, row
        except Refusal as refusal:
            yield record.line, RefusedRow(record.line, refusal.field or "", refusal)


def _values(record: _Record, places: Mapping[int, Column], width: int, report: Report) -> dict[str, Any]:
    if len(record.cells) < width:
        raise Refusal(
            "This line has only %(now)s columns instead of %(wanted)s. The file may have been cut off here.",
            code="line-cut", now=len(record.cells), wanted=width,
        )  # fmt: skip
    row: dict[str, Any] = {}
    for place, column in places.items():
        cell = record.cells[place]
        if "\0" in cell:
            raise Refusal("There is a NUL byte in this cell. The file is damaged.", code="nul", field=column.name)
        if my_number.contains_my_number(cell):
            report.my_numbers += 1
            raise Refusal(my_number.REFUSAL, code="my-number", field=column.name)
        if column.required and not cell.strip():
            raise Refusal("Please fill this in.", code="empty", field=column.name)
        try:
            row[column.name] = column.read(cell.strip())
        except Refusal as refusal:
            refusal.field = column.name
            raise
    return row


def _places(header: _Record | RefusedRow | None, columns: Sequence[Column], report: Report) -> dict[int, Column]:
    """Which column stands at which place. Raises Refusal for missing and double columns."""
    if not isinstance(header, _Record):
        raise header.why if header else Refusal("The file is empty.", code="empty-file")
    by_name = {name: column for column in columns for name in (column.name, *column.aliases)}
    places: dict[int, Column] = {}
    for place, cell in enumerate(header.cells):
        name = nfkc(cell).strip().lower().replace(" ", "_")
        column = by_name.get(name)
        if column is None:
            report.left_out.append(cell.strip()[:40])
        elif column in places.values():
            raise Refusal("The column %(column)s is there twice.", code="column-twice", column=column.name)
        else:
            places[place] = column
    missing = [column.name for column in columns if column.required and column not in places.values()]
    if missing:
        raise Refusal(
            "Columns are missing: %(columns)s. The first line must hold the names of the columns.",
            code="columns-missing", columns="、".join(missing),
        )  # fmt: skip
    return places


def _records(text: io.TextIOWrapper) -> Iterator[_Record | RefusedRow]:
    """The lines of the file in cells, each with the number of its first line; empty lines left out."""
    reader = csv.reader(text, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            text.detach()  # the file stays the caller's
            return
        except csv.Error:
            # Behind a quotation mark that is never closed nothing can be told apart any more.
            yield RefusedRow(
                line, "", Refusal("A quotation mark opened in this line is never closed, or stands in the wrong place. "
                                  "The file may have been cut off here.", code="quotes"),
            )  # fmt: skip
            text.detach()
            return
        if any(cell.strip() for cell in cells):
            yield _Record(line, cells)


def encoding_of(file: BinaryIO) -> str:
    """utf-8-sig or cp932; the file is left at its beginning. Raises Refusal for anything else, naming the line."""
    head = file.read(4)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head:
        raise Refusal(
            "This file is in UTF-16 or is no CSV file. In Excel, save it as “CSV UTF-8”.", code="utf-16"
        )
    if head.startswith(b"PK"):
        raise Refusal("This is an Excel file. In Excel, save it as “CSV UTF-8”.", code="excel")
    problem = _first_problem(file, "utf-8-sig")
    if problem is None:
        return "utf-8-sig"
    line, at_end = problem
    if not at_end:
        problem = _first_problem(file, "cp932")
        if problem is None:
            return "cp932"
        line, at_end = problem
    if at_end:
        raise Refusal("The file was cut off in the middle of a letter (line %(line)s).", code="file-cut", line=line)
    raise Refusal(
        "Line %(line)s is neither UTF-8 nor Shift_JIS. In Excel, save the file as “CSV UTF-8”.",
        code="encoding", line=line,
    )  # fmt: skip


def _first_problem(file: BinaryIO, encoding: str) -> tuple[int, bool] | None:
    """The line of the first byte that this encoding cannot read, and whether only the file's end is missing."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + chunk[: error.start].count(b"\n"), False
            odd = _NO_LETTER.search(text)
            if odd:
                return line + text[: odd.start()].count("\n"), False
            line += chunk.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line, True
        return None
    finally:
        file.seek(0)


# ---- how cells are understood

_YES = {"1", "true", "yes", "y", "○", "◯", "有", "あり", "はい"}
_NO = {"", "0", "false", "no", "n", "×", "無", "なし", "いいえ"}


def yes_or_no(cell: str) -> bool:
    """Raises Refusal."""
    word = nfkc(cell).lower()
    if word not in _YES | _NO:
        raise Refusal("Please write 1 for yes or 0 for no.", code="yes-or-no")
    return word in _YES


def number(cell: str) -> int | None:
    """A whole number of up to nine digits, None for an empty cell. Raises Refusal."""
    typed = nfkc(cell)
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 9:
        raise Refusal("Please write a whole number in digits.", code="not-a-number")
    return int(typed)


def several(cell: str) -> tuple[str, ...]:
    """The parts of a cell that are joined by |."""
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def external_id(cell: str) -> str:
    """The key for running the same file again. Raises Refusal when it is too long to be one."""
    if len(cell) > 60:
        raise Refusal("Please write at most %(most)s characters (now %(now)s).", most=60, now=len(cell))
    return cell

