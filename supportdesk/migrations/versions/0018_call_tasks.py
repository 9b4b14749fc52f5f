"""Calls that somebody on duty makes, and what residents answer about their bookings

Revision: 0018
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = ("wish", "reply", "correction", "by-hand")
ENDS = ("talked", "wrong-number", "not-needed", "over")
ANSWERS = ("will-come", "cannot-come")
WAYS = ("key", "rang-us")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "call_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("kind", _words("calltaskkind", KINDS), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.Column("end", _words("calltaskend", ENDS), nullable=True),
        sa.Column("end_note", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_call_task_booking_id_booking")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_call_task_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_task")),
        sa.UniqueConstraint("origin", name=op.f("uq_call_task_origin")),
    )
    op.create_index(op.f("ix_call_task_booking_id"), "call_task", ["booking_id"])
    op.create_index(op.f("ix_call_task_resident_id"), "call_task", ["resident_id"])
    op.create_index(op.f("ix_call_task_ended_at_call_task_due_at"), "call_task", ["ended_at", "due_at"])
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("answerkind", ANSWERS), nullable=False),
        sa.Column("how", _words("answeredby", WAYS), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_answer_booking_id_booking")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("origin", name=op.f("uq_answer_origin")),
    )
    op.create_index(op.f("ix_answer_booking_id"), "answer", ["booking_id"])


def downgrade() -> None:
    op.drop_table("answer")
    op.drop_table("call_task")
