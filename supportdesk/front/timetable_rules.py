"""Pure decisions of the public timetable: what state a lesson is in for a reader, how it is read aloud, its months."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
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


_GAP = re.compile(r"([・、。！？!?\s]+)")
_KANJI = re.compile(r"[々〆ヶ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")


def readings(text: str, kana: str) -> list[Part]:
    """The text with the kana that is stored beside it, part for part where both have the same parts
    (電話をかける・受ける, デンワヲカケル ウケル), else over the whole. A part without kanji gets none."""
    if not kana.strip():
        return [Part(text, "")]
    pieces = _GAP.split(text)
    read = [one for one in _GAP.split(kana.strip())[::2] if one]
    if len(read) != len([one for one in pieces[::2] if one]):
        return [Part(text, _reading(text, kana))]
    left = iter(read)
    return [
        Part(piece, _reading(piece, next(left)) if place % 2 == 0 else "")
        for place, piece in enumerate(pieces)
        if piece
    ]


def _reading(text: str, kana: str) -> str:
    return to_hiragana(kana.strip()) if _KANJI.search(text) else ""


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

