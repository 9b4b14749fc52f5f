"""The practice telephone grown up: calls that ask and come in, troubles, delays; and tries of a telephone (連絡テスト)

Revision: 0020
Follows: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OLD_BEHAVIOURS = ("normal", "off", "not-in-use", "refuses-texts", "opted-out", "loses-answers", "loses-news")
BEHAVIOURS = (
    "normal", "off", "not-in-use", "refuses-texts", "opted-out", "landline", "blocked", "unknown-handset", "busy",
    "no-answer", "machine", "machine-beep", "loses-answers", "loses-news",
)  # fmt: skip
TROUBLES = ("none", "broken", "silent", "gone", "busy", "credentials")
OUTCOMES = ("registered", "did-not-arrive", "not-tried")
NEW_COLUMNS = (
    "inbound BOOLEAN DEFAULT FALSE NOT NULL",
    "twiml_url VARCHAR(300)",
    "place INTEGER DEFAULT 0 NOT NULL",
    "entered VARCHAR(32) DEFAULT '' NOT NULL",
    "heard JSON DEFAULT '[]' NOT NULL",
    "delay INTEGER DEFAULT 0 NOT NULL",
)


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _make_lines(behaviours: tuple[str, ...], *more: sa.Column[object]) -> None:
    op.create_table(
        "practice_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("behaviour", _words("linebehaviour", behaviours), nullable=False),
        *more,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_line")),
        sa.UniqueConstraint("number", name=op.f("uq_practice_line_number")),
    )


def upgrade() -> None:
    for column in NEW_COLUMNS:
        op.execute(f"ALTER TABLE practice_exchange ADD COLUMN {column}")
    # Drawn telephones are drawn anew by the next tick; only how one of them misbehaved is forgotten.
    op.drop_table("practice_line")
    _make_lines(
        BEHAVIOURS,
        sa.Column("delay", sa.Integer(), nullable=False),
        sa.Column("news_at", UTCDateTime(), nullable=True),
    )
    op.create_index(op.f("ix_practice_line_news_at"), "practice_line", ["news_at"])
    op.create_table(
        "practice_provider",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("trouble", _words("providertrouble", TROUBLES), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_provider")),
    )
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("telephone_id", sa.Integer(), nullable=False),
        sa.Column("by_text", sa.Boolean(), nullable=False),
        sa.Column("by_call", sa.Boolean(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=80), nullable=False),
        sa.Column("outcome", _words("trialoutcome", OUTCOMES), nullable=True),
        sa.Column("noted_at", UTCDateTime(), nullable=True),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("by_text OR by_call", name=op.f("ck_trial_some_way")),
        sa.CheckConstraint("(outcome IS NULL) = (noted_at IS NULL)", name=op.f("ck_trial_noted")),
        sa.ForeignKeyConstraint(
            ["telephone_id"], ["telephone.id"], name=op.f("fk_trial_telephone_id_telephone"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
    )
    op.create_index(op.f("ix_trial_telephone_id_trial_id"), "trial", ["telephone_id", "id"])
    op.create_index(
        "uq_trial_open",
        "trial",
        ["telephone_id"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("trial")
    op.drop_table("practice_provider")
    op.drop_table("practice_line")
    _make_lines(OLD_BEHAVIOURS)
    for column in NEW_COLUMNS:
        op.execute(f"ALTER TABLE practice_exchange DROP COLUMN {column.split()[0]}")
