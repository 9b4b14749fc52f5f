"""The shape of messages below /api: what became of each. Neither its words nor the number it went to."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Moment, OneOf, Text
from ..core.api.schemas import AnswerSchema, Asked
from .models import Message
from .providers import sms
from .providers.base import Channel
from .rules import Language, MessageStatus, last_digits
from .words import MESSAGE_STATUS, problem


def segments_of(message: Message) -> int | None:
    """How many parts a text cost, or would cost as it is planned; None for a call and for what was never sent."""
    if message.status in (MessageStatus.PLANNED, MessageStatus.CLAIMED) and message.channel is Channel.SMS:
        return sms.segments(message.body)
    return message.segments


class MessageSchema(AnswerSchema):
    """`recipient` (`resident:7`) and `about` (`booking:12`) name entries of other nouns. `state` says in words where
    the message is, never more than is known."""

    id = fields.Integer(required=True)
    recipient = fields.String(required=True)
    about = fields.String(required=True)
    matter = fields.String(required=True)
    step = fields.String(required=True)
    channel = OneOf(Channel, required=True)
    language = OneOf(Language, required=True)
    status = OneOf(MessageStatus, required=True)
    state = fields.Function(lambda message: str(MESSAGE_STATUS[message.status]), metadata={"type": "string"})
    created_at = Moment(required=True)
    due_at = Moment(required=True)
    not_after = Moment(required=True)
    handed_over_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    attempts = fields.Integer(required=True, attribute="tries")
    segments = fields.Function(segments_of, metadata={"type": ["integer", "null"]})
    number_ends_in = fields.Function(lambda message: last_digits(message.number), metadata={"type": "string"})
    reason = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    problem = fields.Function(lambda message: problem(message.code), metadata={"type": "string"})


class MessagesAskedSchema(Asked):
    status = OneOf(MessageStatus)
    code = Text(16, least=1)
    number_ends_in = Text(8, least=1)
    since = Moment(about="those planned at this instant or later")
