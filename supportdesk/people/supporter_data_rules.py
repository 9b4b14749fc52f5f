"""What is kept of a supporter as typed: checked, in E.164 and katakana. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ..core.errors import Refusal
from ..core.japan import phone
from ..core.japan.calendar import fiscal_year
from ..core.japan.text import clean_line, to_katakana
from ..messages.rules import Language
from .rules import NumberKind, Wish
from .supporter_rules import Available, Off, SupporterKind, Term

# How a supporter can be told; of their address nothing is known.
WISHES = (Wish.PERSON, Wish.TEXT, Wish.CALL, Wish.FAX, Wish.NONE)
# Longer than anybody is ill or travels; a slip in the year is the usual mistake.
MOST_DAYS_OFF = 366
FIRST_YEAR, YEARS_AHEAD = 2019, 2


@dataclass(frozen=True)
class SupporterData:
    """All that a form or a file says of one supporter. `telephone` as typed; `number` and `number_kind` are filled in
    by `check`; `fax` is what only a person can tell of a number."""

    name: str
    kana: str = ""
    kind: SupporterKind = SupporterKind.VOLUNTEER
    user_id: int | None = None
    district_code: str | None = None
    telephone: str = ""
    fax: bool = False
    wish: Wish = Wish.PERSON
    language: Language = Language.JAPANESE
    badge: str = ""
    trained_on: date | None = None
    pledged_on: date | None = None
    skills: tuple[str, ...] = ()
    hours: tuple[Available, ...] = ()
    number: str = ""
    number_kind: NumberKind | None = None


def check(data: SupporterData, today: date) -> SupporterData:
    """The data as they are kept. Lengths are asked when they are saved. Raises Refusal with its field."""
    kana = _kana(data.kana)
    number, kind = _number(data)
    _check_wish(data.wish, kind)
    for name in ("trained_on", "pledged_on"):
        day = getattr(data, name)
        if day is not None and day > today:
            raise Refusal("This day is in the future. Please check it.", code="future-day", field=name)
    for hours in data.hours:
        if hours.until_time <= hours.from_time:
            raise Refusal(
                "The end must come after the beginning.", code="hours", field=f"until_{hours.weekday}"
            )
    if len({hours.weekday for hours in data.hours}) != len(data.hours):
        raise Refusal("Each weekday stands here once.", code="weekday-twice", field="hours")
    return replace(
        data, kana=kana, number=number, number_kind=kind, skills=tuple(sorted(set(data.skills))),
        hours=tuple(sorted(data.hours, key=lambda hours: hours.weekday)),
    )  # fmt: skip


def check_term(term: Term, today: date) -> Term:
    """Raises Refusal unless the days lie in the fiscal year, in their order, and the year is one that anybody means."""
    if not FIRST_YEAR <= term.fiscal_year <= fiscal_year(today) + YEARS_AHEAD:
        raise Refusal("Please choose a fiscal year from the list.", code="fiscal-year", field="fiscal_year")
    for name in ("from_day", "until_day", "insured_on"):
        day = getattr(term, name)
        if day is not None and fiscal_year(day) != term.fiscal_year:
            raise Refusal("This day is not in that fiscal year.", code="other-year", field=name)
    _check_order(term.from_day, term.until_day)
    return term


def check_off(off: Off, today: date) -> Off:
    """Raises Refusal for days that are over, backwards or too many."""
    _check_order(off.from_day, off.until_day)
    if off.until_day < today or off.from_day.year > today.year + YEARS_AHEAD:
        raise Refusal("Please choose a day from today on.", code="not-a-coming-day", field="from_day")
    if (off.until_day - off.from_day).days >= MOST_DAYS_OFF:
        raise Refusal(
            "Please choose at most %(most)s days.", code="too-many-days", field="until_day", most=MOST_DAYS_OFF
        )
    return off


def whole_year(year: int, insured_on: date | None = None) -> Term:
    """The term of a whole fiscal year, 1 April to 31 March."""
    return Term(year, date(year, 4, 1), date(year + 1, 3, 31), insured_on)


def _check_order(from_day: date, until_day: date) -> None:
    if until_day < from_day:
        raise Refusal("The last day must not come before the first.", code="last-before-first", field="until_day")


def _kana(typed: str) -> str:
    if not clean_line(typed):
        raise Refusal("Please write the name in kana.", code="kana-missing", field="kana")
    try:
        return to_katakana(typed)
    except Refusal as refusal:
        refusal.field = "kana"
        raise


def _number(data: SupporterData) -> tuple[str, NumberKind | None]:
    if not clean_line(data.telephone):
        return "", None
    try:
        number = phone.parse(data.telephone)
    except phone.PhoneRefused as refusal:
        refusal.field = "telephone"
        raise
    if data.fax and number.kind is phone.PhoneKind.MOBILE:
        raise Refusal("A mobile telephone is no FAX.", code="mobile-fax", field="fax")
    return number.e164, NumberKind.FAX if data.fax else NumberKind(number.kind)


def _check_wish(wish: Wish, kind: NumberKind | None) -> None:
    if wish not in WISHES:
        raise Refusal("Please choose from the list.", code="no-such-wish", field="wish")
    if wish is Wish.TEXT and kind is not NumberKind.MOBILE:
        raise Refusal("A text message needs a mobile number.", code="no-mobile", field="wish")
    if wish is Wish.CALL and kind in (None, NumberKind.FAX):
        raise Refusal("A call needs a telephone number.", code="no-number", field="wish")
    if wish is Wish.FAX and kind is not NumberKind.FAX:
        raise Refusal("A FAX needs a FAX number.", code="no-fax", field="wish")
