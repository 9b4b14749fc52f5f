"""Claims on messages that are due: taken by an update that names the old status, given back where nobody was called."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import chance
from ..core.clock import local
from ..core.db import db, transaction
from .cap_rules import Due
from .models import Message
from .providers.base import Channel
from .rules import MessageStatus


def that_are_due(
    now: datetime,
    busy: Collection[int],
    windows: Collection[str] | None,
    channels: Collection[Channel] = tuple(Channel),
    *,
    until: datetime | None = None,
) -> sa.Select[Any]:
    """What is due in these windows and its receivers' own hours (None: at any hour) on these channels but what is in
    `busy`, the oldest first."""
    due = sa.select(Message.id).where(
        Message.status == MessageStatus.PLANNED,
        Message.due_at <= (until or now),
        Message.not_after > now,
        Message.id.not_in(busy),
    )
    if windows is not None:
        hour = local(now)
        due = due.where(
            Message.window.in_(windows),
            Message.only_from <= hour.hour * 60 + hour.minute,
            Message.only_until > hour.hour * 60 + hour.minute,
            Message.not_on.bitwise_and(1 << hour.weekday()) == 0,
        )
    if len(channels) < len(Channel):
        due = due.where(Message.channel.in_(channels))
    return due.order_by(Message.due_at, Message.id)


def claim_these(chosen: Sequence[Due], now: datetime) -> list[str]:
    """Claim these, if nobody was quicker; gives the names of the claims."""
    if not chosen:
        return []
    names = [chance.token() for _ in chosen]
    db.session.connection().execute(
        sa.update(Message.__table__)  # type: ignore[arg-type]
        .where(Message.id == sa.bindparam("row"), Message.status == MessageStatus.PLANNED)
        .values(
            claim=sa.bindparam("name"),
            status=MessageStatus.CLAIMED,
            claimed_at=now,
            tries=Message.tries + 1,
            reason=None,
            sen=sa.bindparam("cost"),
        ),
        [{"row": one.id, "name": name, "cost": one.sen} for one, name in zip(chosen, names, strict=True)],
    )
    return names


def not_held(*conditions: sa.ColumnElement[bool]) -> sa.Select[int]:
    """Ids of such messages, without those whose row another transaction holds: who has many rows and waits for one more
    may be waited for itself, and that ends in a deadlock. What is left out comes with the next tick."""
    return sa.select(Message.id).where(*conditions).with_for_update(skip_locked=True).correlate(None)


def put_back(claims: Sequence[str]) -> None:
    """These were surely not sent, since nothing was handed out. An edge: a transaction of its own."""
    db.session.rollback()
    with transaction():
        not_called_for(claims)


def not_called_for(claims: Sequence[str | None]) -> None:
    """Plan again what was claimed and not called for."""
    if claims:
        db.session.execute(
            sa.update(Message)
            .where(Message.claim.in_(claims), Message.status == MessageStatus.CLAIMED)
            .values(status=MessageStatus.PLANNED, claim=None, tries=Message.tries - 1)
            .execution_options(synchronize_session=False)
        )
