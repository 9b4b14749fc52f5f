"""A call task may ask whether all is well with somebody who did not come

Revision: 0028
Follows: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BEFORE = ("wish", "reply", "correction", "by-hand")
KINDS = ("wish", "reply", "correction", "follow-up", "by-hand")
ENDS = ("talked", "wrong-number", "not-needed", "over")
INDEXES = {
    "ix_call_task_booking_id": ["booking_id"],
    "ix_call_task_resident_id": ["resident_id"],
    "ix_call_task_ended_at_call_task_due_at": ["ended_at", "due_at"],
}
COLUMNS = (
    "id, origin, kind, resident_id, booking_id, number, note, due_at, tries, taken_by, taken_at, created_at, "
    "created_by, ended_at, ended_by, \"end\", end_note, version"
)


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _kinds(kinds: tuple[str, ...]) -> None:
    """Take these kinds. SQLite cannot change a CHECK: the table is written anew, on which nothing hangs."""
    if op.get_bind().dialect.name != "sqlite":
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        op.execute("ALTER TABLE call_task DROP CONSTRAINT ck_call_task_calltaskkind")
        op.execute(f"ALTER TABLE call_task ADD CONSTRAINT ck_call_task_calltaskkind CHECK (kind IN ({listed}))")
        return
    op.rename_table("call_task", "call_task_before")
    for name in INDEXES:
        op.drop_index(op.f(name), table_name="call_task_before")
    op.create_table(
        "call_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("kind", _words("calltaskkind", kinds), nullable=False),
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
    for name, columns in INDEXES.items():
        op.create_index(op.f(name), "call_task", columns)
    op.execute(f"INSERT INTO call_task ({COLUMNS}) SELECT {COLUMNS} FROM call_task_before")
    op.drop_table("call_task_before")


def upgrade() -> None:
    _kinds(KINDS)


def downgrade() -> None:
    op.execute("UPDATE call_task SET kind = 'by-hand' WHERE kind = 'follow-up'")
    _kinds(BEFORE)
