"""Japanese text: cleaning what is stored, folding what is searched.

Stored text keeps the letters as they were typed (a name is what its owner writes); only search keys fold.
"""

from __future__ import annotations

import re
import unicodedata
from string import ascii_letters

from supportdesk.core.errors import Refusal

# Everything people type for a dash, the long-vowel mark included: on a Japanese keyboard it is the same key.
HYPHENS = "-‐‑‒–—―−─━ー"

NOT_KANA = "Write the name in kana (katakana or hiragana)."

_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_TO_HIRAGANA = {katakana: hiragana for hiragana, katakana in _TO_KATAKANA.items()}

# The rule of tests/reference/kana_fold_vectors.json. か/が and う/ー stay apart on purpose: サトウ and サトー
# are two families, and folding them would fill every list with strangers.
_SAME_SOUND = str.maketrans("ゔぢづゐゑをぁぃぅぇぉっゃゅょゎゕゖ", "ぶじずいえおあいうえおつやゆよわかけ")

# Old and hand-written forms that name the same family or town part, by the form in everyday use. NFKC brings
# only the "compatibility" ones together (U+FA19 神); 髙 and 﨑 are letters of their own to Unicode. 戌戍 and
# 巳已 are the usual slips for the town parts 戊 and 己. Only for finding: on screen 齋藤 stays as typed.
_SAME_KANJI = str.maketrans(
    {
        variant: usual
        for usual, variants in {
            "浜": "濵濱", "崎": "﨑嵜", "高": "髙", "吉": "𠮷", "辺": "邉邊", "斉": "齋齊斎", "沢": "澤",
            "広": "廣", "島": "嶋嶌", "桜": "櫻", "滝": "瀧", "竜": "龍", "真": "眞", "恵": "惠", "徳": "德",
            "国": "國", "条": "條", "栄": "榮", "寿": "壽", "富": "冨", "峰": "峯", "渕": "淵", "館": "舘",
            "橋": "𣘺", "桑": "桒", "柳": "栁", "園": "薗", "児": "兒", "静": "靜", "蔵": "藏", "曽": "曾",
            "弥": "彌", "宝": "寶", "塩": "鹽", "当": "當", "関": "關", "黒": "黑", "糸": "絲", "万": "萬",
            "戊": "戌戍", "己": "巳已",
        }.items()
        for variant in variants
    }
)  # fmt: skip

_KANA_NAME = re.compile(r"(?=[ー・ ]*[ァ-ヺ])[ァ-ヺー・ ]+")
_KANA_ASKED = re.compile(r"(?=[ー・\s]*[ぁ-ゖァ-ヺ])[ぁ-ゖゝゞァ-ヺヽヾー・\s]+")
_LINE_END = re.compile(r"\r\n?|[\u0085\u2028\u2029]")


def nfkc(text: str) -> str:
    """Full-width letters and digits to plain ones, half-width kana to full. For keys, never for names."""
    return unicodedata.normalize("NFKC", text)


def clean_line(text: str) -> str:
    """One line of free text as it is stored: nothing invisible, single spaces, no space at the ends.

    Control, zero-width and direction characters and lone surrogates go (NUL breaks PostgreSQL, direction
    marks disguise a name); every kind of space, U+3000 too, becomes one plain space. No normalisation, not
    even NFC: it would turn U+FA19 神 into another letter than its owner writes.
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    visible = "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    return " ".join(visible.split())


def clean_text(text: str) -> str:
    """Several lines of free text as stored: each as in `clean_line`, line ends \\n, no empty edges."""
    return "\n".join(clean_line(line) for line in _LINE_END.sub("\n", text).split("\n")).strip("\n")


def to_katakana(text: str) -> str:
    """The stored form of a kana name: full-width katakana, one space between its parts; "" stays "".

    Raises Refusal (no field set) when anything but kana, ー, ・ and spaces is in it.
    """
    name = nfkc(clean_line(text)).translate(_TO_KATAKANA)
    if name and not _KANA_NAME.fullmatch(name):
        raise Refusal(NOT_KANA, code="not-kana")
    return name


def to_hiragana(kana: str) -> str:
    """Kana as furigana is written; ヴ becomes ゔ, and what has no hiragana stays."""
    return kana.translate(_TO_HIRAGANA)


def fold_kana(text: str) -> str:
    """The search key of a kana text: what sounds alike has the same key, and the key of a key is itself.

    Source of the rule: tests/reference/README.md (NFKC, katakana to hiragana, づ=ず, small kana to large,
    spaces, ー, ・ and marks dropped, lower case).
    """
    spelled = nfkc(nfkc(text).lower()).translate(_TO_HIRAGANA).translate(_SAME_SOUND)
    return nfkc("".join(letter for letter in spelled if letter != "ー" and _is_letter_or_digit(letter)))


def fold_kanji(text: str) -> str:
    """The search key of a name or address in kanji: NFKC, everyday forms, no spaces or marks, lower case."""
    folded = nfkc(nfkc(text).lower()).translate(_SAME_KANJI)
    return nfkc("".join(letter for letter in folded if _is_letter_or_digit(letter)))


def query_kana(text: str) -> str:
    """The key for what stands in the search box, perhaps in the middle of a conversion.

    While an IME converts, the box holds "ほんｄ": the Latin tail is the start of a kana not yet there, so it
    is left out instead of finding nobody.
    """
    return fold_kana(_without_latin_tail(text))


def looks_like_kana(text: str) -> bool:
    """Whether the search box holds a kana name (a Latin tail of a conversion aside)."""
    return _KANA_ASKED.fullmatch(_without_latin_tail(text)) is not None


def digits_of(text: str) -> str:
    """The digits 0-9 of a text, full-width and circled ones included, in their order."""
    return "".join(letter for letter in nfkc(text) if letter in "0123456789")


def _without_latin_tail(text: str) -> str:
    return nfkc(text).rstrip().rstrip(ascii_letters)


def _is_letter_or_digit(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LN"
