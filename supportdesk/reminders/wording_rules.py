"""What the words of a message may be, and why: pure decisions about a template as the office writes it.

Sources: the telephony facts a, h and rules 12-17 (length, who calls first, no key, kanji that voices read wrongly).
What is never said stands in never_said_rules.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import nfkc
from ..messages.rules import Language
from .never_said_rules import GAP, folded, never_said

MOST_UNITS = 134
ONE_PART = 70
# An English text of plain letters alone is one text up to here, and never becomes two.
MOST_ENGLISH = 160


class Template(StrEnum):
    """The texts and calls whose words the office may write itself; the value names the packaged file."""

    TEXT_CONFIRMATION = "text_confirmation"
    TEXT_REMINDER = "text_reminder"
    TEXT_TOGETHER = "text_reminder_together"
    TEXT_SEVERAL = "text_several"
    TEXT_OFFER = "text_offer"
    TEXT_WON = "text_won"
    TEXT_LOST = "text_lost"
    TEXT_CANCELLED = "text_cancelled"
    TEXT_INSTEAD = "text_instead"
    TEXT_MOVED = "text_moved"
    TEXT_PLACE = "text_place"
    TEXT_AFTER_ALL = "text_after_all"
    TEXT_DUTY = "text_duty"
    TEXT_TRIAL = "text_trial"
    VOICE_REMINDER = "voice_reminder"
    VOICE_SEVERAL = "voice_several"
    VOICE_OFFER = "voice_offer"
    VOICE_WON = "voice_won"
    VOICE_LOST = "voice_lost"
    VOICE_CANCELLED = "voice_cancelled"
    VOICE_INSTEAD = "voice_instead"
    VOICE_MOVED = "voice_moved"
    VOICE_PLACE = "voice_place"
    VOICE_AFTER_ALL = "voice_after_all"
    VOICE_DUTY = "voice_duty"
    VOICE_TRIAL = "voice_trial"

    @property
    def spoken(self) -> bool:
        return self.value.startswith("voice_")

    @property
    def languages(self) -> tuple[Language, ...]:
        """In which it can be said: a text in the language of whom it goes to, a call in Japanese. Who reads another
        language gets a text for each lesson (together_rules.py): for several one is too long in it."""
        return (Language.JAPANESE,) if self.spoken or self is Template.TEXT_SEVERAL else tuple(Language)

    @property
    def of_change(self) -> bool:
        """Whether it tells of a change of a lesson (change_wording.py)."""
        return self in _OF_CHANGE


_OF_CHANGE = frozenset(
    {
        Template.TEXT_CANCELLED, Template.TEXT_INSTEAD, Template.TEXT_MOVED, Template.TEXT_PLACE,
        Template.TEXT_AFTER_ALL, Template.VOICE_CANCELLED, Template.VOICE_INSTEAD, Template.VOICE_MOVED,
        Template.VOICE_PLACE, Template.VOICE_AFTER_ALL,
    }
)  # fmt: skip


_TEXT = ("sender", "day", "time", "venue", "telephone")
_VOICE = ("sender", "persons", "when", "venue", "telephone")
PLACEHOLDERS: dict[Template, tuple[str, ...]] = {
    Template.TEXT_CONFIRMATION: _TEXT,
    Template.TEXT_REMINDER: _TEXT,
    Template.TEXT_TOGETHER: (*_TEXT, "persons"),
    Template.TEXT_SEVERAL: ("sender", "day", "visits", "telephone"),
    Template.TEXT_OFFER: (*_TEXT, "persons", "until"),
    Template.TEXT_WON: _TEXT,
    Template.TEXT_LOST: _TEXT,
    Template.TEXT_DUTY: _TEXT,
    Template.TEXT_TRIAL: ("sender",),
    Template.VOICE_REMINDER: _VOICE,
    Template.VOICE_SEVERAL: ("sender", "visits", "telephone"),
    Template.VOICE_OFFER: ("sender", "persons", "when", "venue", "until", "telephone"),
    Template.VOICE_WON: _VOICE,
    Template.VOICE_LOST: _VOICE,
    Template.TEXT_CANCELLED: ("sender", "day", "time", "telephone"),
    Template.TEXT_INSTEAD: ("sender", "day", "new_day", "new_time", "venue", "telephone"),
    Template.TEXT_MOVED: ("sender", "day", "new_day", "new_time", "venue", "telephone"),
    Template.TEXT_PLACE: _TEXT,
    Template.TEXT_AFTER_ALL: ("sender", "new_day", "new_time", "venue", "telephone"),
    Template.VOICE_CANCELLED: ("sender", "when", "old_venue", "telephone"),
    Template.VOICE_INSTEAD: ("sender", "when", "old_venue", "new_when", "venue", "telephone"),
    Template.VOICE_MOVED: ("sender", "when", "old_venue", "new_when", "venue", "telephone"),
    Template.VOICE_PLACE: ("sender", "when", "venue", "telephone"),
    Template.VOICE_AFTER_ALL: ("sender", "new_when", "venue", "telephone"),
    Template.VOICE_DUTY: ("sender", "when", "venue", "telephone"),
    Template.VOICE_TRIAL: ("sender", "telephone"),
}

# What may be left out. {today} says 本日 where a lesson is cancelled on its own day, else nothing: written as a word it
# would be wrong on any other day.
OPTIONAL: dict[Template, tuple[str, ...]] = {
    Template.TEXT_CANCELLED: ("today",),
    Template.VOICE_CANCELLED: ("today",),
}

# Everyday words with one reading in such sentences. Any other kanji must first be heard from the voice.
KANJI_OF_ONE_READING = frozenset("自動電話教室案内休押必要金暗証番号聞")

# For what is no class: in texts by language, and (in kana, for the voice) in calls; the longest first.
_TEXT_WITHOUT_CLASS = {
    Language.JAPANESE: (
        ("スマホ教室のご予約", "ご予約"), ("スマホ教室の当番", "当番"), ("スマホ教室", "ご予約"), ("教室", "ご予約"),
    ),
    Language.EASY: (
        ("スマホ教室を予約", "予約"), ("スマホ教室の当番", "当番"), ("スマホ教室", "予約"), ("教室", "予約"),
    ),
    Language.ENGLISH: (
        ("smartphone class booked", "booked"), ("smartphone class duty", "duty"), ("smartphone class", "booking"),
        ("class", "booking"),
    ),
}  # fmt: skip
_CALL_WITHOUT_CLASS = (("スマホ教室の、とうばん", "とうばん"), ("スマホ教室", "ごよやく"), ("教室", "ごよやく"))

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACES = str.maketrans("｛｝", "{}")
_LINE_END = re.compile(r"\r\n?|[\u0085\u2028\u2029]")

_KEY = re.compile("押|ボタン|ぼたん|[をはも、]お(?:し|す|せ)|プッシュ|シャープ|こめじるし|ダイヤル")
_NO_KEY = re.compile("(?:必要|ひつよう)[^。]*ありません$|押さな|押さず|おさな|おさず")
_MISREAD = re.compile(r"[^ぁ-ゖァ-ヺー、。・「」〜〓\s]")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def cleaned(typed: str) -> str:
    """The words as they are kept: line ends \\n, no empty lines or edges, placeholders in plain letters."""
    lines = (line.strip() for line in _LINE_END.sub("\n", typed).split("\n"))
    words = "\n".join(line for line in lines if line).translate(_BRACES)
    return _PLACEHOLDER.sub(lambda found: "{" + nfkc(found[1]).strip().lower() + "}", words)


def fill(words: str, values: Mapping[str, str]) -> str:
    """The words with the values in their places. A name that is not known stays as it is: whatever the table holds,
    no plan may stop at it."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), words)


