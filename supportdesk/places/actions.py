"""What happens to venues and rooms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, at_field, fitting, for_editing
from ..core.errors import NotFound, Refusal
from ..core.japan.text import to_katakana
from ..office.models import Branch, District
from . import rules
from .models import Room, Venue


@dataclass(frozen=True)
class VenueData:
    """A venue as it is typed or imported. An empty short name means the full one; with `branch_id` it is the counter
    of that branch."""

    name: str
    name_kana: str
    short_name: str = ""
    name_en: str = ""
    district_code: str | None = None
    postal_code: str = ""
    address: str = ""
    telephone: str = ""
    wifi: bool = False
    screen: bool = False
    needs_permit: bool = False
    barrier_free: str = ""
    parking: int | None = None
    bus: str = ""
    note: str = ""
    branch_id: int | None = None


@dataclass(frozen=True)
class RoomData:
    name: str
    seats: int


def data_of(venue: Venue) -> VenueData:
    """A stored venue as it would be typed, so that a part of it can be replaced."""
    return VenueData(**{one.name: getattr(venue, one.name) for one in fields(VenueData)})


def add_venue(data: VenueData, *, external_id: str | None = None, by: Actor, now: datetime) -> Venue:
    """A new venue without rooms. Raises Refusal with the field at fault."""
    venue = Venue(**_venue(data), external_id=external_id)
    db.session.add(venue)
    db.session.flush()
    history.record("venue.added", f"venue:{venue.id}", by=by, now=now)
    return venue


def edit_venue(venue_id: int, data: VenueData, version: int, *, by: Actor, now: datetime) -> Venue:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    venue = _hall(venue_id, version)
    changed = apply(venue, _venue(data))
    if changed:
        changed.pop("note", None)
        db.session.flush()
        history.record(
            "venue.edited", f"venue:{venue.id}", by=by, now=now, version=venue.version, changed=changed
        )
    return venue


def close_venue(venue_id: int, version: int, *, by: Actor, now: datetime) -> Venue:
    """No new lesson can be put here any more. Lessons already planned stay: whoever closes decides on each of them."""
    venue = _hall(venue_id, version)
    if venue.closed_at is None:
        venue.closed_at = now
        db.session.flush()
        history.record("venue.closed", f"venue:{venue.id}", by=by, now=now, version=venue.version)
    return venue


def reopen_venue(venue_id: int, version: int, *, by: Actor, now: datetime) -> Venue:
    """The way back from a venue closed by mistake, or repaired."""
    venue = _hall(venue_id, version)
    if venue.closed_at is not None:
        venue.closed_at = None
        db.session.flush()
        history.record("venue.reopened", f"venue:{venue.id}", by=by, now=now, version=venue.version)
    return venue


def add_room(venue_id: int, data: RoomData, *, by: Actor, now: datetime) -> Room:
    """Raises NotFound, and Refusal for a second room of that name."""
    _check_hall(db.session.get(Venue, venue_id))
    room = Room(venue_id=venue_id)
    _save_room(room, data)
    history.record("room.added", f"venue:{venue_id}", by=by, now=now, room=room.id, seats=room.seats)
    return room


def edit_room(room_id: int, data: RoomData, version: int, *, by: Actor, now: datetime) -> Room:
    """Raises NotFound, ChangedMeanwhile, and Refusal for a second room of that name."""
    room = for_editing(Room, room_id, version)
    _check_hall(room.venue)
    changed = _save_room(room, data)
    if changed:
        history.record(
            "room.edited", f"venue:{room.venue_id}", by=by, now=now, room=room.id, version=room.version,
            changed=changed,
        )  # fmt: skip
    return room


def make_home_room() -> None:
    """See to it that visits have the room that stands for every home. Whoever plans a visit finds it there."""
    home = Venue(name="ご自宅", name_kana="ゴジタク", short_name="ご自宅", name_en="your home", at_home=True)
    home.rooms = [Room(name="訪問", seats=1)]
    if db.session.scalar(sa.select(Venue.id).where(Venue.at_home)) is None:
        try:
            with db.session.begin_nested():
                db.session.add(home)
        except IntegrityError:  # somebody else has just made it
            return


def _hall(venue_id: int, version: int) -> Venue:
    venue = for_editing(Venue, venue_id, version)
    _check_hall(venue)
    return venue


def _check_hall(venue: Venue | None) -> None:
    """Raises NotFound for none, and for what stands for residents' homes: nobody changes that."""
    if venue is None or venue.at_home:
        raise NotFound("This entry does not exist.")


def _venue(data: VenueData) -> dict[str, Any]:
    values = fitting(Venue, asdict(data), needed=("name", "name_kana"))
    with at_field("name_kana"):
        values["name_kana"] = to_katakana(values["name_kana"])
    values["short_name"] = rules.short_name(values["short_name"], values["name"])
    values["name_en"] = rules.name_en(values["name_en"])
    values["postal_code"] = rules.postal_code(values["postal_code"])
    values["district_code"] = values["district_code"] or None
    rules.check_parking(values["parking"])
    if values["district_code"] and db.session.get(District, values["district_code"]) is None:
        raise Refusal("There is no district with this code.", code="no-district", field="district_code")
    if values["branch_id"] and db.session.get(Branch, values["branch_id"]) is None:
        raise Refusal("There is no such branch.", code="no-branch", field="branch_id")
    return values


def _save_room(room: Room, data: RoomData) -> dict[str, Any]:
    values = fitting(Room, asdict(data), needed=("name",))
    rules.check_room_seats(values["seats"])
    try:
        with db.session.begin_nested():
            changed = apply(room, values)
            db.session.add(room)
    except IntegrityError:
        raise Refusal("This venue already has a room of that name.", code="room-exists", field="name") from None
    return changed
