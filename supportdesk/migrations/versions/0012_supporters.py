"""Supporters: kind, number, badge, training, pledge, skills, terms, hours, dates off

Revision: 0012
Follows: 0011
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from supportdesk.core import clock
from supportdesk.core.japan.calendar import fiscal_year

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Not in batch mode: SQLite would make the table anew, and with the old one go the rows that hang on it. A CHECK of a
# column may come with the column on both databases.
COLUMNS = (
    "external_id VARCHAR(60)",
    "kind VARCHAR(32) DEFAULT 'volunteer' NOT NULL CONSTRAINT ck_supporter_supporterkind"
    " CHECK (kind IN ('volunteer', 'digital_promoter', 'staff', 'contractor'))",
    "number VARCHAR(20) DEFAULT '' NOT NULL",
    "number_kind VARCHAR(32) CONSTRAINT ck_supporter_numberkind"
    " CHECK (number_kind IN ('mobile', 'landline', 'ip', 'fax'))",
    "wish VARCHAR(32) DEFAULT 'person' NOT NULL CONSTRAINT ck_supporter_wish"
    " CHECK (wish IN ('text', 'call', 'person', 'fax', 'card', 'none'))",
    "badge VARCHAR(40) DEFAULT '' NOT NULL",
    "trained_on DATE",
    "pledged_on DATE",
    "version INTEGER DEFAULT 1 NOT NULL",
)


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE supporter ADD COLUMN {column}")
    op.create_index("uq_supporter_external_id", "supporter", ["external_id"], unique=True)
    _tables()
    _papers_of_the_running_year(clock.local_date(clock.now()))


def _tables() -> None:
    op.create_table(
        "supporter_skill",
        _supporter(),
        sa.Column("topic_code", sa.String(length=16), nullable=False),
        _key("supporter_skill"),
        sa.ForeignKeyConstraint(["topic_code"], ["topic.code"], name=op.f("fk_supporter_skill_topic_code_topic")),
        sa.PrimaryKeyConstraint("supporter_id", "topic_code", name=op.f("pk_supporter_skill")),
    )
    op.create_index(op.f("ix_supporter_skill_topic_code"), "supporter_skill", ["topic_code"])
    op.create_table(
        "supporter_term",
        _supporter(),
        sa.Column("fiscal_year", sa.Integer(), autoincrement=False, nullable=False),
        *_days(),
        sa.Column("insured_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_supporter_term_days")),
        _key("supporter_term"),
        sa.PrimaryKeyConstraint("supporter_id", "fiscal_year", name=op.f("pk_supporter_term")),
    )
    op.create_table(
        "supporter_hours",
        _supporter(),
        sa.Column("weekday", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("until_time", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_supporter_hours_weekday")),
        sa.CheckConstraint("until_time > from_time", name=op.f("ck_supporter_hours_hours")),
        _key("supporter_hours"),
        sa.PrimaryKeyConstraint("supporter_id", "weekday", name=op.f("pk_supporter_hours")),
    )
    op.create_table(
        "supporter_off",
        sa.Column("id", sa.Integer(), nullable=False),
        _supporter(),
        *_days(),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_supporter_off_days")),
        _key("supporter_off"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_off")),
    )
    op.create_index(
        op.f("ix_supporter_off_supporter_id_supporter_off_until_day"), "supporter_off", ["supporter_id", "until_day"]
    )


def _supporter() -> sa.Column[int]:
    return sa.Column("supporter_id", sa.Integer(), nullable=False)


def _key(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_supporter_id_supporter")
    return sa.ForeignKeyConstraint(["supporter_id"], ["supporter.id"], name=name, ondelete="CASCADE")


def _days() -> tuple[sa.Column[date], sa.Column[date]]:
    return sa.Column("from_day", sa.Date(), nullable=False), sa.Column("until_day", sa.Date(), nullable=False)


def _papers_of_the_running_year(today: date) -> None:
    """Whoever serves already has papers that nobody has written down here yet. They are taken as of this fiscal year's
    first day, so that no sheet is closed by an upgrade; the office looks them over, and renews them by 1 April."""
    year = fiscal_year(today)
    days = {"year": year, "first": date(year, 4, 1), "last": date(year + 1, 3, 31), "today": today}
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO supporter_term (supporter_id, fiscal_year, from_day, until_day, insured_on)"
            " SELECT id, :year, :first, :last, :first FROM supporter WHERE left_on IS NULL OR left_on >= :today"
        ).bindparams(*(sa.bindparam(name, type_=sa.Date()) for name in ("first", "last", "today"))),
        days,
    )
    connection.execute(
        sa.text("UPDATE supporter SET pledged_on = :first WHERE id IN (SELECT supporter_id FROM supporter_term)")
        .bindparams(sa.bindparam("first", type_=sa.Date())),
        {"first": days["first"]},
    )  # fmt: skip


def downgrade() -> None:
    for table in ("supporter_off", "supporter_hours", "supporter_term", "supporter_skill"):
        op.drop_table(table)
    op.drop_index("uq_supporter_external_id", table_name="supporter")
    for column in reversed(COLUMNS):
        op.drop_column("supporter", column.split()[0])
