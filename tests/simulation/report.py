"""The account in words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

from .account import Account
from .diary import Diary

FIRST_CASES = 5


def lines(account: Account, diary: Diary) -> Iterator[str]:
    """The account as a table: figures first, then each promise with its first broken cases."""
    ended = Counter(
        "moved" if one.moved_to else "cancelled" if one.ended_at else "lesson cancelled" if one.lesson.cancelled_at else
        f"attendance: {one.attendance}" for one in diary.bookings.values()
    )  # fmt: skip
    yield f"Bookings: {len(diary.bookings)}"
    yield from _counted(ended)
    yield f"Messages: {sum(account.steps.values())}; requests to the network: {len(diary.sent)}"
    for matter, step in sorted({(matter, step) for matter, step, _ in account.steps}):
        found = Counter({end: n for (m, s, end), n in account.steps.items() if (m, s) == (matter, step)})
        yield f"  {matter} {step}: {_in_a_row(found)}"
    yield f"  answers of the network: {_in_a_row(Counter(one.answer for one in diary.sent))}"
    yield f"Stood on the list of persons: {len(diary.listed)}"
    yield from _counted(account.persons)
    yield "What went on:"
    yield from _counted(Counter(diary.counts))
    yield "Promises:"
    for promise, broken in account.broken.items():
        yield f"  {'BROKEN' if broken else 'holds '}  {promise}" + (f" ({len(broken)} cases)" if broken else "")
        yield from (f"            {case}" for case in broken[:FIRST_CASES])


def _counted(found: Counter[str]) -> Iterator[str]:
    yield from (f"  {name}: {count}" for name, count in sorted(found.items()))


def _in_a_row(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def digest(diary: Diary) -> str:
    """A short name for all that was asked for and all that left: the same for the same run."""
    whole = [
        (one.id, one.lesson.id, one.person.id, one.made_at, one.ended_at, one.moved_to, len(one.contacts))
        for one in diary.bookings.values()
    ]
    # Without those that knocked at a crowded network: how many do, before the first answer stops the others, is chance.
    left = sorted(
        (one.at, one.number, one.channel, one.text, one.answer, one.kept) for one in diary.sent if one.answer != "busy"
    )
    return hashlib.sha256(repr((whole, left)).encode()).hexdigest()[:12]
