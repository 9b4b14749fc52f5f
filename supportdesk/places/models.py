from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, Versioned, words
from .permit_rules import PermitState
from .thing_rules import Equipment


class Venue(Versioned, Base):
    """会場. `external_id` is the key for importing the same file again; `short_name` goes into texts (10 or less),
    `name_en` into English ones ("": the kana in Latin letters).

    `needs_permit`: a lesson there needs a hall permit (会場の使用許可). `screen`: there is one, with its projector.
    `branch_id`: it is the counter of this branch (窓口); the seats of its rooms are terminals. `at_home`: the one that
    stands for every resident's own home (訪問), made with the first course of visits; nobody chooses or changes it.
    """

    __tablename__ = "venue"
    __table_args__ = (
        sa.Index(
            "uq_venue_at_home", "at_home", unique=True, sqlite_where=sa.text("at_home"),
            postgresql_where=sa.text("at_home"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    name_kana: Mapped[str] = mapped_column(sa.String(120))
    short_name: Mapped[str] = mapped_column(sa.String(20))
    name_en: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"), index=True)
    postal_code: Mapped[str] = mapped_column(sa.String(8), default="")
    address: Mapped[str] = mapped_column(sa.String(120), default="")
    telephone: Mapped[str] = mapped_column(sa.String(20), default="")
    wifi: Mapped[bool] = mapped_column(default=False)
    screen: Mapped[bool] = mapped_column(default=False)
    needs_permit: Mapped[bool] = mapped_column(default=False)
    closed_on_holidays: Mapped[bool] = mapped_column(default=False)
    barrier_free: Mapped[str] = mapped_column(sa.String(200), default="")
    parking: Mapped[int | None]
    bus: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    branch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("branch.id"))
    at_home: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    rooms: Mapped[list[Room]] = relationship(back_populates="venue", order_by="Room.id")

    @property
    def has(self) -> frozenset[Equipment]:
        """What need not be taken along to it."""
        had = ((Equipment.WIFI, self.wifi), (Equipment.SCREEN, self.screen))
        return frozenset(kind for kind, there in had if there)


class Room(Versioned, Base):
    """室. `seats` is how many people fit."""

    __tablename__ = "room"
    __table_args__ = (sa.UniqueConstraint("venue_id", "name"), sa.CheckConstraint("seats > 0", name="seats"))

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    seats: Mapped[int]

    venue: Mapped[Venue] = relationship(back_populates="rooms")


class VenueHours(Base):
    """開館日: the hours of one weekday (Monday is 0). A venue with none at all has not been asked yet."""

    __tablename__ = "venue_hours"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("closes > opens", name="hours"),
    )

    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id", ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opens: Mapped[time]
    closes: Mapped[time]


class VenueDay(Base):
    """臨時の開館: other hours on one day, as on a Monday on which the venue opens after all."""

    __tablename__ = "venue_day"
    __table_args__ = (sa.CheckConstraint("closes > opens", name="hours"),)

    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opens: Mapped[time]
    closes: Mapped[time]
    note: Mapped[str] = mapped_column(sa.String(100), default="")


class Closure(Base):
    """休館: a venue, or one of its rooms, cannot be used from `first` to `last`. One taken back stays as it was."""

    __tablename__ = "closure"
    __table_args__ = (
        sa.CheckConstraint("last >= first", name="days"),
        sa.Index(None, "venue_id", "last"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id"))
    room_id: Mapped[int | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(100))
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lifted_by: Mapped[str] = mapped_column(sa.String(80), default="")

    venue: Mapped[Venue] = relationship()
    room: Mapped[Room | None] = relationship()


class Permit(Versioned, Base):
    """会場の使用許可 for one room from `first` to `last`. `deadline`: until when somebody must act, as the last day of
    a provisional booking; `key`: who has the key and opens; `heating`: what it costs or whom to ask."""

    __tablename__ = "permit"
    __table_args__ = (
        sa.CheckConstraint("last >= first", name="days"),
        sa.Index(None, "room_id", "last"),
        sa.Index(None, "state", "deadline"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    room_id: Mapped[int] = mapped_column(sa.ForeignKey("room.id"))
    first: Mapped[date]
    last: Mapped[date]
    state: Mapped[PermitState] = mapped_column(words(PermitState), default=PermitState.PROVISIONAL)
    deadline: Mapped[date | None]
    key: Mapped[str] = mapped_column(sa.String(100), default="")
    heating: Mapped[str] = mapped_column(sa.String(100), default="")
    fee_waived: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str] = mapped_column(sa.String(60), default="")
    note: Mapped[str] = mapped_column(sa.String(400), default="")

    room: Mapped[Room] = relationship()


class Thing(Versioned, Base):
    """備品: one piece with a label of its own, kept somewhere, taken along to lessons."""

    __tablename__ = "thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    equipment: Mapped[Equipment] = mapped_column(words(Equipment), index=True)
    label: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kept_at: Mapped[str] = mapped_column(sa.String(80), default="")
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    out_of_use_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    out_of_use_reason: Mapped[str] = mapped_column(sa.String(100), default="")


class VenueSupporter(Base):
    """This supporter helps at this venue and sees its day sheets."""

    __tablename__ = "venue_supporter"

    venue_id: Mapped[int] = mapped_column(sa.ForeignKey("venue.id", ondelete="CASCADE"), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(
        sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True, index=True
    )
