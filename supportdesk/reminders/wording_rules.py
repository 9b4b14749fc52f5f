"""What the words of a message may be, and why: pure decisions about a template as the office writes it.

Sources: the office's practice 11 and 13 (what is never said), and the telephony facts a, h and rules 12-17 (length, no
address, no emoji, who calls first, no key, kanji that voices read wrongly).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan.text import nfkc

MOST_UNITS = 134
ONE_PART = 70


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

# Everyday words with one reading in such sentences. Any other kanji must first be heard from the voice.
KANJI_OF_ONE_READING = frozenset("自動電話教室案内休方押必要金暗証番号聞")

# For what is no class, in texts and (in kana, for the voice) in calls; the longest first.
_WITHOUT_CLASS = {
    False: (
        ("スマホ教室のご予約", "ご予約"), ("スマホ教室の当番", "当番"), ("スマホ教室", "ご予約"), ("教室", "ご予約"),
    ),
    True: (("スマホ教室の、とうばん", "とうばん"), ("スマホ教室", "ごよやく"), ("教室", "ごよやく")),
}  # fmt: skip

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BRACES = str.maketrans("｛｝", "{}")
# Stands for a placeholder while the words around it are judged; no Japanese sentence holds it.
_GAP = "〓"
_LINE_END = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}

_ADDRESS = re.compile(r"https?:|://|www\.|[\w〓-]@[\w-]|[\w〓-]\.[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}")
# The blocks that telephones draw as pictures, without ★ and ☆, which stand in every old telephone.
_EMOJI = re.compile(
    "[\U0001f000-\U0001fbff\u2300-\u23ff\u2600-\u2604\u2607-\u27bf\u2b00-\u2bff"
    "\ufe0f\u20e3\u203c\u2049\u2139\u3030\u303d\u3297\u3299]"
)
# あす is no day in まあすぐ, きょう none in きょうしつ.
_NEAR_DAY = re.compile(
    "明後日|明日|明朝|今日|今朝|今晩|本日|昨日|あさって|あした|あす(?!ぐ)|きょう(?=[はのもにで、。〓\n]|から|$)"
)
_SECRET = re.compile(
    "カード|かーど|口座|ぎんこうこうざ|こうざばんごう|保険証|ほけんしょう|暗証番号|あんしょうばんごう|通帳|"
    "つうちょう|印鑑|いんかん|マイナンバー|まいなんばー|マイナポータル|パスワード|還付金|かんぷきん|給付金|"
    "きゅうふきん|振込|振り込|ふりこみ|atm|年金|ねんきん|e-?tax|申告|納税|診療|病院"
)
# 「お金や暗証番号を、お聞きすることもありません」 is said aloud so that nobody tells it to an impostor.
_ASKED_OF_NOBODY = re.compile("(?:聞|きき|きく|たずね|もとめ|うかが)[^。]*(?:ません|ないです)$")
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


def without_class(template: Template, words: str) -> str:
    """The words for what is no class: a consultation, a time at the counter, a visit. They name only a booking: which
    of them it is, and what it is about, is never said (office practice 11). No text becomes longer by it."""
    for said, instead in _WITHOUT_CLASS[template.spoken]:
        # A text about a change has no room for the ご.
        short = said == "教室" and template.of_change and not template.spoken
        words = words.replace(said, "予約" if short else instead)
    return words


def problems(template: Template, words: str, titles: Collection[str], packaged: str) -> list[Refusal]:
    """Why these words (as `cleaned` gives them) cannot be said, each with its sentence; without length, which needs
    the town's names. `titles`: what the town's courses are called. What the packaged words hold betrays nothing."""
    found = [Refusal("Please fill this in.", code="empty")]
    if words:
        found = [*_shape(template, words), *_content(template, words, titles, packaged)]
        found += _speech(words) if template.spoken else ()
    for refusal in found:
        refusal.field = "words"
    return found


def too_long(units: int) -> Refusal | None:
    """Why a text that may become this long (in UTF-16 units) cannot be sent, or None."""
    if units <= MOST_UNITS:
        return None
    return Refusal(
        "With this town's longest venue this becomes %(units)s characters. The most is %(most)s (two texts).",
        code="too-long", field="words", units=units, most=MOST_UNITS,
    )  # fmt: skip


def _shape(template: Template, words: str) -> Iterator[Refusal]:
    """What is not seen, lines, and the placeholders."""
    if any(unicodedata.category(letter) in _UNSEEN for letter in words if letter != "\n"):
        yield Refusal("There are letters here that nobody sees. Please type the words anew.", code="unseen")
    if "\n" in words and not template.spoken:
        yield Refusal("A text is one line. Please take out the line breaks.", code="several-lines")
    known = PLACEHOLDERS[template]
    used = _PLACEHOLDER.findall(words)
    if strange := [name for name in dict.fromkeys(used) if name not in known]:
        yield Refusal(
            "There is no %(found)s. These can be used: %(known)s.",
            code="unknown-placeholder", found=_braced(strange), known=_braced(known),
        )  # fmt: skip
    if re.search("[{}]", _PLACEHOLDER.sub("", words)):
        yield Refusal("A brace { or } is missing its other half.", code="lone-brace")
    if missing := [name for name in known if name not in used]:
        yield Refusal("Please put in: %(missing)s.", code="missing-placeholder", missing=_braced(missing))
    if template.spoken and "sender" in used and "{sender}" not in words.split("\n")[0]:
        yield Refusal("Who calls comes first: please put {sender} into the first sentence.", code="sender-first")
    if not template.spoken and "sender" in used and not words.startswith("{sender}"):
        yield Refusal("Who writes comes first: please begin with {sender}.", code="sender-first")


def _content(template: Template, words: str, titles: Collection[str], packaged: str) -> Iterator[Refusal]:
    """What is never said, in text or call."""
    said = _folded(_PLACEHOLDER.sub(_GAP, words))
    if found := _ADDRESS.search(said):
        yield Refusal(
            "No internet or mail address, please: such texts are held back as fraud (%(found)s).",
            code="address", found=found[0],
        )  # fmt: skip
    if found := _EMOJI.search(words):
        yield Refusal("No emoji, please: many telephones do not show them (%(found)s).", code="emoji", found=found[0])
    if found := _NEAR_DAY.search(said):
        yield Refusal(
            "A message may arrive late, and “%(found)s” is then wrong. The date says which day.",
            code="near-day", found=found[0],
        )  # fmt: skip
    harmless = _sound(_PLACEHOLDER.sub(_GAP, packaged))
    sound = _sound(said)
    named = [title for title in titles if len(key := _sound(title)) > 1 and key in sound and key not in harmless]
    sentences = re.split("[。\n]", said)
    named += [
        word[0]
        for sentence in sentences
        if (word := _SECRET.search(sentence)) and not (template.spoken and _ASKED_OF_NOBODY.search(sentence))
    ]
    if named:
        yield Refusal(
            "“%(found)s” must not be said here: the family and others read and hear it too, and swindlers use such "
            "words. On paper it may stand.",
            code="betrays", found=named[0],
        )  # fmt: skip


def _speech(words: str) -> Iterator[Refusal]:
    """What a voice needs besides."""
    bare = _PLACEHOLDER.sub(_GAP, words)
    wrong = dict.fromkeys(letter for letter in _MISREAD.findall(bare) if letter not in KANJI_OF_ONE_READING)
    if wrong:
        yield Refusal(
            "The voice may read this wrongly: %(found)s. Please write it in kana, names above all.",
            code="misread", found="".join(wrong),
        )  # fmt: skip
    if any(line.count("。") != 1 or not line.endswith("。") for line in bare.split("\n")):
        yield Refusal("Please write one sentence a line, each with 。 at its end.", code="sentence-a-line")
    if any(_KEY.search(sentence) and not _NO_KEY.search(sentence) for sentence in re.split("[。\n]", _folded(bare))):
        yield Refusal(
            "Nobody shall have to press a key: many have telephones on which they cannot. Please take that out.",
            code="asks-for-key",
        )  # fmt: skip


def _braced(names: Collection[str]) -> str:
    return "、".join("{" + name + "}" for name in names)


def _folded(text: str) -> str:
    """Without widths, capitals and spaces, so that no way of writing slips by; line ends stay."""
    return re.sub(r"[^\S\n]", "", nfkc(text).lower())


def _sound(text: str) -> str:
    """As `_folded`, and all kana hiragana: a call may say a title in either."""
    return _folded(text).translate(_HIRAGANA)
