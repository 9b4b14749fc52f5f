"""The caps asked of the database at the moment of claiming.

Counted from the messages themselves, not in counters beside them: a message that turns out never to have left (busy,
refused, withdrawn) gives its place back by its status alone. So that two deliverers never count the same free place
each, whoever claims holds the caps' row of office_part until the commit; on SQLite every writer waits anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ..core.clock import day_around
from ..core.db import UTCDateTime, db, transaction
from ..office.models import OfficePart
from ..office.rules import URGENT
from ..office.setting_rules import Part
from ..office.settings import OfficeSettings
from . import cap_rules, cost_queries, cost_rules
from .cap_rules import NEVER_LEFT, Cap, Caps, Due
from .claims import not_held
from .models import Message
from .providers import sms
from .rules import MessageStatus

NOTED_AT_ONCE = 500

# The counts are built once: building them takes longer than answering them, and each turn of a delivery asks.
_message = Message.__table__
_other = _message.alias("other")
_DAY, _HOUR = sa.bindparam("day", type_=UTCDateTime), sa.bindparam("hour", type_=UTCDateTime)
# What goes out in the wider hours was let out by a person who saw its cost (reminders/change_actions.py).
_RELEASED = Message.window == URGENT


def _left(table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    # "Not in": with a list of what counts SQLite would look by status, where nearly every message is.
    return sa.select(sa.func.count()).select_from(table).where(*conditions, table.c.status.not_in(NEVER_LEFT))


_sent_to_number = (
    _left(_other, _other.c.number == _message.c.number, _other.c.claimed_at >= _DAY)
    .correlate(_message)
    .scalar_subquery()
)
_sent_about = _left(_other, _other.c.about == _message.c.about).correlate(_message).scalar_subquery()
_sent_by_the_town = sa.select(
    _left(_message, _message.c.claimed_at > _HOUR).scalar_subquery(),
    _left(_message, _message.c.claimed_at >= _DAY).scalar_subquery(),
)


def of_office(office: OfficeSettings, now: datetime) -> Caps:
    limit = cost_rules.limit_of(office, now)
    return Caps(
        to_number=office.most_per_number_a_day,
        about=office.most_per_booking,
        in_hour=office.most_per_hour,
        in_day=office.most_per_day,
        in_month=limit * cost_rules.SEN if limit else None,
        price=cost_rules.price_of(office),
    )


def take_turn() -> None:
    """Wait until no other deliverer is between counting and its commit."""
    db.session.execute(sa.select(OfficePart.name).where(OfficePart.name == Part.CAPS).with_for_update())


def allowed(due: sa.Select[Any], most: int, caps: Caps, now: datetime) -> list[Due]:
    """Up to `most` of these due messages that no cap keeps back, each with what it costs; the caller claims them at
    once."""
    take_turn()
    in_hour, today = _sent(now)
    spent = _spent(caps, now)
    room = min(most, caps.in_hour - in_hour, caps.in_day - today)
    if room < 1:
        return []
    # Left out here, not only below: what is kept back must not stand in the way of those behind it.
    chosen = due.where(_sent_to_number < caps.to_number, _sent_about < caps.about)
    if caps.month_is_full(spent):
        chosen = chosen.where(_RELEASED)
    first = _read(chosen.limit(room), caps, now)
    may_go = cap_rules.allowed(first, caps, spent)
    if may_go or len(first) < room:
        return may_go
    # Each of them is too dear for the rest of the month. A cheaper one, or one that a person released, may follow.
    cheaper = chosen.where(Message.id.not_in(_too_dear(chosen, caps, spent, now)))
    return cap_rules.allowed(_read(cheaper.limit(room), caps, now), caps, spent)


def _too_dear(due: sa.Select[Any], caps: Caps, spent: int, now: datetime) -> list[int]:
    """Which of these alone would pass the month's limit. How many parts a text has only its words tell."""
    rows = db.session.execute(
        due.where(~_RELEASED).with_only_columns(Message.id, Message.channel, Message.body),
        {"day": day_around(now)[0]},
    )
    return [
        identity
        for identity, channel, body in rows
        if caps.passes_month(spent, caps.price.sen(channel, sms.segments(body)))
    ]


def in_rehearsal(due: sa.Select[Any], most: int, caps: Caps, now: datetime) -> list[Due]:
    """The same of a rehearsal, which knows no cap, since it brings days forward into one moment."""
    return _read(due.limit(most), caps, now)


def _read(due: sa.Select[Any], caps: Caps, now: datetime) -> list[Due]:
    columns = due.with_only_columns(
        Message.id, Message.number, Message.about, _sent_to_number, _sent_about, Message.channel, Message.body,
        _RELEASED,
    ).with_for_update(skip_locked=True, of=Message)  # fmt: skip
    rows = db.session.execute(columns, {"day": day_around(now)[0]})
    return [
        Due(message_id, number, about, to_number, so_far, caps.price.sen(channel, sms.segments(body)), released)
        for message_id, number, about, to_number, so_far, channel, body, released in rows
    ]


def note(due: sa.Select[Any], caps: Caps, now: datetime) -> None:
    """Write on what is still due which cap keeps it back, so that pages can say why. Opens a transaction only when
    there is something new to say; what another holds is left for the next time."""
    spent = _spent(caps, now)
    full = caps.month_is_full(spent)
    dear = _too_dear(due, caps, spent, now) if caps.in_month is not None and not full else []
    town = cap_rules.town_cap(*_sent(now), caps)
    why = sa.case(
        (_sent_about >= caps.about, Cap.BOOKING.value),
        (_sent_to_number >= caps.to_number, Cap.NUMBER.value),
        (sa.or_(sa.and_(sa.literal(full), ~_RELEASED), Message.id.in_(dear)), Cap.MONTH.value),
        else_=sa.literal(town.value if town else None, sa.String),
    )
    news = due.with_only_columns(Message.id, why).where(Message.reason.is_distinct_from(why)).limit(NOTED_AT_ONCE)
    found = db.session.execute(news, {"day": day_around(now)[0]}).all()
    db.session.rollback()
    if not found:
        return
    with transaction():
        for reason in {reason for _id, reason in found}:
            these = [identity for identity, one in found if one == reason]
            free = not_held(Message.id.in_(these), Message.status == MessageStatus.PLANNED)
            db.session.execute(
                sa.update(Message)
                .where(Message.id.in_(free))
                .values(reason=reason)
                .execution_options(synchronize_session=False)
            )


def _spent(caps: Caps, now: datetime) -> int:
    """What this month has cost (sen); not asked where it has no limit."""
    return cost_queries.spent(now, caps.price) if caps.in_month is not None else 0


def _sent(now: datetime) -> tuple[int, int]:
    """How many left in the last hour, and today."""
    row = db.session.execute(_sent_by_the_town, {"hour": now - timedelta(hours=1), "day": day_around(now)[0]}).one()
    return int(row[0]), int(row[1])
