"""The shape of the office's settings and of the sending hold below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Edit
from .rules import FeePer
from .setting_actions import REASON_LETTERS
from .setting_rules import MOST_SPANS


class SpanSchema(ApiSchema):
    """From when to when on the town's wall clock, the end not included; a day ends at 24:00."""

    start = Text(20, required=True)
    end = Text(20, required=True)


class NameFields(ApiSchema):
    town = Text(required=True)
    sender = Text(required=True, about="at the head of a text")
    sender_en = Text(required=True, about="at the head of an English text, in Latin letters")
    sender_spoken = Text(required=True, about="as a voice says it, in kana")
    telephone = Text(required=True, about="the number that residents ring")
    hours = Text(required=True)


class WindowsFields(ApiSchema):
    text_window = Several(Part(SpanSchema), most=MOST_SPANS, required=True)
    call_window = Several(Part(SpanSchema), most=MOST_SPANS, required=True)
    urgent_window = Several(
        Part(SpanSchema), most=MOST_SPANS, required=True, about="cancellations and changes of place"
    )
    desk_window = Several(
        Part(SpanSchema), most=MOST_SPANS, required=True, about="when somebody takes the telephone, on working days"
    )
    call_back_hours = Number(required=True, about="within how many hours of the desk a call is returned")


class StepsFields(ApiSchema):
    first_notice_working_days = Number(required=True)
    last_notice_working_days = Number(required=True)
    notice_time = Text(40, required=True)
    second_try_time = Text(40, required=True)
    first_notice_not_within_days = Number(required=True)
    decide_working_days = Number(required=True, about="when to decide on a lesson below its least number")
    one_message_a_day = Flag(required=True, about="several reminders to one number on one day are one message")


class ChainFields(ApiSchema):
    call_after_text = Flag(required=True, about="a text that did not arrive is followed by an automatic call")
    text_wait_minutes = Number(required=True, about="without a receipt for so long it did not arrive; 0: never")
    second_call = Flag(required=True, about="a call that nobody takes is made once more")
    short_notice_hours = Number(required=True, about="changes nearer than this have one try by machine")
    posting_working_days = Number(required=True, about="until when a card must be posted before the lesson")
    read_back_confirms = Flag(required=True, about="what was read back at booking needs no reminder")


class CapsFields(ApiSchema):
    most_per_number_a_day = Number(required=True)
    most_per_booking = Number(required=True)
    most_per_hour = Number(required=True)
    most_per_day = Number(required=True)
    texts_per_minute = Number(required=True, about="how fast the provider takes them; due times are spread by it")
    calls_per_minute = Number(required=True)
    yen_per_text_part = Number(required=True)
    yen_per_call = Number(required=True)
    yen_per_dollar = Number(required=True, about="for the provider's price list; 0: not written down")
    most_yen_a_month = Number(required=True, about="0: no limit")


class FeesFields(ApiSchema):
    fee_yen = Number(required=True, about="0: not settled, written in by hand")
    fee_per = OneOf(FeePer, required=True)
    travel_yen = Number(required=True, about="for the way to one hall and back; 0 as above")


class EditNameSchema(NameFields, Edit):
    pass


class EditWindowsSchema(WindowsFields, Edit):
    pass


class EditStepsSchema(StepsFields, Edit):
    pass


class EditChainSchema(ChainFields, Edit):
    pass


class EditCapsSchema(CapsFields, Edit):
    pass


class EditFeesSchema(FeesFields, Edit):
    pass


class PartSchema(AnswerSchema):
    version = fields.Integer(required=True)
    changed_at = Moment(required=True, allow_none=True)


class NamePartSchema(PartSchema, NameFields):
    pass


class WindowsPartSchema(PartSchema, WindowsFields):
    pass


class StepsPartSchema(PartSchema, StepsFields):
    pass


class ChainPartSchema(PartSchema, ChainFields):
    pass


class CapsPartSchema(PartSchema, CapsFields):
    pass


class FeesPartSchema(PartSchema, FeesFields):
    pass


class OfficeSettingsSchema(AnswerSchema):
    name = fields.Nested(NamePartSchema, required=True)
    windows = fields.Nested(WindowsPartSchema, required=True)
    steps = fields.Nested(StepsPartSchema, required=True)
    chain = fields.Nested(ChainPartSchema, required=True)
    caps = fields.Nested(CapsPartSchema, required=True)
    fees = fields.Nested(FeesPartSchema, required=True)
    made_up = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "settings that no town has; until they are set nothing leaves for a real telephone"},
    )


class SeenHoldSchema(ApiSchema):
    seen = Text(REASON_LETTERS, required=True, about="the `reason` that the caller has seen")


class StopSendingSchema(SeenHoldSchema):
    reason = Text(REASON_LETTERS, least=1, required=True)


class StopTodaySchema(ApiSchema):
    reason = Text(REASON_LETTERS, required=True, about="may be empty")


class HoldSchema(AnswerSchema):
    stopped = fields.Boolean(required=True)
    reason = fields.String(required=True, metadata={"description": "a person's words, or a code of the house"})
    told = fields.String(required=True, metadata={"description": "the reason as pages say it"})
    ends_at = Moment(required=True, allow_none=True, about="when it is released by itself; null: by a person alone")
    since = Moment(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
