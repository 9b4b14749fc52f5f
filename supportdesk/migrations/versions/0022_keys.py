"""Residents who chose to answer calls by key, and the calls that ask them

Revision: 0022
Follows: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("resident", "message"):
        op.add_column(table, sa.Column("keys", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for table in ("message", "resident"):
        op.drop_column(table, "keys")
