"""Pure: many messages that are asked for at one instant get their turns one after the other, as fast as the provider
takes them, within the hours in which they may leave. A turn that is given stays: who comes later goes behind.

Twilio takes one text and one call a second for each sender and queues the rest (telephony facts b and c); a queue of
its own would send in the night what was asked for in the morning, and nobody would see it coming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ..core.clock import local_date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


class Turn(NamedTuple):
    """When a message leaves. `fits` is false when its day's hours end before its turn comes: a person is asked."""

    due_at: datetime
    fits: bool


class Turns:
    """The turns of one way (texts or calls), `per_minute` of them."""

    def __init__(self, per_minute: int, taken: Iterable[datetime] = ()) -> None:
        self._per_minute = per_minute
        self._taken = {self._number(instant) for instant in taken}
        # From each number on, the next that is free: a thousand at once must not each look through all before them.
        self._after: dict[int, int] = {}

    def take(self, wished_at: datetime, not_after: datetime, opens: Callable[[datetime], datetime]) -> Turn:
        """The first free turn from `wished_at` on. `opens` gives from an instant on the first at which it may leave."""
        first = opens(wished_at)
        number = self._free(self._number(first, up=True))
        due = self._instant(number)
        while (opened := opens(due)) > due:
            number = self._free(self._number(opened, up=True))
            due = self._instant(number)
            if due >= not_after:
                break
        if due >= not_after:
            # It takes nobody's turn, and never leaves: from now on it is a person's.
            return Turn(not_after, fits=False)
        self._taken.add(number)
        return Turn(due, fits=local_date(due) == local_date(first))

    def _free(self, number: int) -> int:
        path = []
        while number in self._taken:
            path.append(number)
            number = self._after.get(number, number + 1)
        for each in path:
            self._after[each] = number
        return number

    def _number(self, instant: datetime, *, up: bool = False) -> int:
        minutes, rest = divmod(instant - _EPOCH, _MINUTE)
        part = rest * self._per_minute
        return minutes * self._per_minute + (-(-part // _MINUTE) if up else part // _MINUTE)

    def _instant(self, number: int) -> datetime:
        minutes, part = divmod(number, self._per_minute)
        # Rounded up to the microsecond, so that the turn's own instant has the turn's number.
        return _EPOCH + minutes * _MINUTE + -(-(part * _MINUTE) // self._per_minute)
