"""Forms of the desk screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from ..core.answers import at_most, choices
from ..core.forms import DeskForm, OnceForm
from ..desk.words import REQUEST_CHANNEL
from ..lessons.booking_rules import MOST_COMPANIONS
from ..lessons.words import BOOKED_BY
from ..office import queries as office


class CallForm(OnceForm):
    """What is told on the telephone or at the counter. The people stand beside it as `resident`, once each."""

    channel = RadioField(_l("How they came"), choices=choices(REQUEST_CHANNEL), default="phone")
    text = TextAreaField(_l("Trouble"))
    topic = SelectField(_l("Topic"), default="")
    urgent = BooleanField(_l("Urgent"))
    district = SelectField(_l("Lessons near"), default="")
    lesson = IntegerField(_l("Next lessons"), [Optional(), NumberRange(1, 2**31 - 1, _l("Choose a lesson first."))])
    held_until = HiddenField()
    override_reason = StringField(_l("Why it is booked all the same"))
    allowed_by = StringField(_l("Who allows it though all tables are taken"), [at_most(80)])
    companions = IntegerField(
        _l("Companions without a record"),
        [
            Optional(),
            NumberRange(0, MOST_COMPANIONS, _l("Companions: please give a number from 0 to 5.")),
        ],
        default=0,
    )
    booked_by = RadioField(_l("Who asks"), choices=choices(BOOKED_BY), default="self")
    caller = StringField(_l("Relation and name of who asks"), [at_most(80)])
    read_back = BooleanField(_l("Read back aloud"), default=True)
    text_wished = BooleanField(_l("A text message is wished too"))


class NewPersonForm(OnceForm):
    """The least that a person needs to exist; the rest is filled in later."""

    kana = StringField(_l("Name of the person in kana"), [InputRequired(_l("Please write the name in kana."))])
    telephone = StringField(_l("Telephone number"))
    no_telephone = BooleanField(_l("No telephone"))
    district = SelectField(_l("District"), default="")
    birth_year = StringField(_l("Birth year"))


def offer(form: DeskForm) -> None:
    """Fill in what the office knows: districts, and topics where the form asks for one (a query each)."""
    districts = {each.code: each.name for each in office.districts_to_choose()}
    form["district"].choices = choices(districts, _l("Not chosen"))
    if "topic" in form:
        form["topic"].choices = choices({each.code: each.label for each in office.topics_to_choose()}, _l("Not chosen"))
