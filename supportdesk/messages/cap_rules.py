"""Pure decisions about caps: how many messages may leave for one number, one booking, and the whole town.

What a cap keeps back stays planned: it goes when the cap allows, or ends with its not-after and is a person's task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class Caps:
    """The office's caps. `to_number` and `in_day` count the town's calendar day, `in_hour` the last sixty minutes,
    `about` all that ever left about one thing."""

    to_number: int
    about: int
    in_hour: int
    in_day: int


@dataclass(frozen=True)
class Due:
    """A message that might go now, and what has left already to its number today and about the same thing."""

    id: int
    number: str
    about: str
    sent_to_number: int
    sent_about: int


def allowed(due: Sequence[Due], caps: Caps) -> list[int]:
    """Which of these may go at once, in their order: each that goes counts for those behind it."""
    to_number: Counter[str] = Counter()
    about: Counter[str] = Counter()
    may_go = []
    for one in due:
        if one.sent_to_number + to_number[one.number] >= caps.to_number:
            continue
        if one.sent_about + about[one.about] >= caps.about:
            continue
        to_number[one.number] += 1
        about[one.about] += 1
        may_go.append(one.id)
    return may_go


def town_cap(sent_in_hour: int, sent_today: int, caps: Caps) -> Cap | None:
    """Which cap of the whole town is reached, if one is."""
    if sent_today >= caps.in_day:
        return Cap.DAY
    return Cap.HOUR if sent_in_hour >= caps.in_hour else None


def asks_for_a_person(status: MessageStatus, reason: str | None) -> bool:
    """Whether somebody must be told by a person since a cap keeps their message back. The cap of an hour lifts by
    itself; the others last for the day at least, when the lesson may be near."""
    if status is S.MISSED:
        return reason in set(Cap)
    return status is S.PLANNED and reason in {Cap.NUMBER, Cap.BOOKING, Cap.DAY}
