"""The shape of opening days, permits and things below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Flag, Hour, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, Edit, New
from . import thing_rules
from .permit_rules import PermitState
from .thing_rules import Equipment


class WeekdaySchema(ApiSchema):
    weekday = Number(0, 6, required=True, about="Monday is 0")
    opens = Hour(required=True)
    closes = Hour(required=True)


class SetWeekSchema(ApiSchema):
    """The week as a whole. An empty one means that nobody knows it."""

    version = Number(1, required=True, about="of the venue")
    week = Several(Part(WeekdaySchema), 7, required=True)
    closed_on_holidays = Flag(required=True)


class OtherDaySchema(ApiSchema):
    day = Day(required=True)
    opens = Hour(required=True)
    closes = Hour(required=True)
    note = Text(100)


class OpeningSchema(AnswerSchema):
    venue_id = fields.Integer(required=True)
    version = fields.Integer(required=True, metadata={"description": "of the venue"})
    week = fields.List(Part(WeekdaySchema), required=True)
    closed_on_holidays = fields.Boolean(required=True)
    days = fields.List(Part(OtherDaySchema), required=True, metadata={"description": "from today on"})


class PermitFields(ApiSchema):
    room_id = Number(1, required=True)
    first = Day(required=True)
    last = Day(about="`first` if not given")
    deadline = Day(allow_none=True, about="until when somebody must act")
    key = Text(100, about="who has the key and opens")
    heating = Text(100)
    fee_waived = Flag()
    reference = Text(60)
    note = Text(400)


class NewPermitSchema(PermitFields, New):
    state = OneOf(PermitState, about="provisional if not given; counts for a new permit only")


class EditPermitSchema(PermitFields, Edit):
    pass


class PermitSchema(PermitFields):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    state = OneOf(PermitState, required=True)
    version = fields.Integer(required=True)


class PermitsAskedSchema(Asked):
    state = OneOf(PermitState)
    venue_id = Number(1)


class MovePermitSchema(ApiSchema):
    """`seen` is the state that the caller has seen; if it is not that any more, nothing is moved."""

    to = OneOf(PermitState, required=True)
    seen = OneOf(PermitState, required=True)


class ThingFields(ApiSchema):
    equipment = OneOf(Equipment, required=True)
    label = Text(60, least=1, required=True)
    kept_at = Text(80)
    note = Text(200)


class NewThingSchema(ThingFields, New):
    count = Number(
        1, thing_rules.MOST_AT_ONCE, about="so many pieces, numbered behind the label; 1 with an external_id"
    )


class EditThingSchema(ThingFields, Edit):
    pass


class ThingSchema(ThingFields):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    out_of_use_at = Moment(required=True, allow_none=True)
    out_of_use_reason = fields.String(required=True)
    version = fields.Integer(required=True)


class ThingsSchema(AnswerSchema):
    things = fields.List(Part(ThingSchema), required=True)


class ThingsAskedSchema(Asked):
    out_of_use = Flag(load_default=False, about="those out of use too")


class OutOfUseSchema(ApiSchema):
    version = Number(1, required=True)
    reason = Text(100, least=1, required=True)
