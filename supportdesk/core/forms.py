"""What every form has: no My Number in any free text, a length for every text, and a version where one is edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import Length

from .chance import operation_key
from .errors import Refusal
from .japan.my_number import contains_my_number

LINE = 200
TEXT = 2000


class DeskForm(FlaskForm):
    """The base of every form. Refuses a My Number in every field a person types into, and says why.

    The typed text goes back into the page, so that the person can take the number out; it goes nowhere else. That it
    happened is counted when the response leaves (app.py), since a refused form opens no transaction.
    """

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        for field in _leaves(self):
            # A text that did not come (a script of somebody's, a page from before an update) is an empty one.
            if isinstance(field, StringField) and field.data is None:
                field.data = ""
        good = super().validate(extra_validators)
        for field in _leaves(self):
            if isinstance(field, HiddenField | PasswordField) or not isinstance(field.data, str):
                continue
            if isinstance(field, StringField) and not _has_length(field):
                good &= _not_longer(field, TEXT if isinstance(field, TextAreaField) else LINE)
            if isinstance(field, StringField) and contains_my_number(field.data):
                field.errors = [*field.errors, gettext(MY_NUMBER_SENTENCE)]
                g.my_numbers_turned_away = g.get("my_numbers_turned_away", 0) + 1
                good = False
        _gather_errors(self)
        return good

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at its field (`telephones-0-typed` in a list of rows), or at the top of the form."""
        sentence = gettext(refusal.message, **refusal.params)
        field = self.leaf(refusal.field or "")
        if field is not None:
            field.errors = [*field.errors, sentence]
            _gather_errors(self)
        else:
            self.form_errors.append(sentence)

    def leaf(self, name: str) -> Field | None:
        """The field of that name, inside rows too."""
        return next((field for field in _leaves(self) if field.name == name), None)


MY_NUMBER_SENTENCE = _l(
    "This looks like a My Number (12 digits). We never keep it. Please take it out and save again."
)


class OnceForm(DeskForm):
    """A form whose act happens once, however often it is sent: it carries the act's name from when it is shown."""

    operation = HiddenField(default=operation_key)


class VersionedForm(DeskForm):
    """An edit form: it knows which version of the row it was filled from."""

    version = HiddenField(default="0")

    @property
    def known_version(self) -> int:
        typed = str(self.version.data)
        # isascii: isdigit() alone lets ² through, at which int() stumbles. Nine digits fit the databases' integers.
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else 0


def _leaves(fields: Iterable[Field]) -> Iterator[Field]:
    """The fields that a person types into, those in rows and in forms within forms too."""
    for field in fields:
        if isinstance(field, FieldList | FormField):
            yield from _leaves(field)
        else:
            yield field


def _gather_errors(fields: Iterable[Field]) -> None:
    # A list of rows keeps what its rows said when it was validated, and would hide what was said later.
    for field in fields:
        if isinstance(field, FormField):
            _gather_errors(field)
        elif isinstance(field, FieldList):
            _gather_errors(field)
            errors = [entry.errors for entry in field]
            field.errors = errors if any(errors) else []


def _has_length(field: Field) -> bool:
    return any(isinstance(validator, Length) for validator in field.validators)


def _not_longer(field: Field, most: int) -> bool:
    if len(field.data) <= most:
        return True
    field.errors = [
        *field.errors,
        gettext("Please write at most %(most)s characters (now %(now)s).", most=most, now=len(field.data)),
    ]
    return False
