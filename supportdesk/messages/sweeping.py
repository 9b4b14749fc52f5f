"""What time does to messages: those that came too late, claims whose process died, and news that never came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from ..core.db import db, transaction
from . import resting
from .claims import not_held
from .delivery import Desk, outgoing
from .models import Message
from .providers.base import Channel, Delivery, ReportedStatus
from .reports import take_report
from .rest_rules import may_be_called
from .rules import MessageStatus

# Longer than connecting, reading and a stop in between may take (delivery.STALE and the provider's timeouts).
CLAIM_LOST_AFTER = timedelta(seconds=90)
# When to look into the provider's list for a message whose answer was lost, counted from its claim. The list lags, so
# that not being found proves nothing; after the last look it stays unknown, and a person decides.
LOOK_FOR_UNKNOWN = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10))
# When to ask about a message of which no final news came (callbacks do get lost), counted from the hand-over.
ASK_AGAIN = (timedelta(hours=1), timedelta(hours=12))
# Where no callback can reach us, asking is the only way to hear anything.
ASK_WITHOUT_CALLBACKS = (*(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30)), *ASK_AGAIN)
NO_NEWS_AFTER = timedelta(hours=24)
# What was claimed so long before another cannot be what the list shows of it: no process is stopped for longer and
# then goes on.
MAY_BE_EACH_OTHER = timedelta(hours=1)
AT_ONCE = 50
# No further question is begun after this long in one tick: the provider may be slow, and sending waits for its turn.
ASKING_TAKES = timedelta(seconds=5)


def sweep(desk: Desk) -> Counter[str]:
    """Settle what time decides, then ask the provider about what is open, a block at each tick."""
    now = desk.now()
    with transaction():
        counts = Counter(
            missed=_move_all(
                MessageStatus.MISSED,
                Message.status == MessageStatus.PLANNED,
                Message.not_after <= now,
                # A cap that kept it back until now is the better reason.
                reason=sa.func.coalesce(Message.reason, "too-late"),
                ended_at=now,
            ),
            lost=_move_all(
                MessageStatus.UNKNOWN,
                Message.status == MessageStatus.CLAIMED,
                # Or from a time to come: the clock was set back since. An answer that is under way is still taken.
                (Message.claimed_at <= now - CLAIM_LOST_AFTER) | (Message.claimed_at > now + CLAIM_LOST_AFTER),
                reason="process-ended",
            ),
            silent=_move_all(
                MessageStatus.UNKNOWN,
                Message.status.in_((MessageStatus.ACCEPTED, MessageStatus.SENT)),
                Message.handed_over_at <= now - NO_NEWS_AFTER,
                reason="no-news",
            ),
        )
    turns = ASK_AGAIN if desk.public_base_url else ASK_WITHOUT_CALLBACKS
    rests = resting.standing(now)
    may_be_asked = [channel for channel in Channel if may_be_called(rests.get(channel), now)]
    counts["found"] = _one_by_one(look_for, _unknown_without_sid(now, may_be_asked), desk, now)
    counts["asked"] = _one_by_one(ask_about, _without_news(now, turns, may_be_asked), desk, now)
    return counts


def _one_by_one(
    ask: Callable[[Message, Desk], bool | None], messages: Sequence[Message], desk: Desk, begun_at: datetime
) -> int:
    """Ask about each, as long as the tick has time; how many brought news. What is left over comes with the next."""
    news = 0
    for message in messages:
        if desk.now() - begun_at > ASKING_TAKES:
            break
        news += bool(ask(message, desk))
    return news


def _move_all(new: MessageStatus, *conditions: sa.ColumnElement[bool], **values: object) -> int:
    result = db.session.execute(
        sa.update(Message)
        .where(Message.id.in_(not_held(*conditions)))
        .values(status=new, **values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _unknown_without_sid(now: datetime, channels: Collection[Channel]) -> Sequence[Message]:
    unknown = (Message.status == MessageStatus.UNKNOWN, Message.sid.is_(None), Message.channel.in_(channels))
    return _whose_turn_it_is(Message.claimed_at, LOOK_FOR_UNKNOWN, now, *unknown)


def _without_news(now: datetime, turns: Sequence[timedelta], channels: Collection[Channel]) -> Sequence[Message]:
    on_the_way = Message.status.in_((MessageStatus.ACCEPTED, MessageStatus.SENT))
    asked = (on_the_way, Message.sid.is_not(None), Message.channel.in_(channels))
    return _whose_turn_it_is(Message.handed_over_at, turns, now, *asked)


def _whose_turn_it_is(
    since: InstrumentedAttribute[Any],
    turns: Sequence[timedelta],
    now: datetime,
    *conditions: sa.ColumnElement[bool],
) -> Sequence[Message]:
    """Those of which a turn has come, counted from `since`, that were not asked about in it. Ends the read, since calls
    to the provider follow.

    The turns are reckoned here, since SQLite has no arithmetic of instants.
    """
    rows = db.session.execute(
        sa.select(Message.id, since, Message.asked_at)
        .where(
            *conditions,
            since <= now - turns[0],
            Message.asked_at.is_(None) | (since > now - turns[-1] - NO_NEWS_AFTER),
        )
        .order_by(Message.id)
    )
    due = [
        identity
        for identity, begun, asked in rows
        if asked is None or asked < begun + max(turn for turn in turns if begun + turn <= now)
    ]
    found = db.session.scalars(sa.select(Message).where(Message.id.in_(due[:AT_ONCE])).order_by(Message.id)).all()
    db.session.expunge_all()
    db.session.rollback()
    return found


def look_for(message: Message, desk: Desk) -> bool | None:
    """Look for a message whose answer was lost; adopt the one that can only be it. None when the provider's list could
    not be read. An edge, as `sweep`: the list is read outside any transaction."""
    since = (message.claimed_at or message.created_at) - timedelta(minutes=1)
    sids = desk.provider.find(outgoing(message, desk.public_base_url, desk.now()), since)
    now = desk.now()
    with transaction():
        _asked(message, now)
        if sids is None:
            return None
        known = set(db.session.scalars(sa.select(Message.sid).where(Message.sid.in_(sids))))
        candidates = [sid for sid in sids if sid not in known]
        if not candidates:
            _not_in_list(message, now)
        if len(candidates) != 1 or _has_a_double(message):
            return False
        return take_report(ReportedStatus(sid=candidates[0], state=Delivery.QUEUED, token=message.token), now=now)


def _not_in_list(message: Message, now: datetime) -> None:
    db.session.execute(
        sa.update(Message)
        .where(Message.id == message.id)
        .values(not_in_list_at=now)
        .execution_options(synchronize_session=False)
    )


def _has_a_double(message: Message) -> bool:
    """Whether what was found may as well be another message to this number of which no answer is known: two people on
    one telephone is normal. Texts are told apart by their words; of a call the list says none."""
    double = sa.select(Message.id).where(
        Message.id != message.id,
        Message.number == message.number,
        Message.channel == message.channel,
        Message.sid.is_(None),
        Message.status.in_((MessageStatus.CLAIMED, MessageStatus.UNKNOWN)),
        Message.claimed_at > (message.claimed_at or message.created_at) - MAY_BE_EACH_OTHER,
    )
    if message.channel is Channel.SMS:
        double = double.where(Message.body == message.body)
    return db.session.scalar(double.limit(1)) is not None


def ask_about(message: Message, desk: Desk) -> bool:
    """Ask the provider how far a message has come that it named; True if that was news. An edge, as `sweep`."""
    report = desk.provider.fetch(message.channel, message.sid or "")
    now = desk.now()
    with transaction():
        _asked(message, now)
        return report is not None and take_report(report, now=now)


def _asked(message: Message, now: datetime) -> None:
    db.session.execute(sa.update(Message).where(Message.id == message.id).values(asked_at=now))
