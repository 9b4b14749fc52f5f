"""What happens to the days on which the card system stands still (システム停止日)."""

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
from .closed_day_actions import REASON_LETTERS
from .closed_day_rules import coming_days
from .models import SystemDay

SUBJECT = "office:system-days"


def add_system_days(first: date, last: date, reason: str, *, by: Actor, now: datetime) -> list[date]:
    """Put in the days from `first` to `last`; gives those that were not in yet. What is booked at the counter stays:
    whoever puts them in is told of it first. Raises Refusal."""
    with at_field("reason"):
        kept = setting_rules.line(REASON_LETTERS)(reason)
    asked = coming_days(first, last, local_date(now))
    # A day of an earlier list keeps its reason. Saved one by one, so that of two who put in the same each day is once.
    known = set(db.session.scalars(sa.select(SystemDay.day).where(SystemDay.day.in_(asked))))
    days = [day for day in asked if day not in known and insert_or_leave(SystemDay, day=day, reason=kept)]
    history.record("office.system-days-added", SUBJECT, by=by, now=now, days=[day.isoformat() for day in days])
    return days


def remove_system_day(day: date, *, by: Actor, now: datetime) -> None:
    """The system works on that day after all. Raises NotFound when it is none."""
    if not one_row(sa.delete(SystemDay).where(SystemDay.day == day)):
        raise NotFound("This entry does not exist.")
    history.record("office.system-day-removed", SUBJECT, by=by, now=now, days=[day.isoformat()])
