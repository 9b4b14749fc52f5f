"""Giving each message its turn, by what the outbox has given away already."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..office.rules import URGENT, Hours, next_opening
from ..office.settings import OfficeSettings
from .cap_rules import Cap
from .models import Message
from .providers.base import Channel
from .rules import MessageStatus
from .spread_rules import Turn, Turns


class Spread:
    """The turns as they stand in this transaction. Reads each way once, and only when a turn is asked for.

    Two planners at once may give one turn twice: two messages then leave in one second, which harms nobody, and a lock
    for the whole plan would.
    """

    def __init__(self, office: OfficeSettings, closed: Collection[date], now: datetime) -> None:
        self._office, self._closed, self._now = office, closed, now
        self._turns: dict[Channel, Turns] = {}

    def turn(
        self, channel: Channel, window: str, wished_at: datetime, not_after: datetime, hours: Hours
    ) -> Turn:
        """The next free turn, not before now."""

        def opens(instant: datetime) -> datetime:
            return next_opening(
                self._office, window, instant, self._closed, any_day=window == URGENT, hours=hours
            )

        turns = self._turns.get(channel)
        if turns is None:
            turns = self._turns[channel] = Turns(self._per_minute(channel), self._taken(channel))
        return turns.take(max(wished_at, self._now), not_after, opens)

    def placed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values of a message to be put or amended, with its own turn for the instant that was wished."""
        wished_at, not_after = values["due_at"], values["not_after"]
        hours = Hours(values["only_from"], values["only_until"], values["not_on"])
        turn = self.turn(values["channel"], values["window"], wished_at, not_after, hours)
        reason = None if turn.fits else Cap.RATE.value
        return values | {"due_at": turn.due_at, "wished_at": wished_at, "reason": reason}

    def _per_minute(self, channel: Channel) -> int:
        return self._office.texts_per_minute if channel is Channel.SMS else self._office.calls_per_minute

    def _taken(self, channel: Channel) -> list[datetime]:
        planned = sa.select(Message.due_at).where(
            Message.status == MessageStatus.PLANNED, Message.due_at >= self._now, Message.channel == channel
        )
        return list(db.session.scalars(planned))
