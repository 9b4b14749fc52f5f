"""Venues from a table, each with one room; a venue with more rooms has more lines in the browser, not in the file."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db
from ..core.edits import at_field
from ..core.errors import Refusal
from ..core.table_files import Column, Outcome, external_id, number, yes_or_no
from . import actions, queries
from .actions import RoomData, VenueData
from .models import Room, Venue

# The aliases are the columns of the reference data and of lists made for it.
COLUMNS = (
    Column("external_id", ("venue_id",), required=True, read=external_id),
    Column("name", (), required=True),
    Column("name_kana", (), required=True),
    Column("short_name", ("sample_short_name",)),
    Column("name_en", ("name_romaji",)),
    Column("district_code", ("district",)),
    Column("postal_code"),
    Column("address"),
    Column("telephone"),
    Column("wifi", ("sample_wifi",), read=yes_or_no),
    Column("screen", read=yes_or_no),
    Column("needs_permit", read=yes_or_no),
    Column("barrier_free", ("sample_barrier_free",)),
    Column("parking", ("sample_parking",), read=number),
    Column("bus"),
    Column("note"),
    Column("room", ("sample_room",)),
    Column("seats", ("sample_capacity",), read=number),
)


@dataclass(frozen=True)
class VenueImporter:
    by: Actor
    now: datetime
    columns = COLUMNS

    def put(self, row: dict[str, Any]) -> Outcome:
        """Add or change one venue and its room. Raises Refusal."""
        given = {one.name: row[one.name] for one in fields(VenueData) if one.name in row}
        venue = queries.venue_by_external_id(row["external_id"])
        if venue is None:
            venue = actions.add_venue(
                VenueData(**given), external_id=row["external_id"], by=self.by, now=self.now
            )
            self._put_room(venue, row)
            return Outcome.ADDED
        before = venue.version
        data = replace(actions.data_of(venue), **given)
        actions.edit_venue(venue.id, data, before, by=self.by, now=self.now)
        room_changed = self._put_room(venue, row)
        return Outcome.CHANGED if venue.version != before or room_changed else Outcome.SAME

    def _put_room(self, venue: Venue, row: dict[str, Any]) -> bool:
        """The room of this line, added or with other seats; whether anything changed."""
        name, seats = row.get("room", ""), row.get("seats")
        if not name:
            return False
        if seats is None:
            raise Refusal("A room needs its number of seats.", code="empty", field="seats")
        room = db.session.scalar(sa.select(Room).where(Room.venue_id == venue.id, Room.name == name))
        with at_field("seats"):
            if room is None:
                actions.add_room(venue.id, RoomData(name, seats), by=self.by, now=self.now)
                return True
            before = room.version
            actions.edit_room(room.id, RoomData(name, seats), before, by=self.by, now=self.now)
            return room.version != before
