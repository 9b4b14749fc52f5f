"""What every page asks that plans several dates at once: a list of days, and that its dates are looked at before they
are saved."""

from __future__ import annotations

import hashlib
from datetime import date, time

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField
from wtforms.widgets import TextArea

from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.forms import MY_NUMBER_SENTENCE, DeskForm, OnceForm
from ..core.japan import calendar
from ..core.japan.my_number import contains_my_number
from .series_rules import read_days

LONGEST_LIST = 10_000


def readable(form: DeskForm) -> bool:
    """Whether every answer could be read, be it that something else stands against the whole."""
    return not any(field.errors for field in form)


def look_once_more() -> Refusal:
    """Why what was typed over is not saved before its dates were seen."""
    return Refusal("The answers above have changed. Please look at the dates once more.", code="look-again")


def hour_of(field: StringField) -> time | None:
    """The hour that was typed, None for nothing. Raises Refusal at the field."""
    if not field.data.strip():
        return None
    with at_field(field.short_name):
        return calendar.parse_time(field.data)


class DaysField(Field):
    """A list of days, typed or pasted. No StringField: the digits of two days in lines of their own look like a My
    Number one time in eleven, so that only what is no day is asked for one (`days_typed`)."""

    widget = TextArea()

    def _value(self) -> str:
        return str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class PlannedDaysForm(OnceForm):
    """Dates to be planned. `looked_at` tells which answers the dates below it were worked out from."""

    listed = DaysField(_l("List of days"))
    looked_at = HiddenField(default="")

    @property
    def answers_now(self) -> str:
        """A digest of what the dates are worked out from."""
        told = [
            (field.short_name, field.data) for field in self if not isinstance(field, HiddenField)
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def days_typed(self, today: date) -> tuple[date, ...]:
        """The days of the list. Raises Refusal; each line that cannot be read is named at the field."""
        if len(self.listed.data or "") > LONGEST_LIST:
            raise Refusal("Please write at most %(most)s characters (now %(now)s).", field="listed",
                          most=LONGEST_LIST, now=len(self.listed.data))  # fmt: skip
        days, problems = read_days(self.listed.data or "", today)
        if not problems:
            return days
        if any(contains_my_number(line) for line in self.listed.data.splitlines()):
            g.my_numbers_turned_away = g.get("my_numbers_turned_away", 0) + 1
            raise Refusal(str(MY_NUMBER_SENTENCE), code="my-number", field="listed")
        *others, last = [_in_words(problem) for problem in problems]
        self.listed.errors = [*self.listed.errors, *others]
        raise Refusal(last, code="not-a-day", field="listed")


def _in_words(problem: Refusal) -> str:
    why = problem.params["why"]
    return _(problem.message, **problem.params | {"why": _(why.message, **why.params)})
