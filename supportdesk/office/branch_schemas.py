"""The shape of branches below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, Text
from ..core.api.schemas import ApiSchema, Asked, Edit


class BranchFields(ApiSchema):
    name = Text(40, required=True)
    telephone = Text(20)
    hours = Text(60)
    address = Text(120)
    landmark = Text(60)
    sort_order = Number(0, 999)


class NewBranchSchema(BranchFields):
    pass


class EditBranchSchema(BranchFields, Edit):
    pass


class BranchSchema(BranchFields):
    id = fields.Integer(required=True)
    closed_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class BranchesAskedSchema(Asked):
    closed = Flag(load_default=False, about="closed branches too")
