"""Districts and topics can be edited and taken out of use, and the words of messages are the office's own

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supportdesk.core.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LISTS = ("district", "topic")


def upgrade() -> None:
    for table in LISTS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("retired_at", UTCDateTime()))
            batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("topic") as batch:
        batch.add_column(sa.Column("proposed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "wording",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wording")),
    )


def downgrade() -> None:
    op.drop_table("wording")
    with op.batch_alter_table("topic") as batch:
        batch.drop_column("proposed")
    for table in LISTS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("version")
            batch.drop_column("retired_at")
