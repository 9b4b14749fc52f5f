"""The shape of 連絡テスト below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked
from ..messages.rules import MessageStatus
from ..messages.words import MESSAGE_STATUS
from .trial_rules import TrialOutcome, TrialStep


class StartTrialSchema(ApiSchema):
    number = Text(40, least=1, required=True, about="one of the person's numbers, as it would be typed")
    ways = Several(OneOf(TrialStep), 2, required=True)


class NoteTrialSchema(ApiSchema):
    outcome = OneOf(TrialOutcome, required=True, about="as the person saw it; only registered makes the number tried")


class TrialsAskedSchema(Asked):
    pass


class TrialMessageSchema(AnswerSchema):
    """What was sent, and how far it is."""

    id = fields.Integer(required=True)
    step = OneOf(TrialStep, required=True)
    status = OneOf(MessageStatus, required=True)
    state = fields.Function(lambda message: str(MESSAGE_STATUS[message.status]), metadata={"type": "string"})
    reason = fields.String(required=True, allow_none=True)


class TrialSchema(AnswerSchema):
    id = fields.Integer(required=True)
    number_ends_in = fields.String(required=True)
    by_text = Flag(required=True)
    by_call = Flag(required=True)
    started_at = Moment(required=True)
    started_by = fields.String(required=True)
    outcome = OneOf(TrialOutcome, required=True, allow_none=True)
    noted_at = Moment(required=True, allow_none=True)
    noted_by = fields.String(required=True)
    messages = fields.List(Part(TrialMessageSchema), required=True)
