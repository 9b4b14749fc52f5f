"""What is asked about a hand-over: who, to whom, when; then what becomes of each kind and of each duty."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired

from ..accounts.models import User
from ..core.answers import at_most, choices
from ..core.edits import at_field
from ..core.forms import TEXT, DeskForm, OnceForm
from ..core.japan import calendar
from . import handover_words as words
from .handover_rules import CHOSEN, Choice, DutyChoice, ItemKind

MOST_DUTIES = 2000
LONGEST_REASON = 200
_DUTY = re.compile(r"duty-([0-9]{1,9})-choice")
CHOOSE = DataRequired(_l("Please choose one."))


class WhoForm(DeskForm):
    """Who hands over to whom, and from which day on; asked with GET, so that looking changes nothing."""

    class Meta:
        csrf = False

    from_id = SelectField(_l("Who hands over"), [CHOOSE], choices=[])
    to_id = SelectField(_l("Who takes over"), [CHOOSE], choices=[])
    on = StringField(_l("From which day"), [at_most(40)])

    def offer(self, givers: Sequence[User], takers: Sequence[User]) -> WhoForm:
        """Fill the lists. Of one giver alone, nothing is asked."""
        alone = len(givers) == 1
        self.from_id.choices = choices({str(one.id): one.name for one in givers}, None if alone else _l("Not chosen"))
        self.to_id.choices = choices({str(one.id): one.name for one in takers}, _l("Not chosen"))
        if alone and not self.from_id.data:
            self.from_id.data = str(givers[0].id)
        return self

    def day(self, today: date) -> date:
        """The day that was written, today for none. Raises Refusal at its field."""
        if not (self.on.data or "").strip():
            return today
        with at_field("on"):
            return calendar.parse_day(self.on.data)


def _choice(kind: ItemKind) -> SelectField:
    return SelectField(words.KIND[kind], choices=choices(words.CHOICE), default=Choice.HAND_OVER.value)


class HandOverForm(OnceForm):
    """What becomes of each kind. `seen` is what was on the page."""

    from_id = HiddenField()
    to_id = HiddenField()
    on = HiddenField()
    seen = HiddenField(default="")
    request = _choice(ItemKind.REQUEST)
    call_back = _choice(ItemKind.CALL_BACK)
    series = _choice(ItemKind.SERIES)
    duty = _choice(ItemKind.DUTY)
    regular_duty = _choice(ItemKind.REGULAR_DUTY)
    note = TextAreaField(_l("What the other should know"), [at_most(TEXT)])

    @property
    def kinds(self) -> dict[ItemKind, Choice]:
        """What was chosen; what nobody can have chosen counts as not chosen, until `validate` says so."""
        return {kind: Choice(self.of(kind).data) for kind in CHOSEN if self.of(kind).data in list(Choice)}

    def of(self, kind: ItemKind) -> SelectField:
        """The question about one kind."""
        field: SelectField = self[kind.value.replace("-", "_")]
        return field


class DutyForm(DeskForm):
    """What becomes of one duty; its fields are named `duty-12-choice`."""

    class Meta:
        csrf = False

    choice = SelectField(_l("What to do"), choices=choices(words.CHOICE), default=Choice.HAND_OVER.value)
    reason = StringField(_l("Reason, if it is handed over all the same"), [at_most(LONGEST_REASON)])


class Duties:
    """The choices about single duties, as typed on one page. `good` says whether all could be read."""

    def __init__(self, typed: MultiDict[str, str]) -> None:
        keys = [int(found[1]) for name in typed if (found := _DUTY.fullmatch(name))]
        self._forms = {key: DutyForm(formdata=typed, prefix=f"duty-{key}-") for key in keys[:MOST_DUTIES]}
        # Each is asked, so that each says what is wrong with it.
        self.good = sum(not form.validate() for form in self._forms.values()) == 0

    @property
    def chosen(self) -> dict[int, DutyChoice]:
        return {
            key: DutyChoice(Choice(form.choice.data), (form.reason.data or "").strip())
            for key, form in self._forms.items()
            if form.choice.data in list(Choice)
        }

    def form(self, lesson_id: int, otherwise: str) -> DutyForm:
        """The form of one duty; one that was not asked about before shows what becomes of its kind."""
        if lesson_id not in self._forms:
            form = DutyForm(formdata=None, prefix=f"duty-{lesson_id}-")
            form.choice.data = otherwise
            self._forms[lesson_id] = form
        return self._forms[lesson_id]
