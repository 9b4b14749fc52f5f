"""What is asked when a series goes on, and when it is to be booked in another way."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from ..core.answers import NumberField, at_most
from ..core.forms import VersionedForm
from .lengthening_rules import Longer
from .planned_days_forms import PlannedDaysForm
from .series_forms import day_typed
from .series_rules import SeriesRule


class LengthenForm(PlannedDaysForm, VersionedForm):
    """Only what the rule of the series needs is shown."""

    times = NumberField(_l("How many lessons more"))
    until = StringField(_l("Until this day"), [at_most(40)])

    def longer(self, rule: SeriesRule, today: date) -> Longer:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        if rule is SeriesRule.LISTED:
            return Longer(listed=self.days_typed(today))
        return Longer(self.times.data, day_typed(self.until))


class RegistrationForm(VersionedForm):
    """`seen` is what the person had before their eyes."""

    to = HiddenField()
    seen = HiddenField(default="")
