from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime
from .waiting_models import Waiting


class Draw(Base):
    """抽選: the draw of one lesson, once and for ever, with all that is needed to repeat it besides its entries.
    `seats` is how many there were to give."""

    __tablename__ = "draw"

    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), primary_key=True)
    seed: Mapped[str] = mapped_column(sa.String(40))
    seats: Mapped[int]
    first_timers_first: Mapped[bool]
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime)
    drawn_by: Mapped[str] = mapped_column(sa.String(80))

    entries: Mapped[list[DrawnEntry]] = relationship(order_by="DrawnEntry.rank", viewonly=True)


class DrawnEntry(Base):
    """One line of the drawn list. `number`, `seats` and `first_timers` as they were at the draw; `won` is for ever,
    what became of it since stands in the bookings and on the waiting list. `told_at` is when a person told them."""

    __tablename__ = "drawn_entry"
    __table_args__ = (
        sa.UniqueConstraint("lesson_id", "rank"),
        sa.UniqueConstraint("lesson_id", "number"),
        sa.CheckConstraint("seats > 0", name="seats"),
    )

    waiting_id: Mapped[int] = mapped_column(sa.ForeignKey("waiting.id"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("draw.lesson_id"))
    number: Mapped[int]
    rank: Mapped[int]
    seats: Mapped[int]
    first_timers: Mapped[bool]
    won: Mapped[bool]
    tries: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    told_by: Mapped[str] = mapped_column(sa.String(80), default="")

    waiting: Mapped[Waiting] = relationship()
