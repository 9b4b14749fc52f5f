"""What is asked about venues and rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from ..core.answers import NEEDED, NumberField, at_most, choices
from ..core.forms import DeskForm, OnceForm, VersionedForm
from ..office.models import Branch, District
from .actions import RoomData, VenueData


class VenueForm(DeskForm):
    name = StringField(_l("Name"), [NEEDED, at_most(80)])
    name_kana = StringField(_l("Name in kana"), [NEEDED, at_most(120)])
    short_name = StringField(_l("Short name for texts"), [at_most(20)])
    name_en = StringField(_l("Name in English texts"), [at_most(60)])
    district_code = SelectField(_l("District"), choices=[])
    postal_code = StringField(_l("Postal code"), [at_most(20)])
    address = StringField(_l("Address"), [at_most(120)])
    telephone = StringField(_l("Telephone"), [at_most(20)])
    wifi = BooleanField(_l("Wi-Fi"))
    screen = BooleanField(_l("Screen and projector"))
    needs_permit = BooleanField(_l("A permit is needed to use it"))
    barrier_free = StringField(_l("Barrier-free"), [at_most(200)])
    parking = NumberField(_l("Parking spaces"))
    bus = StringField(_l("Bus"), [at_most(200)])
    branch_id = SelectField(_l("Counter of a branch"), choices=[], coerce=str)
    note = TextAreaField(_l("Note"), [at_most(400)])

    def offer(self, districts: Sequence[District], branches: Sequence[Branch]) -> None:
        """Fill the lists."""
        self.district_code.choices = choices({row.code: row.name for row in districts}, _l("not known"))
        self.district_code.data = self.district_code.data or ""
        self.branch_id.choices = choices({str(row.id): row.name for row in branches}, _l("no, a hall"))
        if self.branch_id.data in (None, "None"):
            self.branch_id.data = ""

    def venue(self) -> VenueData:
        values = {one.name: self[one.name].data for one in fields(VenueData)}
        return VenueData(**values | {"branch_id": int(self.branch_id.data) if self.branch_id.data else None})


class AddVenueForm(VenueForm, OnceForm):
    pass


class EditVenueForm(VenueForm, VersionedForm):
    pass


class RoomForm(DeskForm):
    name = StringField(_l("Room name"), [NEEDED, at_most(40)])
    seats = NumberField(_l("Seats in the room"), [NEEDED])

    def room(self) -> RoomData:
        return RoomData(self.name.data or "", self.seats.data or 0)


class AddRoomForm(RoomForm, OnceForm):
    pass


class EditRoomForm(RoomForm, VersionedForm):
    pass
