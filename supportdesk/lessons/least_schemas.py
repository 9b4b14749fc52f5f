"""The shape of decisions on lessons below their least number, below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Moment, OneOf, Part
from ..core.api.schemas import AnswerSchema, ApiSchema
from .least_rules import LeastAnswer


class AnswerLeastSchema(ApiSchema):
    """`extend` needs `until`: to when booking stays open. That it is cancelled is said at /lessons/{id}/cancel."""

    answer = OneOf(LeastAnswer, required=True)
    until = Moment()


class LeastDecisionSchema(AnswerSchema):
    """`asked_for` is how many seats were asked for when it was decided."""

    answer = OneOf(LeastAnswer, required=True)
    asked_for = fields.Integer(required=True)
    until = Moment(required=True, allow_none=True)
    decided_at = Moment(required=True)
    decided_by = fields.String(required=True)


class LeastDecisionsSchema(AnswerSchema):
    """`deadline`: until when it is to be decided whether the lesson is held; null if nothing is to be decided now.
    What was decided, the newest first."""

    asked_for = fields.Integer(required=True)
    least = fields.Integer(required=True)
    deadline = Moment(required=True, allow_none=True)
    decided = fields.List(Part(LeastDecisionSchema), required=True)
