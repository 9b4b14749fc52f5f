"""What messages cost, counted from the messages themselves. The number of queries does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from ..core.clock import at
from ..core.db import UTCDateTime, db
from ..office.settings import OfficeSettings
from . import cost_rules
from .cap_rules import NEVER_LEFT
from .cost_rules import SEN, Budget, Line, Price
from .models import Message
from .providers import sms
from .providers.base import Channel
from .rules import MessageStatus

# What left before a price was written down counts by the price of today: nothing better is known.
_TEXT, _CALL = sa.bindparam("text_sen", type_=sa.Integer), sa.bindparam("call_sen", type_=sa.Integer)
_BY_PRICE = sa.case((Message.channel == Channel.SMS, sa.func.coalesce(Message.segments, 1) * _TEXT), else_=_CALL)
# Of one whose answer was lost nobody knows the parts; it is billed as one at least.
_PART = sa.case((Message.channel == Channel.SMS, sa.func.coalesce(Message.segments, 1)), else_=0)
_COST = sa.func.coalesce(sa.func.sum(sa.func.coalesce(Message.sen, _BY_PRICE)), 0)
_LEFT = Message.status.not_in(NEVER_LEFT)
_SINCE = sa.bindparam("since", type_=UTCDateTime)
# Built once: each turn of a delivery asks where the office has set a limit.
_SPENT = sa.select(_COST).where(Message.claimed_at >= _SINCE, _LEFT)


def _prices(price: Price) -> dict[str, int]:
    return {"text_sen": price.text_part * SEN, "call_sen": price.call * SEN}


def spent(now: datetime, price: Price) -> int:
    """Sen spent in the town's calendar month so far (one query)."""
    return int(db.session.scalar(_SPENT, {"since": cost_rules.month_start(now), **_prices(price)}) or 0)


def budget(office: OfficeSettings, now: datetime, *, forecast: bool = False) -> Budget:
    """How this month stands against its limit; with what is planned until its end only when asked for. One query, or
    two; none where the office has set no limit, for then there is nothing to warn of."""
    limit, price = cost_rules.limit_of(office, now), cost_rules.price_of(office)
    if not limit:
        return Budget(0, 0)
    return Budget(limit, spent(now, price), planned(now, price).sen if forecast else 0)


@dataclass(frozen=True)
class Planned:
    """What stands in the outbox until the month's end; what is due in more than fifteen days is not there yet."""

    texts: int
    segments: int
    calls: int
    sen: int


def planned(now: datetime, price: Price) -> Planned:
    """What is planned for the rest of the month (one query)."""
    end = at(cost_rules.next_month(cost_rules.month_of(now)), time.min)
    rows = db.session.execute(
        sa.select(Message.channel, Message.body).where(
            Message.status == MessageStatus.PLANNED, Message.due_at < end, Message.not_after > now
        )
    ).all()
    bodies = [body for channel, body in rows if channel is Channel.SMS]
    parts, calls = sum(map(sms.segments, bodies)), len(rows) - len(bodies)
    return Planned(len(bodies), parts, calls, (parts * price.text_part + calls * price.call) * SEN)


def by_month(now: datetime, price: Price) -> Sequence[Line]:
    """What left in this month and the twelve before it, by way and matter, the newest first (one query)."""
    shown = cost_rules.months(now)
    # The month by its bounds: the two databases agree on no function of instants.
    bounds: list[tuple[Any, str]] = [(Message.claimed_at >= at(first, time.min), f"{first}") for first in shown]
    month = sa.case(*bounds, else_="").label("month")
    rows = db.session.execute(
        sa.select(
            month, Message.channel, Message.matter, sa.func.count(), sa.func.sum(_PART), _COST,
        )
        .where(Message.claimed_at >= at(shown[-1], time.min), _LEFT)
        .group_by(month, Message.channel, Message.matter)
        .order_by(month.desc(), Message.channel, Message.matter),
        _prices(price),
    )  # fmt: skip
    return [Line(date.fromisoformat(row[0]), *row[1:3], *map(int, row[3:])) for row in rows]
