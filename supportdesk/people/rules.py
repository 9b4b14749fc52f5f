"""Pure decisions about people: what must be known, and what is kept of what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import phone
from ..core.japan.calendar import parse_era
from ..core.japan.text import (
    clean_line,
    clean_text,
    digits_of,
    nfkc,
    to_katakana,
)
from ..messages.rules import Language
from .hour_rules import check as check_hours


class Wish(StrEnum):
    """How a person wishes to be reminded."""

    TEXT = "text"
    CALL = "call"
    PERSON = "person"
    FAX = "fax"
    CARD = "card"
    NONE = "none"


class OwnChain(StrEnum):
    """How it goes on for this resident when the first try by machine reached nobody."""

    OFFICE = "office"
    """As the office does it for everybody."""
    ONE_WAY = "one-way"
    """Only by the way they wish, then a person."""
    TEXT_TOO = "text-too"
    """Calls first, then a text, then a person."""
    ONE_TRY = "one-try"
    """A single try, then a person."""


class NumberKind(StrEnum):
    """What the number itself tells (core.japan.phone.PhoneKind), and FAX, which only a person can tell."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    IP = "ip"
    FAX = "fax"


class ContactScope(StrEnum):
    """How much a family contact may be told (office practice 4)."""

    PLACE_AND_TIME = "place-and-time"
    MAY_CHANGE = "may-change"
    MAY_HEAR = "may-hear"


class ContactTiming(StrEnum):
    """When a family contact is told, seen from the resident."""

    INSTEAD = "instead"
    AFTER = "after"
    TOGETHER = "together"


class ConsentHow(StrEnum):
    SPOKEN = "spoken"
    PAPER = "paper"
    FAMILY = "family"


class StopReason(StrEnum):
    """Why nothing leaves for a person any more (office practice 8)."""

    DIED = "died"
    MOVED_AWAY = "moved-away"
    CARE_HOME = "care-home"
    WISH = "wish"


class Need(StrEnum):
    HEARING = "hearing"
    SIGHT = "sight"
    HAND = "hand"
    MOBILITY = "mobility"
    COMPANION = "companion"
    EASY_JAPANESE = "easy_japanese"
    TRANSPORT = "transport"
    SIGN = "sign"


AGE_BANDS = (
    "0-17", "18-29", "30-39", "40-49", "50-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85+",
)  # fmt: skip

EARLIEST_BIRTH = 1900


@dataclass(frozen=True)
class TelephoneData:
    """One number as it was typed. `kind` None: the number tells it; only that it is a FAX a person must say.

    `number` (E.164) is filled in by `check`.
    """

    typed: str
    kind: NumberKind | None = None
    whose: str = ""
    tried_on: date | None = None
    texts_agreed_on: date | None = None
    number: str = ""


@dataclass(frozen=True)
class FamilyData:
    """A family contact; `telephone` as typed, `number` (E.164) and `kind` are filled in by `check`."""

    name: str
    relation: str = ""
    telephone: str = ""
    scope: ContactScope = ContactScope.PLACE_AND_TIME
    timing: ContactTiming = ContactTiming.AFTER
    number: str = ""
    kind: NumberKind | None = None


@dataclass(frozen=True)
class ResidentData:
    """All that a form or a file says of one resident. Rows without a word in them are left out by `check`."""

    family_kana: str
    given_kana: str = ""
    family_name: str = ""
    given_name: str = ""
    birth_year: int | None = None
    age_band: str | None = None
    district_code: str | None = None
    postal_code: str = ""
    town: str = ""
    street: str = ""
    building: str = ""
    house_name: str = ""
    landmark: str = ""
    no_telephone: bool = False
    wish: Wish = Wish.PERSON
    language: Language = Language.JAPANESE
    own_chain: OwnChain = OwnChain.OFFICE
    consent_on: date | None = None
    consent_how: ConsentHow | None = None
    do_not_call: bool = False
    do_not_call_reason: str = ""
    contact_from: str = ""
    contact_until: str = ""
    contact_not_on: str = ""
    keys: bool = False
    note: str = ""
    telephones: tuple[TelephoneData, ...] = ()
    family: tuple[FamilyData, ...] = ()
    needs: tuple[Need, ...] = ()


# The most letters each line may have, as the columns of models.py; the note is a text.
_LINES = {
    "family_name": 40, "given_name": 40, "town": 80, "street": 80, "building": 80, "house_name": 40, "landmark": 80,
    "do_not_call_reason": 100,
}  # fmt: skip
_KANA_MOST = 40
_NOTE_MOST = 2000
_TOO_LONG = "Please write at most %(most)s characters (now %(now)s)."
_NOT_YET = "This day is in the future. Please check it."


