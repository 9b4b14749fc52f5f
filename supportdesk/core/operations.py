"""One act of one person happens once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .access import Actor
from .db import Base, UTCDateTime, db, insert_or_leave
from .errors import Refusal
from .japan.my_number import contains_my_number

LONGEST_KEY = 80
# Longer than any web session lives and any program goes on trying.
KEPT = timedelta(days=30)
# A random UUID (RFC 9562, version 4), as programs name their acts (Idempotency-Key).
_BY_CHANCE = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Operation(Base):
    """What an act answered the first time, kept in the act's own transaction."""

    __tablename__ = "operation"

    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), primary_key=True)
    actor_id: Mapped[int | None]
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


# Asked for at every act, so it is built once.
_KEEP = (
    sa.update(Operation)
    .where(Operation.key == sa.bindparam("of"))
    .values(result=sa.bindparam("answer", type_=sa.JSON))
    .execution_options(synchronize_session=False)
)


def once(
    key: str, body: Any, act: Callable[[], dict[str, Any]], *, by: Actor, now: datetime
) -> tuple[dict[str, Any], bool]:
    """Run `act` unless `key` was used before; gives its answer and whether it ran now.

    Raises Refusal `other-body` when the same key comes with another body. A refused act leaves no trace, since its
    transaction is rolled back, so that the person can mend the form and send it again.
    """
    # A key is kept, and neither a header nor a hidden field is asked by forms.py: no My Number may come in that way.
    # PostgreSQL takes no NUL, and no honest key has one. Our pages' keys are letters only; of 800 UUIDs that programs
    # send one has digits that look like a My Number, and chance made them.
    written = not _BY_CHANCE.fullmatch(key)
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable() or (written and contains_my_number(key)):
        raise Refusal("This form has no name of its own. Please open it again.", code="no-operation-key")
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    if insert_or_leave(Operation, key=key, actor_id=by.id, body_hash=digest, at=now):
        result = act()
        db.session.execute(_KEEP, {"of": key, "answer": result})
        return result, True
    earlier = db.session.get_one(Operation, key, populate_existing=True)
    if earlier.body_hash != digest or earlier.actor_id != by.id:
        raise Refusal("This form was already sent with other contents. Please open it again.", code="other-body")
    return earlier.result or {}, False


def forget(now: datetime) -> None:
    """Delete what was kept for longer than KEPT. From then on the same key would act again."""
    db.session.execute(sa.delete(Operation).where(Operation.at < now - KEPT))
