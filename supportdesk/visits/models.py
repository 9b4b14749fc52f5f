from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, Versioned, words
from ..lessons.models import Booking, Lesson
from ..people.models import Resident
from .rules import Attendance, HowItWent


class Visit(Versioned, Base):
    """One person in one lesson: came or not, what was practised, how it went.

    `key` is a UUID made by whoever made the record first, so that the same record sent twice is one;
    the tablet will make it without a network later. A walk-in has no booking, and maybe only a name.
    `how_it_went` and what belongs to it count only where the person came; they are kept when a tap says
    otherwise, so that undoing it loses nothing.
    """

    __tablename__ = "visit"
    __table_args__ = (
        sa.CheckConstraint(
            "booking_id IS NOT NULL OR walk_in_name <> '' OR resident_id IS NOT NULL", name="somebody"
        ),
        sa.CheckConstraint("minutes IS NULL OR (minutes > 0 AND minutes <= 480)", name="minutes"),
        # A resident walks into a lesson once, whoever of two volunteers writes it down first.
        sa.Index(
            "uq_visit_walk_in",
            "lesson_id",
            "resident_id",
            unique=True,
            sqlite_where=sa.text("booking_id IS NULL"),
            postgresql_where=sa.text("booking_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), unique=True)
    resident_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resident.id"), index=True)
    walk_in_name: Mapped[str] = mapped_column(sa.String(80), default="")
    attendance: Mapped[Attendance | None] = mapped_column(words(Attendance))
    practised: Mapped[str] = mapped_column(sa.Text, default="")
    how_it_went: Mapped[HowItWent | None] = mapped_column(words(HowItWent))
    referred_to: Mapped[str] = mapped_column(sa.String(20), default="")
    minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(sa.String(80))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)

    lesson: Mapped[Lesson] = relationship()
    booking: Mapped[Booking | None] = relationship()
    resident: Mapped[Resident | None] = relationship()
