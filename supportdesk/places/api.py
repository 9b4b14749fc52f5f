"""Venues and their rooms, for programs: what the pages do, by the same actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response

from ..core.access import Actor, Role, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import Seen, page_of
from ..core.api.writing import Answer, one_external_id, write
from . import actions, queries
from .actions import RoomData, VenueData
from .models import Venue
from .schemas import (
    EditRoomSchema,
    EditVenueSchema,
    NewRoomSchema,
    NewVenueSchema,
    RoomSchema,
    VenuesAskedSchema,
    VenueSchema,
)

venues = ApiBlueprint("venues", "Venues and their rooms")

VENUE, ROOM, SEEN = VenueSchema(), RoomSchema(), Seen()
ONE = "/venues/<int(max=2147483647):venue_id>"


@venues.route("/venues", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:venues")
@venues.arguments(VenuesAskedSchema(), location="query")
@venues.response(200, page_of(VenueSchema))
def list_venues(asked: dict[str, Any]) -> dict[str, Any]:
    """Venues in the order in which they were added."""
    found = queries.venues(asked.get("district", ""), closed_too=asked["closed"])
    return page(found, (Venue.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@venues.route(ONE, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:venues")
@venues.response(200, VENUE)
def one_venue(venue_id: int) -> Venue:
    """One venue with its rooms."""
    return queries.venue(venue_id)


@venues.route("/venues", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(NewVenueSchema())
@venues.response(201, VENUE)
@venues.alt_response(200, schema=VENUE, description="There was one with this external_id; it is as sent now.")
def add_venue(sent: dict[str, Any]) -> Response:
    """Add a venue; with the external_id of one that is there, change that."""
    external_id = sent.pop("external_id", None)

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.venue_by_external_id(external_id)
        if known is not None:
            data = replace(actions.data_of(known), **sent)
            return VENUE.dump(actions.edit_venue(known.id, data, known.version, by=by, now=now)), 200
        with one_external_id():
            venue = actions.add_venue(VenueData(**sent), external_id=external_id, by=by, now=now)
        return VENUE.dump(venue), 201

    return write(act)


@venues.route(ONE, methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(EditVenueSchema())
@venues.response(200, VENUE)
def edit_venue(sent: dict[str, Any], venue_id: int) -> Response:
    """Change a venue as it was in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        data = replace(actions.data_of(queries.venue(venue_id)), **sent)
        return VENUE.dump(actions.edit_venue(venue_id, data, version, by=by, now=now)), 200

    return write(act)


@venues.route(f"{ONE}/close", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(SEEN)
@venues.response(200, VENUE)
def close_venue(sent: dict[str, Any], venue_id: int) -> Response:
    """Take no new lessons there; those planned stay."""
    return _switch(actions.close_venue, venue_id, sent["version"])


@venues.route(f"{ONE}/reopen", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(SEEN)
@venues.response(200, VENUE)
def reopen_venue(sent: dict[str, Any], venue_id: int) -> Response:
    """Take lessons there again."""
    return _switch(actions.reopen_venue, venue_id, sent["version"])


def _switch(act: Callable[..., Venue], venue_id: int, version: int) -> Response:
    return write(lambda by, now: (VENUE.dump(act(venue_id, version, by=by, now=now)), 200))


@venues.route(f"{ONE}/rooms", methods=["POST"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(NewRoomSchema())
@venues.response(201, ROOM)
def add_room(sent: dict[str, Any], venue_id: int) -> Response:
    """Add a room to a venue."""
    return write(lambda by, now: (ROOM.dump(actions.add_room(venue_id, RoomData(**sent), by=by, now=now)), 201))


@venues.route("/rooms/<int(max=2147483647):room_id>", methods=["PATCH"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="write:venues")
@venues.arguments(EditRoomSchema())
@venues.response(200, ROOM)
def edit_room(sent: dict[str, Any], room_id: int) -> Response:
    """Change a room as it was in the version named."""
    version = sent.pop("version")

    def act(by: Actor, now: datetime) -> Answer:
        room = queries.room(room_id)
        data = replace(RoomData(room.name, room.seats), **sent)
        return ROOM.dump(actions.edit_room(room_id, data, version, by=by, now=now)), 200

    return write(act)
