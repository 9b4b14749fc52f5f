"""Keeping the My Number out: no free text of ours may hold one (番号法 20条 forbids keeping other people's).

Whoever refuses a text because of it keeps nothing of it, not even in a log; the event alone is counted.
"""

from __future__ import annotations

import re

from supportdesk.core.japan.text import HYPHENS, nfkc

REFUSAL = "This looks like a My Number (12 digits), so it was not saved. Please write it without the number."

_DASH = re.escape(HYPHENS + "・")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Twelve digits too, and one in ten has a fitting check digit; without the plus it cannot be told apart.
_TELEPHONE = re.compile(
    rf"\+[\s{_DASH}]*81[\s{_DASH}()]*(?:0[\s{_DASH}()]*)?(?:\d[\s{_DASH}()]*){{8,9}}\d(?!\d)"
)
_RUN = re.compile(rf"\d(?:[\s{_DASH}]*\d)*")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def check_digit(eleven: str) -> int:
    """The twelfth digit that belongs to the first eleven (平成26年総務省令第85号 第5条).

    Raises ValueError unless given eleven digits 0-9.
    """
    if not re.fullmatch(r"[0-9]{11}", eleven):
        raise ValueError("eleven digits wanted")
    rest = sum(int(digit) * weight for digit, weight in zip(eleven, _WEIGHTS, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def contains_my_number(text: str) -> bool:
    """Whether a text holds twelve digits, in any width and grouping, whose last is the right check digit.

    About one in ten other twelve-digit numbers passes too, hence a kind sentence. Twelve zeros are nobody's.
    """
    plain = "".join(str(int(letter)) if letter.isdecimal() else letter for letter in nfkc(text))
    plain = _TELEPHONE.sub("☎", _INVISIBLE.sub("", plain))
    return any(_is_my_number(twelve) for run in _RUN.findall(plain) for twelve in _candidates(run))


def _candidates(run: str) -> list[str]:
    # Digits that nothing but spaces and dashes part: the whole, each word of it, and three fours in a row, so
    # that a telephone number beside it hides nothing. Taking every stretch of twelve would accuse notes with
    # two telephone numbers one time in ten.
    words = [re.sub(r"\D", "", word) for word in run.split()]
    fours = [
        "".join(three)
        for three in zip(words, words[1:], words[2:], strict=False)
        if all(len(word) == 4 for word in three)
    ]
    return ["".join(words), *words, *fours]


def _is_my_number(twelve: str) -> bool:
    return len(twelve) == 12 and int(twelve) > 0 and int(twelve[11]) == check_digit(twelve[:11])
