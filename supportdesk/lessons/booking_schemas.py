"""The shape of bookings below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, New
from .booking_rules import MOST_COMPANIONS, shown_number
from .rules import BookedBy, BookingChannel
from .series_rules import Scope


class NewBookingSchema(New):
    """A party: all of it is booked, or nobody. The companions have no record of their own and take a seat each; in a
    slot the whole party takes one."""

    resident_ids = Several(Number(1), required=True)
    companions = Number(0, MOST_COMPANIONS, load_default=0)
    booked_by = OneOf(BookedBy, required=True)
    caller = Text(80, load_default="", about="the name of the one who asks, if it is somebody else")
    channel = OneOf(BookingChannel, required=True)
    read_back = Flag(load_default=False, about="day, time and place were read back aloud")
    text_wished = Flag(load_default=False, about="a confirmation by text message is wished")
    override_reason = Text(200, load_default="", about="books outside the booking period, never after the start")


class MadeBookingSchema(AnswerSchema):
    """A booking without anybody's words: what writing answers, and what is kept of it for an Idempotency-Key. `party`
    is the same for all who come together."""

    id = fields.Integer(required=True)
    number = fields.Function(lambda booking: shown_number(booking.number), metadata={"type": "string"})
    external_id = fields.String(required=True, allow_none=True)
    lesson_id = fields.Integer(required=True)
    resident_id = fields.Integer(required=True)
    party = fields.String(required=True)
    companions = fields.Integer(required=True)
    booked_by = OneOf(BookedBy, required=True)
    channel = OneOf(BookingChannel, required=True)
    read_back = Flag(required=True)
    text_wished = Flag(required=True)
    booked_at = Moment(required=True)
    booked_by_user = fields.String(required=True)
    cancelled_at = Moment(required=True, allow_none=True)
    cancelled_by = fields.String(required=True)
    moved_to_id = fields.Integer(required=True, allow_none=True)
    squeezed_in = fields.Function(
        lambda booking: bool(booking.allowed_by),
        metadata={"type": "boolean", "description": "taken on the spot though no table was free; takes no seat"},
    )


class BookingSchema(MadeBookingSchema):
    """The resident's name stands at /residents."""

    caller = fields.String(required=True)
    override_reason = fields.String(required=True)
    allowed_by = fields.String(required=True, metadata={"description": "who let them be squeezed in"})
    cancel_reason = fields.String(required=True)


class BookedSchema(AnswerSchema):
    bookings = fields.List(Part(MadeBookingSchema), required=True)


class BookingsOfLessonAskedSchema(Asked):
    cancelled = Flag(load_default=False, about="cancelled bookings too")


class BookingsAskedSchema(BookingsOfLessonAskedSchema):
    resident_id = Number(1)


class CancelBookingSchema(ApiSchema):
    reason = Text(200, least=1, required=True)


class CancelSeriesBookingSchema(CancelBookingSchema):
    scope = OneOf(Scope, required=True)


class MoveBookingSchema(ApiSchema):
    lesson_id = Number(1, required=True)
