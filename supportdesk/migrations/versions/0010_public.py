"""From which state a lesson was cancelled: only what was public before is shown to the public as cancelled

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lesson", sa.Column("cancelled_from", sa.String(length=32), nullable=True))
    # Of older ones only this is sure: whoever has a seat in it had read of it somewhere.
    op.execute("UPDATE lesson SET cancelled_from = 'open' WHERE state = 'cancelled' AND seats_taken > 0")


def downgrade() -> None:
    op.drop_column("lesson", "cancelled_from")
