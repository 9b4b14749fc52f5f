"""The office's settings in the browser: versions of their parts, branches, and what the caps count by

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PARTS = ("caps", "name", "steps", "windows")


def upgrade() -> None:
    part = op.create_table(
        "office_part",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_office_part")),
    )
    op.bulk_insert(part, [{"name": name, "version": 1} for name in PARTS])
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("telephone", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("landmark", sa.String(length=60), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sa.UniqueConstraint("name", name=op.f("uq_branch_name")),
    )
    op.create_index(op.f("ix_message_number_message_claimed_at"), "message", ["number", "claimed_at"])
    op.create_index(op.f("ix_message_claimed_at_message_status"), "message", ["claimed_at", "status"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_claimed_at_message_status"), "message")
    op.drop_index(op.f("ix_message_number_message_claimed_at"), "message")
    op.drop_table("branch")
    op.drop_table("office_part")
