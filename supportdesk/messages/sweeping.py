"""What time does to messages: those that came too late, claims whose process died, and news that never came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db, transaction
from .delivery import Desk, outgoing
from .models import Message
from .providers.base import Delivery, ReportedStatus
from .reports import take_report
from .rules import MessageStatus

# Longer than connecting, reading and a stop in between may take (delivery.STALE and the provider's timeouts).
CLAIM_LOST_AFTER = timedelta(seconds=90)
# When to look into the provider's list for a message whose answer was lost, counted from its claim. The list lags, so
# that not being found proves nothing; after the last look it stays unknown, and a person decides.
LOOK_FOR_UNKNOWN = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10))
# When to ask about a message of which no final news came (callbacks do get lost), counted from the hand-over.
ASK_AGAIN = (timedelta(hours=1), timedelta(hours=12))
NO_NEWS_AFTER = timedelta(hours=24)
AT_ONCE = 50


def sweep(desk: Desk) -> Counter[str]:
    """Settle what time decides, then ask the provider about what is open, a block at each tick."""
    now = desk.now()
    with transaction():
        counts = Counter(
            missed=_move_all(
                MessageStatus.MISSED,
                Message.status == MessageStatus.PLANNED,
                Message.not_after <= now,
                reason="too-late",
                ended_at=now,
            ),
            lost=_move_all(
                MessageStatus.UNKNOWN,
                Message.status == MessageStatus.CLAIMED,
                Message.claimed_at <= now - CLAIM_LOST_AFTER,
                reason="process-ended",
            ),
            silent=_move_all(
                MessageStatus.UNKNOWN,
                Message.status.in_((MessageStatus.ACCEPTED, MessageStatus.SENT)),
                Message.handed_over_at <= now - NO_NEWS_AFTER,
                reason="no-news",
            ),
        )
    counts["found"] = sum(_look_for(message, desk) for message in _unknown_without_sid(now))
    counts["asked"] = sum(_ask_about(message, desk) for message in _without_news(now))
    return counts


def _move_all(new: MessageStatus, *conditions: sa.ColumnElement[bool], **values: object) -> int:
    result = db.session.execute(
        sa.update(Message)
        .where(*conditions)
        .values(status=new, **values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _unknown_without_sid(now: datetime) -> Sequence[Message]:
    never_asked = Message.asked_at.is_(None)
    turns = [
        (Message.claimed_at <= now - after) & (never_asked | (Message.asked_at < Message.claimed_at + after))
        for after in LOOK_FOR_UNKNOWN
    ]
    return _detached(
        sa.select(Message).where(Message.status == MessageStatus.UNKNOWN, Message.sid.is_(None), sa.or_(*turns))
    )


def _without_news(now: datetime) -> Sequence[Message]:
    never_asked = Message.asked_at.is_(None)
    turns = [
        (Message.handed_over_at <= now - after) & (never_asked | (Message.asked_at < Message.handed_over_at + after))
        for after in ASK_AGAIN
    ]
    return _detached(
        sa.select(Message).where(
            Message.status.in_((MessageStatus.ACCEPTED, MessageStatus.SENT)), Message.sid.is_not(None), sa.or_(*turns)
        )
    )


def _detached(query: sa.Select[Message]) -> Sequence[Message]:
    """Read and let go of the database, since a call to the provider follows."""
    rows = db.session.scalars(query.order_by(Message.id).limit(AT_ONCE)).all()
    db.session.rollback()
    db.session.expunge_all()
    return rows


def _look_for(message: Message, desk: Desk) -> bool:
    """Look for a message whose answer was lost; adopt the one that can only be it."""
    since = (message.claimed_at or message.created_at) - timedelta(minutes=1)
    sids = desk.provider.find(outgoing(message, desk.public_base_url, desk.now()), since)
    now = desk.now()
    with transaction():
        _asked(message, now)
        known = set(db.session.scalars(sa.select(Message.sid).where(Message.sid.in_(sids or []))))
        candidates = [sid for sid in sids or [] if sid not in known]
        if len(candidates) != 1:
            return False
        return take_report(ReportedStatus(sid=candidates[0], state=Delivery.QUEUED, token=message.token), now=now)


def _ask_about(message: Message, desk: Desk) -> bool:
    report = desk.provider.fetch(message.channel, message.sid or "")
    now = desk.now()
    with transaction():
        _asked(message, now)
        return report is not None and take_report(report, now=now)


def _asked(message: Message, now: datetime) -> None:
    db.session.execute(sa.update(Message).where(Message.id == message.id).values(asked_at=now))
