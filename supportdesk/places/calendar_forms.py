"""What is asked about the days on which venues are open, permits, and things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.forms import DeskForm, OnceForm, VersionedForm
from ..core.i18n import WEEKDAYS
from ..core.japan.calendar import parse_day, parse_time
from .models import Permit, Room, Thing
from .opening_rules import Hours
from .permit_actions import PermitData
from .permit_rules import PermitState
from .thing_actions import ThingData
from .thing_rules import Equipment
from .words import EQUIPMENT, PERMIT_STATE


def _hours(form: DeskForm, opens: str, closes: str) -> Hours | None:
    """The hours in these two fields; None when both are empty. Raises Refusal at the field at fault."""
    typed = {name: (form[name].data or "").strip() for name in (opens, closes)}
    if not any(typed.values()):
        return None
    for name, text in typed.items():
        if not text:
            raise Refusal("Please write when it opens and when it closes.", code="half-hours", field=name)
    with at_field(opens):
        begins = parse_time(typed[opens])
    with at_field(closes):
        return Hours(begins, parse_time(typed[closes]))


def _day(form: DeskForm, name: str) -> date:
    with at_field(name):
        return parse_day(form[name].data or "")


class WeekForm(VersionedForm):
    """A line for each weekday; both fields empty: not open then."""

    closed_on_holidays = BooleanField(_l("Closed on national holidays"))

    def week(self) -> dict[int, Hours]:
        """The weekdays on which it is open. Raises Refusal."""
        found = {weekday: _hours(self, f"opens_{weekday}", f"closes_{weekday}") for weekday in range(7)}
        return {weekday: hours for weekday, hours in found.items() if hours is not None}


for _weekday, _name in enumerate(WEEKDAYS):
    setattr(WeekForm, f"opens_{_weekday}", StringField(_l("%(day)s, opens", day=_name), [at_most(20)]))
    setattr(WeekForm, f"closes_{_weekday}", StringField(_l("%(day)s, closes", day=_name), [at_most(20)]))


def week_answers(week: Mapping[int, Hours]) -> dict[str, str]:
    """What the form shows of a stored week."""
    shown: dict[str, str] = {}
    for weekday, hours in week.items():
        shown |= {f"opens_{weekday}": f"{hours.opens:%H:%M}", f"closes_{weekday}": f"{hours.closes:%H:%M}"}
    return shown


class OtherDayForm(OnceForm):
    day = StringField(_l("Day"), [NEEDED])
    opens = StringField(_l("Opens"), [NEEDED, at_most(20)])
    closes = StringField(_l("Closes"), [NEEDED, at_most(20)])
    note = StringField(_l("Note"), [at_most(100)])

    def other_day(self) -> tuple[date, Hours]:
        """Raises Refusal."""
        day, hours = _day(self, "day"), _hours(self, "opens", "closes")
        assert hours is not None  # both are needed
        return day, hours


class TakeDayBackForm(DeskForm):
    day = HiddenField()


class PermitForm(DeskForm):
    room_id = SelectField(_l("Venue and room"), choices=[], coerce=int)
    first = StringField(_l("First day of use"), [NEEDED])
    last = StringField(_l("Last day, if there are several"))
    deadline = StringField(_l("To be done by"))
    key = StringField(_l("Who has the key and opens"), [at_most(100)])
    heating = StringField(_l("Heating and cooling"), [at_most(100)])
    fee_waived = BooleanField(_l("The fee is waived"))
    reference = StringField(_l("Number of the permit"), [at_most(60)])
    note = TextAreaField(_l("Note"), [at_most(400)])

    def offer(self, rooms: Sequence[Room]) -> None:
        """Fill the list of rooms."""
        names = {row.id: _("%(venue)s, %(room)s", venue=row.venue.name, room=row.name) for row in rooms}
        self.room_id.choices = choices(names)

    def permit(self) -> PermitData:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        values = {one.name: self[one.name].data for one in fields(PermitData)}
        first = _day(self, "first")
        last = _day(self, "last") if (self.last.data or "").strip() else first
        deadline = _day(self, "deadline") if (self.deadline.data or "").strip() else None
        return PermitData(**values | {"first": first, "last": last, "deadline": deadline})


class AddPermitForm(PermitForm, OnceForm):
    state = SelectField(_l("State"), choices=choices(PERMIT_STATE), default=PermitState.PROVISIONAL)

    @property
    def chosen_state(self) -> PermitState:
        return PermitState(self.state.data)


class EditPermitForm(PermitForm, VersionedForm):
    pass


class MovePermitForm(DeskForm):
    seen = HiddenField()
    to = HiddenField()


def permit_answers(permit: Permit) -> dict[str, object]:
    """What the form shows of a stored permit."""
    kept = {one.name: getattr(permit, one.name) for one in fields(PermitData)}
    days = {name: f"{kept[name]:%Y-%m-%d}" if kept[name] else "" for name in ("first", "last", "deadline")}
    return kept | days | {"version": permit.version}


class ThingForm(DeskForm):
    equipment = SelectField(_l("Kind of thing"), choices=choices(EQUIPMENT))
    label = StringField(_l("Label on it"), [NEEDED, at_most(60)])
    kept_at = StringField(_l("Where it is kept"), [at_most(80)])
    note = StringField(_l("Note"), [at_most(200)])

    def thing(self) -> ThingData:
        values = {one.name: self[one.name].data for one in fields(ThingData)}
        return ThingData(**values | {"equipment": Equipment(self.equipment.data)})


class AddThingForm(ThingForm, OnceForm):
    count = NumberField(_l("How many pieces"), [NEEDED], default=1)


class EditThingForm(ThingForm, VersionedForm):
    pass


class OutOfUseForm(VersionedForm):
    out_of_use_reason = StringField(_l("Why it is out of use"), [NEEDED, at_most(100)])


def thing_answers(thing: Thing) -> dict[str, object]:
    """What the form shows of a stored thing."""
    return {one.name: getattr(thing, one.name) for one in fields(ThingData)} | {"version": thing.version}
