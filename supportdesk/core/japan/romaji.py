"""Kana in Latin letters, as signs at stations write them (Hepburn, long vowels not marked): クチノツ, Kuchinotsu.

A table of our own: the libraries that read kanji carry a dictionary of megabytes, and of kana alone nothing is to be
guessed.
"""

from __future__ import annotations

import re

from .text import nfkc

_VOWELS = "aiueo"
_ROWS = {
    "アイウエオ": "", "カキクケコ": "k", "ガギグゲゴ": "g", "サシスセソ": "s", "ザジズゼゾ": "z", "タチツテト": "t",
    "ダヂヅデド": "d", "ナニヌネノ": "n", "ハヒフヘホ": "h", "バビブベボ": "b", "パピプペポ": "p",
    "マミムメモ": "m", "ラリルレロ": "r",
}  # fmt: skip
_SYLLABLES = {kana: row + vowel for kanas, row in _ROWS.items() for kana, vowel in zip(kanas, _VOWELS, strict=True)}
_SYLLABLES |= {
    "シ": "shi", "ジ": "ji", "チ": "chi", "ヂ": "ji", "ツ": "tsu", "ヅ": "zu", "フ": "fu", "ヤ": "ya", "ユ": "yu",
    "ヨ": "yo", "ワ": "wa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ン": "n", "ヴ": "vu", "ヵ": "ka", "ヶ": "ga",
}  # fmt: skip
# キャ, シュ, ファ, ティ: the small letter's vowel takes the place of the other's.
_SMALL = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo", "ヮ": "wa"}
_WITHOUT_Y = ("sh", "ch", "j")
_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_LONG = (("ou", "o"), ("oo", "o"), ("uu", "u"))


def romaji(kana: str) -> str:
    """The kana in Latin letters, each word with a capital. What is no kana is left out: no message may fail at it."""
    words = re.split("[ ・]+", nfkc(kana).translate(_TO_KATAKANA))
    return " ".join(latin.capitalize() for word in words if (latin := _word(word)))


def _word(kana: str) -> str:
    found: list[str] = []
    doubled = False
    for letter in kana:
        if letter in _SMALL and found and not doubled:
            found[-1] = _joined(found[-1], _SMALL[letter])
        elif letter == "ッ":
            doubled = True
        elif sound := _SYLLABLES.get(letter) or _SMALL.get(letter):
            found.append(_doubling(sound) + sound if doubled else sound)
            doubled = False
    return _without_long_vowels("".join(found))


def _doubling(sound: str) -> str:
    if sound[0] in _VOWELS:
        return ""
    return "t" if sound.startswith("ch") else sound[0]


def _joined(sound: str, small: str) -> str:
    head = sound.rstrip(_VOWELS)
    if small.startswith("y") and head.endswith(_WITHOUT_Y):
        return head + small[1:]
    # トゥ, スィ: what is not written with a ya, yu or yo keeps its own beginning.
    return head + small


def _without_long_vowels(word: str) -> str:
    for long, short in _LONG:
        word = word.replace(long, short)
    return word
