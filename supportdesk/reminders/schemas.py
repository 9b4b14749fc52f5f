"""The shape of a booking's chain of contact below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, OneOf, Part
from ..core.api.schemas import AnswerSchema
from ..messages.rules import Language, MessageStatus, last_digits
from ..messages.schemas import segments_of
from ..messages.words import MESSAGE_STATUS, problem
from ..people.rules import Wish
from . import words
from .light_queries import Link
from .light_rules import LightKind
from .rules import AnsweredBy, AnswerKind, ConfirmedBy, Matter, PersonOutcome, StepName, Why

# What becomes of a step for which there is no message.
WITHOUT_MESSAGE = ("to-come", "only-if", "by-person", "left-out")


def _status(link: Link) -> str:
    if link.message is not None:
        return link.message.status
    if link.left_out is not None:
        return "only-if" if link.is_conditional else "left-out"
    return "to-come" if link.why is None else "by-person"


def _state(link: Link) -> str:
    """The status in words, with the reason where a step is left out or a person's."""
    if link.message is not None:
        return str(MESSAGE_STATUS[link.message.status])
    if link.left_out is not None:
        return str(words.LEFT_OUT[link.left_out])
    return str(words.LIGHT[LightKind.WAITING] if link.why is None else words.WHY[link.why])


class LinkSchema(AnswerSchema):
    """One step. Without `message_id` it is still to come, waits for how the one before it ends (`only-if`), is a
    person's, or is left out."""

    matter = OneOf(Matter, required=True)
    step = OneOf(StepName, required=True)
    way = OneOf(Wish, required=True)
    language = OneOf(Language, attribute="message.language", dump_default=None, allow_none=True)
    status = fields.Function(
        _status, metadata={"type": "string", "enum": [*map(str, MessageStatus), *WITHOUT_MESSAGE]}
    )
    state = fields.Function(_state, metadata={"type": "string"})
    number_ends_in = fields.Function(lambda link: last_digits(link.number), metadata={"type": "string"})
    due_at = Moment(required=True)
    not_after = Moment(required=True)
    message_id = fields.Integer(attribute="message.id", dump_default=None, allow_none=True)
    handed_over_at = Moment(attribute="message.handed_over_at", dump_default=None, allow_none=True)
    ended_at = Moment(attribute="message.ended_at", dump_default=None, allow_none=True)
    attempts = fields.Integer(attribute="message.tries", dump_default=0)
    code = fields.String(attribute="message.code", dump_default=None, allow_none=True)
    problem = fields.Function(
        lambda link: problem(link.message.code) if link.message else "", metadata={"type": "string"}
    )
    segments = fields.Function(
        lambda link: segments_of(link.message) if link.message else None, metadata={"type": ["integer", "null"]}
    )


class ConfirmedSchema(AnswerSchema):
    """How, when and by whom it became known that the resident knows; `comes` is false when they cannot."""

    how = OneOf(ConfirmedBy, required=True)
    state = fields.Function(lambda one: str(words.CONFIRMED_BY[one.how]), metadata={"type": "string"})
    at = Moment(required=True)
    who = fields.String(required=True)
    comes = Flag(required=True)


class LightSchema(AnswerSchema):
    """The truth about the reminder, never more than is known. `why` a person must tell, if so, and until when (`by`).
    That a text arrived or a call was taken confirms nothing."""

    kind = OneOf(LightKind, required=True)
    state = fields.Function(lambda light: str(words.LIGHT[light.kind]), metadata={"type": "string"})
    next_at = Moment(required=True, allow_none=True)
    why = OneOf(Why, required=True, allow_none=True)
    by = Moment(required=True, allow_none=True)
    urgent = Flag(required=True)
    confirmed = Part(ConfirmedSchema, required=True, allow_none=True)


class NotedContactSchema(AnswerSchema):
    """A person tried to tell the resident. Its `id` takes it back, for some minutes."""

    id = fields.Integer(required=True)
    booking_id = fields.Integer(required=True)
    outcome = OneOf(PersonOutcome, required=True)
    way = OneOf(Wish, required=True, allow_none=True)
    with_family = Flag(required=True)
    at = Moment(required=True)
    by_name = fields.String(required=True)


class NotedDutyContactSchema(AnswerSchema):
    """A person tried to tell a supporter of a duty."""

    lesson_id = fields.Integer(required=True)
    supporter_id = fields.Integer(required=True)
    outcome = OneOf(PersonOutcome, required=True)
    at = Moment(required=True)
    by_name = fields.String(required=True)


class PersonContactSchema(NotedContactSchema):
    note = fields.String(required=True)


class GivenAnswerSchema(AnswerSchema):
    """What the resident answered, by a key or a call of theirs."""

    kind = OneOf(AnswerKind, required=True)
    how = OneOf(AnsweredBy, required=True)
    at = Moment(required=True)


class ChainSchema(AnswerSchema):
    booking_id = fields.Integer(required=True)
    light = Part(LightSchema, required=True)
    steps = fields.List(Part(LinkSchema), attribute="links", required=True)
    contacts = fields.List(Part(PersonContactSchema), required=True)
    answers = fields.List(Part(GivenAnswerSchema), required=True)


class BookingLightSchema(AnswerSchema):
    booking_id = fields.Integer(attribute="booking.id", required=True)
    light = Part(LightSchema, required=True)


class LessonLightsSchema(AnswerSchema):
    """The lights of a lesson's bookings, by the names of the residents."""

    lights = fields.List(Part(BookingLightSchema), required=True)
