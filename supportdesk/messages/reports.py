"""What a provider says about a message later, by callback or when asked. Status moves forward only."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.db import db, one_row
from ..office import settings as office_settings
from .cost_rules import FREE_CALLS, reported
from .models import Message, ProviderReport
from .providers import codes
from .providers.base import Channel, ReportedStatus, is_final
from .providers.codes import Trouble
from .receipts import note_number, stop_all_sending
from .rules import ALLOWED_MOVES, MessageStatus, meaning


def take_report(report: ReportedStatus, *, now: datetime) -> bool:
    """Keep a report and move the message it is about, if it says something new. True if the status moved.

    The token in the callback's address binds the provider's sid to the message even when the answer to the create was
    lost. A report about a message that is not ours is kept too: it may be one that another copy of the town sent.
    """
    message = _message_of(report)
    moved = message is not None and _move(message, report, now)
    db.session.add(
        ProviderReport(
            message_id=message.id if message else None,
            sid=report.sid,
            state=report.state,
            code=str(report.code) if report.code is not None else None,
            at=now,
            moved=moved,
        )
    )
    if message is not None and message.sid in (None, report.sid):
        _note_cost(message, report)
    return moved


def _note_cost(message: Message, report: ReportedStatus) -> None:
    """The provider's own price holds above what we reckoned; a call that was not taken costs nothing."""
    sen = 0 if message.channel is Channel.VOICE and meaning(report.state) in FREE_CALLS else None
    if report.price is not None:
        sen = reported(report.price, report.currency, office_settings.current().yen_per_dollar)
    if sen is not None:
        db.session.execute(sa.update(Message).where(Message.id == message.id).values(sen=sen))


def _message_of(report: ReportedStatus) -> Message | None:
    """The message with the token, else the one with the sid."""
    return (_named(Message.token == report.token) if report.token else None) or _named(Message.sid == report.sid)


def _named(condition: sa.ColumnElement[bool]) -> Message | None:
    query = sa.select(Message).where(condition).execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def _move(message: Message, report: ReportedStatus, now: datetime) -> bool:
    if message.sid not in (None, report.sid):
        return False
    if message.sid is None:
        if _named(Message.sid == report.sid):
            return False  # another message's: one sid names one message
        bound = sa.update(Message).where(Message.id == message.id, Message.sid.is_(None))
        one_row(bound.values(sid=report.sid, handed_over_at=sa.func.coalesce(Message.handed_over_at, now)))
    if report.sender and message.sender is None:
        one_row(sa.update(Message).where(Message.id == message.id).values(sender=report.sender))
    new = meaning(report.state)
    from_which = [old for old, allowed in ALLOWED_MOVES.items() if new in allowed]
    values: dict[str, object] = {"status": new}
    if is_final(report.state):
        values |= {"ended_at": now, "code": str(report.code) if report.code is not None else None}
    moved = one_row(sa.update(Message).where(Message.id == message.id, Message.status.in_(from_which)).values(values))
    if moved and new is MessageStatus.FAILED:
        note_number(message, report.code, now)
        if codes.meaning(report.code).trouble is Trouble.ACCOUNT:
            stop_all_sending(f"provider:{report.code}", now)
    return moved
