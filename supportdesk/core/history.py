"""The append-only record of who did or looked at what, when, sealed into a chain of HMACs by the tick."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .access import Actor
from .db import Base, UTCDateTime, db


class HistoryRow(Base):
    """One thing that happened. Triggers refuse changes and deletion on both databases."""

    __tablename__ = "history"
    __table_args__ = (sa.Index(None, "subject", "id"), sa.Index(None, "action", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(60))
    subject: Mapped[str] = mapped_column(sa.String(60))
    details: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class HistorySeal(Base):
    """The chain: each seal covers one row and the seal before it."""

    __tablename__ = "history_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    history_id: Mapped[int] = mapped_column(sa.ForeignKey("history.id"), unique=True)
    seal: Mapped[str] = mapped_column(sa.String(64))


class Recorded(NamedTuple):
    action: str
    subject: str
    at: datetime
    details: dict[str, Any]


_WRITE = sa.insert(HistoryRow.__table__)  # type: ignore[arg-type]


def record(action: str, subject: str, *, by: Actor, now: datetime, **details: Any) -> None:
    """Write down that `by` did `action` (`booking.cancelled`) to `subject` (`booking:12`).

    `details` takes ids, words of our own and before/after values, never a free text, a telephone number or a secret.
    """
    # Past the session's objects: every act writes a row, and nobody works with it afterwards.
    row = {"at": now, "actor_id": by.id, "actor_name": by.name, "action": action, "subject": subject}
    db.session.connection().execute(_WRITE, row | {"details": details})
    recorded().append(Recorded(action, subject, now, details))


def recorded() -> list[Recorded]:
    """What was written down in this session of the database so far, also what was rolled back afterwards."""
    found: list[Recorded] = db.session().info.setdefault("recorded", [])
    return found


def of(subject: str, *, limit: int = 100) -> Sequence[HistoryRow]:
    """The newest rows about one subject, newest first."""
    return db.session.scalars(
        sa.select(HistoryRow).where(HistoryRow.subject == subject).order_by(HistoryRow.id.desc()).limit(limit)
    ).all()


def seal_key(secret: str) -> bytes:
    """The key of the chain, derived from the installation's secret, which does not lie in the database."""
    return hmac.new(secret.encode(), b"supportdesk history seal", hashlib.sha256).digest()


def seal_new(key: bytes, *, at_most: int = 1000) -> int:
    """Seal rows that are not sealed yet, oldest first; returns how many. Two sealers at once: the second's number is
    taken, its transaction fails and the next tick goes on."""
    last = db.session.execute(
        sa.select(HistorySeal.number, HistorySeal.seal).order_by(HistorySeal.number.desc()).limit(1)
    ).first()
    number, seal = (last.number, last.seal) if last else (0, "")
    unsealed = (
        sa.select(HistoryRow)
        .outerjoin(HistorySeal, HistorySeal.history_id == HistoryRow.id)
        .where(HistorySeal.number.is_(None))
        .order_by(HistoryRow.id)
        .limit(at_most)
    )
    rows = db.session.scalars(unsealed).all()
    for row in rows:
        number += 1
        seal = _seal(key, seal, row)
        db.session.add(HistorySeal(number=number, history_id=row.id, seal=seal))
    return len(rows)


def first_broken_seal(key: bytes) -> int | None:
    """Walk the whole chain; the number of the first seal that does not hold, or None."""
    previous = ""
    pairs = sa.select(HistorySeal, HistoryRow).outerjoin(HistoryRow).order_by(HistorySeal.number)
    with db.session.execute(pairs.execution_options(yield_per=500)) as rows:
        for expected, (mark, row) in enumerate(rows, start=1):
            if mark.number != expected or row is None or not hmac.compare_digest(mark.seal, _seal(key, previous, row)):
                return expected
            previous = mark.seal
    return None


def _seal(key: bytes, previous: str, row: HistoryRow) -> str:
    body = json.dumps(
        [previous, row.id, row.at.isoformat(), row.actor_id, row.actor_name, row.action, row.subject, row.details],
        ensure_ascii=False,
        sort_keys=True,
    )
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
