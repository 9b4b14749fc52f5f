"""Changes of lessons that residents are told of, and who released them

Revision: 0016
Follows: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("released_at", UTCDateTime(), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("(released_at IS NULL) = (released_by = '')", name=op.f("ck_change_released")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    op.create_table(
        "changed_lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("last_booking_id", sa.Integer(), nullable=False),
        sa.Column("from_starts_at", UTCDateTime(), nullable=False),
        sa.Column("from_venue_id", sa.Integer(), nullable=False),
        sa.Column("from_cancelled", sa.Boolean(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("alternative_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["change.id"], name=op.f("fk_changed_lesson_change_id_change")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_changed_lesson_lesson_id_lesson")),
        sa.ForeignKeyConstraint(["from_venue_id"], ["venue.id"], name=op.f("fk_changed_lesson_from_venue_id_venue")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_changed_lesson_venue_id_venue")),
        sa.ForeignKeyConstraint(
            ["alternative_id"], ["lesson.id"], name=op.f("fk_changed_lesson_alternative_id_lesson")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_lesson")),
        sa.UniqueConstraint("change_id", "lesson_id", name=op.f("uq_changed_lesson_change_id_lesson_id")),
    )
    op.create_index(op.f("ix_changed_lesson_lesson_id"), "changed_lesson", ["lesson_id"])
    op.create_table(
        "transport_settled",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("changed_lesson_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_transport_settled_booking_id_booking")),
        sa.ForeignKeyConstraint(
            ["changed_lesson_id"], ["changed_lesson.id"],
            name=op.f("fk_transport_settled_changed_lesson_id_changed_lesson"),
        ),
        sa.PrimaryKeyConstraint("booking_id", "changed_lesson_id", name=op.f("pk_transport_settled")),
    )  # fmt: skip
    op.add_column("waiting", sa.Column("over_told_at", UTCDateTime(), nullable=True))
    op.add_column("waiting", sa.Column("over_told_by", sa.String(length=80), nullable=False, server_default=""))
    _write_down_what_was_cancelled_before()


def _write_down_what_was_cancelled_before() -> None:
    """Lessons cancelled by an earlier version, so that those booked can be told by a release too."""
    bind = op.get_bind()
    change, changed = (
        sa.table("change", *map(sa.column, ("id", "reason", "made_at", "made_by", "released_by"))),
        sa.table(
            "changed_lesson",
            *map(sa.column, (
                "change_id", "lesson_id", "at", "last_booking_id", "from_starts_at", "from_venue_id", "from_cancelled",
                "starts_at", "venue_id", "cancelled",
            )),
        ),
    )  # fmt: skip
    cancelled = bind.execute(
        sa.text(
            "SELECT lesson.id, cancelled_at, cancelled_by, cancel_reason, starts_at, venue_id, "
            "(SELECT max(booking.id) FROM booking WHERE lesson_id = lesson.id AND booking.cancelled_at IS NULL) AS last"
            " FROM lesson WHERE cancelled_at IS NOT NULL AND seats_taken > 0 ORDER BY lesson.id"
        )
    ).all()
    for row in cancelled:
        if row.last is None:
            continue
        made = sa.insert(change).values(
            reason=row.cancel_reason, made_at=row.cancelled_at, made_by=row.cancelled_by, released_by=""
        )
        change_id = bind.scalar(made.returning(change.c.id))
        bind.execute(
            sa.insert(changed).values(
                change_id=change_id, lesson_id=row.id, at=row.cancelled_at, last_booking_id=row.last,
                from_starts_at=row.starts_at, from_venue_id=row.venue_id, from_cancelled=False,
                starts_at=row.starts_at, venue_id=row.venue_id, cancelled=True,
            )
        )  # fmt: skip


def downgrade() -> None:
    op.drop_column("waiting", "over_told_by")
    op.drop_column("waiting", "over_told_at")
    op.drop_table("transport_settled")
    op.drop_index(op.f("ix_changed_lesson_lesson_id"), table_name="changed_lesson")
    op.drop_table("changed_lesson")
    op.drop_table("change")
