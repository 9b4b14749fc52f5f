"""Forms of 要対応 beside the outcomes: taking, taking back, cancelling, closing, sending again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectMultipleField, StringField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ..core.answers import NEEDED, at_most
from ..core.forms import DeskForm, OnceForm
from .worklist_rules import REASON_LETTERS


class KeyForm(DeskForm):
    """One item of the list, to be taken or given back."""

    key = HiddenField(validators=[Length(max=60)])


class CancelByCallForm(OnceForm):
    """They do not come. `tries` as in ContactForm."""

    reason = StringField(_l("Reason"), validators=[NEEDED, at_most(REASON_LETTERS)])
    tries = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())


class _Ticked(SelectMultipleField):
    """Boxes of a list; which of them are good the action asks."""

    def pre_validate(self, form: object) -> None:
        """Any value: what is not there any more is left out."""


class CloseForm(OnceForm):
    """What is over, closed in bulk."""

    reason = StringField(
        _l("Reason"), default=_l("The lesson is over."), validators=[NEEDED, at_most(REASON_LETTERS)]
    )
    key = _Ticked(validate_choice=False)


class AgainForm(OnceForm):
    """Messages that are sent once more, or looked for."""

    message = _Ticked(coerce=int, validate_choice=False)
