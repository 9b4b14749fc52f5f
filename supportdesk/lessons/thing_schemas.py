"""The shape below /api of where things are."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Moment, Part
from ..core.api.schemas import AnswerSchema, ApiSchema


class TakenAskedSchema(ApiSchema):
    day = Day(about="today if not given")


class TakenThingSchema(AnswerSchema):
    thing_id = fields.Integer(required=True)
    lesson_id = fields.Integer(required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)


class TakenSchema(AnswerSchema):
    day = Day(required=True)
    taken = fields.List(Part(TakenThingSchema), required=True)
