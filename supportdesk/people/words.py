"""What the words of rules.py are called on pages, and how two records differ in such words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ..core.conflicts import Change
from ..core.filters import birth, telephone
from ..core.i18n import WEEKDAYS
from ..core.japan.calendar import wareki
from ..messages.rules import Language
from ..messages.words import LANGUAGE
from . import hour_rules
from .rules import (
    ConsentHow,
    ContactScope,
    ContactTiming,
    FamilyData,
    Need,
    NumberKind,
    OwnChain,
    ResidentData,
    StopReason,
    TelephoneData,
    Wish,
)
from .search_rules import Likeness

WISH = {
    Wish.TEXT: _l("Text message"),
    Wish.CALL: _l("Automatic call"),
    Wish.PERSON: _l("A person calls"),
    Wish.FAX: _l("FAX"),
    Wish.CARD: _l("Card by post"),
    Wish.NONE: _l("No notice wished"),
}
OWN_CHAIN = {
    OwnChain.OFFICE: _l("As the office does it"),
    OwnChain.ONE_WAY: _l("Only by the way they wish, then a person calls"),
    OwnChain.TEXT_TOO: _l("After calls in vain also a text, then a person calls"),
    OwnChain.ONE_TRY: _l("One try by machine, then a person calls"),
}
NUMBER_KIND = {
    NumberKind.MOBILE: _l("Mobile"),
    NumberKind.LANDLINE: _l("Landline"),
    NumberKind.IP: _l("050 (IP telephone)"),
    NumberKind.FAX: _l("FAX"),
}
CONTACT_SCOPE = {
    ContactScope.PLACE_AND_TIME: _l("Only place and time"),
    ContactScope.MAY_CHANGE: _l("May change bookings"),
    ContactScope.MAY_HEAR: _l("May hear what was asked"),
}
CONTACT_TIMING = {
    ContactTiming.INSTEAD: _l("Instead of the person"),
    ContactTiming.AFTER: _l("If the person is not reached"),
    ContactTiming.TOGETHER: _l("Together with the person"),
}
CONSENT_HOW = {
    ConsentHow.SPOKEN: _l("By word of mouth"),
    ConsentHow.PAPER: _l("On paper"),
    ConsentHow.FAMILY: _l("Through the family"),
}
STOP_REASON = {
    StopReason.DIED: _l("Has died"),
    StopReason.MOVED_AWAY: _l("Has moved away"),
    StopReason.CARE_HOME: _l("Has moved into a home"),
    StopReason.WISH: _l("Does not wish it"),
}
NEED = {
    Need.HEARING: _l("Hard of hearing"),
    Need.SIGHT: _l("Poor sight"),
    Need.HAND: _l("Hands do not work well"),
    Need.MOBILITY: _l("Walking is difficult"),
    Need.COMPANION: _l("Comes with somebody"),
    Need.EASY_JAPANESE: _l("Easy Japanese"),
    Need.TRANSPORT: _l("Needs transport"),
    Need.SIGN: _l("Sign language or written notes"),
}
LIKENESS = {
    Likeness.NAME_AND_YEAR: _l("Same name and year of birth"),
    Likeness.NAME: _l("Same name; a year of birth is not known"),
    Likeness.NUMBER_AND_GIVEN_NAME: _l("Same telephone number and given name"),
    Likeness.KANJI_AND_YEAR: _l("Same kanji and year of birth"),
}
WEEKDAY = dict(zip(hour_rules.WEEKDAYS, WEEKDAYS, strict=True))


class Hourly(Protocol):
    """What knows when somebody may be reached."""

    contact_from: str
    contact_until: str
    contact_not_on: str


def contact_hours(who: Hourly) -> str:
    """When somebody may be reached, for whoever rings: 午後3時から、火を除く. Nothing without such a wish."""
    parts = []
    if who.contact_from:
        parts.append(gettext("from %(time)s", time=who.contact_from))
    if who.contact_until:
        parts.append(gettext("until %(time)s", time=who.contact_until))
    if who.contact_not_on:
        parts.append(gettext("not on %(days)s", days="・".join(str(WEEKDAY[day]) for day in who.contact_not_on)))
    return "、".join(parts)


FIELD = {
    "family_kana": _l("Family name in kana"),
    "given_kana": _l("Given name in kana"),
    "family_name": _l("Family name in kanji"),
    "given_name": _l("Given name in kanji"),
    "birth_year": _l("Year of birth"),
    "age_band": _l("Age, if the year is not known"),
    "district_code": _l("District"),
    "postal_code": _l("Postal code"),
    "town": _l("Town and part of town"),
    "street": _l("House number"),
    "building": _l("Building and room"),
    "house_name": _l("House name (屋号)"),
    "landmark": _l("Landmark"),
    "no_telephone": _l("Has no telephone"),
    "wish": _l("How to be reminded"),
    "language": _l("Language of texts"),
    "own_chain": _l("When that does not reach them"),
    "consent_on": _l("Day of consent"),
    "consent_how": _l("How consent was given"),
    "do_not_call": _l("Do not call (neither by machine nor by a person)"),
    "do_not_call_reason": _l("Why not to call"),
    "contact_from": _l("Reachable from"),
    "contact_until": _l("Reachable until"),
    "contact_not_on": _l("Not on these weekdays"),
    "keys": _l("Answers automatic calls by pressing a key"),
    "note": _l("Note"),
    "telephones": _l("Telephones"),
    "family": _l("Family contacts"),
    "needs": _l("Needs"),
}


def differences(theirs: ResidentData, yours: ResidentData, districts: Mapping[str, str]) -> list[Change]:
    """Where two records say different things; `districts` gives the names of the codes."""
    return [
        Change(str(label), *(_shown(name, getattr(each, name), districts) for each in (theirs, yours)))
        for name, label in FIELD.items()
        if _compared(getattr(theirs, name)) != _compared(getattr(yours, name))
    ]


def _compared(value: Any) -> Any:
    # How a number was typed is no difference of two records.
    return [replace(row, **_AS_KEPT[type(row)]) for row in value] if _is_rows(value) else value


_AS_KEPT: dict[type, dict[str, Any]] = {TelephoneData: {"typed": ""}, FamilyData: {"telephone": ""}}


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(row) in _AS_KEPT for row in value)


def _shown(name: str, value: Any, districts: Mapping[str, str]) -> str:
    if value is None or value == "" or value == ():
        return "–"
    match value:
        case bool():
            return gettext("Yes") if value else gettext("No")
        case Wish():
            return str(WISH[value])
        case Language():
            return str(LANGUAGE[value])
        case OwnChain():
            return str(OWN_CHAIN[value])
        case ConsentHow():
            return str(CONSENT_HOW[value])
        case date():
            return wareki(value)
        case tuple():
            return "、".join(_row(row) for row in value)
    if name == "contact_not_on":
        return "・".join(str(WEEKDAY[day]) for day in value)
    if name == "birth_year":
        return birth(value)
    return districts.get(value, value) if name == "district_code" else str(value)


def _row(row: TelephoneData | FamilyData | Need) -> str:
    if isinstance(row, Need):
        return str(NEED[row])
    number = telephone(row.number) if row.number else ""
    if isinstance(row, TelephoneData):
        return f"{number}（{row.whose}）" if row.whose else number
    return " ".join(part for part in (row.name, f"（{row.relation}）" if row.relation else "", number) if part)
