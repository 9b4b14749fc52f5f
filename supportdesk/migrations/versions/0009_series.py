"""Series of lessons, and lessons copied from month to month

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Tables beside `lesson` and not columns of it: SQLite would have to make that table anew, and lose the triggers that
# keep a room from being taken twice.
RULES = ("weekly", "nth_weekday", "last_weekday", "month_day", "listed")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("rule", _words("seriesrule", *RULES), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("start", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("registration", _words("registration", "whole", "each"), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_series_size")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_series_course_id_course")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_series_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("external_id", name=op.f("uq_series_external_id")),
    )
    op.create_index(op.f("ix_series_course_id"), "series", ["course_id"])
    op.create_index(op.f("ix_series_room_id"), "series", ["room_id"])
    op.create_table(
        "series_supporter",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_supporter_series_id_series"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_series_supporter_supporter_id_supporter")
        ),
        sa.PrimaryKeyConstraint("series_id", "supporter_id", name=op.f("pk_series_supporter")),
    )
    op.create_index(op.f("ix_series_supporter_supporter_id"), "series_supporter", ["supporter_id"])
    op.create_table(
        "series_lesson",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_series_lesson_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_series_lesson_series_id_series")),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_series_lesson")),
        sa.UniqueConstraint("series_id", "day", name=op.f("uq_series_lesson_series_id_day")),
        sa.UniqueConstraint("series_id", "place", name=op.f("uq_series_lesson_series_id_place")),
    )
    op.create_table(
        "lesson_copy",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("from_lesson_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_lesson_copy_lesson_id_lesson"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_lesson_id"], ["lesson.id"], name=op.f("fk_lesson_copy_from_lesson_id_lesson")),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_lesson_copy")),
        sa.UniqueConstraint("from_lesson_id", name=op.f("uq_lesson_copy_from_lesson_id")),
    )


def downgrade() -> None:
    for table in ("lesson_copy", "series_lesson", "series_supporter", "series"):
        op.drop_table(table)
