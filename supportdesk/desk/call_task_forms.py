"""Forms about call tasks."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from ..core.answers import NEEDED, at_most, choices
from ..core.clock import at
from ..core.edits import at_field
from ..core.forms import OnceForm
from ..core.japan import phone
from ..core.japan.calendar import parse_day, parse_time
from .call_task_words import CALL_TASK_OUTCOME


class CallTaskForm(OnceForm):
    """Somebody is to be rung: at which number, about what, until when. The resident stands in the address."""

    number = StringField(_l("Telephone number"), [at_most(40)])
    note = TextAreaField(_l("What the call is about"), [NEEDED, at_most(400)])
    due_day = StringField(_l("Until which day"), [NEEDED])
    due_time = StringField(_l("Until what time"), [NEEDED])

    def e164(self) -> str:
        """The number that was typed, or "". Raises Refusal at its field."""
        with at_field("number"):
            typed = (self.number.data or "").strip()
            return phone.parse(typed).e164 if typed else ""

    def due_at(self) -> datetime:
        """The deadline that was typed. Raises Refusal at its field."""
        with at_field("due_day"):
            day = parse_day(self.due_day.data or "")
        with at_field("due_time"):
            return at(day, parse_time(self.due_time.data or ""))


class CallTaskOutcomeForm(OnceForm):
    """How a call ended. `tries`: how many stood on the page."""

    outcome = SelectField(_l("How it ended"), choices=choices(CALL_TASK_OUTCOME))
    note = TextAreaField(_l("Note"), [at_most(400)])
    tries = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())
