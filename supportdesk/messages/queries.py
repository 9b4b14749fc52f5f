"""Reads of messages for other rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db
from .cap_rules import NEVER_LEFT
from .models import Message, MessageAlso
from .rules import MessageStatus

# A process that was stopped between its last look and the call may still make it when it goes on.
MAY_STILL_LEAVE = timedelta(hours=1)


def record(
    *,
    status: MessageStatus | None = None,
    code: str | None = None,
    number_ends_in: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> sa.Select[Message]:
    """Messages planned since and before these instants, by what became of them, the provider's code and the last
    digits of the number. Give `since` where it may be asked for by digits: no index knows the end of a number."""
    found = sa.select(Message)
    if status is not None:
        found = found.where(Message.status == status)
    if code is not None:
        found = found.where(Message.code == code)
    if number_ends_in is not None:
        found = found.where(Message.number.endswith(number_ends_in, autoescape=True))
    if since is not None:
        found = found.where(Message.created_at >= since)
    if until is not None:
        found = found.where(Message.created_at < until)
    return found


def just_leaving(
    *, abouts: Collection[str] = (), recipients: Collection[str] = (), since: datetime, now: datetime
) -> Sequence[Message]:
    """Messages that tell of these things or go to these people, and that no act since then can have stopped for
    certain: they are claimed, were handed over meanwhile, or it is not known whether they left. Ask after the act's
    commit: whoever sends asks before each call whether it is wanted, so what is not found here meets the act."""
    unknown = sa.and_(
        Message.status == MessageStatus.UNKNOWN, Message.sid.is_(None), Message.claimed_at > now - MAY_STILL_LEAVE
    )
    besides = sa.select(MessageAlso.message_id).where(MessageAlso.about.in_(abouts))
    mine = sa.or_(Message.about.in_(abouts), Message.recipient.in_(recipients), Message.id.in_(besides))
    found = sa.select(Message).where(mine, sa.or_(_under_way(since), unknown)).order_by(Message.id)
    return db.session.scalars(found).all()


def leaving(since: datetime) -> Sequence[Message]:
    """Messages to whomever that are claimed, or were handed over since then. As above: ask after the act's commit."""
    return db.session.scalars(sa.select(Message).where(_under_way(since)).order_by(Message.id)).all()


def _under_way(since: datetime) -> sa.ColumnElement[bool]:
    meanwhile = sa.and_(Message.status.not_in(NEVER_LEFT), Message.handed_over_at >= since)
    return sa.or_(Message.status == MessageStatus.CLAIMED, meanwhile)