def without_class(template: Template, words: str, language: Language = Language.JAPANESE) -> str:
    """The words for what is no class: a consultation, a time at the counter, a visit. They name only a booking: which
    of them it is, and what it is about, is never said (office practice 11). No Japanese text becomes longer by it."""
    for said, instead in _CALL_WITHOUT_CLASS if template.spoken else _TEXT_WITHOUT_CLASS[language]:
        # A text about a change has no room for the ご.
        short = said == "教室" and template.of_change and not template.spoken
        words = words.replace(said, "予約" if short else instead)
    return words


def says_no_key(sentence: str) -> bool:
    """Whether a sentence of a call says that nobody need press a key, which is not said where a key may be pressed."""
    sounds = folded(sentence)
    return bool(_KEY.search(sounds) and _NO_KEY.search(sounds.rstrip("。")))


def problems(
    template: Template, words: str, titles: Collection[str], packaged: str, language: Language = Language.JAPANESE
) -> list[Refusal]:
    """Why these words (as `cleaned` gives them) cannot be said, each with its sentence; without what needs a count
    (`too_long`, `not_plain`). `titles`: what the town's courses are called. What the packaged words hold betrays
    nothing."""
    found = [Refusal("Please fill this in.", code="empty")]
    if words:
        bare = _PLACEHOLDER.sub(GAP, words)
        harmless = _PLACEHOLDER.sub(GAP, packaged)
        found = [
            *_shape(template, words),
            *never_said(
                bare, titles, harmless, spoken=template.spoken, english=language is Language.ENGLISH,
                today="today" in OPTIONAL.get(template, ()),
            ),
            *(_speech(words) if template.spoken else ()),
        ]  # fmt: skip
    for refusal in found:
        refusal.field = "words"
    return found


