from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime
from .models import Lesson


class Change(Base):
    """中止・変更: what was decided at once about one or several lessons in which people are booked. Machines tell them
    when somebody released it by name."""

    __tablename__ = "change"
    __table_args__ = (sa.CheckConstraint("(released_at IS NULL) = (released_by = '')", name="released"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(sa.String(80))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_by: Mapped[str] = mapped_column(sa.String(80), default="")

    parts: Mapped[list[ChangedLesson]] = relationship(back_populates="change", order_by="ChangedLesson.id")


class ChangedLesson(Base):
    """How one lesson stood before a change, and after. Rows of one lesson follow each other in the order of their ids,
    each beginning where the one before ended.

    Bookings up to `last_booking_id` were made before it: an order that the lesson's lock gives, as no clock does when
    two acts wait for each other. `alternative_id` is the lesson that is named to those whose lesson is cancelled.
    """

    __tablename__ = "changed_lesson"
    __table_args__ = (sa.UniqueConstraint("change_id", "lesson_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("change.id"))
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_booking_id: Mapped[int]
    from_starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    from_venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    from_cancelled: Mapped[bool]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    cancelled: Mapped[bool]
    alternative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lesson.id"))

    change: Mapped[Change] = relationship(back_populates="parts")
    lesson: Mapped[Lesson] = relationship(foreign_keys=lesson_id)
