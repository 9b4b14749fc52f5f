"""Reads about what the office knows: its districts and topics, in its own order."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ..core.db import db
from .models import District, Topic


def districts() -> Sequence[District]:
    """All of them (one query)."""
    return db.session.scalars(sa.select(District).order_by(District.sort_order, District.code)).all()


def topics() -> Sequence[Topic]:
    """All of them (one query)."""
    return db.session.scalars(sa.select(Topic).order_by(Topic.sort_order, Topic.code)).all()
