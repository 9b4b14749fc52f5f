"""Calls and texts that come in, and booking numbers that can be typed on a telephone

Revision: 0026
Follows: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core import chance
from supportdesk.core.db import UTCDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STEPS = (
    "menu", "menu-closed", "number", "booking", "sure", "telephone", "put-through", "talked", "will-come", "cancelled",
    "kept", "wished", "busy", "hours", "gone-cancelled", "gone-over", "gone-called-off",
)  # fmt: skip
MEANINGS = ("stop", "start", "yes", "no", "other")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.add_column("booking", sa.Column("number", sa.String(length=8), nullable=False, server_default=""))
    _number_all()
    op.create_index("uq_booking_number", "booking", ["number"], unique=True)
    op.create_table(
        "inbound_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("step", _words("inboundstep", STEPS), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("slips", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_inbound_call_booking_id_booking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_call")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_call_sid")),
    )
    op.create_index(op.f("ix_inbound_call_booking_id"), "inbound_call", ["booking_id"])
    op.create_index(op.f("ix_inbound_call_number_inbound_call_began_at"), "inbound_call", ["number", "began_at"])
    op.create_index(op.f("ix_inbound_call_began_at_inbound_call_id"), "inbound_call", ["began_at", "id"])
    op.create_table(
        "inbound_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("meaning", _words("inboundmeaning", MEANINGS), nullable=False),
        sa.Column("held_my_number", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_text")),
        sa.UniqueConstraint("sid", name=op.f("uq_inbound_text_sid")),
    )
    op.create_index(op.f("ix_inbound_text_number_inbound_text_at"), "inbound_text", ["number", "at"])
    op.create_index(op.f("ix_inbound_text_at_inbound_text_id"), "inbound_text", ["at", "id"])


def _number_all() -> None:
    """Give every booking that is there a number of its own."""
    booking = sa.table("booking", sa.column("id", sa.Integer), sa.column("number", sa.String))
    ids = list(op.get_bind().scalars(sa.select(booking.c.id)))
    numbers: set[str] = set()
    while len(numbers) < len(ids):
        numbers.add(chance.booking_number())
    if ids:
        op.get_bind().execute(
            sa.update(booking).where(booking.c.id == sa.bindparam("row")).values(number=sa.bindparam("new")),
            [{"row": row, "new": number} for row, number in zip(ids, numbers, strict=True)],
        )


def downgrade() -> None:
    op.drop_table("inbound_text")
    op.drop_table("inbound_call")
    op.drop_index("uq_booking_number", "booking")
    op.drop_column("booking", "number")
