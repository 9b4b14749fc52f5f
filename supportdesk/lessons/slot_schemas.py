"""The shape of days of slots, of system days and of people taken on the spot below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Flag, Hour, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked
from ..office.closed_day_actions import REASON_LETTERS
from . import slot_rules
from .booking_rules import MOST_COMPANIONS
from .rules import BookedBy, LessonState
from .schemas import MINUTES, SEATS
from .series_rules import MOST_DATES
from .series_schemas import DateSchema, DecidedSchema
from .slot_rules import LessonKind


class SlotsSchema(DecidedSchema):
    """Days cut into times that touch each other, but for the pause. The keys of decisions are those of the preview."""

    course_id = Number(1, required=True, about="of category consult, counter or visit: that is what the slots are")
    room_id = Number(1, about="a counter's room for the counter; none for visits")
    days = Several(Day(), MOST_DATES, required=True)
    start = Hour(required=True)
    end = Hour(required=True)
    minutes = Number(*MINUTES, load_default=slot_rules.USUAL_MINUTES)
    pause_start = Hour()
    pause_end = Hour()
    tables = Number(*SEATS, load_default=1, about="tables, or terminals of the counter; 1 for visits")
    supporter_ids = Several(Number(1), load_default=list)
    note = Text(400, load_default="")


class SlotsPreviewSchema(AnswerSchema):
    """`there`: those that are planned just so already; they are left alone."""

    dates = fields.List(Part(DateSchema), attribute="rows", required=True)
    there_ids = fields.Function(
        lambda preview: [lesson.id for lesson in preview.there],
        metadata={"type": "array", "items": {"type": "integer"}},
    )


class SlotsAskedSchema(Asked):
    first_day = Day(about="from this day on; today if not given")
    last_day = Day()
    room_id = Number(1)
    kind = OneOf(tuple(kind.value for kind in LessonKind if kind.is_slot))


class MoveDaySchema(ApiSchema):
    to = OneOf(LessonState, required=True)


class OnTheSpotSchema(ApiSchema):
    """People at the counter without a booking. They take a table (or terminal) together if one is free."""

    resident_ids = Several(Number(1), required=True)
    companions = Number(0, MOST_COMPANIONS, load_default=0)
    booked_by = OneOf(BookedBy, load_default=BookedBy.SELF)
    caller = Text(80, load_default="")
    allowed_by = Text(80, load_default="", about="who lets them in though all tables are taken")


class SystemDaysSchema(ApiSchema):
    first = Day(required=True)
    last = Day(about="the last of several; `first` if not given")
    reason = Text(REASON_LETTERS, least=1, required=True)
    anyway = Flag(load_default=False, about="put these days in though the counter is planned on them")


class SystemDaySchema(AnswerSchema):
    day = Day(required=True)
    reason = fields.String(required=True)


class SystemDaysPutInSchema(AnswerSchema):
    days = fields.List(Day(), required=True, metadata={"description": "those that were not in until now"})


class SystemDaysAskedSchema(Asked):
    first_day = Day(about="from this day on; today if not given")
