"""Until when the page of what would go out looks, and the words of a message."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from ..core.answers import at_most
from ..core.clock import at
from ..core.errors import Refusal
from ..core.forms import DeskForm, VersionedForm
from ..core.japan.calendar import parse_day, parse_time
from .asked import AHEAD


class UntilForm(DeskForm):
    """Until when: a day and an hour in any usual writing."""

    day = StringField(_l("Day"), [InputRequired(_l("Please write the day."))])
    time = StringField(_l("Time"), [InputRequired(_l("Please write the time."))])

    def until(self, now: datetime) -> datetime | None:
        """The instant that was typed, or None when it was refused; the reason then stands at its field."""
        try:
            day = parse_day(self.day.data or "")
        except Refusal as refusal:
            refusal.field = "day"
            self.refuse(refusal)
            return None
        try:
            until = at(day, parse_time(self.time.data or ""))
        except Refusal as refusal:
            refusal.field = "time"
            self.refuse(refusal)
            return None
        if not now <= until <= now + AHEAD:
            self.refuse(Refusal("Please choose a time within the next %(days)s days.", field="day", days=AHEAD.days))
            return None
        return until


class WordsForm(VersionedForm):
    """What a message says. That there must be something is a rule like the others (wording_rules.py)."""

    words = TextAreaField(_l("Words"), [at_most(1000)])
