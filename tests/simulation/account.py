"""The account at the end: each promise, held against the diary and the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from . import names
from .diary import Diary
from .what_is_kept import WhatIsKept
from .what_left import WhatLeft


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
        names.AGREES: left.agreement,
        names.NOT_TWICE: left.doubles,
        names.NOT_AFTER: left.too_late,
        names.AS_WISHED: left.unwished,
        names.NOT_WHILE_STOPPED: left.while_stopped,
        names.LEFT_ALONE: left.refused_before,
        names.KNOWN_STATE: left.unknown_ends,
        names.SEATS: kept.seats,
        names.HISTORY: kept.history,
        names.CHAIN: lambda: kept.chain(secret),
        names.NOTED: kept.noted,
        names.FITS: lambda: iter(misfits),
    }
    broken = {promise: list(judge()) for promise, judge in judges.items()}
    broken |= {promise: list(diary.surprises[promise]) for promise in names.SEEN_MEANWHILE}
    return Account(broken, left.steps(), left.persons())
