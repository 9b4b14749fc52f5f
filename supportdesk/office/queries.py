"""Reads about what the office knows: its districts, topics, branches and closed days, in its own order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from ..core.db import db
from ..core.errors import NotFound
from .models import Branch, ClosedDay, District, OfficePart, Topic
from .setting_rules import Part


def districts() -> Sequence[District]:
    """All of them (one query)."""
    return db.session.scalars(sa.select(District).order_by(District.sort_order, District.code)).all()


def topics() -> Sequence[Topic]:
    """All of them (one query)."""
    return db.session.scalars(sa.select(Topic).order_by(Topic.sort_order, Topic.code)).all()


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


def closed_days(first: date, last: date) -> Sequence[ClosedDay]:
    """The office's own closed days from `first` to `last` (one query)."""
    return db.session.scalars(
        sa.select(ClosedDay).where(ClosedDay.day.between(first, last)).order_by(ClosedDay.day)
    ).all()
