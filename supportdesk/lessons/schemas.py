"""The shape of courses and lessons below /api."""

from __future__ import annotations

from flask_babel import gettext
from marshmallow import fields

from ..core import clock
from ..core.api.fields import Day, Flag, Hour, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, Edit, New
from ..core.forms import TEXT
from . import rules
from .as_typed import minutes_of
from .conflict_rules import ConflictKind, Weight
from .rules import LessonState
from .slot_rules import CounterMatter, LessonKind

MINUTES = (rules.SHORTEST_MINUTES, rules.LONGEST_MINUTES)
SEATS = (1, rules.MOST_SEATS)


class CourseFields(ApiSchema):
    title = Text(80, required=True)
    title_kana = Text(120)
    category = OneOf(rules.COURSE_CATEGORIES)
    minutes = Number(*MINUTES, required=True)
    seats = Number(*SEATS, required=True)
    learners_per_supporter = Number(*SEATS, required=True)
    bring = Text(200)
    summary = Text(TEXT)
    practised = Text(TEXT, about="one thing a line")
    pin_typed_by_resident = Flag()
    staff_only = Flag()
    needs_wifi = Flag()
    needs_screen = Flag()
    needs_phones = Number(0, rules.MOST_SEATS, about="how many phones are lent out in a lesson")
    counter_matter = OneOf(CounterMatter, allow_none=True, about="with category `counter` alone")
    owner = Text(40, about="the section that answers for it; needed with category `counter`")


class SentCourseFields(CourseFields):
    topics = Several(Text(40))


class NewCourseSchema(SentCourseFields, New):
    pass


class EditCourseSchema(SentCourseFields, Edit):
    pass


class CourseSchema(CourseFields):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    topics = fields.Function(
        lambda course: [row.topic_code for row in course.topics],
        metadata={"type": "array", "items": {"type": "string"}},
    )
    ended_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class CoursesAskedSchema(Asked):
    ended = Flag(load_default=False, about="courses that are not offered any more too")


class LessonFields(ApiSchema):
    course_id = Number(1, required=True)
    room_id = Number(1, required=True)
    seats = Number(*SEATS, about="the course's own if not given")
    least = Number(*SEATS)
    booking_opens_at = Moment(about="the office's usual window if not given")
    booking_closes_at = Moment()
    note = Text(400)
    override_reason = Text(200, about="why it is to be so, though the calendar or the hall speaks against it")


class SentLessonFields(LessonFields):
    """`day` and `start` are on the town's wall clock. The venue is the room's."""

    day = Day(required=True)
    start = Hour(required=True)
    minutes = Number(*MINUTES, about="the course's own if not given")
    supporter_ids = Several(Number(1))
    thing_ids = Several(Number(1), about="what is taken along")


class NewLessonSchema(SentLessonFields, New):
    pass


class EditLessonSchema(SentLessonFields, Edit):
    pass


class LessonSchema(LessonFields):
    """In a slot (any kind but `class`) a party takes one seat: a table, a terminal, a visit."""

    id = fields.Integer(required=True)
    kind = OneOf(LessonKind, required=True)
    external_id = fields.String(required=True, allow_none=True)
    venue_id = fields.Integer(required=True)
    day = fields.Function(lambda lesson: f"{clock.local(lesson.starts_at):%Y-%m-%d}", metadata={"type": "string"})
    start = fields.Function(lambda lesson: f"{clock.local(lesson.starts_at):%H:%M}", metadata={"type": "string"})
    minutes = fields.Function(minutes_of, metadata={"type": "integer"})
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    supporter_ids = fields.Function(
        lambda lesson: sorted(row.supporter_id for row in lesson.supporters),
        metadata={"type": "array", "items": {"type": "integer"}},
    )
    thing_ids = fields.Function(
        lambda lesson: sorted(row.thing_id for row in lesson.things),
        metadata={"type": "array", "items": {"type": "integer"}},
    )
    overridden = fields.Function(
        lambda lesson: lesson.overridden.split(),
        metadata={
            "type": "array", "items": {"type": "string", "enum": [kind.value for kind in ConflictKind]},
            "description": "what override_reason speaks of",
        },
    )  # fmt: skip
    seats_taken = fields.Integer(required=True)
    seats_held = fields.Integer(required=True)
    seats_offered = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    state = OneOf(LessonState, required=True)
    public = fields.Boolean(
        attribute="is_public", required=True, metadata={"description": "everybody may read of it: /timetable/{id}"}
    )
    cancelled_at = Moment(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)
    version = fields.Integer(required=True)


class LessonsAskedSchema(Asked):
    first_day = Day(about="from this day on; today if not given")
    last_day = Day()
    district = Text(8)
    course_id = Number(1)
    state = OneOf(LessonState)


class ConflictSchema(AnswerSchema):
    """`never` cannot be overridden, `reason` can with one, `remark` is worth knowing. `thing_ids` would settle it."""

    kind = OneOf(ConflictKind, required=True)
    weight = OneOf(Weight, required=True)
    field = fields.String(attribute="why.field", required=True)
    message = fields.Function(
        lambda conflict: gettext(conflict.why.message, **conflict.why.params), metadata={"type": "string"}
    )
    thing_ids = fields.List(fields.Integer(), required=True)


class ConflictsSchema(AnswerSchema):
    conflicts = fields.List(Part(ConflictSchema), required=True)


class TakeAlongSchema(ApiSchema):
    thing_ids = Several(Number(1), required=True)


class MoveSchema(ApiSchema):
    """`seen` is the state that the caller has seen; if it is not that any more, nothing is moved."""

    to = OneOf(LessonState, required=True)
    seen = OneOf(LessonState, required=True)


class CancelSchema(ApiSchema):
    reason = Text(200, least=1, required=True)
