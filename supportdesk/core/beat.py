"""When the jobs last came round, so that a town whose jobs stand still is noticed from outside."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .db import Base, UTCDateTime, db, insert_or_leave


class Beat(Base):
    """One row for the town: any of its job processes writes it."""

    __tablename__ = "beat"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


def note(now: datetime) -> None:
    if not insert_or_leave(Beat, id=1, at=now):
        db.session.execute(sa.update(Beat).where(Beat.id == 1).values(at=now))


def last() -> datetime | None:
    return db.session.scalar(sa.select(Beat.at).where(Beat.id == 1))
