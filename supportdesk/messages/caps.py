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
from ..office.setting_rules import Part
from ..office.settings import OfficeSettings
from . import cap_rules
from .cap_rules import NEVER_LEFT, Cap, Caps, Due
from .models import Message
from .rules import MessageStatus

NOTED_AT_ONCE = 500

# The counts are built once: building them takes longer than answering them, and each turn of a delivery asks.
_message = Message.__table__
_other = _message.alias("other")
_DAY, _HOUR = sa.bindparam("day", type_=UTCDateTime), sa.bindparam("hour", type_=UTCDateTime)


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


def of_office(office: OfficeSettings) -> Caps:
    return Caps(
        to_number=office.most_per_number_a_day,
        about=office.most_per_booking,
        in_hour=office.most_per_hour,
        in_day=office.most_per_day,
    )


def take_turn() -> None:
    """Wait until no other deliverer is between counting and its commit."""
    db.session.execute(sa.select(OfficePart.name).where(OfficePart.name == Part.CAPS).with_for_update())


def allowed(due: sa.Select[Any], most: int, caps: Caps, now: datetime) -> list[int]:
    """The ids of up to `most` of these due messages that no cap keeps back; the caller claims them at once."""
    take_turn()
    in_hour, today = _sent(now)
    room = min(most, caps.in_hour - in_hour, caps.in_day - today)
    if room < 1:
        return []
    chosen = (
        due.with_only_columns(Message.id, Message.number, Message.about, _sent_to_number, _sent_about)
        # Left out here, not only below: what is kept back must not stand in the way of those behind it.
        .where(_sent_to_number < caps.to_number, _sent_about < caps.about)
        .limit(room)
        .with_for_update(skip_locked=True, of=Message)
    )
    rows = db.session.execute(chosen, {"day": day_around(now)[0]})
    return cap_rules.allowed([Due(*row) for row in rows], caps)


def note(due: sa.Select[Any], caps: Caps, now: datetime) -> None:
    """Write on what is still due which cap keeps it back, so that pages can say why. Opens a transaction only when
    there is something new to say."""
    town = cap_rules.town_cap(*_sent(now), caps)
    why = sa.case(
        (_sent_about >= caps.about, Cap.BOOKING.value),
        (_sent_to_number >= caps.to_number, Cap.NUMBER.value),
        else_=sa.literal(town.value if town else None, sa.String),
    )
    news = due.with_only_columns(Message.id, why).where(Message.reason.is_distinct_from(why)).limit(NOTED_AT_ONCE)
    found = db.session.execute(news, {"day": day_around(now)[0]}).all()
    db.session.rollback()
    if not found:
        return
    with transaction():
        for reason in {reason for _id, reason in found}:
            db.session.execute(
                sa.update(Message)
                .where(
                    Message.id.in_([identity for identity, one in found if one == reason]),
                    Message.status == MessageStatus.PLANNED,
                )
                .values(reason=reason)
                .execution_options(synchronize_session=False)
            )


def _sent(now: datetime) -> tuple[int, int]:
    """How many left in the last hour, and today."""
    row = db.session.execute(_sent_by_the_town, {"hour": now - timedelta(hours=1), "day": day_around(now)[0]}).one()
    return int(row[0]), int(row[1])
