"""The shape of call tasks below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New
from .call_task_rules import CallTaskEnd, CallTaskKind, CallTaskOutcome
from .call_task_words import CALL_TASK_KIND


class NewCallTaskSchema(New):
    """Somebody is to be rung: a resident, or whoever answers at a number."""

    resident_id = Number(1, load_default=None, allow_none=True, about="null while nobody knows who it is")
    number = Text(40, load_default="", about="as it would be typed; may be left out for a resident who has one")
    note = Text(400, least=1, required=True, about="what the call is about")
    due_at = Moment(required=True)


class CallTaskSchema(AnswerSchema):
    """One call that somebody on duty makes, and what became of it. `tries` were made by people so far."""

    id = fields.Integer(required=True)
    kind = OneOf(CallTaskKind, required=True)
    reason = fields.Function(lambda task: str(CALL_TASK_KIND[task.kind]), metadata={"type": "string"})
    resident_id = fields.Integer(required=True, allow_none=True)
    booking_id = fields.Integer(required=True, allow_none=True)
    number = fields.String(required=True)
    note = fields.String(required=True)
    due_at = Moment(required=True)
    tries = fields.Integer(required=True)
    created_at = Moment(required=True)
    created_by = fields.String(required=True)
    ended_at = Moment(required=True, allow_none=True)
    ended_by = fields.String(required=True)
    end = OneOf(CallTaskEnd, required=True, allow_none=True)
    end_note = fields.String(required=True)


class CallTasksAskedSchema(Asked):
    ended = Flag(load_default=False, about="those that are done instead of those to be done")


class CallTaskOutcomeSchema(ApiSchema):
    """How the call ended. After no-answer and answering-machine it stays open."""

    outcome = OneOf(CallTaskOutcome, required=True)
    note = Text(400, load_default="")
    tries = Number(0, load_default=None, allow_none=True, about="`tries` of the task that the caller looked at")


class NotedCallTaskSchema(AnswerSchema):
    """How the task stands now, without its words."""

    id = fields.Integer(required=True)
    tries = fields.Integer(required=True)
    ended_at = Moment(required=True, allow_none=True)
    end = OneOf(CallTaskEnd, required=True, allow_none=True)
