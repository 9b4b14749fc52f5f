"""In which language texts are written: of residents, supporters, messages and the office's own words; English names

Revision: 0021
Follows: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("resident", "supporter", "message")
LANGUAGES = ("ja", "easy", "en")


def upgrade() -> None:
    for table in TABLES:
        # Not in batch mode, as in 0012: the rows that hang on the table would go with the old one.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN language VARCHAR(32) DEFAULT 'ja' NOT NULL "
            f"CONSTRAINT ck_{table}_language CHECK (language IN ('ja', 'easy', 'en'))"
        )
    op.add_column("venue", sa.Column("name_en", sa.String(length=60), server_default="", nullable=False))
    op.execute("UPDATE venue SET name_en = 'your home' WHERE at_home")
    # Nothing hangs on it, and neither database changes a primary key in one way that the other knows.
    own = sa.table("wording", sa.column("name"), sa.column("words"), sa.column("version"))
    rows = [row._asdict() | {"language": "ja"} for row in op.get_bind().execute(sa.select(own))]
    op.drop_table("wording")
    language = sa.Enum(*LANGUAGES, name="language", native_enum=False, create_constraint=True, length=32)
    new = op.create_table(
        "wording",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("language", language, server_default="ja", nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "language", name=op.f("pk_wording")),
    )
    op.bulk_insert(new, rows)


def downgrade() -> None:
    own = sa.table("wording", sa.column("name"), sa.column("words"), sa.column("version"), sa.column("language"))
    kept = sa.select(own.c.name, own.c.words, own.c.version).where(own.c.language == "ja")
    rows = [row._asdict() for row in op.get_bind().execute(kept)]
    op.drop_table("wording")
    old = op.create_table(
        "wording",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wording")),
    )
    op.bulk_insert(old, rows)
    op.drop_column("venue", "name_en")
    for table in TABLES:
        op.drop_column(table, "language")
