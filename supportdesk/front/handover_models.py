from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import User
from ..core.db import Base, UTCDateTime, words
from .handover_rules import HandOverState, ItemKind, ItemOutcome


class HandOver(Base):
    """引き継ぎ: what one person has goes to another on a day, in one act.

    `plan` is what was chosen (handover_rules.Plan). Names stand here as they were, since the paper is signed by them.
    One may be prepared for a person at a time.
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        sa.CheckConstraint("from_id <> to_id", name="two_people"),
        sa.Index(
            "uq_hand_over_prepared",
            "from_id",
            unique=True,
            sqlite_where=sa.text("state = 'prepared'"),
            postgresql_where=sa.text("state = 'prepared'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    from_name: Mapped[str] = mapped_column(sa.String(80))
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(80))
    takes_effect_on: Mapped[date]
    plan: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[HandOverState] = mapped_column(words(HandOverState), default=HandOverState.PREPARED)
    prepared_at: Mapped[datetime] = mapped_column(UTCDateTime)
    prepared_by: Mapped[str] = mapped_column(sa.String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by: Mapped[str] = mapped_column(sa.String(80), default="")

    from_user: Mapped[User] = relationship(foreign_keys=from_id)
    to_user: Mapped[User] = relationship(foreign_keys=to_id)


class HandOverItem(Base):
    """One thing on the paper, as it was when it was handed over: never changed afterwards.

    Of residents only the number is kept (`about_id` leads there): whose record is erased has no name on a paper that is
    printed again.
    """

    __tablename__ = "hand_over_item"

    hand_over_id: Mapped[int] = mapped_column(sa.ForeignKey("hand_over.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ItemKind] = mapped_column(words(ItemKind))
    about_id: Mapped[int]
    label: Mapped[str] = mapped_column(sa.String(200), default="")
    status: Mapped[str] = mapped_column(sa.String(32), default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[ItemOutcome] = mapped_column(words(ItemOutcome))
    why: Mapped[str] = mapped_column(sa.Text, default="")
