"""What happens to the address under which a supporter subscribes to the own duties: made, made anew, revoked."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from ..core import chance
from ..core.access import Actor
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import Refusal
from ..core.history import record
from . import duty_queries as queries
from .duty_models import DutyFeed


def make_feed(supporter_id: int, *, by: Actor, now: datetime) -> str:
    """Make the key of the address, and give it: it cannot be shown again. One made before opens nothing any more.
    Raises NotFound, and Refusal for somebody who has left."""
    if not queries.is_here(queries.supporter(supporter_id), now):
        raise Refusal("This supporter has left and gets no duties any more.", code="supporter-left")
    key = chance.token()
    made = {"key_hash": hash_of(key), "made_at": now}
    renewed = not insert_or_leave(DutyFeed, supporter_id=supporter_id, **made)
    if renewed:
        db.session.execute(sa.update(DutyFeed).where(DutyFeed.supporter_id == supporter_id).values(**made))
    record("supporter.feed-made", subject(supporter_id), by=by, now=now, renewed=renewed)
    return key


def revoke_feed(supporter_id: int, *, by: Actor, now: datetime) -> None:
    """The address opens nothing any more; saying it twice is no error. Raises NotFound."""
    queries.supporter(supporter_id)
    if one_row(sa.delete(DutyFeed).where(DutyFeed.supporter_id == supporter_id)):
        record("supporter.feed-revoked", subject(supporter_id), by=by, now=now)


def hash_of(key: str) -> str:
    """What is kept of a key. A plain digest: there is nothing to guess in 192 bits of chance."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def subject(supporter_id: int) -> str:
    """The key under which the history knows a supporter."""
    return f"supporter:{supporter_id}"
