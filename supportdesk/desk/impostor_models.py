from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.db import Base, UTCDateTime, words
from ..people.models import Resident
from .impostor_rules import Story


class ImpostorReport(Base):
    """Somebody was rung, written to or visited by people who said that they were the town.

    `number_shown`: as their telephone showed it, "" if it showed none. `gave`: they told or paid something. `seen_at`:
    when a manager looked at it.
    """

    __tablename__ = "impostor_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(60), unique=True)
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    number_shown: Mapped[str] = mapped_column(sa.String(25))
    story: Mapped[Story] = mapped_column(words(Story))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    gave: Mapped[bool] = mapped_column(default=False)
    resident_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resident.id"), index=True)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    taken_by: Mapped[str] = mapped_column(sa.String(80))
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_by: Mapped[str] = mapped_column(sa.String(80), default="")

    resident: Mapped[Resident | None] = relationship()
