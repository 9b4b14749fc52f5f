"""Writing down what came of calls to the provider, and what a refusal says about a number or about us."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core.access import HOUSE
from ..core.db import db, insert_or_leave
from ..core.history import record
from ..office import settings as office_settings
from . import cost_rules
from .models import Message, NumberNote
from .providers import codes, sms
from .providers.base import Channel, Outcome, Receipt
from .providers.codes import Trouble
from .rules import MessageStatus, back_off

log = logging.getLogger(__name__)


def write_down(came: Sequence[tuple[Message, Receipt]], provider: str, now: datetime) -> bool:
    """Record what came of some calls. True if nothing more should be sent in this run.

    A callback may have been quicker than the answer, and the sweep may have called the claim unknown: both are
    respected by naming the statuses from which each outcome may move.
    """
    _accept([(message, receipt) for message, receipt in came if receipt.outcome is Outcome.ACCEPTED], provider, now)
    # All of them: what is behind the one that stops the run has happened too.
    stops = [_write_down_one(m, r, provider, now) for m, r in came if r.outcome is not Outcome.ACCEPTED]
    return any(stops)


def _accept(came: Sequence[tuple[Message, Receipt]], provider: str, now: datetime) -> None:
    """Most of what comes back, hence many rows in one statement."""
    if not came:
        return
    mine = sa.update(Message.__table__).where(  # type: ignore[arg-type]
        Message.id == sa.bindparam("row"), Message.claim == sa.bindparam("name")
    )
    names = [{"row": message.id, "name": message.claim} for message, _receipt in came]
    receipts = [
        {
            "its_sid": receipt.sid, "parts": receipt.segments, "its_sender": receipt.sender,
            "cost": _as_billed(message, receipt),
        }
        for message, receipt in came
    ]  # fmt: skip
    sent = mine.values(
        sid=sa.bindparam("its_sid"),
        segments=sa.bindparam("parts"),
        sen=sa.bindparam("cost"),
        sender=sa.func.coalesce(sa.bindparam("its_sender", type_=sa.String), Message.sender),
        provider=provider,
        handed_over_at=now,
    )
    moved = mine.where((Message.status == MessageStatus.CLAIMED) | (Message.status == MessageStatus.UNKNOWN))
    connection = db.session.connection()
    connection.execute(sent, [name | receipt for name, receipt in zip(names, receipts, strict=True)])
    connection.execute(moved.values(status=MessageStatus.ACCEPTED), names)


def _as_billed(message: Message, receipt: Receipt) -> int | None:
    counted = sms.segments(message.body)
    return cost_rules.as_billed(message.sen, counted, receipt.segments or counted)


def _write_down_one(message: Message, receipt: Receipt, provider: str, now: datetime) -> bool:
    code = str(receipt.code) if receipt.code is not None else None
    claimed, unknown = MessageStatus.CLAIMED, MessageStatus.UNKNOWN
    match receipt.outcome:
        case Outcome.REFUSED:
            values = {"status": MessageStatus.REFUSED, "provider": provider, "code": code, "ended_at": now}
            db.session.execute(_mine(message, claimed, unknown).values(**values))
            note_number(message.number, message.channel, receipt.code, now)
        case Outcome.UNKNOWN:
            db.session.execute(
                _mine(message, claimed).values(status=unknown, provider=provider, code=code, handed_over_at=now)
            )
        case Outcome.BUSY | Outcome.CONFIG:
            later = now + back_off(message.tries, receipt.retry_after)
            db.session.execute(
                _mine(message, claimed).values(
                    status=MessageStatus.PLANNED, claim=None, code=code, due_at=max(later, message.due_at)
                )
            )
    if receipt.outcome is Outcome.CONFIG:
        stop_all_sending(f"provider:{code}", now)
        return True
    return False


def take_back(message: Message, reason: str, now: datetime) -> None:
    """Withdraw a message that was claimed and not called for."""
    db.session.execute(
        _mine(message, MessageStatus.CLAIMED).values(status=MessageStatus.WITHDRAWN, reason=reason, ended_at=now)
    )


def _mine(message: Message, *statuses: MessageStatus) -> sa.Update:
    return (
        sa.update(Message)
        .where(Message.id == message.id, Message.claim == message.claim, Message.status.in_(statuses))
        .execution_options(synchronize_session=False)
    )


def note_number(number: str, channel: Channel, code: int | None, now: datetime) -> None:
    """Remember what a refusal says about the number itself, whoever's it is."""
    column = {
        Trouble.NO_SMS: "no_text_since",
        Trouble.OPTED_OUT: "opted_out_at",
        Trouble.NUMBER: "no_text_since" if channel is Channel.SMS else "no_call_since",
    }.get(codes.meaning(code).trouble)
    if column is None:
        return
    insert_or_leave(NumberNote, number=number)
    db.session.execute(
        sa.update(NumberNote).where(NumberNote.number == number).values({column: now, "code": str(code)})
    )


def stop_all_sending(reason: str, now: datetime) -> None:
    """One loud alarm instead of a thousand failures: nothing leaves until a person has looked and released it."""
    if office_settings.current().sending_hold:
        return
    log.error("sending is stopped: %s", reason)
    office_settings.change(sending_hold=reason)
    record("sending.stopped", "office:sending", by=HOUSE, now=now, reason=reason)
