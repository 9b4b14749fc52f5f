"""Reads for the practice telephone's pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..core.japan.text import nfkc
from .models import PracticeExchange, PracticeLine
from .practice import ON_THE_LINE
from .providers.base import Channel

# As many as a person looks back through; what was sent stands in the record of messages.
LATEST = 30


def telephones(typed: str) -> sa.Select[*tuple[Any, ...]]:
    """Each drawn telephone and whether it rings; those that ring first, then those with the newest news, then by
    number. `typed`: digits of a number, in any width."""
    on_the_line = (
        sa.select(PracticeExchange.sid)
        .where(
            PracticeExchange.number == PracticeLine.number,
            PracticeExchange.channel == Channel.VOICE,
            PracticeExchange.state.in_(ON_THE_LINE),
        )
        .exists()
    )
    ringing = sa.case((on_the_line, 1), else_=0).label("ringing")
    query: Any = sa.select(PracticeLine, ringing).order_by(
        ringing.desc(), PracticeLine.news_at.desc().nulls_last(), PracticeLine.number
    )
    if typed:
        digits = "".join(character for character in nfkc(typed) if character in "0123456789")
        # Kept as +81957…, typed as 0957…; without a digit there is nothing that could be found.
        query = query.where(PracticeLine.number.contains(digits.removeprefix("0")) if digits else sa.false())
    return query


def latest_of(numbers: Collection[str]) -> dict[str, PracticeExchange]:
    """The newest text or call of each of these telephones that has one (one query)."""
    newest = (
        sa.select(PracticeExchange.number, sa.func.max(PracticeExchange.created_at).label("at"))
        .where(PracticeExchange.number.in_(numbers))
        .group_by(PracticeExchange.number)
        .subquery()
    )
    rows = db.session.scalars(
        sa.select(PracticeExchange).join(
            newest, (PracticeExchange.number == newest.c.number) & (PracticeExchange.created_at == newest.c.at)
        )
    )
    return {row.number: row for row in rows}


def exchanges_of(number: str) -> Sequence[PracticeExchange]:
    """What a telephone got and sent, newest first."""
    found = sa.select(PracticeExchange).where(PracticeExchange.number == number)
    return db.session.scalars(
        found.order_by(PracticeExchange.created_at.desc(), PracticeExchange.sid).limit(LATEST)
    ).all()
