"""The account at the end: each promise, held against the diary and the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .diary import Diary
from .what_is_kept import WhatIsKept
from .what_left import WhatLeft

AGREES = "The outbox and the network agree on what left and how it ended"
NOT_TWICE = "Nobody was told the same step twice"
NOT_AFTER = "Nothing left after a cancellation, a move, a stop, or once told"
AS_WISHED = "Everything left by the way, to the number and in the hours that hold"
NOT_WHILE_STOPPED = "Nothing left while sending was stopped"
LEFT_ALONE = "A number that was refused for good was left alone"
KNOWN_STATE = "Every reminder ended in a known state"
SEATS = "Counters, bookings, holds and callers agree on the seats"
HISTORY = "History has every booking, cancellation, move and contact once"
CHAIN = "The chain of history verifies"
ATTENDANCE = "Who came is as it was marked"
FITS = "Every request fits the network's own description"


@dataclass(frozen=True)
class Account:
    """`broken`: by promise, what does not hold."""

    broken: dict[str, list[str]]
    steps: Counter[tuple[str, str, str]]
    persons: Counter[str]

    @property
    def holds(self) -> bool:
        return not any(self.broken.values())


def draw_up(diary: Diary, connection: sa.Connection, *, secret: str, now: datetime, misfits: list[str]) -> Account:
    """The account as of `now`; what lies ahead then is not judged."""
    left, kept = WhatLeft(diary, connection, now), WhatIsKept(diary, connection, now)
    judges: dict[str, Callable[[], Iterator[str]]] = {
        AGREES: left.agreement,
        NOT_TWICE: left.doubles,
        NOT_AFTER: left.too_late,
        AS_WISHED: left.unwished,
        NOT_WHILE_STOPPED: left.while_stopped,
        LEFT_ALONE: left.refused_before,
        KNOWN_STATE: left.unknown_ends,
        SEATS: kept.seats,
        HISTORY: kept.history,
        CHAIN: lambda: kept.chain(secret),
        ATTENDANCE: kept.attendance,
        FITS: lambda: iter(misfits),
    }
    broken = {promise: list(judge()) for promise, judge in judges.items()}
    for promise, seen in diary.surprises.items():
        broken.setdefault(promise, []).extend(seen)
    return Account(broken, left.steps(), left.persons())
