"""The shape of venues and rooms below /api."""

from __future__ import annotations

from marshmallow import fields

from ..core.api.fields import Flag, Moment, Number, Part, Text
from ..core.api.schemas import ApiSchema, Asked, Edit, New
from . import rules


class VenueFields(ApiSchema):
    name = Text(80, required=True)
    name_kana = Text(120, required=True)
    short_name = Text(20)
    name_en = Text(60, about='in English texts, in Latin letters; "": the kana, romanised')
    district_code = Text(8, allow_none=True)
    postal_code = Text(20)
    address = Text(120)
    telephone = Text(20)
    wifi = Flag()
    screen = Flag(about="a screen with its projector")
    needs_permit = Flag(about="lessons there need a permit")
    barrier_free = Text(200)
    parking = Number(allow_none=True)
    bus = Text(200)
    note = Text(400)
    branch_id = Number(1, allow_none=True, about="it is the counter of this branch, and its rooms' seats are terminals")


class RoomFields(ApiSchema):
    name = Text(40, required=True)
    seats = Number(1, rules.MOST_SEATS, required=True)


class NewVenueSchema(VenueFields, New):
    pass


class EditVenueSchema(VenueFields, Edit):
    pass


class NewRoomSchema(RoomFields):
    pass


class EditRoomSchema(RoomFields, Edit):
    pass


class RoomSchema(RoomFields):
    id = fields.Integer(required=True)
    venue_id = fields.Integer(required=True)
    version = fields.Integer(required=True)


class VenueSchema(VenueFields):
    id = fields.Integer(required=True)
    external_id = fields.String(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)
    rooms = fields.List(Part(RoomSchema), required=True)


class VenuesAskedSchema(Asked):
    district = Text(8)
    closed = Flag(load_default=False, about="closed venues too")
