"""Kinds of answers that forms ask for again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, IntegerField, SelectChoice
from wtforms.validators import Length, StopValidation
from wtforms.widgets import TextInput

from .japan.text import nfkc


class Needed:
    """An answer must be there; 0 is one. What cannot be read has its own sentence already, which stays."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        empty = field.data is None or (isinstance(field.data, str) and not field.data.strip())
        if empty and not field.errors:
            raise StopValidation(gettext("Please fill this in."))


NEEDED = Needed()


def at_most(letters: int) -> Length:
    return Length(max=letters, message=_l("Please write at most %(max)d characters."))


def choices(words: Mapping[Any, Any], nothing: Any = None) -> list[SelectChoice]:
    """The options of a list in the words of a table; `nothing`, where given, stands first and is no answer."""
    first = [] if nothing is None else [SelectChoice("", nothing)]
    return first + [SelectChoice(value, word) for value, word in words.items()]


class NumberField(IntegerField):
    """A whole number in any width. A text box, since a browser's number box loses what it does not understand."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = nfkc(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        # nine digits fit the databases' integers
        if not typed.isdecimal() or len(typed) > 9:
            raise ValueError(gettext("Please write a whole number in digits."))
        self.data = int(typed)
