"""The waiting list: parties in the order of joining, offers, and the seats that offers keep

Revision: 0008
Follows: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BOOKED_BY = ("self", "family", "supporter", "staff")
CHANNELS = ("phone", "counter", "paper", "class", "home", "other")
ENDS = ("booked", "declined", "expired", "not-reached", "taken-out", "contact-stopped", "lesson-over")
STATES = ("standing", "accepted", "declined", "expired", "not-reached", "withdrawn")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    # Added with their checks in one statement that both databases take: a copy of the table, as batch mode makes for a
    # new check on SQLite, would leave the triggers behind that keep two lessons out of one room.
    op.execute(
        "ALTER TABLE lesson ADD COLUMN seats_offered INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_lesson_offered "
        "CHECK (seats_offered >= 0 AND seats_taken + seats_held + seats_offered <= seats)"
    )
    op.execute(
        "ALTER TABLE lesson ADD COLUMN waiting INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_lesson_waiting "
        "CHECK (waiting >= 0)"
    )
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("companions", sa.Integer(), nullable=False),
        sa.Column("booked_by", _words("bookedby", BOOKED_BY), nullable=False),
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("channel", _words("bookingchannel", CHANNELS), nullable=False),
        sa.Column("text_wished", sa.Boolean(), nullable=False),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("joined_by", sa.String(length=80), nullable=False),
        sa.Column("moved_up_at", UTCDateTime(), nullable=True),
        sa.Column("moved_up_by", sa.String(length=80), nullable=False),
        sa.Column("moved_up_reason", sa.String(length=200), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.Column("ended_how", _words("waitend", ENDS), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("companions >= 0", name=op.f("ck_waiting_companions")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_waiting_ended")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_waiting_lesson_id_lesson")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        sa.UniqueConstraint("external_id", name=op.f("uq_waiting_external_id")),
        sa.UniqueConstraint("lesson_id", "place", name=op.f("uq_waiting_lesson_id_place")),
        sa.UniqueConstraint("party", name=op.f("uq_waiting_party")),
    )
    op.create_index(op.f("ix_waiting_ended_at"), "waiting", ["ended_at"])
    op.create_index(op.f("ix_waiting_lesson_id"), "waiting", ["lesson_id"])
    op.create_table(
        "waiting_member",
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offered_at", UTCDateTime(), nullable=True),
        sa.Column("left_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_waiting_member_lesson_id_lesson")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_waiting_member_resident_id_resident")),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name=op.f("fk_waiting_member_waiting_id_waiting")),
        sa.PrimaryKeyConstraint("waiting_id", "resident_id", name=op.f("pk_waiting_member")),
    )
    op.create_index(op.f("ix_waiting_member_resident_id"), "waiting_member", ["resident_id"])
    for name, condition in (("active", "left_at IS NULL"), ("offered", "offered_at IS NOT NULL")):
        op.create_index(
            f"uq_waiting_member_{name}",
            "waiting_member",
            ["lesson_id", "resident_id"],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("state", _words("offerstate", STATES), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_offer_seats")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_offer_lesson_id_lesson")),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name=op.f("fk_offer_waiting_id_waiting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("waiting_id", name=op.f("uq_offer_waiting_id")),
    )
    op.create_index(op.f("ix_offer_lesson_id"), "offer", ["lesson_id"])
    op.create_index(op.f("ix_offer_state_offer_until"), "offer", ["state", "until"])


def downgrade() -> None:
    op.drop_table("offer")
    op.drop_table("waiting_member")
    op.drop_table("waiting")
    for column in ("waiting", "seats_offered"):
        op.execute(f"ALTER TABLE lesson DROP COLUMN {column}")
