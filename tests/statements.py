"""What an act asks of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from supportdesk.core.db import db


@contextmanager
def noted() -> Iterator[list[str]]:
    """Every statement from here on, but what begins a transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def count_queries(act: Callable[[], object]) -> int:
    """How many SELECT an act takes."""
    with noted() as seen:
        act()
    return len([statement for statement in seen if statement.startswith("SELECT")])
