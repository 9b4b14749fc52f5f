"""Who is in charge of requests and series, what was handed over from one person to another, and things of a series

Revision: 0017
Follows: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("prepared", "done", "withdrawn")
KINDS = ("request", "call-back", "person", "series", "duty", "regular-duty")
OUTCOMES = ("handed-over", "left", "opened")


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    for table in ("help_request", "series"):
        # One statement that both databases take; batch mode would copy the table and lose what hangs on it.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN in_charge_id INTEGER CONSTRAINT fk_{table}_in_charge_id_user_account "
            "REFERENCES user_account (id)"
        )
        op.create_index(op.f(f"ix_{table}_in_charge_id"), table, ["in_charge_id"])
    op.create_table(
        "series_thing",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_thing_series_id_series"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_series_thing_thing_id_thing")),
        sa.PrimaryKeyConstraint("series_id", "thing_id", name=op.f("pk_series_thing")),
    )
    op.create_index(op.f("ix_series_thing_thing_id"), "series_thing", ["thing_id"])
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("from_name", sa.String(length=80), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("to_name", sa.String(length=80), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", _words("handoverstate", STATES), nullable=False),
        sa.Column("prepared_at", UTCDateTime(), nullable=False),
        sa.Column("prepared_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_hand_over_two_people")),
        sa.ForeignKeyConstraint(["from_id"], ["user_account.id"], name=op.f("fk_hand_over_from_id_user_account")),
        sa.ForeignKeyConstraint(["to_id"], ["user_account.id"], name=op.f("fk_hand_over_to_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
    )
    op.create_index(op.f("ix_hand_over_to_id"), "hand_over", ["to_id"])
    op.create_index(op.f("ix_hand_over_from_id"), "hand_over", ["from_id"])
    op.create_index(
        "uq_hand_over_prepared",
        "hand_over",
        ["from_id"],
        unique=True,
        sqlite_where=sa.text("state = 'prepared'"),
        postgresql_where=sa.text("state = 'prepared'"),
    )
    op.create_table(
        "hand_over_item",
        sa.Column("hand_over_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", _words("itemkind", KINDS), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", _words("itemoutcome", OUTCOMES), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hand_over_id"], ["hand_over.id"], name=op.f("fk_hand_over_item_hand_over_id_hand_over")
        ),
        sa.PrimaryKeyConstraint("hand_over_id", "place", name=op.f("pk_hand_over_item")),
    )


def downgrade() -> None:
    op.drop_table("hand_over_item")
    op.drop_table("hand_over")
    op.drop_table("series_thing")
    for table in ("series", "help_request"):
        op.drop_index(op.f(f"ix_{table}_in_charge_id"), table_name=table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN in_charge_id")
