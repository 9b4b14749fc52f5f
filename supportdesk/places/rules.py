"""Pure decisions about venues and rooms."""

from __future__ import annotations

import re
from functools import lru_cache

from ..core.errors import Refusal
from ..core.japan.romaji import romaji
from ..core.japan.text import digits_of, nfkc

# With ten letters or fewer every reminder stays one text of 70 units (worst case of the message templates).
SHORT_NAME_LETTERS = 10
# With so many every English text stays one of 160.
ENGLISH_NAME_LETTERS = 30
MOST_SEATS = 500

_LATIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,'&()/-]*")
# What halls are called, so that the words of a name in kana come apart: its kana, and how an English text says it.
_HALL_WORDS = {
    "センター": "Center", "ホール": "Hall", "コウミンカン": "Kominkan", "カイカン": "Kaikan", "シヤクショ": "City Hall",
    "トショカン": "Library", "ガッコウ": "School", "ホケン": "Hoken", "フクシ": "Fukushi", "ソウゴウ": "Sogo",
    "ガクシュウ": "Gakushu", "ブンカ": "Bunka", "ロウジン": "Rojin", "シショ": "Branch Office",
}  # fmt: skip
_WORDS = re.compile("(" + "|".join(sorted(_HALL_WORDS, key=len, reverse=True)) + ")")


def short_name(typed: str, name: str) -> str:
    """The name for texts: the one typed, else the full name if it is short enough. Raises Refusal."""
    short = typed or name
    if len(short) > SHORT_NAME_LETTERS:
        raise Refusal(
            "The short name goes into text messages. Please write at most %(most)s characters.",
            code="short-name", field="short_name", most=SHORT_NAME_LETTERS,
        )  # fmt: skip
    return short


def name_en(typed: str) -> str:
    """The name for English texts as it is kept; "" for none. Raises Refusal."""
    name = nfkc(typed)
    if name and (len(name) > ENGLISH_NAME_LETTERS or not _LATIN.fullmatch(name)):
        raise Refusal(
            "Please write at most %(most)s plain letters (a-z, 0-9): one other letter makes a text twice as dear.",
            code="name-en", field="name_en", most=ENGLISH_NAME_LETTERS,
        )  # fmt: skip
    return name


@lru_cache(maxsize=1000)
def english_name(name_en: str, name_kana: str) -> str:
    """How an English text calls a venue: as the office wrote it, else its kana in Latin letters, as many words of it
    as may stand there."""
    if name_en:
        return name_en
    parts = [_HALL_WORDS.get(part) or romaji(part) for part in _WORDS.split(name_kana) if part]
    name = " ".join(parts)
    if len(name) <= ENGLISH_NAME_LETTERS:
        return name
    return name[: ENGLISH_NAME_LETTERS + 1].rpartition(" ")[0] or name[:ENGLISH_NAME_LETTERS]


def postal_code(typed: str) -> str:
    """859-2601, or "" for none. Raises Refusal unless there are seven digits."""
    if not typed:
        return ""
    digits = digits_of(typed)
    if len(digits) != 7:
        raise Refusal("A postal code has 7 digits, like 859-2601.", code="postal-code", field="postal_code")
    return f"{digits[:3]}-{digits[3:]}"


def check_room_seats(seats: int) -> None:
    """Raises Refusal unless 1 to 500 people fit."""
    if not 1 <= seats <= MOST_SEATS:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="seats", least=1, most=MOST_SEATS)


def check_parking(spaces: int | None) -> None:
    """Raises Refusal for fewer than none or more than 9999."""
    if spaces is not None and not 0 <= spaces <= 9999:
        raise Refusal("Please write a number from %(least)s to %(most)s.", field="parking", least=0, most=9999)
