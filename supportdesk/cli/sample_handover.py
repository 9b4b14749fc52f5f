"""Two colleagues of the sample town: one who leaves today, whose paper can be printed, one at the end of March."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from ..accounts.models import User, UserRole
from ..accounts.passwords import hashed
from ..core import chance, clock
from ..core.access import Actor, Role
from ..core.db import db
from ..desk.models import HelpRequest
from ..desk.rules import ENDED, RequestStatus
from ..front import handover
from ..front.handover import HandOverData
from ..front.handover_rules import Choice, ItemKind, Plan
from ..lessons.models import Series

NOTE = "会場の鍵は総務課の金庫にあります。口之津公民館の冷暖房は、前日までに館長へ電話してください。"


def make(users: Mapping[str, User], now: datetime) -> None:
    """Give them requests and a series; hand over what the one had, and prepare the other's for 1 April."""
    today = clock.local_date(now)
    left = _colleague("matsushima", "松島 一郎", today - timedelta(days=400), today, now)
    leaves = _colleague("arie", "有家 志保", today - timedelta(days=300), next_april(today) - timedelta(days=1), now)
    ids = list(
        db.session.scalars(
            sa.select(HelpRequest.id).where(HelpRequest.status.not_in(ENDED)).order_by(HelpRequest.received_at)
        )
    )
    third = max(1, len(ids) // 3)
    for person, chosen in ((left, ids[:third]), (leaves, ids[third : 2 * third])):
        mine = sa.update(HelpRequest).where(HelpRequest.id.in_(chosen))
        db.session.execute(mine.values(in_charge_id=person.id))
    waiting = sa.update(HelpRequest).where(HelpRequest.id.in_(ids[:1]))
    db.session.execute(waiting.values(status=RequestStatus.WAITING_RESIDENT))
    for person, series in zip((left, leaves), db.session.scalars(sa.select(Series).order_by(Series.id)), strict=False):
        series.in_charge_id = person.id
    db.session.flush()
    manager = users["manager"]
    by = Actor(manager.id, manager.name, manager.role_set)
    left_open = Plan({ItemKind.CALL_BACK: Choice.LEAVE})
    handover.hand_over(HandOverData(left.id, users["staff"].id, today, left_open, NOTE), by=by, now=now)
    april = HandOverData(leaves.id, users["staff-b"].id, next_april(today))
    handover.hand_over(april, by=by, now=now)


def next_april(today: date) -> date:
    """The 1 April to come."""
    return date(today.year + (today >= date(today.year, 4, 1)), 4, 1)


def _colleague(username: str, name: str, first_day: date, last_day: date, now: datetime) -> User:
    """A member of staff. Nobody knows the password; an administrator can make a one-time code."""
    user = User(
        username=username, name=name, password=hashed(chance.one_time_code()), fs_uniquifier=chance.token(),
        first_day=first_day, last_day=last_day, created_at=now, roles=[UserRole(name=Role.STAFF)],
    )  # fmt: skip
    db.session.add(user)
    db.session.flush()
    return user
