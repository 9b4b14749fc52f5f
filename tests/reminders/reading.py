"""What an offline reader makes of our sentences, and what it should make of them.

The reader is pyopenjtalk, whose dictionary and rules are not those of the provider's voice: what it misreads another
voice may well misread too, and what it reads rightly is at least not ambiguous.
"""

from __future__ import annotations

import re
from functools import cache

_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# The words with kanji that calls may hold, each with its one reading.
KANJI_READ = {
    "自動": "ジドウ", "電話": "デンワ", "教室": "キョウシツ", "案内": "アンナイ", "暗証番号": "アンショウバンゴウ",
    "番号": "バンゴウ", "必要": "ヒツヨウ", "休": "ヤス", "金": "カネ", "聞": "キ", "押": "オ",
}  # fmt: skip
# は and へ as particles, which in our sentences stand before a pause or before あり.
_PARTICLES = ((re.compile("は(?=、|あり)"), "ワ"), (re.compile("へ(?=、)"), "エ"), (re.compile("を"), "オ"))
_SAME_SOUND = str.maketrans("ヲヂヅ", "オジズ")
_VOWEL_ROWS = {
    "ア": "アカサタナハマヤラワガザダバパァャヮ",
    "イ": "イキシチニヒミリギジビピィ",
    "ウ": "ウクスツヌフムユルグズブプゥュヴ",
    "エ": "エケセテネヘメレゲゼデベペェ",
    "オ": "オコソトノホモヨロゴゾドボポォョ",
}
_VOWEL_OF = {kana: vowel for vowel, row in _VOWEL_ROWS.items() for kana in row}
# What only makes the sound before it longer: おう and おお, えい and ええ.
_LONG = {("オ", "ウ"), ("エ", "イ")} | {(vowel, vowel) for vowel in _VOWEL_ROWS}


def should_be(sentence: str) -> str:
    """The sounds of a sentence of ours, from its kana. Raises AssertionError when a word of it has none."""
    for kanji in sorted(KANJI_READ, key=len, reverse=True):
        sentence = sentence.replace(kanji, KANJI_READ[kanji])
    for particle, sound in _PARTICLES:
        sentence = particle.sub(sound, sentence)
    assert not re.search("[一-鿿々]", sentence), f"no reading is known for {sentence}"
    return sounds(sentence)


@cache
def heard(sentence: str) -> str:
    """The sounds that the reader makes of it."""
    import pyopenjtalk

    read: str = pyopenjtalk.g2p(sentence, kana=True)
    return sounds(read)


def sounds(kana: str) -> str:
    """Kana as it sounds: without pauses and widths, every long vowel as ー."""
    kana = re.sub("[、。・「」　 ]", "", kana).translate(_KATAKANA).translate(_SAME_SOUND)
    told: list[str] = []
    vowel = ""
    for letter in kana:
        if letter == "ー" or (vowel, letter) in _LONG:
            told.append("ー")
        else:
            told.append(letter)
            vowel = _VOWEL_OF.get(letter, "")
    return "".join(told)
