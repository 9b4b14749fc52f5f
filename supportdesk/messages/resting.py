"""The provider in trouble, as all deliverers and the sweep see it: one row for each channel that rests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db, insert_or_leave
from . import rest_rules
from .models import Message, ProviderRest
from .providers import codes
from .providers.base import Channel, Receipt
from .rest_rules import Rest


def standing(now: datetime) -> Mapping[Channel, Rest]:
    """Which channels are in trouble (one query)."""
    columns = (ProviderRest.channel, ProviderRest.failures, ProviderRest.noted_at, ProviderRest.until)
    rows = db.session.execute(sa.select(*columns))
    rests = {row.channel: Rest(row.failures, row.noted_at, row.until) for row in rows}
    return {channel: rest for channel, rest in rests.items() if not rest_rules.was_noted_by_another_clock(rest, now)}


def learn(came: Sequence[tuple[Message, Receipt]], now: datetime) -> None:
    """Note trouble of the provider, and end what an answer shows to be over."""
    troubles = [(message, receipt) for message, receipt in came if codes.is_trouble(receipt)]
    signs = [message for message, receipt in came if rest_rules.is_sign_of_life(receipt)]
    if not troubles and not signs:
        return
    known = dict(standing(now))
    for message in signs:
        rest = known.get(message.channel)
        if rest and rest_rules.ends(rest, _begun(message, now), now):
            db.session.execute(sa.delete(ProviderRest).where(ProviderRest.channel == message.channel))
            del known[message.channel]
    for message, receipt in troubles:
        for channel in rest_rules.channels_of(receipt, message.channel):
            known[channel] = rest_rules.after_trouble(known.get(channel), receipt, _begun(message, now), now)
            _keep(channel, known[channel])


def _begun(message: Message, now: datetime) -> datetime:
    return message.claimed_at or now


def _keep(channel: Channel, rest: Rest) -> None:
    values = {"failures": rest.failures, "noted_at": rest.noted_at, "until": rest.until}
    if not insert_or_leave(ProviderRest, channel=channel, **values):
        db.session.execute(
            sa.update(ProviderRest)
            .where(ProviderRest.channel == channel)
            .values(values)
            .execution_options(synchronize_session=False)
        )
