from __future__ import annotations

import subprocess
import sys
from datetime import date

import flask_migrate
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from supportdesk.core import clock, schema
from supportdesk.core.db import db, transaction
from supportdesk.core.japan.calendar import fiscal_year
from supportdesk.lessons.models import LessonSupporter
from supportdesk.people.models import Supporter
from tests import factories


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
    schema.prepare_migrations()
    flask_migrate.downgrade(revision="base")
    db.session.remove()
    assert schema.revision() is None
    db.session.remove()
    schema.upgrade()

    assert _differences() == []


def test_the_names_of_the_files_tell_the_revisions(app: Flask) -> None:
    scripts = ScriptDirectory(str(schema.FOLDER))

    chain = [script.revision for script in scripts.walk_revisions()]

    assert schema.revisions() == chain[::-1]
    assert schema.revision() == scripts.get_current_head()


def test_a_start_does_without_what_only_a_migration_needs() -> None:
    code = "import sys, supportdesk.cli.commands; sys.exit(any(m.startswith('alembic') for m in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_two_duties_at_once_from_before_anybody_forbade_them_do_not_stop_an_upgrade(app: Flask) -> None:
    lessons, helper = [factories.lesson().id for _ in range(2)], factories.supporter().id
    db.session.remove()
    schema.prepare_migrations()
    flask_migrate.downgrade(revision="0006")
    with db.engine.begin() as connection:
        for lesson in lessons:
            connection.exec_driver_sql(f"INSERT INTO lesson_supporter VALUES ({lesson}, {helper})")

    flask_migrate.upgrade()

    with transaction() as session:
        starts = session.scalars(sa.select(LessonSupporter.starts_at).order_by(LessonSupporter.lesson_id)).all()
    assert [start is not None for start in starts] == [True, False]


def test_whoever_serves_already_keeps_the_papers_of_the_running_year_at_an_upgrade(app: Flask) -> None:
    year = fiscal_year(clock.local_date(clock.now()))
    here, gone = factories.supporter(terms=[]).id, factories.supporter(terms=[], left_on=date(2020, 3, 31)).id
    db.session.remove()
    schema.prepare_migrations()
    flask_migrate.downgrade(revision="0011")

    flask_migrate.upgrade()

    with transaction() as session:
        one, other = session.get_one(Supporter, here), session.get_one(Supporter, gone)
        first = date(year, 4, 1)
        kept = [(term.fiscal_year, term.from_day, term.until_day, term.insured_on) for term in one.terms]
        assert kept == [(year, first, date(year + 1, 3, 31), first)]
        assert (one.pledged_on, other.pledged_on, other.terms) == (first, None, [])
