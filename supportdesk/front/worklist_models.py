from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime


class WorkTaken(Base):
    """Somebody on duty has said "I take this" of an item of 要対応. Free again after worklist_rules.TAKEN_FOR, without
    anybody giving it back; `key` as worklist_rules names items."""

    __tablename__ = "work_taken"

    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    by_name: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class WorkClosed(Base):
    """An item that was over, closed by a person with a reason. What is over is reckoned from the bookings; only its end
    is kept. `starts_at`: the lesson's start, since one that is moved is to be told anew."""

    __tablename__ = "work_closed"
    __table_args__ = (sa.UniqueConstraint("key", "starts_at"), sa.Index(None, "at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_name: Mapped[str] = mapped_column(sa.String(80))
