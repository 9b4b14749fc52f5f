"""Slots: consultations, times at the counter, visits; system days; who let somebody be squeezed in

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# By hand: SQLite adds a column with its check only so; made anew, `lesson` would lose its triggers.
COLUMNS = (
    """ALTER TABLE lesson ADD COLUMN kind VARCHAR(32) DEFAULT 'class' NOT NULL
       CONSTRAINT ck_lesson_lessonkind CHECK (kind IN ('class', 'consultation', 'counter', 'visit'))""",
    """ALTER TABLE lesson ADD COLUMN slot_day DATE
       CONSTRAINT ck_lesson_slot_day CHECK ((kind = 'class') = (slot_day IS NULL))""",
    """ALTER TABLE course ADD COLUMN counter_matter VARCHAR(32)
       CONSTRAINT ck_course_countermatter CHECK (counter_matter IN ('apply', 'collect', 'renew', 'pin', 'proxy'))""",
    "ALTER TABLE course ADD COLUMN owner VARCHAR(40) DEFAULT '' NOT NULL",
    "ALTER TABLE booking ADD COLUMN allowed_by VARCHAR(80) DEFAULT '' NOT NULL",
    """ALTER TABLE venue ADD COLUMN branch_id INTEGER
       CONSTRAINT fk_venue_branch_id_branch REFERENCES branch (id)""",
    "ALTER TABLE venue ADD COLUMN at_home BOOLEAN DEFAULT false NOT NULL",
)


def upgrade() -> None:
    for statement in (*COLUMNS, *_room_guard("AND {row}kind <> 'visit'")):
        op.execute(statement)
    op.create_index(op.f("ix_lesson_slot_day_lesson_room_id"), "lesson", ["slot_day", "room_id"])
    at_home = sa.text("at_home")
    op.create_index("uq_venue_at_home", "venue", ["at_home"], unique=True, sqlite_where=at_home, postgresql_where=at_home)
    op.create_table(
        "system_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_system_day")),
    )


def downgrade() -> None:
    for statement in _room_guard(""):
        op.execute(statement)
    op.drop_table("system_day")
    op.drop_index("uq_venue_at_home", "venue")
    op.drop_index(op.f("ix_lesson_slot_day_lesson_room_id"), "lesson")
    for table, column in (
        ("lesson", "slot_day"), ("lesson", "kind"), ("course", "counter_matter"), ("course", "owner"),
        ("booking", "allowed_by"), ("venue", "branch_id"), ("venue", "at_home"),
    ):  # fmt: skip
        op.drop_column(table, column)


def _room_guard(but: str) -> tuple[str, ...]:
    """What keeps two lessons out of one room (0002), with a condition more: a visit takes no room."""
    if op.get_bind().dialect.name == "postgresql":
        return (
            "ALTER TABLE lesson DROP CONSTRAINT ex_lesson_room",
            f"""ALTER TABLE lesson ADD CONSTRAINT ex_lesson_room EXCLUDE USING gist
                (int4range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
                WHERE (cancelled_at IS NULL {but.format(row="")})""",
        )
    overlap = f"""
        SELECT RAISE(ABORT, 'ex_lesson_room: the room is taken') WHERE EXISTS (
            SELECT 1 FROM lesson AS other
            WHERE other.room_id = NEW.room_id AND other.id <> NEW.id AND other.cancelled_at IS NULL
              AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at {but.format(row="other.")})"""
    columns = "room_id, starts_at, ends_at, cancelled_at" + (", kind" if but else "")
    return (
        "DROP TRIGGER lesson_room_insert",
        "DROP TRIGGER lesson_room_update",
        f"""CREATE TRIGGER lesson_room_insert AFTER INSERT ON lesson
            WHEN NEW.cancelled_at IS NULL {but.format(row="NEW.")} BEGIN {overlap}; END""",
        f"""CREATE TRIGGER lesson_room_update AFTER UPDATE OF {columns} ON lesson
            WHEN NEW.cancelled_at IS NULL {but.format(row="NEW.")} BEGIN {overlap}; END""",
    )
