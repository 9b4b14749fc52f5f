"""What is noted about calls that persons make, and the draw."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ..core.answers import choices
from ..core.forms import OnceForm
from ..desk.call_task_words import CALL_TASK_OUTCOME
from ..people.rules import Wish
from ..people.words import WISH
from ..reminders.words import PERSON_OUTCOME
from .worklist_rules import CallOutcome
from .worklist_words import CALL_OUTCOME

TOLD = {"yes": _l("Told"), "no": _l("Not reached")}


class OutcomeForm(OnceForm):
    """How a person's call ended."""

    outcome = SelectField(_l("How it ended"), choices=choices(PERSON_OUTCOME))
    note = TextAreaField(_l("Note"), validators=[Length(max=400, message=_l("Please write at most 400 characters."))])


class ContactForm(OutcomeForm):
    """The call was about this booking. `seen`: the change of the lesson that stood on the page, if any; `tries`: how
    many contacts did; `number`: the one that was rung; `wrong`: of several the one that was wrong, instead of an
    outcome; `back`: the page of which the button was pressed; `way`: a card or FAX was sent; `family`: it was they who
    were rung."""

    outcome = SelectField(_l("How it ended"), choices=choices(CALL_OUTCOME))
    tries = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())
    number = HiddenField(validators=[Length(max=20)])
    wrong = HiddenField(validators=[Length(max=20)])
    booking = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())
    seen = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())
    back = HiddenField()
    way = SelectField(choices=choices({Wish.FAX: WISH[Wish.FAX], Wish.CARD: WISH[Wish.CARD]}, ""), default="")
    family = BooleanField()

    def process(self, *args: Any, **kwargs: Any) -> None:
        """A number that was wrong is an outcome with its number."""
        super().process(*args, **kwargs)
        if self.wrong.data:
            self.outcome.data, self.number.data = CallOutcome.WRONG_NUMBER.value, self.wrong.data

    def answers(self) -> dict[str, Any]:
        """What note_contact asks besides booking and outcome."""
        way = Wish(self.way.data) if self.way.data else None
        return {"seen": self.seen.data, "way": way, "with_family": self.family.data}


class DutyContactForm(OutcomeForm):
    """The call was to this supporter, about the duty in this lesson."""

    lesson = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())
    supporter = IntegerField(validators=[NumberRange(1, 2**31 - 1)], widget=HiddenInput())


class TaskForm(OutcomeForm):
    """The call was this task's. `tries`: how many stood on the page."""

    outcome = SelectField(_l("How it ended"), choices=choices(CALL_TASK_OUTCOME))
    tries = IntegerField(validators=[Optional(), NumberRange(0, 2**31 - 1)], widget=HiddenInput())


class DrawForm(OnceForm):
    """The one act; it asks nothing."""


class ToldForm(OnceForm):
    """Whether a person told them; `back` names the page of which the button was pressed."""

    told = RadioField(_l("The result of the draw"), choices=choices(TOLD))
    back = HiddenField()
