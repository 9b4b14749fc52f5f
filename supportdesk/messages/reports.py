"""What a provider says about a message later, by callback or when asked. Status moves forward only.

Each text brings two or three callbacks, so what most of them need is asked in statements that are built once: building
one takes longer than running it.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from ..core.db import db
from ..office import settings as office_settings
from .cost_rules import FREE_CALLS, reported
from .models import Message, ProviderReport
from .providers import codes
from .providers.base import Channel, Delivery, ReportedStatus, is_final
from .providers.codes import Trouble
from .receipts import note_number, stop_all_sending
from .rules import ALLOWED_MOVES, MessageStatus, meaning


class _Known(NamedTuple):
    """What must be known of a message to place a report about it."""

    id: int
    sid: str | None
    sender: str | None
    channel: Channel
    number: str


_message, _report = Message.__table__, ProviderReport.__table__
assert isinstance(_message, sa.Table) and isinstance(_report, sa.Table)
_known = sa.select(*(_message.c[name] for name in _Known._fields))
_BY_TOKEN = _known.where(_message.c.token == sa.bindparam("name"))
_BY_SID = _known.where(_message.c.sid == sa.bindparam("name"))
_THIS = sa.update(_message).where(_message.c.id == sa.bindparam("row"))
_BIND = _THIS.where(_message.c.sid.is_(None)).values(
    sid=sa.bindparam("its_sid"), handed_over_at=sa.func.coalesce(_message.c.handed_over_at, sa.bindparam("now"))
)
_NAME_SENDER = _THIS.values(sender=sa.bindparam("its_sender"))
_PRICE = _THIS.values(sen=sa.bindparam("cost"))
_KEEP = sa.insert(_report)


def take_report(report: ReportedStatus, *, now: datetime) -> bool:
    """Keep a report and move the message it is about, if it says something new. True if the status moved.

    The token in the callback's address binds the provider's sid to the message even when the answer to the create was
    lost. A report about a message that is not ours is kept too: it may be one that another copy of the town sent.
    """
    message = _message_of(report)
    moved = message is not None and _move(message, report, now)
    kept = {"message_id": message.id if message else None, "sid": report.sid, "state": report.state}
    _run(_KEEP, **kept, code=_code(report), at=now, moved=moved)
    if message is not None and message.sid in (None, report.sid):
        _note_cost(message, report)
    return moved


def _run(statement: sa.Update | sa.Insert, **values: object) -> bool:
    """Whether exactly one row changed."""
    return db.session.connection().execute(statement, values).rowcount == 1


def _code(report: ReportedStatus) -> str | None:
    return str(report.code) if report.code is not None else None


def _note_cost(message: _Known, report: ReportedStatus) -> None:
    """The provider's own price holds above what we reckoned; a call that was not taken costs nothing."""
    sen = 0 if message.channel is Channel.VOICE and meaning(report.state) in FREE_CALLS else None
    if report.price is not None:
        sen = reported(report.price, report.currency, office_settings.current().yen_per_dollar)
    if sen is not None:
        _run(_PRICE, row=message.id, cost=sen)


def _message_of(report: ReportedStatus) -> _Known | None:
    """The message with the token, else the one with the sid."""
    return (_named(_BY_TOKEN, report.token) if report.token else None) or _named(_BY_SID, report.sid)


def _named(asked: sa.Select[tuple[object, ...]], name: str) -> _Known | None:
    row = db.session.connection().execute(asked, {"name": name}).one_or_none()
    return _Known._make(row) if row else None


def _move(message: _Known, report: ReportedStatus, now: datetime) -> bool:
    if message.sid not in (None, report.sid):
        return False
    if message.sid is None:
        if _named(_BY_SID, report.sid):
            return False  # another message's: one sid names one message
        _run(_BIND, row=message.id, its_sid=report.sid, now=now)
    if report.sender and message.sender is None:
        _run(_NAME_SENDER, row=message.id, its_sender=report.sender)
    ends: dict[str, object] = {"now": now, "its_code": _code(report)} if is_final(report.state) else {}
    moved = _run(_moves_on(report.state), row=message.id, **ends)
    if moved and meaning(report.state) is MessageStatus.FAILED:
        note_number(message.number, message.channel, report.code, now)
        if codes.meaning(report.code).trouble is Trouble.ACCOUNT:
            stop_all_sending(f"provider:{report.code}", now)
    return moved


@functools.cache
def _moves_on(state: Delivery) -> sa.Update:
    """The update that moves a message to what this word means, from where it may be moved there."""
    new = meaning(state)
    from_which = [old for old, allowed in ALLOWED_MOVES.items() if new in allowed]
    moves = _THIS.where(_message.c.status.in_(from_which)).values(status=new)
    return moves.values(ended_at=sa.bindparam("now"), code=sa.bindparam("its_code")) if is_final(state) else moves
