"""The shape of supporters' duties, their calendar address and their record of activity below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Moment, OneOf, Part
from ..core.api.schemas import AnswerSchema, Asked
from ..lessons.activity_rules import NotCounted
from ..lessons.rules import LessonState


class DutiesAskedSchema(Asked):
    first_day = Day(about="from this day on; today if not given")


class SupporterDutySchema(AnswerSchema):
    """A lesson in which the supporter is on duty; of who is booked the number alone."""

    lesson_id = fields.Integer(attribute="id", required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    course_id = fields.Integer(required=True)
    venue_id = fields.Integer(required=True)
    room_id = fields.Integer(required=True)
    state = OneOf(LessonState, required=True)
    seats_taken = fields.Integer(required=True)


class FeedSchema(AnswerSchema):
    """The address of a supporter's own calendar. `path` is told once, in the answer to making it, and never again."""

    supporter_id = fields.Integer(required=True)
    made_at = Moment(required=True, allow_none=True)
    path = fields.String(required=True, allow_none=True)


class CountedDutySchema(AnswerSchema):
    """A duty that counts. Fee and travel in yen, null where the office has settled nothing."""

    lesson_id = fields.Integer(attribute="turn.lesson_id", required=True)
    starts_at = Moment(attribute="turn.starts_at", required=True)
    ends_at = Moment(attribute="turn.ends_at", required=True)
    hours = fields.Function(lambda one: one.turn.quarters / 4, metadata={"type": "number"})
    fee = fields.Integer(required=True, allow_none=True)
    travel = fields.Integer(required=True, allow_none=True)


class NotCountedDutySchema(AnswerSchema):
    lesson_id = fields.Function(lambda one: one[0].lesson_id, metadata={"type": "integer"})
    starts_at = fields.Function(lambda one: Moment().serialize("starts_at", one[0]), metadata={"type": "string"})
    why = fields.Function(lambda one: one[1].value, metadata={"type": "string", "enum": [*map(str, NotCounted)]})


class ActivitySchema(AnswerSchema):
    """One supporter's record of activity of one month."""

    supporter_id = fields.Integer(attribute="supporter.id", required=True)
    hours = fields.Function(lambda sheet: sheet.activity.quarters / 4, metadata={"type": "number"})
    fee = fields.Integer(attribute="activity.fee", required=True, allow_none=True)
    travel = fields.Integer(attribute="activity.travel", required=True, allow_none=True)
    counted = fields.List(Part(CountedDutySchema), attribute="activity.counted", required=True)
    not_counted = fields.List(Part(NotCountedDutySchema), attribute="activity.left_out", required=True)
