"""Reads about the town's telephones, whoever's they are."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ..core.db import db
from ..messages.models import PracticeLine
from .models import FamilyContact, Supporter, Telephone
from .rules import NumberKind


def without_a_drawn_one(most: int) -> Sequence[str]:
    """Numbers of residents, of their families and of supporters that have no practice telephone yet, up to so many
    (one query). A FAX neither rings nor reads."""
    found = sa.union(
        sa.select(Telephone.number).where(Telephone.kind != NumberKind.FAX, _not_drawn(Telephone.number)),
        sa.select(FamilyContact.number).where(FamilyContact.number != "", _not_drawn(FamilyContact.number)),
        sa.select(Supporter.number).where(Supporter.number != "", _not_drawn(Supporter.number)),
    )
    return db.session.scalars(found.limit(most)).all()


def _not_drawn(number: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
    return ~sa.select(PracticeLine.id).where(PracticeLine.number == number).exists()
