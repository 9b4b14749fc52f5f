from __future__ import annotations

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from supportdesk.core.db import db


def _differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def test_models_and_migrations_say_the_same(app: Flask) -> None:
    assert _differences() == []


def test_the_comparison_sees_a_column_that_no_migration_made(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE topic ADD COLUMN stray INTEGER")

    assert "stray" in str(_differences())


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    flask_migrate.downgrade(revision="base")
    flask_migrate.upgrade()

    assert _differences() == []
