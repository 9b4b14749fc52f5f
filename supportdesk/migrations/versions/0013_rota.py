"""How many supporters a lesson needs, who cannot come, and who was asked in vain

Revision: 0013
Follows: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supportdesk.core.db import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: SQLite would make the table anew, and lose its triggers.
    op.add_column("lesson", sa.Column("supporters_needed", sa.Integer(), nullable=True))
    op.create_table(
        "cannot_come",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.Column("told_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_cannot_come_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_cannot_come_supporter_id_supporter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cannot_come")),
    )
    op.create_index(
        op.f("ix_cannot_come_lesson_id_cannot_come_told_at"), "cannot_come", ["lesson_id", "told_at"]
    )
    op.create_index(op.f("ix_cannot_come_supporter_id"), "cannot_come", ["supporter_id"])
    op.create_table(
        "duty_declined",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_duty_declined_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_duty_declined_supporter_id_supporter")
        ),
        sa.PrimaryKeyConstraint("lesson_id", "supporter_id", "starts_at", name=op.f("pk_duty_declined")),
    )
    op.create_index(op.f("ix_duty_declined_supporter_id"), "duty_declined", ["supporter_id"])


def downgrade() -> None:
    op.drop_table("duty_declined")
    op.drop_table("cannot_come")
    op.drop_column("lesson", "supporters_needed")
