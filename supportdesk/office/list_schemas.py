"""The shape of districts and topics below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Decimal, Flag, Moment, Number, OneOf, Text
from ..core.api.schemas import AnswerSchema, ApiSchema, Asked, Edit
from .list_rules import LAST_PLACE, ReferralPlace


class NewListedSchema(ApiSchema):
    """What a district and a topic have when they are added: the code is their key, as it is that of their files."""

    code = Text(40, least=1, about="the same code again changes the entry; one of its own if not given")


class ListedSchema(AnswerSchema):
    code = fields.String(required=True)
    retired_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class DistrictFields(ApiSchema):
    """`latitude` and `longitude` of its centre in decimal degrees (WGS 84); they say which district is nearest."""

    name = Text(40, required=True)
    name_kana = Text(60, required=True)
    town_name = Text(40, about="the former town")
    latitude = Decimal(required=True)
    longitude = Decimal(required=True)
    sort_order = Number(1, LAST_PLACE, about="its place in the list; the last one if not given")


class NewDistrictSchema(DistrictFields, NewListedSchema):
    pass


class EditDistrictSchema(DistrictFields, Edit):
    pass


class DistrictSchema(ListedSchema, DistrictFields):
    pass


class TopicFields(ApiSchema):
    label = Text(60, required=True)
    group = Text(20, required=True)
    first_route = OneOf(ReferralPlace, required=True, about="who helps first")
    urgent = Flag(about="one must not wait")
    staff_note = Text(400, about="what to mind")
    sort_order = Number(1, LAST_PLACE, about="its place in the list; the last one if not given")


class NewTopicSchema(TopicFields, NewListedSchema):
    pass


class EditTopicSchema(TopicFields, Edit):
    pass


class TopicSchema(ListedSchema, TopicFields):
    proposed = fields.Boolean(
        required=True, metadata={"description": "from the packaged list, and nobody of the office has saved it yet"}
    )


class ListedAskedSchema(Asked):
    retired = Flag(load_default=False, about="those out of use too")


class UsualTopicsSchema(AnswerSchema):
    added = fields.Integer(required=True)
