"""How contact goes on for one resident, and by which way and with whom a person spoke

Revision: 0025
Follows: 0024
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out: a column with its CHECK cannot be added to a table of SQLite otherwise without copying it.
    op.execute(
        "ALTER TABLE resident ADD COLUMN own_chain VARCHAR(32) NOT NULL DEFAULT 'office' "
        "CONSTRAINT ck_resident_ownchain CHECK (own_chain IN ('office', 'one-way', 'text-too', 'one-try'))"
    )
    op.execute(
        "ALTER TABLE person_contact ADD COLUMN way VARCHAR(32) CONSTRAINT ck_person_contact_contact_way "
        "CHECK (way IN ('text', 'call', 'person', 'fax', 'card', 'none'))"
    )
    op.execute("ALTER TABLE person_contact ADD COLUMN with_family BOOLEAN NOT NULL DEFAULT false")
    op.execute("INSERT INTO office_part (name, version) VALUES ('chain', 1)")


def downgrade() -> None:
    op.execute("DELETE FROM office_part WHERE name = 'chain'")
    op.execute("ALTER TABLE person_contact DROP COLUMN with_family")
    op.execute("ALTER TABLE person_contact DROP COLUMN way")
    op.execute("ALTER TABLE resident DROP COLUMN own_chain")
