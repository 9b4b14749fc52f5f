"""Pure decisions of the public timetable: what state a lesson is in for a reader, how it is read aloud, its months."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, Protocol

from ..core.japan.text import to_hiragana
from ..lessons.booking_rules import CLOSED, NOT_OPEN_YET, BookableLesson, why_not_bookable
from ..lessons.rules import FURTHEST_DAYS, next_month


class Notice(StrEnum):
    """What a reader must know before ringing."""

    NOT_YET = "not_yet"
    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    BEGUN = "begun"
    CANCELLED = "cancelled"


_OF_REFUSAL = {
    "lesson-cancelled": Notice.CANCELLED,
    "lesson-begun": Notice.BEGUN,
    # Not public yet; only staff see it here, and its booking has not opened for anybody.
    "lesson-not-ready": Notice.NOT_YET,
    CLOSED: Notice.CLOSED,
    NOT_OPEN_YET: Notice.NOT_YET,
}


class Seats(BookableLesson, Protocol):
    """What is looked at besides."""

    @property
    def seats_free(self) -> int: ...


def notice(lesson: Seats, now: datetime) -> Notice:
    """The state of a lesson for its readers. A seat that is held or offered counts as taken: who rings now would not
    get it."""
    refusal = why_not_bookable(lesson, now)
    if refusal is not None:
        return _OF_REFUSAL[refusal.code]
    return Notice.OPEN if lesson.seats_free > 0 else Notice.FULL


# ---- furigana


class Part(NamedTuple):
    """A piece of a text with its reading in hiragana; "" where none is needed or known."""

    text: str
    reading: str


# What is read as it is written, what is not read at all, and what needs a reading: kanji, letters, figures.
_RUN = re.compile(r"(?P<kana>[ぁ-ゖァ-ヺー]+)|(?P<mark>[^\w]+)|(?P<read>[^\Wぁ-ゖァ-ヺー]+)")
_MARKS = re.compile(r"[^\w]+")


def readings(text: str, kana: str) -> list[Part]:
    """The text with the kana that is stored beside it: over each word that needs it, where text and kana fit each other
    in exactly one way (電話をかける, デンワヲカケル: 電話 is でんわ), else over the whole."""
    runs = [(str(found.lastgroup), found[0]) for found in _RUN.finditer(text)]
    known = to_hiragana(_MARKS.sub(" ", kana).strip())
    if not known or all(kind != "read" for kind, _ in runs):
        return [Part(text, "")]
    fits = _fits(runs, known)
    if len(fits) != 1:
        return [Part(text, to_hiragana(kana.strip()))]
    return [Part(run, reading) for (_, run), reading in zip(runs, fits[0], strict=True)]


def _fits(runs: Sequence[tuple[str, str]], kana: str) -> list[tuple[str, ...]]:
    """Up to two ways in which the kana can be shared out among the runs, found from the end. No more than two are kept
    for any place, so that no text, however odd, takes long."""
    after: dict[int, list[tuple[str, ...]]] = {len(kana): [()]}
    for kind, run in reversed(runs):
        after = {place: list(islice(_ways(kind, run, kana, place, after), 2)) for place in range(len(kana) + 1)}
    return after[0]


def _ways(
    kind: str, run: str, kana: str, place: int, after: Mapping[int, list[tuple[str, ...]]]
) -> Iterator[tuple[str, ...]]:
    """The readings from `place` on that begin with this run; no reading goes over a gap in the kana."""
    place += kana.startswith(" ", place)
    if kind == "read":
        gap = kana.find(" ", place)
        for end in range(place + 1, (len(kana) if gap < 0 else gap) + 1):
            yield from ((kana[place:end], *rest) for rest in after.get(end, ()))
        return
    said = to_hiragana(run) if kind == "kana" else ""
    if kana.startswith(said, place):
        yield from (("", *rest) for rest in after.get(place + len(said), ()))


# ---- months


def month_named(typed: str) -> date | None:
    """The first day of the month written as 2026-07, None for anything else."""
    found = re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", typed)
    return date.fromisoformat(f"{typed}-01") if found else None


def months(today: date, last: date | None) -> list[date]:
    """The first days of the months from this one to that of the last lesson: so many and no more, so that nobody who
    follows links walks on for ever."""
    first = today.replace(day=1)
    furthest = min(last or today, today + timedelta(days=FURTHEST_DAYS))
    found = [first]
    while next_month(found[-1]) <= furthest:
        found.append(next_month(found[-1]))
    return found

