"""The shape of calls and texts that came in below /api. Whose number it may be is a hint, and no proof."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, OneOf
from ..core.api.schemas import AnswerSchema, Asked
from ..messages.rules import last_digits
from .inbound_rules import Step
from .inbound_text_rules import Meaning
from .inbound_words import MEANING, OUTCOME


class CameInSchema(AnswerSchema):
    """`resident_ids` stand in our records with this number: none, one, a family, or a home. `call_task_id` is what
    somebody has to do about it."""

    id = fields.Integer(required=True, attribute="row.id")
    withheld = fields.Function(lambda came: not came.row.number, metadata={"type": "boolean"})
    number_ends_in = fields.Function(lambda came: last_digits(came.row.number), metadata={"type": "string"})
    resident_ids = fields.List(fields.Integer(), required=True)
    call_task_id = fields.Function(
        lambda came: came.task.id if came.task else None, metadata={"type": ["integer", "null"]}
    )


class IncomingCallSchema(CameInSchema):
    """`step` is where the call ended, or stands while somebody is on the line; `outcome` says it in words. `booking_id`
    is the booking whose number was typed."""

    began_at = Moment(required=True, attribute="row.began_at")
    changed_at = Moment(required=True, attribute="row.changed_at")
    ended_at = Moment(required=True, allow_none=True, attribute="row.ended_at")
    step = OneOf(Step, required=True, attribute="row.step")
    outcome = fields.Function(lambda came: str(OUTCOME[came.row.step]), metadata={"type": "string"})
    booking_id = fields.Integer(required=True, allow_none=True, attribute="row.booking_id")


class IncomingTextSchema(CameInSchema):
    """`text` is empty where a My Number stood in it, which `held_my_number` tells; then nothing of it was kept."""

    at = Moment(required=True, attribute="row.at")
    text = fields.String(required=True, attribute="row.body")
    meaning = OneOf(Meaning, required=True, attribute="row.meaning")
    said = fields.Function(lambda came: str(MEANING[came.row.meaning]), metadata={"type": "string"})
    held_my_number = Flag(required=True, attribute="row.held_my_number")


class CameInAskedSchema(Asked):
    since = Moment(about="those that came at this instant or later")
