"""How a booking's people are told, step by step, and the lights of all bookings of a lesson."""

from __future__ import annotations

from flask import Blueprint, render_template

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..lessons import booking_queries
from ..people.looking import note_the_look
from . import light_queries, words
from .light_queries import counts

blueprint = Blueprint("chain", __name__)


@blueprint.get("/bookings/<int(max=2147483647):booking_id>/contact")
@open_to(Role.STAFF)
def of_booking(booking_id: int) -> str:
    """The chain of one booking: each step with when, by what, and how it ended; what persons did; what was answered."""
    booking, now = booking_queries.get_booking(booking_id), clock.now()
    page = render_template(
        "reminders/chain.html",
        booking=booking,
        chain=light_queries.chain(booking_id, now),
        resident=booking.resident,
        words=words,
    )
    # Numbers stand on it.
    note_the_look(booking.resident_id, by=current_actor(), now=now)
    return page


@blueprint.get("/lessons/<int(max=2147483647):lesson_id>/contact")
@open_to(Role.STAFF, Role.COORDINATOR)
def of_lesson(lesson_id: int) -> str:
    """Who of a lesson knows, who was only sent a message, and who was not reached, by name."""
    lesson = booking_queries.get_lesson(lesson_id)
    found = light_queries.of_lesson(lesson_id, clock.now())
    return render_template(
        "reminders/lesson_lights.html",
        lesson=lesson,
        found=found,
        counts=counts([one.light for one in found]),
    )
