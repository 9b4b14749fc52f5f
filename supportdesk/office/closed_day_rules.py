"""Pure decisions about the office's own closed days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from ..core.errors import Refusal
from ..core.japan.calendar import is_working_day

MOST_DAYS = 31
FARTHEST = timedelta(days=3 * 365)


def days_to_close(first: date, last: date, today: date, closed: Collection[date]) -> list[date]:
    """The working days from `first` to `last`. Weekends, holidays and what is closed already need no entry.

    Raises Refusal with the field at fault: a slip in the year is the usual mistake.
    """
    working = [day for day in coming_days(first, last, today) if is_working_day(day, closed)]
    if not working:
        raise Refusal("The office is closed then already.", code="closed-already", field="first")
    return working


def coming_days(first: date, last: date, today: date) -> list[date]:
    """The days from `first` to `last`, both counted. Raises Refusal with the field at fault."""
    if last < first:
        raise Refusal(
            "The last day must not come before the first. Example: 8月12日 to 8月14日",
            code="last-before-first", field="last",
        )  # fmt: skip
    if first < today or first > today + FARTHEST:
        raise Refusal(
            "Please choose a day from today on, within three years.", code="not-a-coming-day", field="first"
        )
    if (last - first).days >= MOST_DAYS:
        raise Refusal("Please add at most %(most)s days at once.", code="too-many-days", field="last", most=MOST_DAYS)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
