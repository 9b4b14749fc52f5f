"""Reads about things that are taken along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..core.errors import NotFound
from .models import Thing


def things(*, out_of_use_too: bool = False) -> sa.Select[Any]:
    """Things by kind and label."""
    query = sa.select(Thing).order_by(Thing.equipment, Thing.label, Thing.id)
    return query if out_of_use_too else query.where(Thing.out_of_use_at.is_(None))


def thing(thing_id: int) -> Thing:
    """Raises NotFound."""
    found = db.session.get(Thing, thing_id)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def thing_by_external_id(external_id: str | None) -> Thing | None:
    """The thing that a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Thing).where(Thing.external_id == external_id)) if external_id else None


def things_to_choose(also: Collection[int] = ()) -> Sequence[Thing]:
    """Those in use, and those that a lesson takes along already."""
    query = things(out_of_use_too=True).where(sa.or_(Thing.out_of_use_at.is_(None), Thing.id.in_(also)))
    return db.session.scalars(query).all()


def labels(ids: Collection[int]) -> dict[int, str]:
    """What these things are called."""
    if not ids:
        return {}
    found = db.session.execute(sa.select(Thing.id, Thing.label).where(Thing.id.in_(ids)))
    return {row.id: row.label for row in found}
