"""Putting a message into the outbox, and taking back what has not left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import chance
from ..core.db import db, insert_or_leave, one_row
from ..office.rules import ALWAYS
from .models import Message, MessageAlso
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
    wished_at: datetime | None = None,
    only_from: int = ALWAYS.start,
    only_until: int = ALWAYS.end,
    not_on: int = ALWAYS.not_on,
    reason: str | None = None,
    also: Collection[tuple[str, str]] = (),
) -> bool:
    """Plan one message; `also`: what else it is about, each with its occasion. False if this step of this matter is
    there already, whatever became of it: the database refuses a second one, so that two planners at once plan it
    once."""
    token = chance.token()
    there = insert_or_leave(
        Message,
        token=token,
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
        wished_at=wished_at or due_at,
        only_from=only_from,
        only_until=only_until,
        not_on=not_on,
        reason=reason,
        status=MessageStatus.PLANNED,
        tries=0,
        created_at=now,
    )
    if there and also:
        message_id = db.session.scalars(sa.select(Message.id).where(Message.token == token)).one()
        _tells_also(message_id, also)
    return there


def amend(message_id: int, *, also: Collection[tuple[str, str]] | None = None, **values: Any) -> bool:
    """Change what a message says, to which number or when, while it has not left; False if it has. The values are
    those of `put`; without `also` it stays what it is about."""
    planned = sa.update(Message).where(Message.id == message_id, Message.status == MessageStatus.PLANNED)
    # Even where nothing else changes: who names a message must hold it until the commit.
    amended = one_row(planned.values(**values or {"status": MessageStatus.PLANNED}))
    if amended and also is not None:
        db.session.execute(sa.delete(MessageAlso).where(MessageAlso.message_id == message_id))
        _tells_also(message_id, also)
    return amended


def _tells_also(message_id: int, also: Collection[tuple[str, str]]) -> None:
    rows = [{"message_id": message_id, "about": about, "occasion": occasion} for about, occasion in sorted(also)]
    if rows:
        db.session.execute(sa.insert(MessageAlso), rows)


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
