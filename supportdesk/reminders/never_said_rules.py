"""What a message never says, in whatever language: pure decisions, each refusal with its sentence.

Sources: the office's practice 11 and 13 (families share telephones, machines record, swindlers use such words), and the
telephony facts a and rule 12 (no address, no emoji, no day that ages).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ..core.errors import Refusal
from ..core.japan.text import nfkc

# Stands for a placeholder while the words around it are judged; no sentence holds it.
GAP = "〓"

_ADDRESS = re.compile(r"https?:|://|www\.|[\w〓-]@[\w-]|[\w〓-]\.[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}")
# The blocks that telephones draw as pictures, without ★ and ☆, which stand in every old telephone.
_EMOJI = re.compile(
    "[\U0001f000-\U0001fbff\u2300-\u23ff\u2600-\u2604\u2607-\u27bf\u2b00-\u2bff"
    "\ufe0f\u20e3\u203c\u2049\u2139\u3030\u303d\u3297\u3299]"
)
# あす is no day in まあすぐ, きょう none in きょうしつ.
_NEAR_DAY = re.compile(
    "明後日|明日|明朝|明晩|今日|今朝|今晩|今夜|本日|昨日|翌日|今週|来週|"
    "あす(?!ぐ)|きょう(?=[はのもにで、。〓\n]|から|$)"
)
# The same as a call says it, in kana of either kind.
_NEAR_DAY_KANA = re.compile(
    "あさって|あした|ほんじつ|みょうにち|みょうちょう|みょうばん|こんばん(?!は)|よくじつ|こんしゅう|らいしゅう"
)
_SECRET = re.compile(
    "カード|かーど|口座|ぎんこうこうざ|こうざばんごう|保険証|ほけんしょう|暗証番号|あんしょうばんごう|通帳|"
    "つうちょう|印鑑|いんかん|マイナンバー|まいなんばー|マイナポータル|パスワード|還付金|かんぷきん|給付金|"
    "きゅうふきん|振込|振り込|ふりこみ|atm|年金|ねんきん|e-?tax|申告|納税|診療|病院|健康|けんこう|健診|検診|介護|保険"
)
# 「お金や暗証番号を、お聞きすることもありません」 is said aloud so that nobody tells it to an impostor.
_ASKED_OF_NOBODY = re.compile("(?:聞|きき|きく|たずね|もとめ|うかが)[^。]*(?:ません|ないです)$")
# The same in English, whose words end at spaces: a cardigan is no card.
_NEAR_DAY_ENGLISH = re.compile(
    r"\b(?:to-?day|to-?morrow|to-?night|yesterday|(?:this|next) (?:morning|afternoon|evening|week)|day after)\b"
)
_SECRET_ENGLISH = re.compile(
    r"\b(?:(?:my|individual)[ -]?numbers?|(?:bank|cash|credit|debit|id|health|insurance|number)?[ -]?cards?"
    r"|(?:bank )?accounts?|banks?|pass ?books?|pass ?words?|pins?|pin ?codes?|atms?|pensions?|insurance|refunds?"
    r"|benefits?|payments?|tax(?:es)?|hospitals?|clinics?|doctors?|medical|medicine|health|nursing care)\b"
)
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


def never_said(
    bare: str, titles: Collection[str], harmless: str, *, spoken: bool, english: bool, today: bool
) -> Iterator[Refusal]:
    """Why these words cannot be said. `bare` and `harmless` (the packaged words, which betray nothing) with GAP for
    each placeholder; `titles`: what the town's courses are called; `today`: there is a placeholder {today}."""
    said, spaced = folded(bare), " ".join(nfkc(bare).lower().split())
    if found := _ADDRESS.search(spaced if english else said):
        yield Refusal(
            "No internet or mail address, please: such texts are held back as fraud (%(found)s).",
            code="address", found=found[0],
        )  # fmt: skip
    if found := _EMOJI.search(bare):
        yield Refusal("No emoji, please: many telephones do not show them (%(found)s).", code="emoji", found=found[0])
    sound = said.translate(_HIRAGANA)
    if found := _NEAR_DAY.search(said) or _NEAR_DAY_KANA.search(sound) or _NEAR_DAY_ENGLISH.search(spaced):
        yield _near_day(found[0], today)
    named = [*_titles(said, titles, harmless), *_secrets(said, spoken), *_SECRET_ENGLISH.findall(spaced)]
    if named:
        yield Refusal(
            "“%(found)s” must not be said here: the family and others read and hear it too, and swindlers use such "
            "words. On paper it may stand.",
            code="betrays", found=named[0].strip(),
        )  # fmt: skip


def _near_day(found: str, today: bool) -> Refusal:
    if today:
        return Refusal(
            "A message may arrive late, and “%(found)s” is then wrong. Please put in {today}: it says so only where "
            "the lesson is cancelled on its own day.",
            code="near-day", found=found,
        )  # fmt: skip
    return Refusal(
        "A message may arrive late, and “%(found)s” is then wrong. The date says which day.",
        code="near-day", found=found,
    )  # fmt: skip


def _titles(said: str, titles: Collection[str], harmless: str) -> Iterator[str]:
    sound, known = said.translate(_HIRAGANA), _sound(harmless)
    return (title for title in titles if len(key := _sound(title)) > 1 and key in sound and key not in known)


def _secrets(said: str, spoken: bool) -> Iterator[str]:
    for sentence in re.split("[。\n]", said):
        word = _SECRET.search(sentence) or _SECRET.search(sentence.translate(_HIRAGANA))
        if word and not (spoken and _ASKED_OF_NOBODY.search(sentence)):
            yield word[0]


def folded(text: str) -> str:
    """Without widths, capitals and spaces, so that no way of writing slips by; line ends stay."""
    return re.sub(r"[^\S\n]", "", nfkc(text).lower())


def _sound(text: str) -> str:
    """As `folded`, and all kana hiragana: a call may say a title in either."""
    return folded(text).translate(_HIRAGANA)
