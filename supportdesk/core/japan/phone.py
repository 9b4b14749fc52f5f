"""Telephone numbers of residents: reading what a clerk types, and which of them may be called or texted.

Kept as E.164 (+81…). The library knows Japan's area codes and how numbers are grouped; which kinds we accept
is ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from supportdesk.core.errors import Refusal
from supportdesk.core.japan.text import HYPHENS, nfkc


class PhoneKind(StrEnum):
    """What the number itself tells. That a landline is a FAX only a person knows."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    IP = "ip"


class RefusedAs(StrEnum):
    """Why a number was not taken."""

    INCOMPLETE = "incomplete"
    INVALID = "invalid"
    NONE = "none"
    TOLLFREE = "tollfree"
    SHORT = "short"
    FOREIGN = "foreign"
    PREMIUM = "premium"


class PhoneRefused(Refusal):
    """This is not a number under which a resident can be reached.

    `kind` says why; `suggestion` is the number with the area code put in front when only that was missing
    (ask the caller, never add it silently), else "".
    """

    def __init__(self, message: str, kind: RefusedAs, *, suggestion: str = "") -> None:
        super().__init__(message, code=f"phone-{kind}", suggestion=suggestion)
        self.kind = kind
        self.suggestion = suggestion


@dataclass(frozen=True)
class Phone:
    """A number that can be kept. `stripped_prefix`: 184 or 186 in front was left out; tell the clerk."""

    e164: str
    display: str
    kind: PhoneKind
    stripped_prefix: bool = False

    @property
    def sms_capable(self) -> bool:
        """Texts reach mobiles alone; the network refuses landlines and 050."""
        return self.kind is PhoneKind.MOBILE


_CHECK = "This is not a telephone number in Japan that can be called. Please check the digits."

_DASH = re.compile(f"[{re.escape(HYPHENS)}・.]|(?<=[0-9])[のノ](?=[0-9])")
_LETTER_FOR_DIGIT = re.compile(r"(?<![A-Za-z])[OoIl〇○]+[-() ]*[0-9]|[0-9][-() ]*[OoIl〇○]+(?![A-Za-z])")
_NO_PHONE = re.compile(
    r"(?:電話)?は?(?:なし|無し|無|ない|ナシ|持っていない|ありません)(?:です)?|none|no|-*", re.IGNORECASE
)
_EXTENSION = re.compile(r"内線|ext", re.IGNORECASE)
_HIDE_OR_SHOW = re.compile(r"^18[46](?=0|\+)")
_SHORT = re.compile(r"[#*][0-9]+|1[0-9]{2}")

# Before any other question: who types one of these gets told why, however many digits follow.
_SPECIAL = (
    (
        re.compile(r"0120|0800"),
        RefusedAs.TOLLFREE,
        "This is a free-dial number. Please write the person's own number.",
    ),
    (
        re.compile(r"0570|0990"),
        RefusedAs.PREMIUM,
        "Calling this number costs extra. Please write the person's own number.",
    ),
    (re.compile(r"010"), RefusedAs.FOREIGN, "Numbers abroad cannot be called from here."),
    (
        re.compile(r"020|0170|0180|0910"),
        RefusedAs.INVALID,
        "Nobody picks up under this number (a pager, or an announcement). Please write the person's own number.",
    ),
)
# Free dial, dear and shared numbers, pagers; a resident has none of them.
_NEVER_CALLED = ("00", "0120", "0170", "0180", "0570", "0800", "0910", "0990", "020")
_MOBILE = re.compile(r"0[6789]0[0-9]{8}")
_IP = re.compile(r"050[0-9]{8}")
_GEOGRAPHIC = re.compile(r"0[1-9]{2}[0-9]{7}")


