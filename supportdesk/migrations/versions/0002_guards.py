"""What the database forbids beyond keys and checks: two lessons in one room at once, and a change of history

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# PostgreSQL without any extension has no `=` in GiST for integers; a range of one number overlaps only itself.
POSTGRESQL = (
    """ALTER TABLE lesson ADD CONSTRAINT ex_lesson_room EXCLUDE USING gist
       (int4range(room_id, room_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&)
       WHERE (cancelled_at IS NULL)""",
    """CREATE FUNCTION history_stays() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$""",
    """CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON history
       FOR EACH ROW EXECUTE FUNCTION history_stays()""",
    """CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON history
       FOR EACH STATEMENT EXECUTE FUNCTION history_stays()""",
    """CREATE TRIGGER history_seal_stays BEFORE UPDATE OR DELETE ON history_seal
       FOR EACH ROW EXECUTE FUNCTION history_stays()""",
)

_OVERLAP = """
    SELECT RAISE(ABORT, 'ex_lesson_room: the room is taken') WHERE EXISTS (
        SELECT 1 FROM lesson AS other
        WHERE other.room_id = NEW.room_id AND other.id <> NEW.id AND other.cancelled_at IS NULL
          AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at)"""

# recursive_triggers is on for every connection, so that INSERT OR REPLACE cannot slip past the DELETE trigger.
SQLITE = (
    f"""CREATE TRIGGER lesson_room_insert AFTER INSERT ON lesson
        WHEN NEW.cancelled_at IS NULL BEGIN {_OVERLAP}; END""",
    f"""CREATE TRIGGER lesson_room_update AFTER UPDATE OF room_id, starts_at, ends_at, cancelled_at ON lesson
        WHEN NEW.cancelled_at IS NULL BEGIN {_OVERLAP}; END""",
    "CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    "CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END",
    """CREATE TRIGGER history_seal_no_update BEFORE UPDATE ON history_seal
       BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
    """CREATE TRIGGER history_seal_no_delete BEFORE DELETE ON history_seal
       BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
)


def upgrade() -> None:
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE lesson DROP CONSTRAINT ex_lesson_room")
        op.execute("DROP TRIGGER history_seal_stays ON history_seal")
        op.execute("DROP TRIGGER history_is_not_emptied ON history")
        op.execute("DROP TRIGGER history_stays ON history")
        op.execute("DROP FUNCTION history_stays")
        return
    for name in (
        "lesson_room_insert",
        "lesson_room_update",
        "history_no_update",
        "history_no_delete",
        "history_seal_no_update",
        "history_seal_no_delete",
    ):
        op.execute(f"DROP TRIGGER {name}")
