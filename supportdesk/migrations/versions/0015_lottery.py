"""Lessons given by lot: entries, the draw and its list; and what was decided below the least number

Revision: 0015
Follows: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With their checks in one statement, as in 0008: a copy of the table would leave its triggers behind.
    instant = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute(
        "ALTER TABLE lesson ADD COLUMN admission VARCHAR(32) DEFAULT 'first-come' NOT NULL "
        "CONSTRAINT ck_lesson_admission CHECK (admission IN ('first-come', 'lottery'))"
    )
    op.add_column(
        "lesson", sa.Column("first_timers_first", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(
        f"ALTER TABLE lesson ADD COLUMN drawn_at {instant} CONSTRAINT ck_lesson_drawn "
        "CHECK (drawn_at IS NULL OR admission = 'lottery')"
    )
    op.add_column("waiting", sa.Column("entered", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("waiting", sa.Column("override_reason", sa.String(length=200), server_default="", nullable=False))
    op.create_table(
        "draw",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("first_timers_first", sa.Boolean(), nullable=False),
        sa.Column("drawn_at", UTCDateTime(), nullable=False),
        sa.Column("drawn_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_draw_lesson_id_lesson")),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_draw")),
    )
    op.create_table(
        "drawn_entry",
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("first_timers", sa.Boolean(), nullable=False),
        sa.Column("won", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=True),
        sa.Column("told_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_drawn_entry_seats")),
        sa.ForeignKeyConstraint(["lesson_id"], ["draw.lesson_id"], name=op.f("fk_drawn_entry_lesson_id_draw")),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name=op.f("fk_drawn_entry_waiting_id_waiting")),
        sa.PrimaryKeyConstraint("waiting_id", name=op.f("pk_drawn_entry")),
        sa.UniqueConstraint("lesson_id", "number", name=op.f("uq_drawn_entry_lesson_id_number")),
        sa.UniqueConstraint("lesson_id", "rank", name=op.f("uq_drawn_entry_lesson_id_rank")),
    )
    op.create_table(
        "least_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("hold", "extend", name="leastanswer", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("asked_for", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_least_decision_lesson_id_lesson")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_least_decision")),
    )
    op.create_index(op.f("ix_least_decision_lesson_id"), "least_decision", ["lesson_id"])


def downgrade() -> None:
    for table in ("least_decision", "drawn_entry", "draw"):
        op.drop_table(table)
    for table, columns in (
        ("waiting", ("override_reason", "entered")),
        ("lesson", ("drawn_at", "first_timers_first", "admission")),
    ):
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
