"""What is asked about courses and lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from ..core import clock
from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.edits import at_field
from ..core.forms import LINE, DeskForm, OnceForm, VersionedForm
from ..core.japan import calendar
from ..office.models import District, Topic
from ..people.models import Supporter
from ..places.models import Room, Thing
from . import rules
from .actions import CourseData, LessonData
from .booking_forms import row_id
from .models import Course, Lesson
from .rules import LessonState
from .slot_rules import CounterMatter
from .slot_words import COUNTER_MATTER
from .words import COURSE_CATEGORY, LESSON_STATE


class ChecklistField(SelectMultipleField):
    """Several of a few, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CourseForm(DeskForm):
    title = StringField(_l("Title"), [NEEDED, at_most(80)])
    title_kana = StringField(_l("Title in kana"), [at_most(120)])
    category = SelectField(_l("Kind of course"), choices=choices(COURSE_CATEGORY), default="basic")
    minutes = NumberField(_l("Minutes"), [NEEDED])
    seats = NumberField(_l("Seats"), [NEEDED])
    learners_per_supporter = NumberField(_l("Learners for one supporter"), [NEEDED])
    topics = ChecklistField(_l("Topics"), choices=[])
    bring = StringField(_l("What to bring"), [at_most(200)])
    summary = TextAreaField(_l("Summary"))
    practised = TextAreaField(_l("What is practised, one thing a line"))
    needs_wifi = BooleanField(_l("Needs Wi-Fi"))
    needs_screen = BooleanField(_l("Needs a screen"))
    needs_phones = NumberField(_l("Phones to lend"), default=0)
    pin_typed_by_resident = BooleanField(_l("The resident types a PIN"))
    staff_only = BooleanField(_l("Staff only"))
    counter_matter = SelectField(
        _l("What is done at the counter"), choices=choices(COUNTER_MATTER, _l("Not at the counter")), default=""
    )
    owner = StringField(_l("Section that answers for it"), [at_most(40)])

    def offer(self, topics: Sequence[Topic]) -> None:
        """Fill the list."""
        self.topics.choices = choices({row.code: row.label for row in topics})
        self.counter_matter.data = self.counter_matter.data or ""

    def course(self) -> CourseData:
        values = {one.name: self[one.name].data for one in fields(CourseData)}
        return CourseData(
            **values
            | {
                "topics": tuple(self.topics.data or ()),
                "needs_phones": self.needs_phones.data or 0,
                "counter_matter": CounterMatter(self.counter_matter.data) if self.counter_matter.data else None,
            }
        )


class AddCourseForm(CourseForm, OnceForm):
    pass


class EditCourseForm(CourseForm, VersionedForm):
    pass


def course_answers(course: Course) -> dict[str, list[str]]:
    """What the form shows of a course that its columns do not hold."""
    return {"topics": [row.topic_code for row in course.topics]}


class LessonForm(DeskForm):
    course_id = SelectField(_l("Course"), choices=[], coerce=int)
    room_id = SelectField(_l("Venue and room"), choices=[], coerce=int)
    day = StringField(_l("Day"), [NEEDED])
    start = StringField(_l("Start"), [NEEDED])
    minutes = NumberField(_l("Minutes"), [NEEDED])
    seats = NumberField(_l("Seats"), [NEEDED])
    least = NumberField(_l("Held from how many people"), [NEEDED], default=1)
    booking_opens_at = StringField(_l("Booking opens"))
    booking_closes_at = StringField(_l("Booking closes"))
    supporter_ids = ChecklistField(_l("Supporters"), choices=[], coerce=int)
    thing_ids = ChecklistField(_l("Things to take along"), choices=[], coerce=int)
    note = TextAreaField(_l("Note"), [at_most(400)])
    override_reason = StringField(_l("Why it is to be so all the same"), [at_most(200)])

    def offer(
        self, courses: Sequence[Course], rooms: Sequence[Room], supporters: Sequence[Supporter], things: Sequence[Thing]
    ) -> None:
        """Fill the lists."""
        self.course_id.choices = choices({row.id: row.title for row in courses})
        self.room_id.choices = choices({row.id: room_label(row) for row in rooms})
        self.supporter_ids.choices = choices({row.id: row.name for row in supporters})
        self.thing_ids.choices = choices({row.id: row.label for row in things})

    def lesson(self) -> LessonData:
        """What was typed, read. Raises Refusal at the field that cannot be read."""
        with at_field("day"):
            day = calendar.parse_day(self.day.data)
        with at_field("start"):
            start = calendar.parse_time(self.start.data)
        return LessonData(
            course_id=self.course_id.data,
            room_id=self.room_id.data,
            day=day,
            start=start,
            minutes=self.minutes.data or 0,
            seats=self.seats.data or 0,
            least=self.least.data or 0,
            booking_opens_at=_moment("booking_opens_at", self.booking_opens_at.data),
            booking_closes_at=_moment("booking_closes_at", self.booking_closes_at.data),
            supporter_ids=tuple(self.supporter_ids.data or ()),
            thing_ids=tuple(self.thing_ids.data or ()),
            note=self.note.data,
            override_reason=self.override_reason.data,
        )


