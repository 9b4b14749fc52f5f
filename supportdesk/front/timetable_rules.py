"""Pure decisions of the public timetable: what state a lesson is in for a reader, how it is read aloud, its months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, Protocol

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

    seats: Any
    seats_taken: Any
    seats_held: Any


def notice(lesson: Seats, now: datetime) -> Notice:
    """The state of a lesson for its readers. A held seat counts as taken: who rings now would not get it."""
    refusal = why_not_bookable(lesson, now)
    if refusal is not None:
        return _OF_REFUSAL[refusal.code]
    return Notice.FULL if lesson.seats_taken + lesson.seats_held >= lesson.seats else Notice.OPEN


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
    """Up to two ways in which the kana can be shared out among the runs; no reading goes over a gap in the kana. Each
    place is asked once, so that no text, however odd, takes long."""

    @cache
    def ways(place: int, begins: int) -> list[tuple[str, ...]]:
        begins += kana.startswith(" ", begins)
        if place == len(runs):
            return [()] if begins == len(kana) else []
        kind, run = runs[place]
        if kind == "mark":
            return [("", *rest) for rest in ways(place + 1, begins)]
        if kind == "kana":
            fits = kana.startswith(to_hiragana(run), begins)
            return [("", *rest) for rest in ways(place + 1, begins + len(run))] if fits else []
        found: list[tuple[str, ...]] = []
        gap = kana.find(" ", begins)
        for ends in range(begins + 1, (len(kana) if gap < 0 else gap) + 1):
            found += [(kana[begins:ends], *rest) for rest in ways(place + 1, ends)]
        return found[:2]

    return ways(0, 0)


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

