"""Messages in the order in which they were planned

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_message_created_at_message_id"), "message", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_created_at_message_id"), table_name="message")
