"""The provider in trouble, for all deliverers to see

Revision: 0023
Follows: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    channel = sa.Enum("sms", "voice", name="channel", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "provider_rest",
        sa.Column("channel", channel, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_provider_rest")),
    )


def downgrade() -> None:
    op.drop_table("provider_rest")
