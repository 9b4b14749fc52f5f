"""What a supporter gets: an address for the own calendar, calls about duties, and what the office pays

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PART = "fees"
OUTCOMES = ("talked", "answering-machine", "no-answer", "wrong-number", "handed-over")


def upgrade() -> None:
    op.create_table(
        "duty_feed",
        sa.Column("supporter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_duty_feed_supporter_id_supporter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("supporter_id", name=op.f("pk_duty_feed")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_duty_feed_key_hash")),
    )
    op.create_table(
        "duty_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(*OUTCOMES, name="personoutcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name=op.f("fk_duty_contact_lesson_id_lesson")),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_duty_contact_supporter_id_supporter")
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_duty_contact_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_contact")),
    )
    op.create_index(
        op.f("ix_duty_contact_lesson_id_duty_contact_supporter_id"), "duty_contact", ["lesson_id", "supporter_id"]
    )
    part = sa.table("office_part", sa.column("name", sa.String), sa.column("version", sa.Integer))
    op.bulk_insert(part, [{"name": PART, "version": 1}])


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM office_part WHERE name = 'fees'"))
    op.drop_index(op.f("ix_duty_contact_lesson_id_duty_contact_supporter_id"), "duty_contact")
    op.drop_table("duty_contact")
    op.drop_table("duty_feed")
