from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime, words
from .inbound_rules import Step
from .inbound_text_rules import Meaning


class InboundCall(Base):
    """A call to our number: where it stands, and when it has ended, what came of it.

    `number` is "" where it is withheld. `turn` counts what was asked, and stands in the address that is asked next, so
    that a request that comes twice is answered twice and acts once. `misses` are booking numbers tried in vain.
    `ended_at` is told by the provider, and stays empty where that got lost.
    """

    __tablename__ = "inbound_call"
    __table_args__ = (sa.Index(None, "number", "began_at"), sa.Index(None, "began_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    step: Mapped[Step] = mapped_column(words(Step, "inboundstep"))
    turn: Mapped[int] = mapped_column(default=0)
    misses: Mapped[int] = mapped_column(default=0)
    slips: Mapped[int] = mapped_column(default=0)
    booking_id: Mapped[int | None] = mapped_column(sa.ForeignKey("booking.id"), index=True)


class InboundText(Base):
    """A text that came in. `body` is empty where it held a My Number: then `held_my_number`, and nothing of it is
    kept."""

    __tablename__ = "inbound_text"
    __table_args__ = (sa.Index(None, "number", "at"), sa.Index(None, "at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    body: Mapped[str] = mapped_column(sa.Text)
    meaning: Mapped[Meaning] = mapped_column(words(Meaning, "inboundmeaning"))
    held_my_number: Mapped[bool] = mapped_column(default=False)
