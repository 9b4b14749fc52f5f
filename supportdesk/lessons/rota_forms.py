"""The shape of what is typed about the rota."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.forms import DeskForm, OnceForm
from ..office.models import District
from .span_rules import Span, day_asked
from .words import SPAN

# Nine digits fit the databases' integers.
_ID = re.compile("[0-9]{1,9}")
_BOX = re.compile("lesson-([0-9]{1,9})")


class RotaFilter(DeskForm):
    """Which days and district are shown; asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    day = HiddenField()
    span = SelectField(_l("Week or month"), choices=choices(SPAN), validate_choice=False)
    district = SelectField(_l("District"), choices=[], validate_choice=False)

    def offer(self, districts: Sequence[District]) -> None:
        """Fill the list."""
        self.district.choices = choices({row.code: row.name for row in districts}, _l("All"))

    def wanted(self, today: date) -> tuple[Span, date, str]:
        """Span, a day of it, and the district; what nobody can have chosen counts as not chosen."""
        span = Span(self.span.data) if self.span.data in set(Span) else Span.MONTH
        known = {choice.value for choice in self.district.choices}
        district = self.district.data if self.district.data in known else ""
        return span, day_asked(self.day.data or "", today), district


class NeededForm(DeskForm):
    """How many supporters a lesson needs; empty: as many as its course says."""

    needed = NumberField(_l("How many supporters are needed"))


class DutyForm(DeskForm):
    """One supporter of a list, chosen by a button; with a reason where the way is too long."""

    supporter = HiddenField()
    override_reason = StringField(_l("Why it is to be so all the same"), [at_most(200)])

    @property
    def supporter_id(self) -> int:
        """0, which is nobody's, for what no button of ours sends."""
        typed = self.supporter.data or ""
        return int(typed) if _ID.fullmatch(typed) else 0


class CannotComeForm(OnceForm):
    reason = StringField(_l("Why?"), [NEEDED, at_most(200)])


class FillForm(DeskForm):
    """Who is chosen for each gap of a list. The boxes are written by the template, as many as there are gaps, each
    named after its lesson."""

    def chosen(self, sent: MultiDict[str, str]) -> list[tuple[int, int]]:
        """Lesson and supporter of each box in which somebody is chosen. Empty, with an error, for what no box of ours
        sends, for the same supporter twice in one lesson, and where nobody is chosen at all."""
        boxes = [(_BOX.fullmatch(name), value) for name, value in sent.items(multi=True) if value]
        pairs = [(int(box[1]), int(value)) for box, value in boxes if box and _ID.fullmatch(value)]
        why = None
        if len(pairs) != sum(box is not None for box, _value in boxes):
            why = gettext("This form was not sent as it is shown. Please open it again.")
        elif len(set(pairs)) != len(pairs):
            why = gettext("The same supporter is chosen twice for one lesson. Please choose somebody else.")
        elif not pairs:
            why = gettext("Nobody is chosen. Please choose a supporter for a lesson.")
        if why:
            self.form_errors.append(why)
        return [] if why else pairs
