"""What happens to the office's own closed days. Reminders are counted anew at the next tick."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db, insert_or_leave, one_row
from ..core.edits import at_field
from ..core.errors import NotFound
from . import setting_rules
from .closed_day_rules import days_to_close
from .models import ClosedDay

SUBJECT = "office:closed-days"
REASON_LETTERS = 100


def close_days(first: date, last: date, reason: str, *, by: Actor, now: datetime) -> list[date]:
    """Close the working days from `first` to `last`; gives those that were open until now. Raises Refusal."""
    with at_field("reason"):
        kept = setting_rules.line(REASON_LETTERS)(reason)
    closed = db.session.scalars(sa.select(ClosedDay.day).where(ClosedDay.day.between(first, last))).all()
    days = [
        day
        for day in days_to_close(first, last, local_date(now), closed)
        if insert_or_leave(ClosedDay, day=day, reason=kept)
    ]
    history.record("office.days-closed", SUBJECT, by=by, now=now, days=[day.isoformat() for day in days])
    return days


def open_day(day: date, *, by: Actor, now: datetime) -> None:
    """Take a closed day back. Raises NotFound when it is none."""
    if not one_row(sa.delete(ClosedDay).where(ClosedDay.day == day)):
        raise NotFound("This entry does not exist.")
    history.record("office.day-opened", SUBJECT, by=by, now=now, days=[day.isoformat()])
