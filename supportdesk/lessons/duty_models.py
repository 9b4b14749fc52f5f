from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UTCDateTime


class DutyFeed(Base):
    """A supporter's own timetable can be subscribed to at an address with a key; only the SHA-256 of the key is kept.
    There is one key at a time: a new one replaces it, and without a row there is none."""

    __tablename__ = "duty_feed"

    supporter_id: Mapped[int] = mapped_column(
        sa.ForeignKey("supporter.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
