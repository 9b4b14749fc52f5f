"""What happens to the days on which venues are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from ..core import history
from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db, insert_or_leave, one_row
from ..core.edits import fitting, for_editing
from ..core.errors import NotFound, Refusal
from . import opening_rules
from .models import Closure, Room, Venue, VenueDay, VenueHours
from .opening_rules import Hours


@dataclass(frozen=True)
class ClosureData:
    """A closure as it is typed: the whole venue, or one of its rooms."""

    first: date
    last: date
    reason: str
    room_id: int | None = None


def set_week(
    venue_id: int, hours: Mapping[int, Hours], closed_on_holidays: bool, version: int, *, by: Actor, now: datetime
) -> Venue:
    """The weekdays (Monday is 0) on which a venue is open; none at all means that nobody knows them.

    Raises NotFound, ChangedMeanwhile, and Refusal at the field of the weekday at fault (`closes_2`).
    """
    venue = for_editing(Venue, venue_id, version)
    for weekday, span in hours.items():
        opening_rules.check_hours(span.opens, span.closes, f"closes_{weekday}")
    known = db.session.scalars(sa.select(VenueHours).where(VenueHours.venue_id == venue_id)).all()
    before = {row.weekday: Hours(row.opens, row.closes) for row in known}
    if before == dict(hours) and venue.closed_on_holidays == closed_on_holidays:
        return venue
    db.session.execute(sa.delete(VenueHours).where(VenueHours.venue_id == venue_id))
    for weekday, span in hours.items():
        db.session.add(VenueHours(venue_id=venue_id, weekday=weekday, opens=span.opens, closes=span.closes))
    venue.closed_on_holidays = closed_on_holidays
    flag_modified(venue, "closed_on_holidays")  # other hours alone are a new version of the venue too
    db.session.flush()
    history.record(
        "venue.week-set", f"venue:{venue_id}", by=by, now=now, version=venue.version,
        changed={"week": [_told(before), _told(hours)]}, closed_on_holidays=closed_on_holidays,
    )  # fmt: skip
    return venue


def open_on(venue_id: int, day: date, hours: Hours, note: str, *, by: Actor, now: datetime) -> VenueDay:
    """Other hours on one day. Raises NotFound, and Refusal for a day that is over or has its own hours already."""
    _venue(venue_id)
    opening_rules.check_hours(hours.opens, hours.closes, "closes")
    if not local_date(now) <= day <= local_date(now) + opening_rules.FARTHEST:
        raise Refusal("Please choose a day from today on, within three years.", code="not-a-coming-day", field="day")
    kept = fitting(VenueDay, {"note": note})
    if not insert_or_leave(VenueDay, venue_id=venue_id, day=day, opens=hours.opens, closes=hours.closes, **kept):
        raise Refusal("This day has hours of its own already. Take them back first.", code="day-exists", field="day")
    history.record(
        "venue.day-added", f"venue:{venue_id}", by=by, now=now, day=day.isoformat(), hours=str(hours)
    )
    return db.session.get_one(VenueDay, (venue_id, day))


def take_day_back(venue_id: int, day: date, *, by: Actor, now: datetime) -> None:
    """The usual hours count again on that day. Raises NotFound when it had no others."""
    if not one_row(sa.delete(VenueDay).where(VenueDay.venue_id == venue_id, VenueDay.day == day)):
        raise NotFound("This entry does not exist.")
    history.record("venue.day-taken-back", f"venue:{venue_id}", by=by, now=now, day=day.isoformat())


def add_closure(venue_id: int, data: ClosureData, *, by: Actor, now: datetime) -> Closure:
    """Close a venue, or one of its rooms, for a day or a range. Lessons planned there stay: whoever closes decides on
    each of them. Raises NotFound, Refusal."""
    _venue(venue_id)
    kept = fitting(Closure, {"reason": data.reason}, needed=("reason",))
    opening_rules.check_closure(data.first, data.last, local_date(now))
    room = db.session.get(Room, data.room_id) if data.room_id is not None else None
    if data.room_id is not None and (room is None or room.venue_id != venue_id):
        raise Refusal("This venue has no such room.", code="no-room", field="room_id")
    closure = Closure(venue_id=venue_id, room_id=data.room_id, first=data.first, last=data.last, **kept)
    db.session.add(closure)
    db.session.flush()
    history.record(
        "closure.added", f"venue:{venue_id}", by=by, now=now, closure=closure.id, room=data.room_id,
        first=data.first.isoformat(), last=data.last.isoformat(),
    )  # fmt: skip
    return closure


def lift_closure(closure_id: int, *, by: Actor, now: datetime) -> Closure:
    """It can be used again after all. Raises NotFound; one that is lifted already stays as it was lifted first."""
    closure = db.session.get(Closure, closure_id)
    if closure is None:
        raise NotFound("This entry does not exist.")
    lifted = sa.update(Closure).where(Closure.id == closure_id, Closure.lifted_at.is_(None))
    if one_row(lifted.values(lifted_at=now, lifted_by=by.name)):
        db.session.refresh(closure)
        history.record("closure.lifted", f"venue:{closure.venue_id}", by=by, now=now, closure=closure_id)
    return closure


def _venue(venue_id: int) -> None:
    if db.session.get(Venue, venue_id) is None:
        raise NotFound("This entry does not exist.")


def _told(week: Mapping[int, Hours]) -> dict[str, str]:
    return {str(weekday): str(week[weekday]) for weekday in sorted(week)}
