"""What a message costs

Revision: 0019
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("sen", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "sen")
