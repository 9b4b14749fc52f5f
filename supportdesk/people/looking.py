"""Who looked at whose record."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import db, transaction
from .actions import subject

LOOKED_AT_ONCE = timedelta(hours=1)


def note_the_look(resident_id: int, *, by: Actor, now: datetime) -> None:
    """Whoever looks at a person's record, by a page or a program, is recorded, once an hour: a page is opened many
    times during one call. Opens a transaction of its own, which ends what was read before."""
    lately = sa.select(history.HistoryRow.id).where(
        history.HistoryRow.subject == subject(resident_id),
        history.HistoryRow.action == "resident.looked-at",
        # A program has no id; the name alone tells one from another.
        history.HistoryRow.actor_id == by.id,
        history.HistoryRow.actor_name == by.name,
        history.HistoryRow.at > now - LOOKED_AT_ONCE,
    )
    if db.session.scalar(lately.limit(1)) is None:
        with transaction():
            history.record("resident.looked-at", subject(resident_id), by=by, now=now)
