"""Reads about when venues are open and may be used: for many venues and days at once, one query each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from ..core.db import db
from ..core.errors import NotFound
from .models import Closure, Permit, Room, VenueDay, VenueHours
from .opening_rules import Hours
from .permit_rules import PermitState


def weekly_hours(venue_ids: Collection[int]) -> dict[int, dict[int, Hours]]:
    """By venue and weekday. A venue whose week nobody wrote down is left out."""
    found: dict[int, dict[int, Hours]] = defaultdict(dict)
    for row in db.session.scalars(
        sa.select(VenueHours).where(VenueHours.venue_id.in_(venue_ids)).order_by(VenueHours.weekday)
    ):
        found[row.venue_id][row.weekday] = Hours(row.opens, row.closes)
    return dict(found)


def other_days(venue_ids: Collection[int], first: date, last: date | None = None) -> Sequence[VenueDay]:
    """Days with other hours from `first` on, in their order."""
    query = sa.select(VenueDay).where(VenueDay.venue_id.in_(venue_ids), VenueDay.day >= first)
    if last is not None:
        query = query.where(VenueDay.day <= last)
    return db.session.scalars(query.order_by(VenueDay.day)).all()


def closures(venue_ids: Collection[int], first: date, last: date | None = None) -> Sequence[Closure]:
    """Closures in force that touch the days from `first` to `last` (None: no end), of venues and of their rooms."""
    query = sa.select(Closure).where(
        Closure.venue_id.in_(venue_ids), Closure.last >= first, Closure.lifted_at.is_(None)
    )
    if last is not None:
        query = query.where(Closure.first <= last)
    return db.session.scalars(query.options(joinedload(Closure.room)).order_by(Closure.first, Closure.id)).all()


def permits_touching(room_ids: Collection[int], first: date, last: date | None = None) -> Sequence[Permit]:
    """Permits of these rooms that touch the days from `first` to `last` (None: no end), cancelled ones too."""
    query = sa.select(Permit).where(Permit.room_id.in_(room_ids), Permit.last >= first)
    if last is not None:
        query = query.where(Permit.first <= last)
    return db.session.scalars(query.order_by(Permit.first, Permit.id)).all()


def permits(state: PermitState | None = None, *, venue_id: int | None = None) -> sa.Select[Any]:
    """Permits with room and venue: what must be acted upon soonest first, those without a deadline by their days."""
    query = sa.select(Permit).join(Permit.room).join(Room.venue)
    if state is not None:
        query = query.where(Permit.state == state)
    if venue_id is not None:
        query = query.where(Room.venue_id == venue_id)
    shown = contains_eager(Permit.room).contains_eager(Room.venue)
    return query.options(shown).order_by(sa.func.coalesce(Permit.deadline, Permit.first), Permit.id)


def permit(permit_id: int) -> Permit:
    """Raises NotFound."""
    found = db.session.get(Permit, permit_id, options=[joinedload(Permit.room).joinedload(Room.venue)])
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def permit_by_external_id(external_id: str | None) -> Permit | None:
    """The permit that a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Permit).where(Permit.external_id == external_id)) if external_id else None

