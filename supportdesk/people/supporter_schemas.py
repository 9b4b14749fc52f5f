"""The shape of supporters below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Day, Flag, Hour, Number, OneOf, Part, Several, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, Edit, New
from ..messages.rules import Language
from .rules import NumberKind
from .supporter_data_rules import WISHES
from .supporter_queries import Papers
from .supporter_rules import NoDuty, SupporterKind


class AvailableSchema(ApiSchema):
    weekday = Number(0, 6, required=True, about="Monday is 0")
    from_time = Hour(required=True)
    until_time = Hour(required=True)


class SupporterFields(ApiSchema):
    name = Text(80, least=1, required=True)
    kana = Text(80, least=1, required=True)
    kind = OneOf(SupporterKind, about="volunteer if not given")
    user_id = Number(1, allow_none=True, about="the account with which they sign in")
    district = Text(16, attribute="district_code", allow_none=True, about="code of the home district")
    telephone = Text(40, about='their own number; "" for none')
    fax = Flag(about="whether this number is a FAX")
    wish = OneOf(WISHES, about="how to be told")
    language = OneOf(Language, about="in what texts to them are written")
    badge = Text(40)
    trained_on = Day(allow_none=True)
    pledged_on = Day(allow_none=True)
    skills = Several(Text(16, least=1), 100, about="codes of topics")
    hours = Several(Part(AvailableSchema), 7, about="when they can come; none at all: not asked yet")


class NewSupporterSchema(SupporterFields, New):
    pass


class EditSupporterSchema(SupporterFields, Edit):
    pass


class TermFields(ApiSchema):
    from_day = Day(about="1 April if not given")
    until_day = Day(about="31 March if not given")
    insured_on = Day(allow_none=True, about="from when the insurance of that year holds")


class TermSchema(TermFields):
    fiscal_year = Number(2019, 2200, required=True, about="the year in which it begins")


class TakeTermBackSchema(ApiSchema):
    fiscal_year = Number(2019, 2200, required=True)


class RenewSchema(ApiSchema):
    supporter_ids = Several(Number(1), 500, required=True)
    fiscal_year = Number(2019, 2200, required=True)
    insured_on = Day(allow_none=True)
    pledged_on = Day(allow_none=True, about="only if a new pledge was signed")


class RenewedSchema(AnswerSchema):
    changed = fields.Integer(required=True, metadata={"description": "how many records changed"})


class OffFields(ApiSchema):
    from_day = Day(required=True)
    until_day = Day(about="`from_day` if not given")
    reason = Text(100)


class OffSchema(OffFields):
    id = fields.Integer(required=True)


class TakeOffBackSchema(ApiSchema):
    off_id = Number(1, required=True)


class EndSchema(ApiSchema):
    """`seen` are the lessons after that day from which the caller knows that the supporter is taken off."""

    version = Number(1, required=True)
    left_on = Day(required=True)
    seen = Several(Number(1), 5000)


class SupportersAskedSchema(Asked):
    district = Text(16)
    skill = Text(16)
    kind = OneOf(SupporterKind)
    papers = OneOf(Papers)
    left = Flag(about="those who left, instead of those who are with us")


class ListedSupporterSchema(AnswerSchema):
    """A supporter as a list says it: without number and dates off."""

    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    kana = fields.String(required=True)
    kind = OneOf(SupporterKind, required=True)
    district = fields.String(attribute="district_code", required=True, allow_none=True)
    skills = fields.Function(
        lambda row: [skill.topic_code for skill in row.skills],
        required=True, metadata={"type": "array", "items": {"type": "string"}},
    )  # fmt: skip
    terms = fields.List(Part(TermSchema), required=True)
    pledged_on = Day(required=True, allow_none=True)
    left_on = Day(required=True, allow_none=True)


class SupporterSchema(ListedSupporterSchema):
    user_id = fields.Integer(required=True, allow_none=True)
    number = fields.String(required=True)
    number_kind = OneOf(NumberKind, required=True, allow_none=True)
    wish = OneOf(WISHES, required=True)
    language = OneOf(Language, required=True)
    badge = fields.String(required=True)
    trained_on = Day(required=True, allow_none=True)
    hours = fields.List(Part(AvailableSchema), required=True)
    off = fields.List(Part(OffSchema), required=True)


class DutySchema(AnswerSchema):
    lesson_id = fields.Integer(required=True, attribute="lesson.id")
    supporter_id = fields.Integer(required=True)
    why = fields.List(OneOf(NoDuty), required=True)


class DutiesSchema(AnswerSchema):
    duties = fields.List(Part(DutySchema), required=True)
