"""A telephone number that is not the resident's: noted by whoever rang it, and taken back when that was a mistake."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import one_row
from ..core.errors import NotFound
from . import queries
from .actions import subject
from .models import Telephone


def mark_wrong(resident_id: int, number: str, *, by: Actor, now: datetime) -> bool:
    """Somebody else answered at this number (E.164): from now on nothing goes to it for this resident. False if that is
    known already. Who shares the number keeps it. Raises NotFound when they have no such number."""
    _check_theirs(resident_id, number)
    marked = _set(resident_id, number, Telephone.wrong_since.is_(None), wrong_since=now, wrong_by=by.name)
    if marked:
        history.record("resident.number-wrong", subject(resident_id), by=by, now=now)
    return marked


def say_it_is_right(resident_id: int, number: str, *, by: Actor, now: datetime) -> bool:
    """The number is theirs after all; False if nobody said otherwise. Raises NotFound."""
    _check_theirs(resident_id, number)
    cleared = _set(resident_id, number, Telephone.wrong_since.is_not(None), wrong_since=None, wrong_by="")
    if cleared:
        history.record("resident.number-right", subject(resident_id), by=by, now=now)
    return cleared


def _check_theirs(resident_id: int, number: str) -> None:
    if number not in [each.number for each in queries.get(resident_id).telephones]:
        raise NotFound("This person has no such number any more.")


def _set(resident_id: int, number: str, still: sa.ColumnElement[bool], **values: object) -> bool:
    mine = sa.update(Telephone).where(Telephone.resident_id == resident_id, Telephone.number == number, still)
    return one_row(mine.values(**values))
