"""The shape of what waits for a person, what is over and what is unknown, below /api."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..desk.call_task_rules import CallTaskKind
from ..desk.call_task_words import CALL_TASK_KIND
from ..lessons.least_rules import Question
from ..lessons.least_words import QUESTION
from ..messages.looking_again import surely_not_listed
from ..messages.providers.base import Channel
from ..messages.rules import last_digits
from ..people.rules import ContactScope, Wish
from ..reminders.rules import Why
from ..reminders.words import WHY
from .worklist_rules import MOST_CLOSED_AT_ONCE, REASON_LETTERS, CallOutcome, LineKind

REASON: dict[Any, Any] = {**WHY, **QUESTION}
# A booking's reason and a task's may be the same word ("wish"), and mean another thing.
WORDS = sorted({str(each) for each in (*Why, *Question, *CallTaskKind)})


def _why(line: Any) -> Any:
    if line.item is not None:
        return line.item.why
    return line.task.kind if line.task is not None else line.what.question


def _reason(line: Any) -> str:
    """The reason in words."""
    why = _why(line)
    return str(CALL_TASK_KIND[why] if line.task is not None else REASON[why])


def _of(line: Any, name: str) -> Any:
    """What the item, the task or the lesson that is to be decided about has under this name; None if it has none."""
    if line.item is not None:
        return getattr(line.item, name)
    if line.task is not None:
        return getattr(line.task, name, None)
    return {"lesson_id": line.what.lesson.id, "starts_at": line.what.lesson.starts_at}.get(name)


def _read(name: str, kind: str) -> fields.Function:
    return fields.Function(lambda line: _of(line, name), metadata={"type": [kind, "null"]})


def _number(line: Any) -> str:
    return line.item.number if line.item is not None else line.task.number if line.task is not None else ""


def _persons(line: Any) -> int:
    if line.item is not None:
        return int(line.item.persons)
    return 1 if line.task is not None else int(line.what.asked_for)


def _attempts(line: Any) -> int:
    if line.item is not None:
        return int(line.item.attempts)
    return int(line.task.tries) if line.task is not None else 0


class _StartsAt(Moment):
    """The start of the lesson that it is about."""

    def serialize(self, attr: str, obj: Any, *_more: Any, **_params: Any) -> Any:
        return self._serialize(_of(obj, "starts_at"), attr, obj)


class FamilyToRingSchema(AnswerSchema):
    """A family contact whom a person may ring, and how much they may be told."""

    relation = fields.String(required=True)
    scope = OneOf(ContactScope, required=True)
    number_ends_in = fields.Function(lambda one: last_digits(one.number), metadata={"type": "string"})


class ActionItemSchema(AnswerSchema):
    """One thing that waits for a person, and `why`, also in words: a resident to be told of a booking, of a seat
    offered (`offer_id`; the answer goes to /offers) or of what came of a draw (`entry_id`, `won`; the answer goes to
    /entries; with `won` null the lesson for which they waited is cancelled, and the answer goes to /changes/waiting); a
    supporter (`supporter_id`) to be told of a duty; a call for another reason (`call_task_id`; the answer goes to
    /call-tasks); or something to be decided about a lesson, at /lessons/{id}/decision or /lessons/{id}/draw. Name and
    numbers stand at /residents, where a look is recorded, at /supporters and at /call-tasks. `persons` are told by it;
    `attempts` were made by people so far. `key` names it for taking; `taken_by` somebody who has it now."""

    key = fields.String(required=True)
    kind = OneOf((*LineKind, "decision"), required=True)
    booking_id = _read("booking_id", "integer")
    offer_id = _read("offer_id", "integer")
    entry_id = _read("entry_id", "integer")
    call_task_id = fields.Function(
        lambda line: line.task.id if line.task is not None else None, metadata={"type": ["integer", "null"]}
    )
    won = _read("won", "boolean")
    resident_id = _read("resident_id", "integer")
    supporter_id = _read("supporter_id", "integer")
    lesson_id = _read("lesson_id", "integer")
    starts_at = _StartsAt(required=True, allow_none=True)
    why = fields.Function(lambda line: str(_why(line).value), metadata={"type": "string", "enum": WORDS})
    reason = fields.Function(_reason, metadata={"type": "string"})
    way = fields.Function(
        lambda line: line.item.way.value if line.item is not None else None,
        metadata={"type": ["string", "null"], "enum": [*map(str, Wish), None]},
    )
    number_ends_in = fields.Function(lambda line: last_digits(_number(line)), metadata={"type": "string"})
    deadline = Moment(required=True)
    persons = fields.Function(_persons, metadata={"type": "integer"})
    attempts = fields.Function(_attempts, metadata={"type": "integer"})
    minutes = fields.Integer(required=True)
    event_id = fields.Function(lambda line: _of(line, "event_id") or 0, metadata={"type": "integer"})
    family = fields.Function(
        lambda line: FamilyToRingSchema(many=True).dump(_of(line, "family") or ()),
        metadata={"type": "array", "items": {"type": "object"}},
    )
    card_in_time = fields.Function(
        lambda line: bool(_of(line, "card_in_time")),
        metadata={"type": "boolean", "description": "a card that is posted now still arrives before the lesson"},
    )
    taken_by = fields.Function(
        lambda line: line.taken.by_name if line.taken else None, metadata={"type": ["string", "null"]}
    )


class OutcomeSchema(ApiSchema):
    """How a person's contact ended. After will-come, talked and handed-over nothing more is sent for this start of the
    lesson; after wrong-number nothing goes to `number` any more. That they do not come goes to …/cancel."""

    outcome = OneOf(CallOutcome, required=True)
    note = Text(400, load_default="")
    number = Text(20, load_default="", shape={"pattern": r"^(\+81[0-9]{9,10})?$"}, about="that was rung, as E.164")
    seen = Number(0, load_default=None, allow_none=True, about="`event_id` of the item that the caller looked at")
    tries = Number(0, load_default=None, allow_none=True, about="`attempts` of the item that the caller looked at")
    way = OneOf((Wish.FAX, Wish.CARD), about="with handed-over: what was sent")
    with_family = Flag(load_default=False, about="it was the family that was rung")


class CancelByCallSchema(ApiSchema):
    reason = Text(REASON_LETTERS, least=1, required=True)
    tries = Number(0, load_default=None, allow_none=True, about="`attempts` of the item that the caller looked at")


class KeySchema(ApiSchema):
    key = Text(60, least=1, required=True, about="`key` of an item")


class TakenBackSchema(AnswerSchema):
    booking_id = fields.Integer(required=True)


class CountSchema(ApiSchema):
    count = Number(0, required=True)


class OverItemSchema(AnswerSchema):
    """Somebody whom nobody had told when the lesson began."""

    key = fields.String(required=True)
    starts_at = Moment(required=True)
    booking_id = _read("booking_id", "integer")
    call_task_id = fields.Function(
        lambda line: line.task.id if line.task is not None else None, metadata={"type": ["integer", "null"]}
    )
    resident_id = _read("resident_id", "integer")
    supporter_id = _read("supporter_id", "integer")
    reason = fields.Function(_reason, metadata={"type": "string"})
    attempts = fields.Function(_attempts, metadata={"type": "integer"})


class CloseSchema(ApiSchema):
    keys = Several(Text(60, least=1), MOST_CLOSED_AT_ONCE, required=True, about="`key` of what is over")
    reason = Text(REASON_LETTERS, least=1, required=True)


class ClosedItemSchema(AnswerSchema):
    key = fields.String(required=True)
    starts_at = Moment(required=True)
    reason = fields.String(required=True)
    at = Moment(required=True)
    by_name = fields.String(required=True)


class UnknownMessageSchema(AnswerSchema):
    """A message of which nobody knows whether it left. `may_be_sent_again`: the provider's list was read without it."""

    id = fields.Integer(required=True)
    about = fields.String(required=True)
    channel = OneOf(Channel, required=True)
    number_ends_in = fields.Function(lambda message: last_digits(message.number), metadata={"type": "string"})
    claimed_at = Moment(required=True, allow_none=True)
    not_in_list_at = Moment(required=True, allow_none=True)
    may_be_sent_again = fields.Function(surely_not_listed, metadata={"type": "boolean"})


class LookedSchema(AnswerSchema):
    """What reading the list came to. `unreadable`: the provider gave no usable answer."""

    found = fields.Integer(required=True)
    not_found = fields.Integer(required=True)
    unreadable = fields.Integer(required=True)


class SendAgainSchema(ApiSchema):
    message_ids = Several(Number(1), MOST_CLOSED_AT_ONCE, required=True)
