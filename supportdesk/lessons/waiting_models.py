from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, words
from ..people.models import Resident
from .models import Lesson
from .rules import BookedBy, BookingChannel
from .slot_rules import seats_for
from .waiting_rules import OfferState, WaitEnd


class Waiting(Base):
    """キャンセル待ち: residents who wait for a lesson together, all or none, with companions who have no record.

    `place` is the order within the lesson, not a position: who is moved to the front gets one below the first.
    `party` becomes that of the bookings. One that ended keeps its row: it tells that there was a turn.

    `entered`: it began as an entry (申込) of a lesson that is given by lot; until the draw `place` is its number, after
    it the drawn order of those who have no seat. `override_reason`: why it was taken outside the booking period.

    `over_told_at`: when a person told them that the lesson is cancelled for which they had an offer or an entry.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        sa.UniqueConstraint("lesson_id", "place"),
        sa.CheckConstraint("companions >= 0", name="companions"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    place: Mapped[int]
    party: Mapped[str] = mapped_column(sa.String(40), unique=True)
    companions: Mapped[int] = mapped_column(default=0)
    booked_by: Mapped[BookedBy] = mapped_column(words(BookedBy))
    caller: Mapped[str] = mapped_column(sa.String(80), default="")
    channel: Mapped[BookingChannel] = mapped_column(words(BookingChannel))
    text_wished: Mapped[bool] = mapped_column(default=False)
    entered: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    override_reason: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime)
    joined_by: Mapped[str] = mapped_column(sa.String(80))
    moved_up_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    moved_up_by: Mapped[str] = mapped_column(sa.String(80), default="")
    moved_up_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    ended_by: Mapped[str] = mapped_column(sa.String(80), default="")
    ended_how: Mapped[WaitEnd | None] = mapped_column(words(WaitEnd))
    end_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    over_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    over_told_by: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")

    lesson: Mapped[Lesson] = relationship()
    members: Mapped[list[WaitingMember]] = relationship(order_by="WaitingMember.position")
    offer: Mapped[Offer | None] = relationship(back_populates="waiting")

    @property
    def staying(self) -> list[WaitingMember]:
        """Those of the party who have not left it, the one who asked first."""
        return [each for each in self.members if each.left_at is None]

    @property
    def resident_ids(self) -> list[int]:
        """Those who still wait while any of them does, then all who did."""
        return [each.resident_id for each in self.staying or self.members]

    @property
    def seats(self) -> int:
        """How many seats the party needs."""
        return seats_for(self.lesson.kind, len(self.staying) + self.companions)


class WaitingMember(Base):
    """One resident of a waiting party. The database forbids that anybody waits twice for a lesson at the same time, or
    is offered a seat in it twice ever."""

    __tablename__ = "waiting_member"
    __table_args__ = (
        sa.Index(
            "uq_waiting_member_active",
            "lesson_id",
            "resident_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
        sa.Index(
            "uq_waiting_member_offered",
            "lesson_id",
            "resident_id",
            unique=True,
            sqlite_where=sa.text("offered_at IS NOT NULL"),
            postgresql_where=sa.text("offered_at IS NOT NULL"),
        ),
    )

    waiting_id: Mapped[int] = mapped_column(sa.ForeignKey("waiting.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(sa.ForeignKey("resident.id"), primary_key=True, index=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"))
    position: Mapped[int]
    offered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    resident: Mapped[Resident] = relationship()


class Offer(Base):
    """空きのご連絡: free seats kept for one waiting party until they answer, or `until`. One for each party, ever."""

    __tablename__ = "offer"
    __table_args__ = (
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.Index(None, "state", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    waiting_id: Mapped[int] = mapped_column(sa.ForeignKey("waiting.id"), unique=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    seats: Mapped[int]
    state: Mapped[OfferState] = mapped_column(words(OfferState), default=OfferState.STANDING)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(sa.String(80), default="")

    waiting: Mapped[Waiting] = relationship(back_populates="offer")
