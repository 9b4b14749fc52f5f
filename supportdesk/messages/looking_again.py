"""Reading the provider's list once more for messages of which nobody knows whether they left, because a person asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db
from .delivery import Desk
from .models import Message
from .rules import MessageStatus
from .sweeping import LOOK_FOR_UNKNOWN, ask_about, look_for

# One page waits for so many answers; each may take the provider some seconds.
BLOCK = 20


@dataclass(frozen=True)
class Looked:
    """What came of it. `unreadable`: the provider gave no usable answer for these."""

    found: int = 0
    not_found: int = 0
    unreadable: int = 0


def look_again(message_ids: Collection[int], desk: Desk) -> Looked:
    """Ask about the first BLOCK of these, those that were asked about longest ago first. An edge: each answer is
    written down in a transaction of its own, and the provider is asked outside of it."""
    unknown = sa.select(Message).where(Message.id.in_(message_ids), Message.status == MessageStatus.UNKNOWN)
    never = Message.not_in_list_at.is_not(None)
    rows = db.session.scalars(unknown.order_by(never, Message.asked_at, Message.id).limit(BLOCK)).all()
    db.session.expunge_all()
    db.session.rollback()
    answers = [_look(row, desk) for row in rows]
    return Looked(answers.count(True), answers.count(False), answers.count(None))


def _look(message: Message, desk: Desk) -> bool | None:
    return look_for(message, desk) if message.sid is None else ask_about(message, desk)


def surely_not_listed(message: Message) -> bool:
    """Whether the provider's list was read without finding it, long enough after the call: the list lags by minutes."""
    since = message.claimed_at or message.created_at
    return _read_after(message.not_in_list_at, since) and message.sid is None


def _read_after(read_at: datetime | None, since: datetime) -> bool:
    return read_at is not None and read_at >= since + LOOK_FOR_UNKNOWN[-1]
