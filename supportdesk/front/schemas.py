"""The shape of what waits for a person below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Moment, OneOf, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..messages.rules import last_digits
from ..people.rules import Wish
from ..reminders.rules import PersonOutcome, Why
from ..reminders.words import WHY


class ActionItemSchema(AnswerSchema):
    """One resident whom a person must tell of a booking, or of a seat that is offered (`offer_id`; the answer goes to
    /offers), or a supporter (`supporter_id`) of the duty in a lesson, and `why`, also in words. Name and numbers stand
    at /residents, where a look is recorded, and at /supporters. `persons` are told by it; `attempts` were made by
    people so far."""

    booking_id = fields.Integer(required=True, allow_none=True)
    offer_id = fields.Integer(required=True, allow_none=True)
    resident_id = fields.Integer(required=True, allow_none=True)
    supporter_id = fields.Integer(required=True, allow_none=True)
    lesson_id = fields.Integer(required=True)
    starts_at = Moment(required=True)
    why = OneOf(Why, required=True)
    reason = fields.Function(lambda item: str(WHY[item.why]), metadata={"type": "string"})
    way = OneOf(Wish, required=True)
    number_ends_in = fields.Function(lambda item: last_digits(item.number), metadata={"type": "string"})
    deadline = Moment(required=True)
    persons = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class OutcomeSchema(ApiSchema):
    """How a person's contact ended. After talked and handed-over nothing more is sent for this start of the lesson."""

    outcome = OneOf(PersonOutcome, required=True)
    note = Text(400, load_default="")
