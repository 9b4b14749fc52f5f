"""What a drawn telephone sends to the office: a call, or a text, at the addresses at which a real provider knocks."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.db import db, transaction
from ..core.errors import Refusal
from .models import PracticeExchange, PracticeLine
from .practice import new_sid
from .practice_calls import OFFICE, hear, locked
from .practice_wire import ACCOUNT, API_VERSION, Wire, answer
from .providers.base import Channel, Delivery
from .providers.twiml_reader import NotTwiml, read_reply

VOICE, TEXT, ENDED = "/hooks/twilio/voice", "/hooks/twilio/sms", "/hooks/twilio/voice/ended"


def ring_the_office(wire: Wire, number: str, *, withheld: bool, now: datetime) -> str:
    """Ring the office from a drawn telephone; gives the call's sid. Raises Refusal `no-public-address`."""
    base = _base(wire)
    row = _from_here(wire, number, Channel.VOICE, now)
    row.twiml_url, row.callback_url = base + VOICE, base + ENDED
    row.state, row.details = Delivery.IN_PROGRESS, {"withheld": True} if withheld else {}
    sid = _keep(row)
    hear(wire, sid, (base + VOICE, {"CallStatus": "ringing"}), now)
    return sid


def text_the_office(wire: Wire, number: str, body: str, *, now: datetime) -> bool:
    """Send a text from a drawn telephone to the office; whether the office took it. Raises Refusal
    `no-public-address`."""
    base = _base(wire)
    row = _from_here(wire, number, Channel.SMS, now)
    row.body, row.state, row.reported = body, Delivery.SENT, Delivery.SENT
    sid = _keep(row)
    form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "From": number, "To": wire.office}
    form |= {"AccountSid": ACCOUNT, "Body": body, "NumMedia": "0", "NumSegments": "1", "ApiVersion": API_VERSION}
    came = answer(wire, base + TEXT, form)
    try:
        replies = read_reply(came.text) if came is not None and came.status < 300 else None
    except NotTwiml:
        replies = None
    taken = replies is not None
    with transaction():
        row = locked(sid)
        row.state = row.reported = Delivery.DELIVERED if taken else Delivery.UNDELIVERED
        row.heard = [[OFFICE, words] for words in replies or ()]
    return taken


def _from_here(wire: Wire, number: str, channel: Channel, now: datetime) -> PracticeExchange:
    return PracticeExchange(
        sid=new_sid(channel), token="", channel=channel, number=number, sender=wire.office, inbound=True,
        body="", twiml="", state=Delivery.QUEUED, reported=Delivery.QUEUED, details={}, heard=[], place=0,
        delay=0, created_at=now, changed_at=now,
    )  # fmt: skip


def _keep(row: PracticeExchange) -> str:
    db.session.rollback()
    with transaction() as session:
        session.add(row)
        session.execute(sa.update(PracticeLine).where(PracticeLine.number == row.number).values(news_at=row.created_at))
    return row.sid


def _base(wire: Wire) -> str:
    if not wire.base:
        raise Refusal(
            "The address under which calls reach this office is not set (SUPPORTDESK_PUBLIC_BASE_URL).",
            code="no-public-address",
        )
    return wire.base
