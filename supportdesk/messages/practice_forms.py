"""What is typed at a drawn telephone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from ..core.answers import NEEDED, at_most, choices
from ..core.forms import DeskForm
from . import practice_words as words
from .rules import LineBehaviour

# Ten parts of a text; no telephone sends more.
MOST_LETTERS = 670


class BehaviourForm(DeskForm):
    behaviour = RadioField(
        _l("From the next message on this telephone …"),
        choices=choices(words.BEHAVIOUR),
        coerce=LineBehaviour,
        validators=[InputRequired()],
    )
    delay = SelectField(_l("The office hears of it"), choices=choices(words.DELAY), coerce=int)


class RingForm(DeskForm):
    withheld = BooleanField(_l("With the number withheld (184)"))


class TextForm(DeskForm):
    body = TextAreaField(_l("Text to the office"), validators=[NEEDED, at_most(MOST_LETTERS)], render_kw={"rows": 3})
