"""Pure decisions about caps: how many messages may leave for one number, one booking, and the whole town.

What a cap keeps back stays planned: it goes when the cap allows, or ends with its not-after and is a person's task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .cost_rules import NO_PRICE, SEN, Price
from .rules import MessageStatus

S = MessageStatus
# Of these nothing left the house. All others count, those too of which it is not known whether they left.
NEVER_LEFT = (S.PLANNED, S.REFUSED, S.WITHDRAWN, S.MISSED)


class Cap(StrEnum):
    """Which cap keeps a message back; kept as the message's reason."""

    NUMBER = "cap-number"
    BOOKING = "cap-booking"
    HOUR = "cap-hour"
    DAY = "cap-day"
    MONTH = "cap-month"
    # Its turn comes after the hours of its day (spread_rules.py).
    RATE = "cap-rate"


@dataclass(frozen=True)
class Caps:
    """The office's caps. `to_number` and `in_day` count the town's calendar day, `in_hour` the last sixty minutes,
    `about` all that ever left about one thing. `in_month`: sen for the calendar month, None without a limit; what a
    person released by name is not held back by it."""

    to_number: int
    about: int
    in_hour: int
    in_day: int
    in_month: int | None = None
    price: Price = NO_PRICE

    def month_is_full(self, spent: int) -> bool:
        """Whether not even the least that can be sent fits into the month any more."""
        least = min(self.price.text_part, self.price.call) * SEN
        return self.passes_month(spent, max(least, 1))

    def passes_month(self, spent: int, sen: int | None) -> bool:
        """Whether one message at this cost would pass the month's limit."""
        return self.in_month is not None and spent + (sen or 0) > self.in_month


@dataclass(frozen=True)
class Due:
    """A message that might go now, what has left already to its number today and about the same thing, and what it
    costs in sen (None: not known). `released`: a person let it go out by name, with its cost before their eyes."""

    id: int
    number: str
    about: str
    sent_to_number: int
    sent_about: int
    sen: int | None = None
    released: bool = False


def allowed(due: Sequence[Due], caps: Caps, spent: int = 0) -> list[Due]:
    """Which of these may go at once, in their order: each that goes counts for those behind it. `spent`: sen of this
    month."""
    to_number: Counter[str] = Counter()
    about: Counter[str] = Counter()
    may_go = []
    for one in due:
        if one.sent_to_number + to_number[one.number] >= caps.to_number:
            continue
        if one.sent_about + about[one.about] >= caps.about:
            continue
        if not one.released and caps.passes_month(spent, one.sen):
            continue
        spent += one.sen or 0
        to_number[one.number] += 1
        about[one.about] += 1
        may_go.append(one)
    return may_go


def town_cap(sent_in_hour: int, sent_today: int, caps: Caps) -> Cap | None:
    """Which cap of the whole town on sending is reached, if one is."""
    if sent_today >= caps.in_day:
        return Cap.DAY
    return Cap.HOUR if sent_in_hour >= caps.in_hour else None


def asks_for_a_person(status: MessageStatus, reason: str | None) -> bool:
    """Whether somebody must be told by a person since a cap keeps their message back. The cap of an hour lifts by
    itself; the others last for the day at least, when the lesson may be near."""
    if status is S.MISSED:
        return reason in set(Cap)
    return status is S.PLANNED and reason in {Cap.NUMBER, Cap.BOOKING, Cap.DAY, Cap.MONTH, Cap.RATE}
