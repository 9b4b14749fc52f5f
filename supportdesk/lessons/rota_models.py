from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime
from ..people.models import Supporter
from .models import Lesson


class CannotCome(Base):
    """行けなくなりました: this supporter was on duty in this lesson and told us that they cannot come.

    What is missing by it is reckoned from the lesson, never kept: whoever is put on duty closes the gap, in whatever
    way. Somebody who was put back may tell us once more. `starts_at` is when the lesson was to begin: of another day
    nothing was said.
    """

    __tablename__ = "cannot_come"
    __table_args__ = (sa.Index(None, "lesson_id", "told_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"))
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
    told_by: Mapped[str] = mapped_column(sa.String(80))

    lesson: Mapped[Lesson] = relationship()
    supporter: Mapped[Supporter] = relationship()


class Declined(Base):
    """This supporter was asked to come to this lesson at that time and said no, so that nobody else rings them for it
    again."""

    __tablename__ = "duty_declined"

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporter.id"), primary_key=True, index=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[str] = mapped_column(sa.String(80))
