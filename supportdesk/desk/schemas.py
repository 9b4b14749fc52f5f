"""The shape of help requests below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Text
from ..core.api.schemas import ApiSchema, Asked, New
from ..core.forms import LINE, TEXT
from .rules import RequestChannel, RequestStatus


class RequestFields(ApiSchema):
    resident_id = Number(1, allow_none=True, about="null while nobody knows who it is")
    channel = OneOf(RequestChannel, required=True)
    topic_code = Text(16, allow_none=True)
    text = Text(TEXT, about="the trouble in the person's own words; a topic or a text is needed")
    urgent = Flag(about="a topic that is urgent makes it so by itself")
    booking_id = Number(1, allow_none=True, about="the booking that was made for it")


class NewHelpRequestSchema(RequestFields, New):
    pass


class ReceivedSchema(ApiSchema):
    """That a request is there and how it stands, without its words."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    urgent = Flag(required=True)
    status = OneOf(RequestStatus, required=True)
    received_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)
    in_charge_id = fields.Integer(required=True, allow_none=True)
    version = fields.Integer(required=True)


class HelpRequestSchema(RequestFields, ReceivedSchema):
    outcome = fields.String(required=True)
    received_by = fields.String(required=True)


class HelpRequestsAskedSchema(Asked):
    status = OneOf(RequestStatus, about="all that are not done if not given")
    topic = Text(16)
    in_charge_id = Number(about="those of this person; 0: those that nobody is in charge of")


class MoveRequestSchema(ApiSchema):
    """`seen` is the status that the caller has seen; if it is not that any more, nothing is moved."""

    to = OneOf(RequestStatus, required=True)
    seen = OneOf(RequestStatus, required=True)
    outcome = Text(LINE, about="what came of it, or where it went; needed for done and handed_over")