def parse(typed: str, area_code: str = "0957") -> Phone:
    """The number that was typed, in any width and with any separators, a name before or after it cut off.

    `area_code` is the town's own, suggested when it is missing. Raises PhoneRefused with words for the clerk.
    """
    text = _DASH.sub("-", nfkc(typed)).replace("\t", " ").strip()
    if _NO_PHONE.fullmatch(text):
        raise PhoneRefused(
            "There is no number here. If there is no telephone, choose that instead.", RefusedAs.NONE
        )
    if _EXTENSION.search(text):
        raise PhoneRefused(
            "An extension cannot be dialled by machine. Please write it in the note.", RefusedAs.INVALID
        )
    if _LETTER_FOR_DIGIT.search(text):
        raise PhoneRefused("There is a letter among the digits. Please check them.", RefusedAs.INVALID)
    dialled = _one_number(text)
    if _SHORT.fullmatch(dialled):
        raise PhoneRefused(
            "This is a service number (like 110 or 188). Please write the person's own number.",
            RefusedAs.SHORT,
        )
    bare = _HIDE_OR_SHOW.sub("", dialled)
    national = _national(bare, area_code)
    kind = _kind(national)
    if kind is None:
        raise PhoneRefused(_CHECK, RefusedAs.INVALID)
    e164 = "+81" + national[1:]
    return Phone(e164, display(e164), kind, stripped_prefix=bare != dialled)


@lru_cache(maxsize=8192)  # the plan asks at every tick about everybody who is booked
def may_be_called(e164: str) -> PhoneKind | None:
    """The kind of a kept number if a machine may call it, else None. Asked again at the moment of sending."""
    return _kind("0" + e164[3:]) if re.fullmatch(r"\+81[1-9][0-9]{8,9}", e164) else None


def may_begin_a_number(prefix: str) -> bool:
    """Whether a number that a machine may call can begin like this (+81, +8190, +81957; not +81120)."""
    national = "0" + prefix.removeprefix("+81")
    return prefix.startswith("+81") and not national.startswith(_NEVER_CALLED)


def display(e164: str) -> str:
    """The number as it is written in Japan, in groups: 0957-00-0001."""
    number = phonenumbers.parse(e164, None)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _one_number(text: str) -> str:
    # 「娘 090-…」 and 「090-…(娘)」: words are dropped. A second piece with digits may be a second number, a
    # day or a room; guessing which one was meant would call a stranger.
    pieces = [piece for piece in re.findall(r"[0-9+#*\-() ]+", text) if re.search("[0-9]", piece)]
    if not pieces:
        raise PhoneRefused("Please write the telephone number in digits.", RefusedAs.INVALID)
    dialled = re.sub(r"[-() ]", "", pieces[0])
    if len(pieces) > 1 or len(dialled) > 16:
        raise PhoneRefused("Please write one telephone number in each field.", RefusedAs.INVALID)
    return dialled


def _national(dialled: str, area_code: str) -> str:
    """The number as dialled inside Japan, beginning with 0. Raises PhoneRefused for kinds no resident has."""
    if abroad := re.fullmatch(r"(?:\+|010)?81(0?[1-9][0-9]{8,9})", dialled):
        # Without plus as well: no number inside Japan is that long and begins with 8.
        dialled = "0" + abroad[1].removeprefix("0")
    elif dialled.startswith("+"):
        raise PhoneRefused("Numbers abroad cannot be called from here.", RefusedAs.FOREIGN)
    elif lost := re.fullmatch(rf"([6-9]0[0-9]{{8}}|{area_code[1:]}[0-9]{{{10 - len(area_code)}}})", dialled):
        # A spreadsheet took the leading 0.
        dialled = "0" + lost[1]
    for prefix, kind, sentence in _SPECIAL:
        if prefix.match(dialled):
            raise PhoneRefused(sentence, kind)
    if len(dialled) == 10 - len(area_code):
        suggestion = f"{area_code}-{dialled[:-4]}-{dialled[-4:]}"
        raise PhoneRefused(
            "The area code is missing. Is the number %(suggestion)s?",
            RefusedAs.INCOMPLETE,
            suggestion=suggestion,
        )
    return dialled


def _kind(national: str) -> PhoneKind | None:
    # The library alone is too strict for mobiles and 050: it lags behind new ranges (060) and calls 090-0…
    # invalid, from which practice numbers are taken because nobody has them. Of area codes it knows more than
    # a pattern could, so there it decides. 080-0… would be a mobile by its shape, but 0800 is free-dial.
    if national.startswith("0800"):
        return None
    if _MOBILE.fullmatch(national):
        return PhoneKind.MOBILE
    if _IP.fullmatch(national):
        return PhoneKind.IP
    if _GEOGRAPHIC.fullmatch(national):
        number = phonenumbers.parse(national, "JP")
        if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE:
            return PhoneKind.LANDLINE
    return None
