"""Pure decisions about when a venue is open: its week, other hours on single days, closures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from ..core.errors import Refusal
from ..core.japan.calendar import is_holiday

# A typhoon closes for a day, a rebuilding for longer than anybody plans.
MOST_CLOSED_DAYS = 1100
FARTHEST = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Hours:
    """From when to when a venue is open on a day, on the town's wall clock."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


@dataclass(frozen=True)
class Week:
    """The days on which a venue is usually open, by weekday (Monday is 0). Empty: nobody has written them down, and
    then nothing is said against any day."""

    hours: Mapping[int, Hours] = field(default_factory=dict)
    closed_on_holidays: bool = False

    def on(self, day: date) -> Hours | None:
        """The usual hours of that day; None when the venue is usually closed."""
        return None if self.closed_on_holidays and is_holiday(day) else self.hours.get(day.weekday())


def check_hours(opens: time, closes: time, field: str) -> None:
    """Raises Refusal unless the venue opens before it closes."""
    if closes <= opens:
        raise Refusal("The closing time must come after the opening time.", code="hours", field=field)


def check_closure(first: date, last: date, today: date) -> None:
    """Raises Refusal for days that are over, backwards or too many: a slip in the year is the usual mistake."""
    if last < first:
        raise Refusal(
            "The last day must not come before the first. Example: 8月12日 to 8月14日",
            code="last-before-first", field="last",
        )  # fmt: skip
    if last < today or first > today + FARTHEST:
        raise Refusal(
            "Please choose a day from today on, within three years.", code="not-a-coming-day", field="first"
        )
    if (last - first).days >= MOST_CLOSED_DAYS:
        raise Refusal(
            "Please choose at most %(most)s days.", code="too-many-days", field="last", most=MOST_CLOSED_DAYS
        )
