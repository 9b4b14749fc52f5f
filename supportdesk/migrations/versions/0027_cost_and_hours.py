"""What a message costs, when its turn is, when its receiver may be reached, and of what else it tells

Revision: 0027
Follows: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NONE, WHOLE_DAY = sa.text("0"), sa.text("1440")


def upgrade() -> None:
    op.add_column("message", sa.Column("sen", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("wished_at", UTCDateTime(), nullable=True))
    op.add_column("message", sa.Column("only_from", sa.Integer(), nullable=False, server_default=NONE))
    op.add_column("message", sa.Column("only_until", sa.Integer(), nullable=False, server_default=WHOLE_DAY))
    op.add_column("message", sa.Column("not_on", sa.Integer(), nullable=False, server_default=NONE))
    for name, length in (("contact_from", 5), ("contact_until", 5), ("contact_not_on", 7)):
        op.add_column("resident", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    # What is planned already keeps its time and counts as asked for then.
    op.execute("UPDATE message SET wished_at = due_at WHERE status = 'planned'")
    op.create_table(
        "message_also",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_also_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", "about", name=op.f("pk_message_also")),
    )
    op.create_index(op.f("ix_message_also_about"), "message_also", ["about"])


def downgrade() -> None:
    op.drop_table("message_also")
    for name in ("contact_not_on", "contact_until", "contact_from"):
        op.drop_column("resident", name)
    for name in ("not_on", "only_until", "only_from", "wished_at", "sen"):
        op.drop_column("message", name)
