"""The shape of closures below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Flag, Moment, Number, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked


class AddClosureSchema(ApiSchema):
    venue_id = Number(1, required=True)
    room_id = Number(1, allow_none=True, about="the one room that is closed; the whole venue if not given")
    first = Day(required=True)
    last = Day(about="the last of several; `first` if not given")
    reason = Text(100, least=1, required=True)
    anyway = Flag(load_default=False, about="close it though lessons are planned there")


class ClosureSchema(AnswerSchema):
    id = fields.Integer(required=True)
    venue_id = fields.Integer(required=True)
    room_id = fields.Integer(required=True, allow_none=True)
    first = Day(required=True)
    last = Day(required=True)
    reason = fields.String(required=True)
    lifted_at = Moment(required=True, allow_none=True)


class ClosuresAskedSchema(Asked):
    venue_id = Number(1)
    first_day = Day(about="those that touch this day or a later one; today if not given")
    lifted = Flag(load_default=False, about="those that were taken back too")
