"""Adding and editing rows: texts that fit their columns, and the second of two editors."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa

from .db import Base, db
from .errors import ChangedMeanwhile, NotFound, Refusal
from .japan.text import clean_line, clean_text

Row = TypeVar("Row", bound=Base)


def fitting(model: type[Base], values: Mapping[str, Any], *, needed: Collection[str] = ()) -> dict[str, Any]:
    """The values as they are stored: texts cleaned, none longer than its column, those `needed` not empty.

    SQLite cuts nothing and PostgreSQL fails with an error of its own, so the length is asked here for both.
    Raises Refusal with the field's name.
    """
    columns = sa.inspect(model).columns
    kept: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            kind = columns[name].type
            value = clean_text(value) if isinstance(kind, sa.Text) else clean_line(value)
            most = getattr(kind, "length", None)
            if most is not None and len(value) > most:
                raise Refusal(
                    "Please write at most %(most)s characters (now %(now)s).",
                    code="too-long", field=name, most=most, now=len(value),
                )  # fmt: skip
        if name in needed and value in (None, ""):
            raise Refusal("Please fill this in.", code="empty", field=name)
        kept[name] = value
    return kept


def for_editing(model: type[Row], key: Any, version: int) -> Row:
    """The row as it stands, locked against others until this transaction ends.

    Raises NotFound, and ChangedMeanwhile when it is no longer the version that the editor saw. Locked, since without
    it two editors on PostgreSQL would both read the same version and the second would fail at the flush.
    """
    row = db.session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("This entry does not exist.")
    if row.version != version:  # type: ignore[attr-defined]
        raise ChangedMeanwhile(version=row.version)  # type: ignore[attr-defined]
    return row


def apply(row: Base, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs; gives [before, after] of each for the history."""
    changed: dict[str, list[Any]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changed[name] = [before, value]
    return changed


@contextlib.contextmanager
def at_field(name: str) -> Iterator[None]:
    """A refusal from inside belongs to this field."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = refusal.field or name
        raise
