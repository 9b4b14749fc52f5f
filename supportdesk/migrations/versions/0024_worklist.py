"""Numbers found to be wrong, who has taken an item of the work list, and what was closed when it was over

Revision: 0024
Follows: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ANSWERS = ("will-come", "cannot-come")
WAYS_BEFORE = ("key", "rang-us")
WAYS = (*WAYS_BEFORE, "person")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _answers(ways: tuple[str, ...]) -> None:
    """Take these ways of answering. SQLite cannot change a CHECK: the table is written anew, on which nothing hangs."""
    if op.get_bind().dialect.name != "sqlite":
        listed = ", ".join(f"'{way}'" for way in ways)
        op.execute("ALTER TABLE answer DROP CONSTRAINT ck_answer_answeredby")
        op.execute(f"ALTER TABLE answer ADD CONSTRAINT ck_answer_answeredby CHECK (how IN ({listed}))")
        return
    op.rename_table("answer", "answer_before")
    op.drop_index(op.f("ix_answer_booking_id"), table_name="answer_before")
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("answerkind", ANSWERS), nullable=False),
        sa.Column("how", _words("answeredby", ways), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_answer_booking_id_booking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("origin", name=op.f("uq_answer_origin")),
    )
    op.create_index(op.f("ix_answer_booking_id"), "answer", ["booking_id"])
    op.execute("INSERT INTO answer SELECT id, origin, booking_id, kind, how, starts_at, at FROM answer_before")
    op.drop_table("answer_before")


def upgrade() -> None:
    _answers(WAYS)
    op.add_column("telephone", sa.Column("wrong_since", UTCDateTime(), nullable=True))
    op.add_column("telephone", sa.Column("wrong_by", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("message", sa.Column("not_in_list_at", UTCDateTime(), nullable=True))
    op.create_table(
        "work_taken",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_work_taken")),
    )
    op.create_table(
        "work_closed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_closed")),
        sa.UniqueConstraint("key", "starts_at", name=op.f("uq_work_closed_key_starts_at")),
    )
    op.create_index(op.f("ix_work_closed_starts_at"), "work_closed", ["starts_at"])
    op.create_index(op.f("ix_work_closed_at_work_closed_id"), "work_closed", ["at", "id"])


def downgrade() -> None:
    op.drop_table("work_closed")
    op.drop_table("work_taken")
    op.drop_column("message", "not_in_list_at")
    op.drop_column("telephone", "wrong_by")
    op.drop_column("telephone", "wrong_since")
    op.execute("DELETE FROM answer WHERE how = 'person'")
    _answers(WAYS_BEFORE)
