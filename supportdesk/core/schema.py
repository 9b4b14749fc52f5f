"""Which migration the database is at, and the way to the newest one.

Alembic is imported only where something is migrated: it costs a start 0.1 s and every process some 8 MB. The rest needs
two facts: the revision that the database names, and those that there are, which the names of the migrations' files tell
(`0007_calendar.py` is revision 0007; a house test holds the names against alembic's own reading).
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from .db import db

FOLDER = Path(__file__).parents[1] / "migrations"
_AT = sa.table("alembic_version", sa.column("version_num"))


def revision() -> str | None:
    """The revision of the database; None before the first migration."""
    connection = db.session.connection()
    if not sa.inspect(connection).has_table(_AT.name):
        return None
    found: str | None = connection.scalar(sa.select(_AT.c.version_num))
    return found


def revisions() -> list[str]:
    """All revisions that this version knows, the newest last."""
    return sorted(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def upgrade() -> None:
    """Bring the database to the newest revision."""
    import flask_migrate

    prepare_migrations()
    flask_migrate.upgrade()


def prepare_migrations() -> None:
    """Let Flask-Migrate's own functions work on this app."""
    import flask_migrate

    flask_migrate.Migrate(current_app, db, directory=str(FOLDER))