def room_label(row: Room) -> str:
    return _("%(venue)s, %(room)s (%(seats)s seats)", venue=row.venue.name, room=row.name, seats=row.seats)


class AddLessonForm(LessonForm, OnceForm):
    def follow(self, course: Course) -> None:
        """Take over what the course says of itself."""
        self.course_id.data, self.minutes.data, self.seats.data = course.id, course.minutes, course.seats

    def begin_at(self, asked: Mapping[str, str], rooms: Sequence[Room]) -> None:
        """Fill in the day, and the first room of the venue or district, and the supporter that an address names; what
        it names wrongly is left to be chosen."""
        self.day.data = asked.get("day", "")[:LINE] or self.day.data
        venue, district, supporter = (asked.get(name, "") for name in ("venue", "district", "supporter"))
        there = [row.id for row in rooms if venue == str(row.venue_id) or district == row.venue.district_code]
        if there:
            self.room_id.data = there[0]
        known = {str(choice.value): choice.value for choice in self.supporter_ids.choices}
        if supporter in known:
            self.supporter_ids.data = [known[supporter]]


class EditLessonForm(LessonForm, VersionedForm):
    pass


def _moment(field: str, typed: str) -> datetime | None:
    if not typed.strip():
        return None
    with at_field(field):
        return rules.parse_moment(typed)


def lesson_answers(lesson: Lesson) -> dict[str, object]:
    """What the form shows of a lesson that its columns do not hold so: the town's wall clock, and minutes."""
    start = clock.local(lesson.starts_at)
    return {
        "day": f"{start:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "minutes": (lesson.ends_at - lesson.starts_at).seconds // 60,
        "booking_opens_at": f"{clock.local(lesson.booking_opens_at):%Y-%m-%d %H:%M}",
        "booking_closes_at": f"{clock.local(lesson.booking_closes_at):%Y-%m-%d %H:%M}",
        "supporter_ids": [row.supporter_id for row in lesson.supporters],
        "thing_ids": [row.thing_id for row in lesson.things],
    }


class MoveForm(DeskForm):
    seen = HiddenField()
    to = HiddenField()


class TakeAlongForm(DeskForm):
    thing_ids = SelectMultipleField(choices=[], coerce=row_id, validate_choice=False)


class CancelForm(DeskForm):
    cancel_reason = StringField(_l("Reason"), [NEEDED, at_most(200)])


class TimetableFilter(DeskForm):
    """Which lessons the list shows; asked with GET, so that the address can be kept."""

    class Meta:
        csrf = False

    month = HiddenField()
    start_day = StringField(_l("From this day on"))
    district = SelectField(_l("District"), choices=[], validate_choice=False)
    course = SelectField(_l("Course"), choices=[], validate_choice=False)
    state = SelectField(_l("State"), choices=choices(LESSON_STATE, _l("All")), validate_choice=False)

    def offer(self, districts: Sequence[District], courses: Sequence[Course]) -> None:
        """Fill the lists."""
        self.district.choices = choices({row.code: row.name for row in districts}, _l("All"))
        self.course.choices = choices({str(row.id): row.title for row in courses}, _l("All"))

    @property
    def state_chosen(self) -> LessonState | None:
        return LessonState(self.state.data) if self.state.data in set(LessonState) else None

    @property
    def course_chosen(self) -> int | None:
        known = {choice.value for choice in self.course.choices if choice.value}
        return int(self.course.data) if self.course.data in known else None
