"""What is asked when a series goes on, and when it is to be booked in another way."""

from __future__ import annotations

import hashlib
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from ..core.answers import NumberField, at_most
from ..core.forms import OnceForm, VersionedForm
from .lengthening_rules import Longer
from .series_forms import DaysField, day_typed, days_of
from .series_rules import SeriesRule


class LengthenForm(VersionedForm, OnceForm):
    """Only what the rule of the series needs is shown. `looked_at` tells from which answers the dates came."""

    times = NumberField(_l("How many lessons more"))
    until = StringField(_l("Until this day"), [at_most(40)])
    listed = DaysField(_l("List of days"))
    looked_at = HiddenField(default="")

    @property
    def answers_now(self) -> str:
        """A digest of what the dates are worked out from."""
        told = [self.times.data, self.until.data, self.listed.data]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def longer(self, rule: SeriesRule, today: date) -> Longer:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        if rule is SeriesRule.LISTED:
            return Longer(listed=days_of(self.listed, today))
        return Longer(self.times.data, day_typed(self.until))


class RegistrationForm(VersionedForm):
    """`seen` is what the person had before their eyes."""

    to = HiddenField()
    seen = HiddenField(default="")
