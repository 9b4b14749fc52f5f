"""What is noted about calls that persons make."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import Length, NumberRange
from wtforms.widgets import HiddenInput

from ..core.answers import choices
from ..core.forms import OnceForm
from ..reminders.words import PERSON_OUTCOME


class OutcomeForm(OnceForm):
    """How a person's call ended."""

    outcome = SelectField(_l("How it ended"), choices=choices(PERSON_OUTCOME))
    note = TextAreaField(_l("Note"), validators=[Length(max=400, message=_l("Please write at most 400 characters."))])


class ContactForm(OutcomeForm):
    """The call was about this booking."""

    booking = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())


class DutyContactForm(OutcomeForm):
    """The call was to this supporter, about the duty in this lesson."""

    lesson = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())
    supporter = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())
