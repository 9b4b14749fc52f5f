"""Forms about reports of impostors."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from ..core.answers import choices
from ..core.forms import DeskForm, OnceForm
from .impostor_words import STORY


class ReportForm(OnceForm):
    """A report as somebody tells it at the desk."""

    story = RadioField(
        _l("What did they want?"), choices=choices(STORY), validators=[InputRequired(_l("Please choose one."))]
    )
    number = StringField(_l("The number their telephone showed"))
    day = StringField(_l("Day"))
    hour = StringField(_l("Hour"))
    text = TextAreaField(_l("What was said, in their words"))
    gave = BooleanField(_l("They have told or paid something"))
    resident = HiddenField()

    @property
    def resident_id(self) -> int | None:
        typed = self.resident.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

    @property
    def typed(self) -> list[object]:
        """What makes two sendings of the form the same report."""
        return [self.story.data, self.number.data, self.day.data, self.hour.data, self.text.data, self.gave.data]


class SeenForm(DeskForm):
    """That a manager has seen what is alike."""

    reports = HiddenField()
