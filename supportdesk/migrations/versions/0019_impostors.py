"""Reports of impostors, and from which number or name each message went out

Revision: 0019
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STORIES = ("refund", "card", "money", "visit", "keys", "text", "other")


def upgrade() -> None:
    op.add_column("message", sa.Column("sender", sa.String(length=40), nullable=True))
    op.create_table(
        "impostor_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("number_shown", sa.String(length=25), nullable=False),
        sa.Column(
            "story", sa.Enum(*STORIES, name="story", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("gave", sa.Boolean(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("seen_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_impostor_report_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impostor_report")),
        sa.UniqueConstraint("external_id", name=op.f("uq_impostor_report_external_id")),
    )
    op.create_index(op.f("ix_impostor_report_happened_at"), "impostor_report", ["happened_at"])
    op.create_index(op.f("ix_impostor_report_resident_id"), "impostor_report", ["resident_id"])


def downgrade() -> None:
    op.drop_table("impostor_report")
    op.drop_column("message", "sender")
