"""The forms about people. What is right and wrong stands in rules.py; a form only asks it, for all fields at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from ..core import clock
from ..core.answers import choices
from ..core.errors import Refusal
from ..core.forms import DeskForm, OnceForm, VersionedForm
from ..core.japan import calendar
from ..core.japan.phone import PhoneRefused
from ..core.japan.text import clean_line
from ..messages.rules import Language
from ..messages.words import LANGUAGE
from . import rules, words
from .rules import (
    AGE_BANDS,
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

LEAST_ROWS, MOST_ROWS = 3, 12


class ReadField(Field):
    """A line that is read into a value. What could not be read goes back into the page as it was typed."""

    widget = TextInput()

    def __init__(self, label: Any, read: Callable[[str], Any], show: Callable[[Any], str], **more: Any) -> None:
        super().__init__(label, **more)
        self.read, self.show = read, show

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not clean_line(valuelist[0]):
            return
        try:
            self.data = self.read(valuelist[0])
        except Refusal as refusal:
            raise ValueError(gettext(refusal.message, **refusal.params)) from None


def _day_field(label: Any) -> ReadField:
    return ReadField(label, calendar.parse_day, calendar.wareki)


def _show_year(year: int) -> str:
    # The last day's era: 平成元年 is read back as the same year, as 昭和64年 would be.
    return f"{calendar.era_year(date(year, 12, 31))}年"


def _select(label: Any, names: Mapping[Any, Any], default: StrEnum) -> SelectField:
    return SelectField(label, choices=choices(names), coerce=type(default), default=default)


def _said(fields: Iterable[Field]) -> dict[str, Any]:
    # A text field that was not sent at all is as empty as one that was sent empty.
    return {
        field.short_name: "" if field.data is None and isinstance(field, StringField) else field.data
        for field in fields
    }


def _word_or_none(value: str | None) -> str | None:
    return value or None


class TelephoneRow(Form):
    typed = TelField(_l("Number"))
    whose = StringField(_l("Whose telephone"))
    kind = SelectField(
        _l("Kind"),
        choices=choices({NumberKind.FAX: words.NUMBER_KIND[NumberKind.FAX]}, _l("Telephone")),
        coerce=lambda value: NumberKind(value) if value else None,
        default="",
    )
    tried_on = _day_field(_l("Text tried together on"))
    texts_agreed_on = _day_field(_l("Said yes to texts on"))


class FamilyRow(Form):
    name = StringField(_l("Name"))
    relation = StringField(_l("Relation"))
    telephone = TelField(_l("Number"))
    scope = _select(_l("What may be told"), words.CONTACT_SCOPE, ContactScope.PLACE_AND_TIME)
    timing = _select(_l("When to tell"), words.CONTACT_TIMING, ContactTiming.AFTER)


class ResidentForm(DeskForm):
    family_kana = StringField(
        words.FIELD["family_kana"],
        validators=[InputRequired(_l("Please write the name in kana."))],
        render_kw={"autofocus": True},
    )
    given_kana = StringField(words.FIELD["given_kana"])
    family_name = StringField(words.FIELD["family_name"])
    given_name = StringField(words.FIELD["given_name"])
    birth_year = ReadField(words.FIELD["birth_year"], rules.read_birth_year, _show_year)
    age_band = SelectField(
        words.FIELD["age_band"],
        choices=choices({band: band for band in AGE_BANDS}, _l("Not known")),
        coerce=_word_or_none,
        default="",
    )
    telephones = FieldList(FormField(TelephoneRow), words.FIELD["telephones"], max_entries=MOST_ROWS)
    no_telephone = BooleanField(words.FIELD["no_telephone"])
    family = FieldList(FormField(FamilyRow), words.FIELD["family"], max_entries=MOST_ROWS)
    district_code = SelectField(words.FIELD["district_code"], coerce=_word_or_none, default="")
    postal_code = StringField(words.FIELD["postal_code"])
    town = StringField(words.FIELD["town"])
    street = StringField(words.FIELD["street"])
    building = StringField(words.FIELD["building"])
    house_name = StringField(words.FIELD["house_name"])
    landmark = StringField(words.FIELD["landmark"])
    wish = _select(words.FIELD["wish"], words.WISH, Wish.PERSON)
    language = _select(words.FIELD["language"], LANGUAGE, Language.JAPANESE)
    own_chain = _select(words.FIELD["own_chain"], words.OWN_CHAIN, OwnChain.OFFICE)
    consent_on = _day_field(words.FIELD["consent_on"])
    consent_how = SelectField(
        words.FIELD["consent_how"],
        choices=choices(words.CONSENT_HOW, _l("Not asked yet")),
        coerce=lambda value: ConsentHow(value) if value else None,
        default="",
    )
    needs = SelectMultipleField(
        words.FIELD["needs"],
        choices=choices(words.NEED),
        coerce=Need,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    do_not_call = BooleanField(words.FIELD["do_not_call"])
    do_not_call_reason = StringField(words.FIELD["do_not_call_reason"])
    contact_from = StringField(words.FIELD["contact_from"])
    contact_until = StringField(words.FIELD["contact_until"])
    contact_not_on = SelectMultipleField(
        words.FIELD["contact_not_on"],
        choices=choices(words.WEEKDAY),
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    keys = BooleanField(words.FIELD["keys"])
    note = TextAreaField(words.FIELD["note"], render_kw={"rows": 4})

    # What may be taken over with one button, by field: a number with its area code, the right letter of a town.
    offers: dict[str, str]

    def __init__(self, *args: Any, districts: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.offers = {}
        self.district_code.choices = choices(districts or {}, _l("Not known"))

    def resident_data(self) -> ResidentData:
        """What the form says, rows without a word in them included, so that rules count as the page does."""
        lines = [field for field in self if field.name in words.FIELD and field.name not in _ROWS]
        said = _said(lines)
        said["contact_not_on"] = "".join(said["contact_not_on"] or ())
        return ResidentData(
            **said,
            telephones=tuple(TelephoneData(**_said(row)) for row in self.telephones),
            family=tuple(FamilyData(**_said(row)) for row in self.family),
            needs=tuple(self.needs.data or ()),
        )

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        good = super().validate(extra_validators)
        _, problems = rules.examine(self.resident_data(), today=clock.local_date(clock.now()))
        for problem in problems:
            field = self.leaf(problem.field or "")
            if field is None or not field.errors:
                self.refuse(problem)
            if isinstance(problem, PhoneRefused) and problem.suggestion:
                self.offers[str(problem.field)] = problem.suggestion
        meant = rules.town_as_meant(self.town.data or "")
        if meant and self.town.data != self.town.object_data:
            self.offers["town"] = meant
        return good and not problems

    def take(self, offer: str) -> None:
        """Put what a button offered (`town=…`) into its field."""
        name, _, value = offer.partition("=")
        field = self.leaf(name)
        if not isinstance(field, StringField) or isinstance(field, HiddenField):
            return
        beside = rules.whose_number(field.data or "") if name.startswith("telephones") else ""
        field.data = f"{value} {beside}".strip()

    def add_row(self, name: str) -> None:
        """One more empty row of `telephones` or `family`."""
        rows = self.telephones if name == "telephones" else self.family
        if len(rows) < MOST_ROWS:
            rows.append_entry()

    def show_empty_rows(self) -> None:
        """As many rows as a form begins with, at least one of them empty."""
        for rows in (self.telephones, self.family):
            for _ in range(max(1, LEAST_ROWS - len(rows))):
                self.add_row(rows.name)


_ROWS = {"telephones", "family", "needs"}


class NewResidentForm(ResidentForm, OnceForm):
    pass


class EditResidentForm(ResidentForm, VersionedForm):
    pass


class StopContactForm(DeskForm):
    reason = RadioField(
        _l("Reason"),
        choices=choices(words.STOP_REASON),
        coerce=StopReason,
        validate_choice=False,
        validators=[DataRequired(_l("Please choose the reason."))],
    )


class ResumeContactForm(DeskForm):
    pass
