"""What the nouns `bookings` and `lessons` have of this room: how residents are told, for programs."""

from __future__ import annotations

from typing import Any

from ..core import clock
from ..core.access import Role, open_to
from ..lessons import booking_queries
from ..lessons.api import lessons
from ..lessons.booking_api import ONE_BOOKING, bookings
from . import light_queries
from .light_queries import Chain
from .schemas import ChainSchema, LessonLightsSchema


@lessons.route("/lessons/<int(max=2147483647):lesson_id>/lights", methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, scope="read:lessons")
@lessons.response(200, LessonLightsSchema())
def lights_of_lesson(lesson_id: int) -> dict[str, Any]:
    """Of every booking that stands whether it is confirmed, only sent a message, or not reached. No names."""
    booking_queries.get_lesson(lesson_id)
    return {"lights": light_queries.of_lesson(lesson_id, clock.now())}


@bookings.route(f"{ONE_BOOKING}/messages", methods=["GET"])
@open_to(Role.STAFF, scope="read:bookings")
@bookings.response(200, ChainSchema())
def messages_of_booking(booking_id: int) -> Chain:
    """Each step by time, by which way, how far it has come and what it cost, in parts of a text. The
    words and numbers stay on the resident's page, where a look is recorded."""
    return light_queries.chain(booking_id, clock.now())
