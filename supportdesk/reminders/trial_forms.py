"""What is answered on the page of a 連絡テスト."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from ..core.answers import choices
from ..core.forms import DeskForm, OnceForm
from .trial_rules import TrialOutcome, TrialStep
from .trial_words import TRIAL_OUTCOME, TRIAL_STEP


class StartTrialForm(OnceForm):
    ways = SelectMultipleField(
        _l("How to test"),
        choices=choices(TRIAL_STEP),
        coerce=TrialStep,
        widget=ListWidget(),
        option_widget=CheckboxInput(),
        validators=[DataRequired(_l("Please choose a text, a call, or both."))],
    )


class NoteTrialForm(DeskForm):
    outcome = RadioField(
        _l("What did they see?"),
        choices=choices(TRIAL_OUTCOME),
        coerce=TrialOutcome,
        validate_choice=False,
        validators=[DataRequired(_l("Please choose what they saw."))],
    )
