"""The shape of series, of decisions about dates and of copied months below /api."""

from __future__ import annotations

from flask_babel import gettext
from marshmallow import fields

from ..core.api.fields import Day, Hour, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New, Seen
from .decision_rules import Choice
from .lengthening import Lengthening
from .rules import LessonState
from .schemas import MINUTES, SEATS
from .series_rules import MOST_DATES, MOST_WEEKS, Registration, Scope, SeriesRule
from .several import Row


class DecisionSchema(ApiSchema):
    """What to do about one date. `key` is its name in the preview; `reason` passes over what may be."""

    key = Text(12, least=1, required=True)
    choice = OneOf(Choice, load_default=Choice.KEEP)
    reason = Text(200, load_default="")
    room_id = Number(1, about="with choice `room`")
    day = Day(about="with choice `move`")
    start = Hour(about="with choice `move`")


class DecidedSchema(ApiSchema):
    decisions = Several(Part(DecisionSchema), MOST_DATES, load_default=list)


class SentSeriesSchema(DecidedSchema):
    """`day` and `start` are on the town's wall clock. Weekday, week and day of the month are those of `first_day`."""

    course_id = Number(1, required=True)
    room_id = Number(1, required=True)
    rule = OneOf(SeriesRule, required=True)
    first_day = Day(about="not with `listed`")
    every_weeks = Number(1, MOST_WEEKS, load_default=1, about="with `weekly`")
    until = Day(about="until, times or both; the first to come ends the series")
    times = Number(1, MOST_DATES)
    listed = Several(Day(), MOST_DATES, load_default=list, about="the days, with the rule `listed`")
    start = Hour(required=True)
    minutes = Number(*MINUTES, about="the course's own if not given")
    seats = Number(*SEATS, about="the course's own if not given")
    least = Number(*SEATS, load_default=1)
    registration = OneOf(Registration, load_default=Registration.EACH)
    supporter_ids = Several(Number(1), load_default=list)
    thing_ids = Several(Number(1), load_default=list, about="taken along to each lesson")
    note = Text(400, load_default="")


class NewSeriesSchema(SentSeriesSchema, New):
    pass


class SeriesSchema(AnswerSchema):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    course_id = fields.Integer(required=True)
    room_id = fields.Integer(required=True)
    rule = OneOf(SeriesRule, required=True)
    first_day = Day(required=True)
    every_weeks = fields.Integer(required=True)
    until = Day(required=True, allow_none=True)
    times = fields.Integer(required=True, allow_none=True)
    start = Hour(required=True)
    minutes = fields.Integer(required=True)
    seats = fields.Integer(required=True)
    least = fields.Integer(required=True)
    registration = OneOf(Registration, required=True)
    size = fields.Integer(required=True)
    in_charge_id = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True)
    supporter_ids = fields.Function(
        lambda series: sorted(row.supporter_id for row in series.supporters),
        metadata={"type": "array", "items": {"type": "integer"}},
    )
    thing_ids = fields.Function(
        lambda series: sorted(row.thing_id for row in series.things),
        metadata={"type": "array", "items": {"type": "integer"}},
    )
    version = fields.Integer(required=True)


class SeriesAskedSchema(Asked):
    district = Text(8)
    course_id = Number(1)
    in_charge_id = Number(about="those of this person; 0: those that nobody is in charge of")


class AgainstSchema(AnswerSchema):
    """One thing that stands against a date. `weight`: never, reason (with one it can be held) or remark."""

    kind = fields.String(required=True)
    weight = fields.String(required=True)
    message = fields.Function(
        lambda one: gettext(one.why.message, **one.why.params), metadata={"type": "string"}
    )
    thing_ids = fields.List(fields.Integer(), required=True)


def _why_not(row: Row | Lengthening) -> str | None:
    return gettext(row.refusal.message, **row.refusal.params) if row.refusal else None


class DateSchema(AnswerSchema):
    """One date as it would be made. `held` is false where it is left out; `refusal` says why it cannot be made as it
    was decided."""

    key = fields.String(attribute="wanted.key", required=True)
    held = fields.Function(lambda row: row.data is not None, metadata={"type": "boolean"})
    day = fields.Function(
        lambda row: row.data.day.isoformat() if row.data and not row.day_is_missing else None,
        metadata={"type": ["string", "null"], "format": "date"},
    )
    start = fields.Function(
        lambda row: f"{row.data.start:%H:%M}" if row.data else None, metadata={"type": ["string", "null"]}
    )
    room_id = fields.Function(
        lambda row: row.data.room_id if row.data else None, metadata={"type": ["integer", "null"]}
    )
    conflicts = fields.List(Part(AgainstSchema), required=True)
    refusal = fields.Function(_why_not, metadata={"type": ["string", "null"]})


class PreviewSchema(AnswerSchema):
    dates = fields.List(Part(DateSchema), attribute="rows", required=True)
    months_without = fields.Function(
        lambda preview: [f"{month:%Y-%m}" for month in preview.dates.months_without],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class SentLengthenSchema(DecidedSchema):
    """By the rule of the series: so many more, until a day, or both; of a list the days."""

    times = Number(1, MOST_DATES)
    until = Day()
    listed = Several(Day(), MOST_DATES, load_default=list, about="of a series with the rule `listed`")


class LengthenSchema(SentLengthenSchema, Seen):
    pass


class LengtheningSchema(AnswerSchema):
    """`seats`: those of residents who have booked the whole and come into each new lesson; `refusal`: why that will not
    do."""

    dates = fields.List(Part(DateSchema), attribute="preview.rows", required=True)
    seats = fields.Integer(required=True)
    refusal = fields.Function(_why_not, metadata={"type": ["string", "null"]})


class RegistrationSchema(Seen):
    to = OneOf(Registration, required=True)


class LessonsMeantSchema(ApiSchema):
    scope = OneOf(Scope, required=True)
    lesson_id = Number(1, required=True, about="the lesson from which the scope is seen")


class SentChangeSchema(LessonsMeantSchema, DecidedSchema):
    """What is left out stays as it is, lesson by lesson."""

    course_id = Number(1)
    room_id = Number(1)
    start = Hour()
    minutes = Number(*MINUTES)
    seats = Number(*SEATS)
    supporter_ids = Several(Number(1))
    thing_ids = Several(Number(1))


class ChangeSeriesSchema(SentChangeSchema, Seen):
    seen = Text(64, about="as the preview gave it: if lessons or bookings are not any more what was seen, 409")


class EffectsSchema(AnswerSchema):
    lessons = fields.List(Part(DateSchema), attribute="rows", required=True)
    bookings = fields.Integer(required=True)
    begun = fields.Integer(required=True)
    seen = fields.String(required=True)


class CancelLessonsSchema(LessonsMeantSchema, Seen):
    reason = Text(200, least=1, required=True)
    seen = Text(64)


class LessonIdsSchema(AnswerSchema):
    lesson_ids = fields.List(fields.Integer(), required=True)


class MoveSeriesSchema(ApiSchema):
    to = OneOf(LessonState, required=True)


class SentMonthSchema(DecidedSchema):
    month = Text(7, least=1, required=True, shape={"pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}, about="2026-07")
    district = Text(8, load_default="")


class CopiesSchema(AnswerSchema):
    """`there`: lessons of the month that are in the next one already, with what is there."""

    dates = fields.List(Part(DateSchema), attribute="rows", required=True)
    there = fields.Function(
        lambda preview: [{"lesson_id": old.id, "there_id": new.id} for old, new in preview.there],
        metadata={"type": "array", "items": {"type": "object"}},
    )
    booked_as_a_whole = fields.Integer(attribute="whole", required=True)
