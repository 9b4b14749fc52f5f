"""Pure: what a resident's own hours make of the days of a notice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

from ..core.japan.calendar import working_days_before
from ..office.rules import ALWAYS, CALL, TEXT, Hours, next_opening
from ..people.rules import Wish

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings


def last_day(lesson_day: date, office: OfficeSettings, closed: Collection[date], hours: Hours) -> date:
    """The day of the last notice: where the office's own is one on which nobody may reach them, one before it, back to
    the day of the first notice."""
    usual = working_days_before(lesson_day, office.last_notice_working_days, closed)
    if not hours.forbid(usual):
        return usual
    for back in range(office.last_notice_working_days + 1, office.first_notice_working_days + 1):
        day = working_days_before(lesson_day, back, closed)
        if not hours.forbid(day):
            return day
    return usual


def hours_fit(
    way: Wish, notice_at: datetime, end: datetime, office: OfficeSettings, closed: Collection[date], hours: Hours
) -> bool:
    """Whether a notice of that instant can still leave in these hours before `end`. What no hours at all would let
    leave in time is not theirs to answer for."""
    if hours == ALWAYS:
        return True
    window = TEXT if way is Wish.TEXT else CALL
    return next_opening(office, window, notice_at, closed, hours=hours) < end or (
        next_opening(office, window, notice_at, closed) >= end
    )
