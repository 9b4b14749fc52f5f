from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, Versioned


class Venue(Versioned, Base):
    """会場. `external_id` is the key for importing the same file again; `short_name` goes into texts (10 or less)."""

    __tablename__ = "venue"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_kana: Mapped[str] = mapped_column(sa.String(120))
    short_name: Mapped[str] = mapped_column(sa.String(20))
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"), index=True)
    postal_code: Mapped[str] = mapped_column(sa.String(8), default="")
    address: Mapped[str] = mapped_column(sa.String(120), default="")
    telephone: Mapped[str] = mapped_column(sa.String(20), default="")
    wifi: Mapped[bool] = mapped_column(default=False)
    barrier_free: Mapped[str] = mapped_column(sa.String(200), default="")
    parking: Mapped[int | None]
    bus: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    rooms: Mapped[list[Room]] = relationship(back_populates="venue", order_by="Room.id")


class Room(Versioned, Base):
    """室. `seats` is how many people fit."""

    __tablename__ = "room"
    __table_args__ = (sa.UniqueConstraint("venue_id", "name"), sa.CheckConstraint("seats > 0", name="seats"))

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    seats: Mapped[int]

    venue: Mapped[Venue] = relationship(back_populates="rooms")


class VenueSupporter(Base):
    """This supporter helps at this venue and sees its day sheets."""

    __tablename__ = "venue_supporter"

    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(
        sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True, index=True
    )
