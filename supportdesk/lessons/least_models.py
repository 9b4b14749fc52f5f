from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime, words
from .least_rules import LeastAnswer


class LeastDecision(Base):
    """What was decided about a lesson for which fewer people had asked than it is held from. The newest counts.

    `asked_for` is how many seats were asked for then: with fewer it is asked anew. `until`: to when booking was
    prolonged.
    """

    __tablename__ = "least_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(sa.ForeignKey("lesson.id"), index=True)
    answer: Mapped[LeastAnswer] = mapped_column(words(LeastAnswer))
    asked_for: Mapped[int]
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by: Mapped[str] = mapped_column(sa.String(80))
