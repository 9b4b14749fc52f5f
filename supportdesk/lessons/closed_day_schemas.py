"""The shape of the office's closed days below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Flag, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked
from ..office.closed_day_actions import REASON_LETTERS


class CloseDaysSchema(ApiSchema):
    first = Day(required=True)
    last = Day(about="the last of several; `first` if not given")
    reason = Text(REASON_LETTERS, least=1, required=True)
    anyway = Flag(load_default=False, about="close these days though lessons are planned on them")


class ClosedDaySchema(AnswerSchema):
    day = Day(required=True)
    reason = fields.String(required=True)


class DaysClosedSchema(AnswerSchema):
    days = fields.List(Day(), required=True, metadata={"description": "those that were open until now"})


class ClosedDaysAskedSchema(Asked):
    first_day = Day(about="from this day on; today if not given")
    last_day = Day()
