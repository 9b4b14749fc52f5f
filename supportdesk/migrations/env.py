from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from supportdesk.core.db import UTCDateTime, db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UTCDateTime):
        autogen_context.imports.add("from supportdesk.core.db import UTCDateTime")
        return "UTCDateTime()"
    return False


with current_app.app_context(), db.engine.connect() as connection:
    # SQLite alters a table by copying it, which foreign keys would forbid while rows point to it.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=render_item,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()
