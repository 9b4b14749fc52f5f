"""Reads about what the office knows: its districts, topics, branches and closed days, in its own order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from ..core.db import db
from ..core.errors import NotFound
from .models import Branch, ClosedDay, District, OfficePart, SystemDay, Topic
from .setting_rules import Part

Listed = TypeVar("Listed", District, Topic)


def districts() -> Sequence[District]:
    """All of them, those out of use too: for names and for filters (one query)."""
    return db.session.scalars(sa.select(District).order_by(District.sort_order, District.code)).all()


def topics() -> Sequence[Topic]:
    """All of them, those out of use too: for names and for filters (one query)."""
    return db.session.scalars(sa.select(Topic).order_by(Topic.sort_order, Topic.code)).all()


def districts_to_choose(also: str | None = None) -> list[District]:
    """Those in use, and the one that a row has already (one query)."""
    return [row for row in districts() if row.retired_at is None or row.code == also]


def topics_to_choose(also: Collection[str] = ()) -> list[Topic]:
    """Those in use, and those that a row has already (one query)."""
    return [row for row in topics() if row.retired_at is None or row.code in also]


def listed(model: type[Listed], code: str) -> Listed:
    """Raises NotFound."""
    found = db.session.get(model, code)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def part(name: Part) -> OfficePart:
    """How often this part of the settings was saved (one query)."""
    return db.session.get_one(OfficePart, name, populate_existing=True)


def branches(*, closed_too: bool = False) -> Sequence[Branch]:
    """In the office's own order (one query)."""
    query = sa.select(Branch).order_by(Branch.closed_at.is_not(None), Branch.sort_order, Branch.id)
    return db.session.scalars(query if closed_too else query.where(Branch.closed_at.is_(None))).all()


def branch(branch_id: int) -> Branch:
    """Raises NotFound."""
    found = db.session.get(Branch, branch_id, populate_existing=True)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def all_closed_days() -> frozenset[date]:
    """The office's own closed days (one query)."""
    return frozenset(db.session.scalars(sa.select(ClosedDay.day)))


def closed_days(first: date, last: date) -> Sequence[ClosedDay]:
    """The office's own closed days from `first` to `last` (one query)."""
    return db.session.scalars(
        sa.select(ClosedDay).where(ClosedDay.day.between(first, last)).order_by(ClosedDay.day)
    ).all()


def system_days(first: date, last: date | None = None) -> Sequence[SystemDay]:
    """The days on which the card system stands still, from `first` to `last` (None: no end; one query)."""
    query = sa.select(SystemDay).where(SystemDay.day >= first)
    return db.session.scalars(
        (query if last is None else query.where(SystemDay.day <= last)).order_by(SystemDay.day)
    ).all()
