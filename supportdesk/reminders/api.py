"""What the noun `bookings` has of this room: how a resident is told about a booking, for programs."""

from __future__ import annotations

from ..core import clock
from ..core.access import Role, open_to
from ..lessons.booking_api import ONE_BOOKING, bookings
from . import light_queries
from .light_queries import Chain
from .schemas import ChainSchema


@bookings.route(f"{ONE_BOOKING}/messages", methods=["GET"])
@open_to(Role.STAFF, scope="read:bookings")
@bookings.response(200, ChainSchema())
def messages_of_booking(booking_id: int) -> Chain:
    """Each step by time, by which way, how far it has come and what it cost, in parts of a text. The
    words and numbers stay on the resident's page, where a look is recorded."""
    return light_queries.chain(booking_id, clock.now())
