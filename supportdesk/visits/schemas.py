"""The shape of the day sheet and its records below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Text, Uuid
from ..core.api.schemas import AnswerSchema, ApiSchema
from ..core.forms import TEXT
from ..lessons.rules import LessonState
from . import rules
from .rules import Attendance, HowItWent, ReferralPlace


class WhoSchema(ApiSchema):
    """Whose record: who has a booking is named by it, a walk-in by the key of the record."""

    booking_id = Number(1)
    key = Uuid(about="with a booking_id: the name of a record that is begun by this; chosen here if not given")


class MarkSchema(WhoSchema):
    attendance = OneOf(Attendance, required=True, allow_none=True, about="null takes it back")


class RateSchema(WhoSchema):
    how_it_went = OneOf(HowItWent, required=True, allow_none=True, about="null takes it back; referred goes to /log")


class LogSchema(WhoSchema):
    """What is left out stays. `version` is that of the record as it was seen, 0 if there was none."""

    version = Number(0, required=True)
    practised = Text(TEXT)
    how_it_went = OneOf(HowItWent, allow_none=True)
    referred_to = OneOf(ReferralPlace, allow_none=True, about="who helps on; with how_it_went referred, and only then")
    minutes = Number(1, rules.LONGEST_MINUTES, allow_none=True)
    note = Text(TEXT)


class WalkInSchema(ApiSchema):
    """A name is enough; where the resident is known, no name is kept."""

    key = Uuid(about="the name of the record; the same one again adds nobody; chosen here if not given")
    name = Text(rules.LONGEST_NAME, load_default="")
    resident_id = Number(1)


class KeptVisitSchema(AnswerSchema):
    """The record of one person in one lesson without anybody's words: what writing answers, and what is kept of it for
    an Idempotency-Key."""

    key = fields.String(required=True)
    lesson_id = fields.Integer(required=True)
    booking_id = fields.Integer(required=True, allow_none=True)
    resident_id = fields.Integer(required=True, allow_none=True)
    attendance = OneOf(Attendance, required=True, allow_none=True)
    how_it_went = OneOf(HowItWent, required=True, allow_none=True)
    referred_to = fields.Function(lambda visit: visit.referred_to or None, metadata={"type": ["string", "null"]})
    minutes = fields.Integer(required=True, allow_none=True)
    made_at = Moment(required=True)
    made_by = fields.String(required=True)
    changed_at = Moment(required=True)
    version = fields.Integer(required=True)


class VisitSchema(KeptVisitSchema):
    walk_in_name = fields.String(required=True)
    practised = fields.String(required=True)
    note = fields.String(required=True)


class MarkedSchema(AnswerSchema):
    visits = fields.List(Part(KeptVisitSchema), required=True)


class ClosedSchema(AnswerSchema):
    """`unmarked` are not marked yet; the lesson is recorded once there are none."""

    unmarked = fields.Integer(required=True)
    state = OneOf(LessonState, required=True)


class OnSheetSchema(AnswerSchema):
    """Somebody on the sheet. The name of who has a booking stands at /residents; a walk-in may have a name alone."""

    booking_id = fields.Integer(attribute="booking.id", dump_default=None, allow_none=True)
    resident_id = fields.Integer(attribute="resident.id", dump_default=None, allow_none=True)
    companions = fields.Integer(attribute="booking.companions", dump_default=0)
    booking_cancelled = Flag(required=True)
    visit = Part(VisitSchema, required=True, allow_none=True)


class SheetSchema(AnswerSchema):
    """People in the order of their kana, walk-ins last. `booked` counts companions too."""

    lesson_id = fields.Integer(attribute="lesson.id", required=True)
    state = OneOf(LessonState, attribute="lesson.state", required=True)
    booked = fields.Integer(required=True)
    came = fields.Integer(required=True)
    unmarked = fields.Function(lambda sheet: len(sheet.unmarked), metadata={"type": "integer"})
    walk_ins = fields.Integer(required=True)
    people = fields.List(Part(OnSheetSchema), required=True)
