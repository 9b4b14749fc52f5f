"""The shape of what waits for a person below /api."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..lessons.least_rules import Question
from ..lessons.least_words import QUESTION
from ..messages.rules import last_digits
from ..people.rules import ContactScope, Wish
from ..reminders.rules import PersonOutcome, Why
from ..reminders.words import WHY

REASON: dict[Any, Any] = {**WHY, **QUESTION}


class FamilyToRingSchema(AnswerSchema):
    """A family contact whom a person may ring, and how much they may be told."""

    relation = fields.String(required=True)
    scope = OneOf(ContactScope, required=True)
    number_ends_in = fields.Function(lambda one: last_digits(one.number), metadata={"type": "string"})


class ActionItemSchema(AnswerSchema):
    """One resident whom a person must tell of a booking, of a seat that is offered (`offer_id`; the answer goes to
    /offers) or of what came of a draw (`entry_id`, `won`; the answer goes to /entries; with `won` null the lesson for
    which they waited is cancelled, and the answer goes to /changes/waiting), or a supporter (`supporter_id`)
    of the duty in a lesson, and `why`, also in words. Name and numbers stand at /residents, where a look is recorded,
    and at /supporters. `persons` are told by it; `attempts` were made by people so far. With neither resident nor
    supporter something is to be decided about the lesson: at /lessons/{id}/decision or /lessons/{id}/draw."""

    booking_id = fields.Integer(required=True, allow_none=True)
    offer_id = fields.Integer(required=True, allow_none=True)
    entry_id = fields.Integer(required=True, allow_none=True)
    won = Flag(required=True, allow_none=True)
    resident_id = fields.Integer(required=True, allow_none=True)
    supporter_id = fields.Integer(required=True, allow_none=True)
    lesson_id = fields.Integer(required=True)
    starts_at = Moment(required=True)
    why = OneOf((*Why, *Question), required=True)
    reason = fields.Function(lambda item: str(REASON[item.why]), metadata={"type": "string"})
    way = OneOf(Wish, required=True, allow_none=True)
    number_ends_in = fields.Function(lambda item: last_digits(item.number), metadata={"type": "string"})
    deadline = Moment(required=True)
    persons = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    event_id = fields.Integer(required=True)
    family = fields.List(Part(FamilyToRingSchema), required=True)
    card_in_time = Flag(required=True, about="a card that is posted now still arrives before the lesson")


class DutyOutcomeSchema(ApiSchema):
    """How a person's contact ended. After talked and handed-over nothing more is sent for this start of the lesson."""

    outcome = OneOf(PersonOutcome, required=True)
    note = Text(400, load_default="")


class OutcomeSchema(DutyOutcomeSchema):
    """The same of a contact about a booking."""

    way = OneOf((Wish.FAX, Wish.CARD), load_default=None, allow_none=True, about="with handed-over: what was sent")
    with_family = Flag(load_default=False, about="it was the family that was rung")
    seen = Number(0, load_default=None, allow_none=True, about="`event_id` of the item that the caller looked at")
