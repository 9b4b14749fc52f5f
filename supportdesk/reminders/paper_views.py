"""What is told on paper: a FAX sheet, a card in large print, an open postcard, and all cards of the day at once."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for

from ..core import clock
from ..core.access import Role, current_actor, open_to
from ..lessons import booking_queries
from ..lessons.models import Booking
from ..office import settings as office_settings
from ..people.looking import note_the_look
from . import paper_queries
from .paper_rules import Paper, why_no_paper

blueprint = Blueprint("papers", __name__)


@blueprint.get("/bookings/<int(max=2147483647):booking_id>/papers/<paper>")
@open_to(Role.STAFF)
def of_booking(booking_id: int, paper: str) -> str:
    """One paper for one booking. Raises Refusal where none may leave."""
    if paper not in set(Paper):
        abort(404)
    booking, now = booking_queries.get_booking(booking_id), clock.now()
    refusal = why_no_paper(
        stopped=booking.resident.stopped_at is not None,
        cancelled=booking.cancelled_at is not None or booking.lesson.cancelled_at is not None,
        over=now >= booking.lesson.starts_at,
    )
    if refusal is not None:
        raise refusal
    page = _page([booking], Paper(paper), url_for("chain.of_booking", booking_id=booking_id))
    note_the_look(booking.resident_id, by=current_actor(), now=now)
    return page


@blueprint.get("/papers")
@open_to(Role.STAFF)
def of_today() -> str:
    """All cards that wait to be posted, one on each A6 page."""
    return _page(paper_queries.cards_to_print(clock.now()), Paper.CARD, url_for("front.action_items"))


def _page(bookings: list[Booking], paper: Paper, back_href: str) -> str:
    return render_template(
        "reminders/papers.html", bookings=bookings, paper=paper, office=office_settings.current(), back_href=back_href
    )
