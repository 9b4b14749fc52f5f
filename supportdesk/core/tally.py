"""Counts of events that leave no other trace, by day: a My Number that was turned away, a forged callback."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .db import Base, db, insert_or_leave

MY_NUMBER_TURNED_AWAY = "my-number-turned-away"
BAD_SIGNATURE = "bad-signature"


class Tally(Base):
    __tablename__ = "tally"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    count: Mapped[int]


def count(name: str, day: date, times: int = 1) -> None:
    """Add to a day's count."""
    if not insert_or_leave(Tally, day=day, name=name, count=times):
        db.session.execute(
            sa.update(Tally).where(Tally.day == day, Tally.name == name).values(count=Tally.count + times)
        )


def total(name: str) -> int:
    return db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Tally.count), 0)).where(Tally.name == name)) or 0
