"""Putting a message into the outbox, and taking back what has not left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import chance
from ..core.db import db, insert_or_leave, one_row
from .models import Message
from .providers.base import Channel
from .rules import Language, MessageStatus


def put(
    *,
    recipient: str,
    about: str,
    matter: str,
    step: str,
    occasion: str,
    channel: Channel,
    number: str,
    body: str,
    sentences: Sequence[str],
    language: Language = Language.JAPANESE,
    window: str,
    due_at: datetime,
    not_after: datetime,
    now: datetime,
    keys: bool = False,
) -> bool:
    """Plan one message. False if this step of this matter is there already, whatever became of it: the database
    refuses a second one, so that two planners at once plan it once."""
    return insert_or_leave(
        Message,
        token=chance.token(),
        recipient=recipient,
        about=about,
        matter=matter,
        step=step,
        occasion=occasion,
        channel=channel,
        number=number,
        body=body,
        sentences=list(sentences),
        language=language,
        keys=keys,
        window=window,
        due_at=due_at,
        not_after=not_after,
        status=MessageStatus.PLANNED,
        tries=0,
        created_at=now,
    )


def amend(message_id: int, **values: Any) -> bool:
    """Change what a message says, to which number or when, while it has not left; False if it has. The values are
    those of `put`."""
    return one_row(
        sa.update(Message).where(Message.id == message_id, Message.status == MessageStatus.PLANNED).values(**values)
    )


def withdraw(
    *,
    reason: str,
    now: datetime,
    about: str | None = None,
    recipient: str | None = None,
    message_id: int | None = None,
) -> int:
    """Take back what has not left, about one thing, to one person, or one message; returns how many messages.

    A message that was claimed is past this line: the sender asks once more, right before the call, whether it is
    still wanted (delivery.py).
    """
    wanted = [Message.about == about] if about else []
    wanted += [Message.recipient == recipient] if recipient else []
    wanted += [Message.id == message_id] if message_id else []
    if not wanted:
        raise ValueError("withdraw() needs `about`, `recipient` or `message_id`")
    result = db.session.execute(
        sa.update(Message)
        .where(Message.status == MessageStatus.PLANNED, *wanted)
        .values(status=MessageStatus.WITHDRAWN, reason=reason, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
