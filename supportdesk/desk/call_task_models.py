from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, Versioned, words
from ..lessons.models import Booking
from ..people.models import Resident
from .call_task_rules import CallTaskEnd, CallTaskKind


class CallTask(Versioned, Base):
    """電話連絡: somebody is to be rung by a person. Whom it concerns may be unknown, or known by the number alone.

    `origin` names what it came from (a call, a text, a message that left too late), so that the same event makes one
    task however often it is reported; by hand it is a name of its own.
    """

    __tablename__ = "call_task"
    __table_args__ = (sa.Index(None, "ended_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(80), unique=True)
    kind: Mapped[CallTaskKind] = mapped_column(words(CallTaskKind))
    resident_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resident.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(20), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    taken_by: Mapped[str] = mapped_column(sa.String(80), default="")
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(sa.String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(sa.String(80), default="")
    end: Mapped[CallTaskEnd | None] = mapped_column(words(CallTaskEnd))
    end_note: Mapped[str] = mapped_column(sa.String(400), default="")

    resident: Mapped[Resident | None] = relationship()
    booking: Mapped[Booking | None] = relationship()
