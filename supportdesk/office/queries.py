"""Reads about what the office knows: its districts and topics, in its own order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import sqlalchemy as sa

from ..core.db import db
from ..core.errors import NotFound
from .models import District, Topic

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
