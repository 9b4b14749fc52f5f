"""Numbers whose owners wish nothing from a machine any more, or wish it again. What is planned for them the next plan
takes back, and delivery asks once more before each call."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.db import db, insert_or_leave
from .models import NumberNote


def opt_out(number: str, *, now: datetime) -> None:
    """From now on nothing leaves for this number, whoever shares it. The first wish keeps its time."""
    insert_or_leave(NumberNote, number=number)
    _write(NumberNote.number == number, NumberNote.opted_out_at.is_(None), opted_out_at=now)


def opt_in(number: str) -> None:
    """What was stopped by `opt_out`, or by the carrier at its owner's wish, may leave again."""
    _write(NumberNote.number == number, opted_out_at=None)


def _write(*which: sa.ColumnElement[bool], opted_out_at: datetime | None) -> None:
    changed = sa.update(NumberNote).where(*which).values(opted_out_at=opted_out_at)
    db.session.execute(changed.execution_options(synchronize_session=False))
