"""What comes from a day sheet."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ..core.answers import choices
from ..core.chance import record_key
from ..core.errors import Refusal
from ..core.forms import DeskForm, VersionedForm
from ..core.japan.text import digits_of
from ..office.list_rules import ReferralPlace
from . import rules, words
from .rules import HowItWent

Word = TypeVar("Word", bound=StrEnum)


class TapForm(DeskForm):
    """One tap on a person: whose record it is, and what it says (nothing takes it back)."""

    key = HiddenField()
    booking_id = HiddenField()
    attendance = HiddenField()
    how_it_went = HiddenField()

    @property
    def booking(self) -> int | None:
        return _number(self.booking_id.data)

    def said(self, field: str, kind: type[Word]) -> Word | None:
        """The word that was tapped, or None. Raises Refusal for a word that is none of ours."""
        word = self._fields[field].data
        if not word:
            return None
        if word not in list(kind):
            raise Refusal(INCOMPLETE, code="bad-value")
        return kind(word)


class WalkInForm(DeskForm):
    key = HiddenField(default=record_key)
    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Please write the name.")),
            Length(max=rules.LONGEST_NAME, message=_l("Please write at most 80 characters.")),
        ],
    )


class LogForm(VersionedForm):
    """What was practised with one person."""

    key = HiddenField()
    how_it_went = RadioField(
        _l("How it went"), choices=choices(words.HOW_IT_WENT, _l("Not said")), validate_choice=False
    )
    referred_to = SelectField(
        _l("Who helps on"), choices=choices(words.REFERRAL_PLACE, _l("Nobody")), validate_choice=False
    )
    practised = TextAreaField(_l("What was practised"))
    minutes = StringField(_l("Minutes"))
    note = TextAreaField(_l("Note"))

    def validate_minutes(self, field: StringField) -> None:
        if field.data and field.data.strip() and self.known_minutes is None:
            raise ValidationError(
                gettext(
                    "Please write the minutes as a number from 1 to %(most)s.", most=rules.LONGEST_MINUTES
                )
            )

    def validate_how_it_went(self, field: RadioField) -> None:
        _check_choice(field, HowItWent)

    def validate_referred_to(self, field: SelectField) -> None:
        _check_choice(field, ReferralPlace)

    @property
    def known_minutes(self) -> int | None:
        return _number(self.minutes.data, most=rules.LONGEST_MINUTES)


INCOMPLETE = "This form is not complete. Please open the page again."


def _check_choice(field: Any, kind: type[StrEnum]) -> None:
    if field.data and field.data not in list(kind):
        raise ValidationError(gettext("Please choose one of the answers."))


def _number(text: str | None, most: int = 2**31 - 1) -> int | None:
    """A number of at most ten digits in any width, or None."""
    text = (text or "").strip()
    digits = digits_of(text)
    if not digits or len(digits) != len(text) or len(digits) > 10 or not 0 < int(digits) <= most:
        return None
    return int(digits)
