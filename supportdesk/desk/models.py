from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import User
from ..core.db import Base, UTCDateTime, Versioned, words
from ..lessons.models import Booking
from ..office.models import Topic
from ..people.models import Resident
from .call_task_models import CallTask
from .impostor_models import ImpostorReport
from .rules import RequestChannel, RequestStatus

# Everybody finds the room's tables here, wherever they are written down.
__all__ = ["CallTask", "HelpRequest", "ImpostorReport"]


class HelpRequest(Versioned, Base):
    """相談受付: who, how, about what, in the words of the caller. The resident may be unknown at first.
    Whoever takes it is in charge (担当) until somebody else is; nobody may be."""

    __tablename__ = "help_request"
    __table_args__ = (sa.Index(None, "status", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    resident_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resident.id"), index=True)
    channel: Mapped[RequestChannel] = mapped_column(words(RequestChannel))
    topic_code: Mapped[str | None] = mapped_column(sa.ForeignKey("topic.code"))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    status: Mapped[RequestStatus] = mapped_column(words(RequestStatus), default=RequestStatus.NEW)
    outcome: Mapped[str] = mapped_column(sa.String(400), default="")
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    received_by: Mapped[str] = mapped_column(sa.String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    in_charge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)

    resident: Mapped[Resident | None] = relationship()
    topic: Mapped[Topic | None] = relationship()
    booking: Mapped[Booking | None] = relationship()
    in_charge: Mapped[User | None] = relationship()
