"""The shape of what messages cost below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Number, OneOf, Part
from ..core.api.schemas import AnswerSchema, ApiSchema
from .cost_rules import MOST_ON_TOP
from .providers.base import Channel


class MonthCostSchema(AnswerSchema):
    """What left in one month by one way about one matter; yen rounded up."""

    month = fields.String(required=True)
    channel = OneOf(Channel, required=True)
    matter = fields.String(required=True)
    messages = fields.Integer(required=True)
    segments = fields.Integer(required=True)
    yen = fields.Integer(required=True)


class CostsSchema(AnswerSchema):
    """`limit_yen` 0: the office has set none. `planned_yen`: what stands in the outbox until the month's end."""

    month = fields.String(required=True)
    limit_yen = fields.Integer(required=True)
    spent_yen = fields.Integer(required=True)
    planned_yen = fields.Integer(required=True)
    percent = fields.Integer(required=True)
    yen_per_text_part = fields.Integer(required=True)
    yen_per_call = fields.Integer(required=True)
    months = fields.List(Part(MonthCostSchema), required=True)


class OnTopSchema(ApiSchema):
    yen = Number(0, MOST_ON_TOP, required=True)
