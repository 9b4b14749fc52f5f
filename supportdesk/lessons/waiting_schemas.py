"""The shape of the waiting list and its offers below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New
from .booking_rules import MOST_COMPANIONS
from .booking_schemas import MadeBookingSchema
from .rules import BookedBy, BookingChannel
from .waiting_rules import OfferState, WaitEnd


class NewWaitingSchema(New):
    """A party: all of it waits, and all of it is offered seats, or nobody."""

    lesson_id = Number(1, required=True)
    resident_ids = Several(Number(1), required=True)
    companions = Number(0, MOST_COMPANIONS, load_default=0)
    booked_by = OneOf(BookedBy, required=True)
    caller = Text(80, load_default="", about="the name of the one who asks, if it is somebody else")
    channel = OneOf(BookingChannel, required=True)
    text_wished = Flag(load_default=False, about="a confirmation by text message is wished, once they are booked")


class KeptWaitingSchema(AnswerSchema):
    """An entry of the waiting list without anybody's words: what writing answers, and what is kept of it for an
    Idempotency-Key. `party` will be that of the bookings. `resident_ids` are those who still wait, while any does."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    lesson_id = fields.Integer(required=True)
    resident_ids = fields.List(fields.Integer(), required=True)
    party = fields.String(required=True)
    companions = fields.Integer(required=True)
    booked_by = OneOf(BookedBy, required=True)
    channel = OneOf(BookingChannel, required=True)
    text_wished = Flag(required=True)
    joined_at = Moment(required=True)
    joined_by = fields.String(required=True)
    moved_up_at = Moment(required=True, allow_none=True)
    moved_up_by = fields.String(required=True)
    offer_id = fields.Integer(attribute="offer.id", dump_default=None, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    ended_by = fields.String(required=True)
    ended_how = OneOf(WaitEnd, required=True, allow_none=True)


class WaitingSchema(KeptWaitingSchema):
    """`position` in the queue of the lesson, from 1, those with an offer counted; null for who waits no longer. Names
    stand at /residents."""

    position = fields.Integer(required=True, allow_none=True)
    caller = fields.String(required=True)
    moved_up_reason = fields.String(required=True)
    end_reason = fields.String(required=True)


class WaitingAskedSchema(Asked):
    lesson_id = Number(1)
    resident_id = Number(1)
    ended = Flag(load_default=False, about="those who wait no longer too")


class WaitingReasonSchema(ApiSchema):
    reason = Text(200, least=1, required=True)


class OfferSchema(AnswerSchema):
    """Free seats kept for one entry of the waiting list until they answer, or `until`. `tries` were made by people."""

    id = fields.Integer(required=True)
    waiting_id = fields.Integer(required=True)
    lesson_id = fields.Integer(required=True)
    seats = fields.Integer(required=True)
    state = OneOf(OfferState, required=True)
    made_at = Moment(required=True)
    until = Moment(required=True)
    tries = fields.Integer(required=True)
    tried_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
    ended_by = fields.String(required=True)


class OffersAskedSchema(Asked):
    lesson_id = Number(1)
    state = OneOf(OfferState)


class AcceptSchema(ApiSchema):
    read_back = Flag(load_default=False, about="day, time and place were read back aloud")


class AcceptedSchema(AnswerSchema):
    """The bookings that came of it, one for each resident."""

    offer = Part(OfferSchema, required=True)
    bookings = fields.List(Part(MadeBookingSchema), required=True)