def read_birth_year(typed: str) -> int | None:
    """The year of 昭和16, S16 or 1941; None when nothing was typed. Raises Refusal for anything else."""
    return parse_era(typed) if clean_line(typed) else None


def check(data: ResidentData, *, today: date, area_code: str = "0957") -> ResidentData:
    """The data as they are kept. Raises the first Refusal of `examine`."""
    kept, problems = examine(data, today=today, area_code=area_code)
    if problems:
        raise problems[0]
    return kept


def examine(data: ResidentData, *, today: date, area_code: str = "0957") -> tuple[ResidentData, list[Refusal]]:
    """The data as they are kept (kana in katakana, numbers in E.164), and everything that is wrong with them.

    Each Refusal names its field as a form does (`telephones-0-typed`; rows are counted as given, empty ones too).
    """
    problems: list[Refusal] = []
    values: dict[str, object] = {
        name: _line(problems, name, getattr(data, name), most) for name, most in _LINES.items()
    }
    for name in ("family_kana", "given_kana"):
        values[name] = _kana(problems, name, getattr(data, name))
    if not values["family_kana"] and not any(problem.field == "family_kana" for problem in problems):
        problems.append(Refusal("Please write the name in kana.", code="kana-missing", field="family_kana"))
    values["note"] = clean_text(data.note)
    if len(str(values["note"])) > _NOTE_MOST:
        problems.append(_too_long("note", str(values["note"]), _NOTE_MOST))
    values["postal_code"] = _postal_code(problems, data.postal_code)
    values |= check_hours(problems, data)
    values["needs"] = tuple(sorted(set(data.needs)))
    if data.birth_year is not None and not EARLIEST_BIRTH <= data.birth_year <= today.year:
        problems.append(Refusal("Please check the year of birth.", code="birth-year", field="birth_year"))
    if data.age_band is not None and data.age_band not in AGE_BANDS:
        problems.append(Refusal("Please choose an age from the list.", code="age-band", field="age_band"))
    values["telephones"] = _telephones(problems, data.telephones, today, area_code)
    values["family"] = _family(problems, data.family, area_code)
    _check_consent(problems, data, today)
    kept = replace(data, **values)  # type: ignore[arg-type]
    _check_way_of_contact(problems, data, kept)
    return kept, problems


def _line(problems: list[Refusal], field: str, typed: str, most: int) -> str:
    line = clean_line(typed)
    if len(line) > most:
        problems.append(_too_long(field, line, most))
    return line


def _too_long(field: str, text: str, most: int) -> Refusal:
    return Refusal(_TOO_LONG, code="too-long", field=field, most=most, now=len(text))


def _kana(problems: list[Refusal], field: str, typed: str) -> str:
    try:
        kana = to_katakana(typed)
    except Refusal as refusal:
        problems.append(Refusal(refusal.message, code=refusal.code, field=field))
        return ""
    if len(kana) > _KANA_MOST:
        problems.append(_too_long(field, kana, _KANA_MOST))
    return kana


def _postal_code(problems: list[Refusal], typed: str) -> str:
    line = clean_line(typed)
    digits = digits_of(line)
    if not line:
        return ""
    if len(digits) != 7 or len(line) > 12:
        problems.append(Refusal("Please write the postal code like 859-2502.", code="postal-code", field="postal_code"))
    return f"{digits[:3]}-{digits[3:]}"


def _telephones(
    problems: list[Refusal], rows: Sequence[TelephoneData], today: date, area_code: str
) -> tuple[TelephoneData, ...]:
    kept: dict[str, TelephoneData] = {}
    for place, row in enumerate(rows):
        field = f"telephones-{place}-typed"
        typed = _line(problems, field, row.typed, 40)
        whose = _line(problems, f"telephones-{place}-whose", row.whose, 40)
        if not typed:
            if whose or row.kind or row.tried_on or row.texts_agreed_on:
                problems.append(Refusal("Please write the telephone number.", code="number-missing", field=field))
            continue
        for name in ("tried_on", "texts_agreed_on"):
            _check_day(problems, f"telephones-{place}-{name}", getattr(row, name), today)
        number = _number(problems, field, typed, area_code)
        if number is None:
            continue
        if number.e164 in kept:
            problems.append(Refusal("This number is written twice.", code="number-twice", field=field))
        if row.kind is NumberKind.FAX and number.kind is phone.PhoneKind.MOBILE:
            problems.append(
                Refusal("A mobile telephone is no FAX.", code="mobile-fax", field=f"telephones-{place}-kind")
            )
        kind = NumberKind.FAX if row.kind is NumberKind.FAX else NumberKind(number.kind)
        whose = whose or whose_number(typed)
        kept[number.e164] = replace(row, typed=typed, number=number.e164, kind=kind, whose=whose)
    return tuple(kept.values())


