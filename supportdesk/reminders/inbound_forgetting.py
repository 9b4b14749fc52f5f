"""How long it is kept who rang and wrote, and what."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db
from .inbound_models import InboundCall, InboundText

# A complaint about a year's lessons is answered within the next one; what was agreed stands on bookings and tasks.
KEPT = timedelta(days=365)


def forget(now: datetime) -> None:
    """Delete calls and texts that came in longer ago than KEPT. A booking's answer and a call task stay."""
    db.session.execute(sa.delete(InboundCall).where(InboundCall.began_at < now - KEPT))
    db.session.execute(sa.delete(InboundText).where(InboundText.at < now - KEPT))
