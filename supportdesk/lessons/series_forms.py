"""What is asked about series."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from ..accounts.in_charge_forms import WHOSE
from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.edits import at_field
from ..core.forms import DeskForm, OnceForm, VersionedForm
from ..core.japan import calendar
from ..office.models import District
from ..people.models import Supporter
from ..places.models import Room, Thing
from .forms import ChecklistField, room_label
from .models import Course
from .planned_days_forms import PlannedDaysForm, hour_of
from .rules import LessonState
from .series_actions import SeriesData
from .series_changes import Change
from .series_rules import Pattern, Registration, Scope, SeriesRule
from .words import LESSON_STATE, REGISTRATION, SCOPE, SERIES_RULE

CHOOSE = InputRequired(_l("Please choose one."))


class SeriesForm(PlannedDaysForm):
    """A series to be planned."""

    course_id = SelectField(_l("Course"), choices=[], coerce=int)
    room_id = SelectField(_l("Venue and room"), choices=[], coerce=int)
    rule = RadioField(_l("How often"), [CHOOSE], choices=choices(SERIES_RULE), default=SeriesRule.WEEKLY.value)
    first_day = StringField(_l("Day of the first lesson"), [at_most(40)])
    every_weeks = NumberField(_l("Every so many weeks"), default=1)
    times = NumberField(_l("How many times"))
    until = StringField(_l("Until this day"), [at_most(40)])
    start = StringField(_l("Start"), [NEEDED, at_most(40)])
    minutes = NumberField(_l("Minutes"), [NEEDED])
    seats = NumberField(_l("Seats"), [NEEDED])
    least = NumberField(_l("Held from how many people"), [NEEDED], default=1)
    registration = RadioField(
        _l("How residents book"), [CHOOSE], choices=choices(REGISTRATION), default=Registration.EACH.value
    )
    supporter_ids = ChecklistField(_l("Supporters"), choices=[], coerce=int)
    thing_ids = ChecklistField(_l("Things to take along"), choices=[], coerce=int)
    note = TextAreaField(_l("Note"), [at_most(400)])

    def offer(
        self, courses: Sequence[Course], rooms: Sequence[Room], supporters: Sequence[Supporter], things: Sequence[Thing]
    ) -> None:
        """Fill the lists."""
        self.thing_ids.choices = choices({row.id: row.label for row in things})
        self.course_id.choices = choices({row.id: row.title for row in courses})
        self.room_id.choices = choices({row.id: room_label(row) for row in rooms})
        self.supporter_ids.choices = choices({row.id: row.name for row in supporters})

    def series(self, today: date) -> SeriesData:
        """What was typed, read. Raises Refusal at the field that cannot be read; of a list each line that cannot be is
        named at its field."""
        pattern = self._pattern(today)
        with at_field("start"):
            start = calendar.parse_time(self.start.data)
        return SeriesData(
            course_id=self.course_id.data,
            room_id=self.room_id.data,
            pattern=pattern,
            start=start,
            minutes=self.minutes.data or 0,
            seats=self.seats.data or 0,
            least=self.least.data or 0,
            registration=Registration(self.registration.data),
            supporter_ids=tuple(self.supporter_ids.data or ()),
            thing_ids=tuple(self.thing_ids.data or ()),
            note=self.note.data,
        )

    def _pattern(self, today: date) -> Pattern:
        rule = SeriesRule(self.rule.data)
        if rule is SeriesRule.LISTED:
            return Pattern(rule, listed=self.days_typed(today))
        return Pattern(
            rule,
            first_day=day_typed(self.first_day),
            every_weeks=1 if self.every_weeks.data is None else self.every_weeks.data,
            until=day_typed(self.until),
            times=self.times.data,
        )


def day_typed(field: StringField) -> date | None:
    """The day that was written, if one was. Raises Refusal at its field."""
    if not field.data.strip():
        return None
    with at_field(field.short_name):
        return calendar.parse_day(field.data)


class WhichLessonsForm(VersionedForm):
    """A change of a series, seen from one of its lessons. `seen` is what the person had before their eyes."""

    scope = RadioField(_l("Which lessons"), [CHOOSE], choices=choices(SCOPE), default=Scope.LATER.value)
    lesson_id = SelectField(_l("From which lesson"), choices=[], coerce=int)
    seen = HiddenField(default="")

    def offer_lessons(self, lessons: dict[int, str]) -> None:
        """Fill the list."""
        self.lesson_id.choices = choices(lessons)


class ChangeSeriesForm(WhichLessonsForm):
    """What is left empty stays as it is, lesson by lesson."""

    start = StringField(_l("Start"), [at_most(40)])
    minutes = NumberField(_l("Minutes"), [Optional()])
    seats = NumberField(_l("Seats"), [Optional()])
    course_id = SelectField(_l("Course"), choices=[], default="")
    room_id = SelectField(_l("Venue and room"), choices=[], default="")
    new_supporters = SelectField(
        _l("Supporters"), choices=choices({"change": _l("these from now on")}, _l("as they are")), default=""
    )
    supporter_ids = ChecklistField(_l("Supporters from now on"), choices=[], coerce=int)
    new_things = SelectField(
        _l("Things to take along"), choices=choices({"change": _l("these from now on")}, _l("as they are")), default=""
    )
    thing_ids = ChecklistField(_l("Things from now on"), choices=[], coerce=int)
    looked_at = HiddenField(default="")

    def offer(
        self, courses: Sequence[Course], rooms: Sequence[Room], supporters: Sequence[Supporter], things: Sequence[Thing]
    ) -> None:
        """Fill the lists."""
        self.thing_ids.choices = choices({row.id: row.label for row in things})
        as_it_is = _("as it is")
        self.course_id.choices = choices({str(row.id): row.title for row in courses}, as_it_is)
        self.room_id.choices = choices({str(row.id): room_label(row) for row in rooms}, as_it_is)
        self.supporter_ids.choices = choices({row.id: row.name for row in supporters})

    @property
    def answers_now(self) -> str:
        """A digest of what the effects are worked out from."""
        told = [(field.short_name, field.data) for field in self if not isinstance(field, HiddenField)]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def change(self) -> Change:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        return Change(
            course_id=_chosen(self.course_id),
            room_id=_chosen(self.room_id),
            start=hour_of(self.start),
            minutes=self.minutes.data,
            seats=self.seats.data,
            supporter_ids=tuple(sorted(self.supporter_ids.data or ())) if self.new_supporters.data else None,
            thing_ids=tuple(sorted(self.thing_ids.data or ())) if self.new_things.data else None,
        )


def _chosen(field: SelectField) -> int | None:
    return int(field.data) if field.data else None


class CancelLessonsForm(WhichLessonsForm):
    cancel_reason = StringField(_l("Reason"), [NEEDED, at_most(200)])


class MoveSeriesForm(DeskForm):
    to = SelectField(_l("State"), choices=choices(LESSON_STATE))

    @property
    def state(self) -> LessonState:
        return LessonState(self.to.data)


class SeriesFilter(DeskForm):
    """Which series the list shows; asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    district = SelectField(_l("District"), choices=[], validate_choice=False)
    whose = SelectField(_l("Person in charge"), choices=choices(WHOSE), validate_choice=False)

    def offer(self, districts: Sequence[District]) -> None:
        """Fill the list."""
        self.district.choices = choices({row.code: row.name for row in districts}, _l("All"))


class CopyMonthForm(OnceForm):
    month = StringField(_l("Month to copy"), [NEEDED, at_most(10)])
    district = SelectField(_l("District"), choices=[])
    looked_at = HiddenField(default="")

    def offer(self, districts: Sequence[District]) -> None:
        """Fill the list."""
        self.district.choices = choices({row.code: row.name for row in districts}, _l("All"))

    @property
    def answers_now(self) -> str:
        """What the dates are worked out from."""
        return f"{self.month.data} {self.district.data}"