def _family(problems: list[Refusal], rows: Sequence[FamilyData], area_code: str) -> tuple[FamilyData, ...]:
    kept = []
    for place, row in enumerate(rows):
        name = _line(problems, f"family-{place}-name", row.name, 80)
        relation = _line(problems, f"family-{place}-relation", row.relation, 20)
        typed = _line(problems, f"family-{place}-telephone", row.telephone, 40)
        if not (name or relation or typed):
            continue
        if not (name or relation):
            problems.append(
                Refusal("Please write who this is.", code="family-name-missing", field=f"family-{place}-name")
            )
        number = _number(problems, f"family-{place}-telephone", typed, area_code) if typed else None
        kept.append(
            replace(
                row,
                name=name,
                relation=relation,
                telephone=typed,
                number=number.e164 if number else "",
                kind=NumberKind(number.kind) if number else None,
            )
        )
    return tuple(kept)


def _number(problems: list[Refusal], field: str, typed: str, area_code: str) -> phone.Phone | None:
    try:
        return phone.parse(typed, area_code)
    except phone.PhoneRefused as refusal:
        refusal.field = field
        problems.append(refusal)
        return None


def _check_day(problems: list[Refusal], field: str, day: date | None, today: date) -> None:
    if day is not None and day > today:
        problems.append(Refusal(_NOT_YET, code="future-day", field=field))


def _check_consent(problems: list[Refusal], data: ResidentData, today: date) -> None:
    _check_day(problems, "consent_on", data.consent_on, today)
    if (data.consent_on is None) != (data.consent_how is None):
        missing = "consent_on" if data.consent_on is None else "consent_how"
        problems.append(
            Refusal(
                "Please write both the day of the consent and how it was given.",
                code="consent",
                field=missing,
            )
        )


def _check_way_of_contact(problems: list[Refusal], data: ResidentData, kept: ResidentData) -> None:
    # What was typed counts here, not what could be read: a wrong number has its own sentence already.
    some_number = any(clean_line(row.typed) for row in data.telephones)
    if data.no_telephone and some_number:
        problems.append(
            Refusal(
                "There is a telephone number, but “no telephone” is chosen. Please correct one of them.",
                code="telephone-and-none",
                field="no_telephone",
            )
        )
    family_number = any(clean_line(row.telephone) for row in data.family)
    if not (some_number or family_number or kept.town or data.no_telephone):
        problems.append(
            Refusal(
                "Please write a telephone number, a family contact or an address, or choose “no telephone”.",
                code="no-way-of-contact",
                field="no_telephone",
            )
        )


_NOT_A_PERSON = {"TEL", "FAX", "電話", "携帯", "固定", "番号", "の", "ノ"}


def whose_number(typed: str) -> str:
    """The person named beside a number: 娘 in 090-0000-0001(娘); "" if nobody is."""
    words = re.findall(r"[^\W\d_]+", nfkc(typed))
    return " ".join(word for word in words if word.upper() not in _NOT_A_PERSON)[:40]


_TOWN_SLIPS = str.maketrans({"戌": "戊", "戍": "戊", "巳": "己", "已": "己"})


def town_as_meant(town: str) -> str | None:
    """The town with its parts 戊 and 己 as they are officially written when 戌 or 巳 was typed, else None.

    Only offered, never put in silently: somewhere else a place may really be called so.
    """
    meant = town.translate(_TOWN_SLIPS)
    return meant if meant != town else None


def merged(stored: ResidentData, typed: ResidentData) -> ResidentData:
    """A record with what was typed for a new person added: what is known stays, what was blank is filled, numbers,
    contacts, needs and notes are joined. For the clerk to look over and save. Both as `check` gives them."""
    filled = {
        each.name: getattr(stored, each.name) or getattr(typed, each.name)
        for each in fields(stored)
        if each.name not in ("no_telephone", "wish", "language", "own_chain", "note", "telephones", "family", "needs")
    }
    numbers = {row.number for row in stored.telephones}
    contacts = {(row.name, row.number) for row in stored.family}
    return replace(
        stored,
        **filled,
        no_telephone=stored.no_telephone and not typed.telephones,
        note="\n".join(note for note in dict.fromkeys((stored.note, typed.note)) if note),
        telephones=stored.telephones + tuple(row for row in typed.telephones if row.number not in numbers),
        family=stored.family + tuple(row for row in typed.family if (row.name, row.number) not in contacts),
        needs=tuple(sorted({*stored.needs, *typed.needs})),
    )
