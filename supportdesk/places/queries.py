"""Reads about venues and rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from ..core.db import db
from ..core.errors import NotFound
from ..office.models import District
from .models import Room, Venue


def venues(district_code: str = "", *, closed_too: bool = False) -> sa.Select[Any]:
    """Venues with their rooms in the order of the districts, closed ones left out unless asked for. Residents' homes
    are none."""
    query = sa.select(Venue).outerjoin(District, District.code == Venue.district_code).where(~Venue.at_home)
    if district_code:
        query = query.where(Venue.district_code == district_code)
    if not closed_too:
        query = query.where(Venue.closed_at.is_(None))
    return query.options(selectinload(Venue.rooms)).order_by(District.sort_order, Venue.name_kana, Venue.id)


def venue(venue_id: int) -> Venue:
    """Raises NotFound."""
    found = db.session.get(Venue, venue_id, options=[selectinload(Venue.rooms)])
    if found is None or found.at_home:
        raise NotFound("This entry does not exist.")
    return found


def venue_by_external_id(external_id: str | None) -> Venue | None:
    """The venue that a file or a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(Venue).where(Venue.external_id == external_id)) if external_id else None


def room(room_id: int) -> Room:
    """Raises NotFound."""
    found = db.session.get(Room, room_id)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def rooms_to_choose(also: int | None = None) -> Sequence[Room]:
    """The rooms of open venues, and the room `also` that a lesson is in already. A visit's is chosen by its course."""
    query = sa.select(Room).join(Room.venue).options(contains_eager(Room.venue))
    query = query.where(sa.or_(sa.and_(Venue.closed_at.is_(None), ~Venue.at_home), Room.id == (also or 0)))
    return db.session.scalars(query.order_by(Venue.name_kana, Venue.id, Room.name)).all()


def home_room() -> Room:
    """The one that visits have: it stands for every resident's own home (one query). Raises NotFound where there is no
    course of visits."""
    found = db.session.scalars(sa.select(Room).join(Room.venue).where(Venue.at_home)).one_or_none()
    if found is None:
        raise NotFound("There is no such room.", field="room_id")
    return found
