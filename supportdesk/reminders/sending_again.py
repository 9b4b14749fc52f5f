"""Messages of which nobody knows whether they left: sent once more when a person says so, never by themselves. When
the first turns out to have left before the second does, the second is taken back (asked.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..core.history import record
from ..messages import outbox
from ..messages.looking_again import surely_not_listed
from ..messages.models import Message, MessageAlso
from ..messages.rules import MessageStatus
from . import planning
from .asked import AGAIN
from .rules import Matter


def unknown(now: datetime) -> list[Message]:
    """The messages of which nobody knows whether they left, about what is still to come and wanted, oldest first. What
    was sent again since, or told by a person, is not among them."""
    found = sa.select(Message).where(
        Message.status == MessageStatus.UNKNOWN, Message.not_after > now, Message.matter.in_(list(Matter))
    )
    rows = db.session.scalars(found.order_by(Message.due_at, Message.id)).all()
    unwanted, followed = planning.unwanted(rows, now), _followed(rows)
    return [row for row in rows if row.id not in unwanted and row.id not in followed]


def send_again(message_ids: Collection[int], *, by: Actor, now: datetime) -> int:
    """Put these once more into the outbox, to leave as soon as they may; gives how many. The old one stays as it is.

    Raises Refusal `nothing-chosen`, and `not-looked-for` for one that the provider's list was not read for in vain.
    """
    chosen = [message for message in unknown(now) if message.id in message_ids]
    if not chosen:
        raise Refusal("Please choose which messages to send again.", code="nothing-chosen", field="message")
    if not all(map(surely_not_listed, chosen)):
        raise Refusal(
            "The telephone company's list was not read for each of these yet. Please read it first.",
            code="not-looked-for", field="message",
        )  # fmt: skip
    count = 0
    for message in chosen:
        count += _put(message, now)
        record("message.sent-again", message.about, by=by, now=now, message=message.id)
    return count


def perhaps_twice(message: Message) -> bool:
    """Whether this is a second one of which the first may have left too (重複の可能性)."""
    return AGAIN in message.occasion


def _put(message: Message, now: datetime) -> bool:
    occasion, _, times = message.occasion.partition(AGAIN)
    return outbox.put(
        recipient=message.recipient, about=message.about, matter=message.matter, step=message.step,
        occasion=f"{occasion.partition('/')[0]}{AGAIN}{int(times or 1) + 1}", channel=message.channel,
        number=message.number, body=message.body, sentences=message.sentences, language=message.language,
        keys=message.keys, window=message.window, due_at=now, wished_at=message.wished_at,
        not_after=message.not_after, only_from=message.only_from, only_until=message.only_until,
        not_on=message.not_on, also=_also(message), now=now,
    )  # fmt: skip


def _also(message: Message) -> set[tuple[str, str]]:
    """Of what else it tells (one query)."""
    others = sa.select(MessageAlso.about, MessageAlso.occasion).where(MessageAlso.message_id == message.id)
    return {(row.about, row.occasion) for row in db.session.execute(others)}


def _followed(rows: Collection[Message]) -> set[int]:
    """Those for which a newer message of the same step is there (one query)."""
    newer = sa.select(Message.about, Message.matter, Message.step, sa.func.max(Message.id).label("newest"))
    newer = newer.where(Message.about.in_({row.about for row in rows}))
    grouped = db.session.execute(newer.group_by(Message.about, Message.matter, Message.step))
    newest = {(row.about, row.matter, row.step): row.newest for row in grouped}
    return {row.id for row in rows if newest[row.about, row.matter, row.step] != row.id}
