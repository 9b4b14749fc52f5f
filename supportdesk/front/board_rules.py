"""Pure decisions about the board: what its rows are, and which whole weeks it shows."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from ..lessons.span_rules import DAYS, Span, bounds


class RowsBy(StrEnum):
    DISTRICT = "district"
    VENUE = "venue"
    SUPPORTER = "supporter"


def weeks(span: Span, day: date) -> list[list[date]]:
    """The week of that day, or all weeks that touch its month, each from Monday on.

    A month is its weeks one below the other: no week is torn, and thirty columns would hold no words.
    """
    first, last = bounds(span, day)
    monday = first - timedelta(days=first.weekday())
    return [
        [monday + timedelta(days=start + place) for place in range(DAYS)]
        for start in range(0, (last - monday).days + 1, DAYS)
    ]