def most(language: Language) -> tuple[int, int]:
    """How long a text may be as one, and at all: in the units in which it is counted (sms.length)."""
    return (MOST_ENGLISH, MOST_ENGLISH) if language is Language.ENGLISH else (ONE_PART, MOST_UNITS)


def too_long(units: int, language: Language = Language.JAPANESE) -> Refusal | None:
    """Why a text that may become this long cannot be sent, or None."""
    longest = most(language)[1]
    if units <= longest:
        return None
    if language is Language.ENGLISH:
        return Refusal(
            "With this town's longest venue this becomes %(units)s letters. The most is %(most)s (one text).",
            code="too-long", field="words", units=units, most=longest,
        )  # fmt: skip
    return Refusal(
        "With this town's longest venue this becomes %(units)s characters. The most is %(most)s (two texts).",
        code="too-long", field="words", units=units, most=longest,
    )  # fmt: skip


def not_plain(found: Iterable[str]) -> Refusal | None:
    """Why an English text with these letters, none of which is in the GSM alphabet, cannot be sent; None if there is
    none. One of them, be it a curly quotation mark, and the text is counted as Japanese ones are."""
    strange = dict.fromkeys(found)
    if not strange:
        return None
    return Refusal(
        "An English text takes plain letters alone. Please put something else for: %(found)s",
        code="not-plain", field="words", found=" ".join(strange),
    )  # fmt: skip


def _shape(template: Template, words: str) -> Iterator[Refusal]:
    """What is not seen, lines, and the placeholders."""
    if any(unicodedata.category(letter) in _UNSEEN for letter in words if letter != "\n"):
        yield Refusal("There are letters here that nobody sees. Please type the words anew.", code="unseen")
    if "\n" in words and not template.spoken:
        yield Refusal("A text is one line. Please take out the line breaks.", code="several-lines")
    needed, optional = PLACEHOLDERS[template], OPTIONAL.get(template, ())
    known = (*needed, *optional)
    used = _PLACEHOLDER.findall(words)
    if strange := [name for name in dict.fromkeys(used) if name not in known]:
        yield Refusal(
            "There is no %(found)s. These can be used: %(known)s.",
            code="unknown-placeholder", found=_braced(strange), known=_braced(known),
        )  # fmt: skip
    if re.search("[{}]", _PLACEHOLDER.sub("", words)):
        yield Refusal("A brace { or } is missing its other half.", code="lone-brace")
    if missing := [name for name in needed if name not in used]:
        yield Refusal("Please put in: %(missing)s.", code="missing-placeholder", missing=_braced(missing))
    if template.spoken and "sender" in used and "{sender}" not in words.split("\n")[0]:
        yield Refusal("Who calls comes first: please put {sender} into the first sentence.", code="sender-first")
    if not template.spoken and "sender" in used and not words.startswith("{sender}"):
        yield Refusal("Who writes comes first: please begin with {sender}.", code="sender-first")


def _speech(words: str) -> Iterator[Refusal]:
    """What a voice needs besides."""
    bare = _PLACEHOLDER.sub(GAP, words)
    wrong = dict.fromkeys(letter for letter in _MISREAD.findall(bare) if letter not in KANJI_OF_ONE_READING)
    if wrong:
        yield Refusal(
            "The voice may read this wrongly: %(found)s. Please write it in kana, names above all.",
            code="misread", found="".join(wrong),
        )  # fmt: skip
    if any(line.count("。") != 1 or not line.endswith("。") for line in bare.split("\n")):
        yield Refusal("Please write one sentence a line, each with 。 at its end.", code="sentence-a-line")
    if any(_KEY.search(sentence) and not _NO_KEY.search(sentence) for sentence in re.split("[。\n]", folded(bare))):
        yield Refusal(
            "Nobody shall have to press a key: many have telephones on which they cannot. Please take that out.",
            code="asks-for-key",
        )  # fmt: skip


def _braced(names: Collection[str]) -> str:
    return "、".join("{" + name + "}" for name in names)
