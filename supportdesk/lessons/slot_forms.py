"""What is asked about days of slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.forms import DeskForm
from ..people.models import Supporter
from ..places.models import Room
from . import slot_rules
from .forms import ChecklistField, room_label
from .models import Course
from .planned_days_forms import DaysField, PlannedDaysForm, hour_of
from .rules import LessonState
from .slot_days import SlotsData
from .slot_rules import Times
from .words import LESSON_STATE


class SlotsForm(PlannedDaysForm):
    """One day or several, cut into times."""

    listed = DaysField(_l("Dates"), [NEEDED])
    course_id = SelectField(_l("Course"), choices=[], coerce=int)
    room_id = SelectField(_l("Venue and room"), choices=[])
    start = StringField(_l("From"), [NEEDED, at_most(40)], default="9:00")
    end = StringField(_l("To"), [NEEDED, at_most(40)], default="12:00")
    minutes = NumberField(_l("Minutes for each"), [NEEDED], default=slot_rules.USUAL_MINUTES)
    pause_start = StringField(_l("Pause from"), [at_most(40)])
    pause_end = StringField(_l("Pause to"), [at_most(40)])
    tables = NumberField(_l("Tables, or terminals of the counter"), [NEEDED], default=1)
    supporter_ids = ChecklistField(_l("Who is on duty"), choices=[], coerce=int)
    note = TextAreaField(_l("Note"), [at_most(400)])

    def offer(self, courses: Sequence[Course], rooms: Sequence[Room], supporters: Sequence[Supporter]) -> None:
        """Fill the lists."""
        self.course_id.choices = choices({row.id: row.title for row in courses})
        self.room_id.choices = choices({str(row.id): room_label(row) for row in rooms}, _l("Nowhere here: a visit"))
        self.supporter_ids.choices = choices({row.id: row.name for row in supporters})

    def slots(self, today: date) -> SlotsData:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        days = self.days_typed(today)
        start, end = hour_of(self.start), hour_of(self.end)
        assert start is not None
        assert end is not None
        return SlotsData(
            course_id=self.course_id.data,
            room_id=int(self.room_id.data) if self.room_id.data else None,
            days=days,
            times=Times(start, end, self.minutes.data or 0, hour_of(self.pause_start), hour_of(self.pause_end)),
            tables=self.tables.data or 0,
            supporter_ids=tuple(self.supporter_ids.data or ()),
            note=self.note.data,
        )


class MoveDayForm(DeskForm):
    to = SelectField(_l("State"), choices=choices(LESSON_STATE))

    @property
    def state(self) -> LessonState:
        return LessonState(self.to.data)
