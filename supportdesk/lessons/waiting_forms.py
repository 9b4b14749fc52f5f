"""The shape of what staff type about the waiting list."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import DataRequired

from ..core.answers import choices
from ..core.forms import OnceForm
from . import waiting_words as words
from .waiting_rules import OfferAnswer


class ReasonForm(OnceForm):
    """Why somebody is taken out of the queue, or moved to its front."""

    reason = StringField(_l("Why?"), validators=[DataRequired(_l("Please write why."))])


class AnswerForm(OnceForm):
    """What came of an offer, in one tap; `back` names the page of which the button was pressed."""

    answer = RadioField(_l("What they said"), choices=choices(words.OFFER_ANSWER), coerce=OfferAnswer)
    back = HiddenField()
