"""What is asked on the board: which days and rows, and where to a lesson is to be moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from ..core.answers import NEEDED, at_most, choices
from ..core.edits import at_field
from ..core.forms import DeskForm, VersionedForm
from ..core.japan import calendar
from ..lessons.actions import LessonData
from ..lessons.as_typed import lesson_with
from ..lessons.forms import lesson_answers, room_label
from ..lessons.models import Lesson
from ..lessons.span_rules import Span, day_asked
from ..lessons.words import SPAN
from ..office.models import District
from ..places.models import Room
from .board_queries import Wanted
from .board_rules import RowsBy
from .board_words import ROWS_BY


class BoardForm(DeskForm):
    """Which part of the board is shown; asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    day = HiddenField()
    span = SelectField(_l("Week or month"), choices=choices(SPAN), validate_choice=False)
    rows = SelectField(_l("Rows"), choices=choices(ROWS_BY), validate_choice=False)
    district = SelectField(_l("District"), choices=[], validate_choice=False)

    def offer(self, districts: Sequence[District]) -> None:
        """Fill the list."""
        self.district.choices = choices({row.code: row.name for row in districts}, _l("All"))

    def wanted(self, today: date) -> Wanted:
        """What was chosen; what nobody can have chosen counts as not chosen."""
        span = Span(self.span.data) if self.span.data in set(Span) else Span.WEEK
        rows_by = RowsBy(self.rows.data) if self.rows.data in set(RowsBy) else RowsBy.DISTRICT
        known = {choice.value for choice in self.district.choices}
        district = self.district.data if self.district.data in known else ""
        return Wanted(span, rows_by, day_asked(self.day.data or "", today), district)


class BoardMoveForm(VersionedForm):
    """Day, hour and room of a lesson, and nothing else of it."""

    day = StringField(_l("Day"), [NEEDED])
    start = StringField(_l("Start"), [NEEDED])
    room_id = SelectField(_l("Venue and room"), choices=[], coerce=int)
    override_reason = StringField(_l("Why it is to be so all the same"), [at_most(200)])

    def offer(self, rooms: Sequence[Room]) -> None:
        """Fill the list."""
        self.room_id.choices = choices({row.id: room_label(row) for row in rooms})

    def lesson(self, lesson: Lesson) -> LessonData:
        """The lesson there and then. Raises Refusal at the field that cannot be read."""
        with at_field("day"):
            day = calendar.parse_day(self.day.data)
        with at_field("start"):
            start = calendar.parse_time(self.start.data)
        moved = {"day": day, "start": start, "room_id": self.room_id.data}
        return lesson_with(lesson, moved | {"override_reason": self.override_reason.data})


def where_now(lesson: Lesson) -> dict[str, object]:
    """What the form shows of a lesson that nobody has moved yet."""
    return lesson_answers(lesson) | {"room_id": lesson.room_id, "version": lesson.version}
