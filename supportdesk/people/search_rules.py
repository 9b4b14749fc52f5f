"""Pure decisions about finding: what a person is found by, and who may be the same person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from ..core.errors import Refusal
from ..core.japan.calendar import parse_era
from ..core.japan.text import (
    clean_line,
    digits_of,
    fold_kana,
    fold_kanji,
    looks_like_kana,
    nfkc,
    query_kana,
)

# The first letter of a key tells its kind.
WHOLE_KANA, GIVEN_KANA, INSIDE_KANA = "k", "g", "s"
WHOLE_KANJI, INSIDE_KANJI = "n", "m"
HOUSE, PHONE, YEAR = "h", "p", "y"

KEY_MOST = 80
_LEAST_DIGITS = 3


def search_keys(
    *,
    family_kana: str,
    given_kana: str,
    family_name: str = "",
    given_name: str = "",
    house_name: str = "",
    birth_year: int | None = None,
    numbers: Sequence[str] = (),
) -> set[str]:
    """Every key of one resident; `numbers` in E.164, those of the family too.

    Endings stand beside wholes, so that a part from the middle is the beginning of some key. A kind of its own for
    wholes (k, n) lets those who begin with what was typed come first.
    """
    family, given = fold_kana(family_kana), fold_kana(given_kana)
    kana, kanji, house = family + given, _fold(family_name + given_name), _fold(house_name)
    keys = {WHOLE_KANA + kana}
    keys |= {GIVEN_KANA + given} if given else set()
    keys |= {INSIDE_KANA + kana[start:] for start in range(1, len(kana)) if start != len(family)}
    keys |= {WHOLE_KANJI + kanji} if kanji else set()
    keys |= {INSIDE_KANJI + kanji[start:] for start in range(1, len(kanji))}
    keys |= {HOUSE + house} if house else set()
    # The name behind the year, so that a year alone is answered in the order of kana.
    keys |= {f"{YEAR}{birth_year} {kana}"} if birth_year else set()
    for number in numbers:
        national = "0" + number.removeprefix("+81")
        keys |= {PHONE + national[start:] + " " for start in range(len(national) - _LEAST_DIGITS + 1)}
    return {key[:KEY_MOST] for key in keys}


class Ask(NamedTuple):
    """Look for keys that begin with `prefix`; a lower `rank` is a better hit."""

    prefix: str
    rank: int


_MOST_TYPED, _MOST_TERMS = 100, 6
_LATIN = re.compile(r"[A-Za-z]+")
_LATIN_END = re.compile(r"(?<=[^A-Za-z])[A-Za-z]+$")
_ERA_YEAR = re.compile(r"(?:[明大昭平令]|[MTSHRmtshr]\.?[0-9元]).*")


def narrowness(asks: Sequence[Ask]) -> float:
    """Roughly how much a term narrows a search down: a digit tells less than half of what a letter of a name does."""
    return min((len(ask.prefix) - 1) * (0.4 if ask.prefix[0] in PHONE + YEAR else 1) for ask in asks)


def is_narrow(asks: Sequence[Ask]) -> bool:
    """Whether a term fits so few that all of them can be read: two letters of a name, four digits."""
    return narrowness(asks) >= 1.6


def asked(text: str) -> list[list[Ask]]:
    """What stands in the search box, as a list of terms that must all fit; each may fit by any of its asks.

    Terms that cannot tell anything yet are left out (one or two digits, a lone mark, the Latin beginning of a kana
    behind another word), so that a list that is right stays while somebody types on.
    """
    words = nfkc(clean_line(text[:_MOST_TYPED])).split()[:_MOST_TERMS]
    if len(words) > 1 and _LATIN.fullmatch(words[-1]):
        words.pop()
    return [asks for asks in map(_asks_of, words) if asks]


def _asks_of(word: str) -> list[Ask]:
    if looks_like_kana(word):
        return _asks(((WHOLE_KANA, 0), (GIVEN_KANA, 1), (HOUSE, 1), (INSIDE_KANA, 2)), query_kana(word))
    digits = digits_of(word)
    if re.fullmatch(r"[0-9()+\-‐‑‒–—―−─━ー.]+", word):
        return _asks_of_digits(digits)
    if digits and _ERA_YEAR.fullmatch(word):
        try:
            return [Ask(f"{YEAR}{parse_era(word)} ", 0)]
        except Refusal:
            pass  # not a year after all: a name or a house with a number in it
    kinds = ((WHOLE_KANJI, 0), (HOUSE, 1), (INSIDE_KANJI, 2))
    return _asks(kinds, _fold(_LATIN_END.sub("", word)))


def _asks(kinds: Sequence[tuple[str, int]], beginning: str) -> list[Ask]:
    return [Ask((kind + beginning)[:KEY_MOST], rank) for kind, rank in kinds] if beginning else []


def _asks_of_digits(digits: str) -> list[Ask]:
    if len(digits) < _LEAST_DIGITS:
        return []
    asks = [Ask(f"{PHONE}{digits} ", 0), Ask(f"{PHONE}{digits}", 2)]
    if re.fullmatch(r"(19|20)[0-9]{2}", digits):
        asks.insert(1, Ask(f"{YEAR}{digits} ", 1))
    return asks


def _fold(name: str) -> str:
    # Both foldings: a given name in the kanji column is often written in kana (本多 ハル), a 屋号 half and half.
    return fold_kana(fold_kanji(name))


# ---- who may be the same person


class Likeness(StrEnum):
    """Why two may be one person."""

    NAME_AND_YEAR = "name-and-year"
    NAME = "name"
    NUMBER_AND_GIVEN_NAME = "number-and-given-name"
    KANJI_AND_YEAR = "kanji-and-year"


class Features(NamedTuple):
    """What two people are compared by; numbers in E.164."""

    family_kana: str
    given_kana: str
    kanji: str
    birth_year: int | None
    numbers: frozenset[str]


def likenesses(one: Features, other: Features) -> list[Likeness]:
    """Every reason to take two for the same person. Two known years that differ make name twins of them, which half a
    hamlet are; a shared line alone makes a household."""
    found = []
    same_kana = fold_kana(one.family_kana + one.given_kana) == fold_kana(other.family_kana + other.given_kana)
    same_year = one.birth_year is not None and one.birth_year == other.birth_year
    if same_kana and same_year:
        found.append(Likeness.NAME_AND_YEAR)
    elif same_kana and (one.birth_year is None or other.birth_year is None):
        found.append(Likeness.NAME)
    given = fold_kana(one.given_kana)
    if given and given == fold_kana(other.given_kana) and one.numbers & other.numbers:
        found.append(Likeness.NUMBER_AND_GIVEN_NAME)
    if same_year and not same_kana and one.kanji and _fold(one.kanji) == _fold(other.kanji):
        found.append(Likeness.KANJI_AND_YEAR)
    return found
