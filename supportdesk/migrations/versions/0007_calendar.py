"""When venues are open, permits to use them, things taken along; no supporter and no thing in two places at once

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supportdesk.core.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What a lesson holds besides its room: the table of it, and its column there.
HELD = (("lesson_supporter", "supporter_id"), ("lesson_thing", "thing_id"))

VENUE_FLAGS = ("screen", "needs_permit", "closed_on_holidays")
COURSE_FLAGS = ("needs_wifi", "needs_screen")


def upgrade() -> None:
    _places()
    _lessons()
    op.execute(_FILL.format(table="lesson_supporter") + _FIRST_OF_TWO)
    held = [statement for table, column in HELD for statement in _guards(table, column)]
    for statement in held + _CARRY[op.get_bind().dialect.name]:
        op.execute(statement)


def _places() -> None:
    for name in VENUE_FLAGS:
        op.add_column("venue", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "venue_hours",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_venue_hours_hours")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_venue_hours_weekday")),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_venue_hours_venue_id_venue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("venue_id", "weekday", name=op.f("pk_venue_hours")),
    )
    op.create_table(
        "venue_day",
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_venue_day_hours")),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venue.id"], name=op.f("fk_venue_day_venue_id_venue"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("venue_id", "day", name=op.f("pk_venue_day")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("last >= first", name=op.f("ck_closure_days")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_closure_room_id_room")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_closure_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index(op.f("ix_closure_room_id"), "closure", ["room_id"])
    op.create_index(op.f("ix_closure_venue_id_closure_last"), "closure", ["venue_id", "last"])
    op.create_table(
        "permit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "provisional", "requested", "granted", "cancelled",
                name="permitstate", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("heating", sa.String(length=100), nullable=False),
        sa.Column("fee_waived", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= first", name=op.f("ck_permit_days")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_permit_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
        sa.UniqueConstraint("external_id", name=op.f("uq_permit_external_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_permit_room_id_permit_last"), "permit", ["room_id", "last"])
    op.create_index(op.f("ix_permit_state_permit_deadline"), "permit", ["state", "deadline"])
    op.create_table(
        "thing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column(
            "equipment",
            sa.Enum(
                "wifi", "screen", "loan_phone", "hearing_aid", "power", "other",
                name="equipment", native_enum=False, create_constraint=True, length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("kept_at", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("out_of_use_at", UTCDateTime(), nullable=True),
        sa.Column("out_of_use_reason", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thing")),
        sa.UniqueConstraint("external_id", name=op.f("uq_thing_external_id")),
        sa.UniqueConstraint("label", name=op.f("uq_thing_label")),
    )  # fmt: skip
    op.create_index(op.f("ix_thing_equipment"), "thing", ["equipment"])


def _lessons() -> None:
    for name in COURSE_FLAGS:
        op.add_column("course", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("course", sa.Column("needs_phones", sa.Integer(), nullable=False, server_default="0"))
    # Not in batch mode: SQLite would make the table anew, and lose its triggers.
    op.add_column("lesson", sa.Column("override_reason", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("lesson", sa.Column("overridden", sa.String(length=400), nullable=False, server_default=""))
    op.add_column("lesson_supporter", sa.Column("starts_at", UTCDateTime(), nullable=True))
    op.add_column("lesson_supporter", sa.Column("ends_at", UTCDateTime(), nullable=True))
    op.drop_index(op.f("ix_lesson_supporter_supporter_id"), "lesson_supporter")
    op.create_index(
        op.f("ix_lesson_supporter_supporter_id_lesson_supporter_starts_at"),
        "lesson_supporter",
        ["supporter_id", "starts_at"],
    )
    op.create_table(
        "lesson_thing",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=True),
        sa.Column("ends_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_thing_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_lesson_thing_thing_id_thing")),
        sa.PrimaryKeyConstraint("lesson_id", "thing_id", name=op.f("pk_lesson_thing")),
    )
    op.create_index(
        op.f("ix_lesson_thing_thing_id_lesson_thing_starts_at"), "lesson_thing", ["thing_id", "starts_at"]
    )


_FILL = """
    UPDATE {table} SET
        starts_at = (SELECT starts_at FROM lesson WHERE id = {table}.lesson_id AND cancelled_at IS NULL),
        ends_at = (SELECT ends_at FROM lesson WHERE id = {table}.lesson_id AND cancelled_at IS NULL)"""


# Of two duties at once that were written down before anybody forbade them, one keeps its times and the other has none
# until somebody changes that lesson: an upgrade must not stop at what a person has to decide.
_FIRST_OF_TWO = """
    WHERE NOT EXISTS (
        SELECT 1 FROM lesson_supporter AS other JOIN lesson AS theirs ON theirs.id = other.lesson_id
        JOIN lesson AS mine ON mine.id = lesson_supporter.lesson_id
        WHERE other.supporter_id = lesson_supporter.supporter_id AND other.lesson_id < lesson_supporter.lesson_id
          AND theirs.cancelled_at IS NULL AND theirs.starts_at < mine.ends_at AND theirs.ends_at > mine.starts_at)"""


def _guards(table: str, column: str) -> list[str]:
    """A constraint sees one table only, so each row carries the times of its lesson: copied when the row comes, and
    again whenever the lesson moves or is cancelled (then NULL, which frees what it held)."""
    if op.get_bind().dialect.name == "postgresql":
        return [
            # Locked, so that a lesson that is being moved just now is waited for, and copied as it is then.
            f"""CREATE FUNCTION {table}_times() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                SELECT starts_at, ends_at INTO NEW.starts_at, NEW.ends_at FROM lesson
                WHERE id = NEW.lesson_id AND cancelled_at IS NULL FOR SHARE;
                RETURN NEW; END $$""",
            f"""CREATE TRIGGER {table}_times BEFORE INSERT OR UPDATE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_times()""",
            f"""ALTER TABLE {table} ADD CONSTRAINT ex_{table} EXCLUDE USING gist
                (int4range({column}, {column}, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
                WHERE (starts_at IS NOT NULL)""",
        ]
    fill = f"{_FILL.format(table=table)} WHERE lesson_id = NEW.lesson_id AND {column} = NEW.{column}"
    return [
        f"CREATE TRIGGER {table}_insert AFTER INSERT ON {table} BEGIN {fill}; END",
        f"CREATE TRIGGER {table}_other AFTER UPDATE OF lesson_id, {column} ON {table} BEGIN {fill}; END",
        f"""CREATE TRIGGER {table}_clash AFTER UPDATE OF starts_at, ends_at ON {table}
            BEGIN SELECT RAISE(ABORT, 'ex_{table}: in two places at once') WHERE EXISTS (
                SELECT 1 FROM {table} AS other JOIN lesson AS theirs ON theirs.id = other.lesson_id
                JOIN lesson AS mine ON mine.id = NEW.lesson_id
                WHERE other.{column} = NEW.{column} AND other.lesson_id <> NEW.lesson_id
                  AND theirs.cancelled_at IS NULL AND mine.cancelled_at IS NULL
                  AND theirs.starts_at < mine.ends_at AND theirs.ends_at > mine.starts_at); END""",
    ]


_CARRY = {
    "postgresql": [
        """CREATE FUNCTION lesson_carries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           UPDATE lesson_supporter SET starts_at = NULL WHERE lesson_id = NEW.id;
           UPDATE lesson_thing SET starts_at = NULL WHERE lesson_id = NEW.id;
           RETURN NULL; END $$""",
        """CREATE TRIGGER lesson_carries AFTER UPDATE OF starts_at, ends_at, cancelled_at ON lesson
           FOR EACH ROW EXECUTE FUNCTION lesson_carries()""",
    ],
    "sqlite": [
        "CREATE TRIGGER lesson_carries AFTER UPDATE OF starts_at, ends_at, cancelled_at ON lesson BEGIN "
        + " ".join(f"{_FILL.format(table=table)} WHERE lesson_id = NEW.id;" for table, _ in HELD)
        + " END",
    ],
}


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER lesson_carries ON lesson" if postgresql else "DROP TRIGGER lesson_carries")
    for table, _ in HELD:
        if postgresql:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ex_{table}")
            op.execute(f"DROP TRIGGER {table}_times ON {table}")
            op.execute(f"DROP FUNCTION {table}_times")
        else:
            for name in ("insert", "other", "clash"):
                op.execute(f"DROP TRIGGER {table}_{name}")
    if postgresql:
        op.execute("DROP FUNCTION lesson_carries")
    op.drop_table("lesson_thing")
    op.drop_index(op.f("ix_lesson_supporter_supporter_id_lesson_supporter_starts_at"), "lesson_supporter")
    op.create_index(op.f("ix_lesson_supporter_supporter_id"), "lesson_supporter", ["supporter_id"])
    for table, columns in (
        ("lesson_supporter", ("ends_at", "starts_at")),
        ("lesson", ("overridden", "override_reason")),
        ("course", ("needs_phones", *COURSE_FLAGS)),
        ("venue", VENUE_FLAGS),
    ):
        for column in columns:
            op.drop_column(table, column)
    for table in ("thing", "permit", "closure", "venue_day", "venue_hours"):
        op.drop_table(table)
