"""Bookings, for programs: what the pages do, by the same actions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Response

from ..core import clock
from ..core.access import Actor, Role, current_actor, open_to
from ..core.api.blueprint import ApiBlueprint
from ..core.api.cursors import page
from ..core.api.schemas import page_of
from ..core.api.writing import Answer, one_external_id, write
from ..core.edits import at_field
from ..core.errors import Refusal
from ..people.looking import note_the_look
from . import booking_queries as queries
from . import booking_rules as rules
from .api import ONE_LESSON
from .booking_schemas import (
    BookedSchema,
    BookingsAskedSchema,
    BookingSchema,
    BookingsOfLessonAskedSchema,
    CancelBookingSchema,
    CancelSeriesBookingSchema,
    MadeBookingSchema,
    MoveBookingSchema,
    NewBookingSchema,
)
from .bookings import book_party, cancel_booking, cancel_series_booking, move_booking
from .lottery_rules import BY_LOT, AlreadyEntered
from .models import Booking
from .waiting_rules import AlreadyWaiting, OfferedBefore, WaitingFirst

bookings = ApiBlueprint("bookings", "Bookings: one resident in one lesson")

MADE, BOOKED, PAGE = MadeBookingSchema(), BookedSchema(), page_of(BookingSchema)
ONE_BOOKING = "/bookings/<int(max=2147483647):booking_id>"
OF_LESSON = f"{ONE_LESSON}/bookings"


@bookings.route(OF_LESSON, methods=["GET"])
@open_to(Role.STAFF, Role.COORDINATOR, Role.MANAGER, scope="read:bookings")
@bookings.arguments(BookingsOfLessonAskedSchema(), location="query")
@bookings.response(200, PAGE)
def list_bookings_of_lesson(asked: dict[str, Any], lesson_id: int) -> dict[str, Any]:
    """The bookings of one lesson in the order in which they were made."""
    queries.get_lesson(lesson_id)
    return _page(asked, Booking.lesson_id == lesson_id)


@bookings.route("/bookings", methods=["GET"])
@open_to(Role.STAFF, scope="read:bookings")
@bookings.arguments(BookingsAskedSchema(), location="query")
@bookings.response(200, PAGE)
def list_bookings(asked: dict[str, Any]) -> dict[str, Any]:
    """Bookings in the order in which they were made, of all residents or of one. Whoever reads those of one is
    recorded, as on that person's page."""
    resident_id = asked.get("resident_id")
    if resident_id is None:
        return _page(asked)
    with at_field("resident_id"):
        queries.get_residents([resident_id])
    note_the_look(resident_id, by=current_actor(), now=clock.now())
    return _page(asked, Booking.resident_id == resident_id)


def _page(asked: dict[str, Any], *which: sa.ColumnElement[bool]) -> dict[str, Any]:
    found = sa.select(Booking).where(*which)
    if not asked["cancelled"]:
        found = found.where(Booking.cancelled_at.is_(None))
    return page(found, (Booking.id,), limit=asked["limit"], cursor=asked.get("cursor"))


@bookings.route(ONE_BOOKING, methods=["GET"])
@open_to(Role.STAFF, scope="read:bookings")
@bookings.response(200, BookingSchema())
def one_booking(booking_id: int) -> Booking:
    """One booking, cancelled or not."""
    return queries.get_booking(booking_id)


@bookings.route(OF_LESSON, methods=["POST"])
@open_to(Role.STAFF, scope="write:bookings")
@bookings.arguments(NewBookingSchema())
@bookings.response(201, BOOKED)
@bookings.alt_response(200, schema=BOOKED, description="There was a party with this external_id; nothing was changed.")
def book(sent: dict[str, Any], lesson_id: int) -> Response:
    """Book a party, all or none; in a lesson of a series that is booked as a whole, all its lessons to come. 409
    `lesson-full` tells how many seats are free and names the choice to wait, 409 `waiting-first` how many wait in front
    (an `override_reason` passes them over), 409 `already-booked` the bookings that are there,
    409 `by-lottery` that entries are taken instead."""
    external_id, resident_ids = sent.pop("external_id", None), sent.pop("resident_ids")

    def act(by: Actor, now: datetime) -> Answer:
        known = queries.party_by_external_id(external_id)
        if known:
            # A series that is booked as a whole has a booking of each resident in each lesson.
            party = list(dict.fromkeys(each.resident_id for each in known))
            if (known[0].lesson_id, party) != (lesson_id, resident_ids):
                raise Refusal("This external_id is of another booking.", code="other-body")
            return BOOKED.dump({"bookings": known}), 200
        with for_programs(), one_external_id() if external_id else contextlib.nullcontext():
            made = book_party(lesson_id, resident_ids, external_id=external_id, **sent, by=by, now=now)
        return BOOKED.dump({"bookings": made}), 201

    return write(act)


@bookings.route(f"{ONE_BOOKING}/cancel", methods=["POST"])
@open_to(Role.STAFF, scope="write:bookings")
@bookings.arguments(CancelBookingSchema())
@bookings.response(200, MADE)
def cancel(sent: dict[str, Any], booking_id: int) -> Response:
    """Cancel one booking before its lesson begins. Its seats are free again; the rest of the party stays."""
    return write(lambda by, now: (MADE.dump(cancel_booking(booking_id, sent["reason"], by=by, now=now)), 200))


@bookings.route(f"{ONE_BOOKING}/cancel-series", methods=["POST"])
@open_to(Role.STAFF, scope="write:bookings")
@bookings.arguments(CancelSeriesBookingSchema())
@bookings.response(200, BOOKED)
def cancel_series(sent: dict[str, Any], booking_id: int) -> Response:
    """Cancel what this resident has booked of a series that is booked as a whole: this lesson, this and the later ones,
    or all that have not begun. Tells the bookings that ended; the rest of the party stays."""
    return write(
        lambda by, now: (BOOKED.dump({"bookings": cancel_series_booking(booking_id, **sent, by=by, now=now)}), 200)
    )


@bookings.route(f"{ONE_BOOKING}/move", methods=["POST"])
@open_to(Role.STAFF, scope="write:bookings")
@bookings.arguments(MoveBookingSchema())
@bookings.response(201, MADE)
def move(sent: dict[str, Any], booking_id: int) -> Response:
    """Move one booking to another lesson, in one step: the new booking. If there is no seat, nothing changes."""
    lesson_id = sent["lesson_id"]

    def act(by: Actor, now: datetime) -> Answer:
        with at_field("lesson_id"):
            queries.get_lesson(lesson_id)
        with for_programs():
            return MADE.dump(move_booking(booking_id, lesson_id, by=by, now=now)), 201

    return write(act)


@contextlib.contextmanager
def for_programs() -> Iterator[None]:
    """A refusal as a program may read it: the ways on are named, people are not, since a token that may book need not
    have the scope of residents."""
    try:
        yield
    except (rules.LessonFull, WaitingFirst) as refusal:
        refusal.params["choice"] = "waiting-list"
        raise
    except AlreadyEntered as refusal:
        raise Refusal(
            "Somebody of this party has entered for this lesson already.",
            code=refusal.code, waiting_ids=refusal.waiting_ids,
        ) from None  # fmt: skip
    except AlreadyWaiting as refusal:
        raise Refusal(
            "Somebody of this party is on the waiting list of this lesson already.",
            code=refusal.code, waiting_ids=refusal.waiting_ids,
        ) from None  # fmt: skip
    except OfferedBefore as refusal:
        raise Refusal(
            "Somebody of this party was offered a seat in this lesson before, and nobody is offered one twice.",
            code=refusal.code,
        ) from None  # fmt: skip
    except rules.AlreadyBooked as refusal:
        raise Refusal(
            "Somebody of this party is booked in this lesson already.",
            code=refusal.code, booking_ids=refusal.booking_ids,
        ) from None  # fmt: skip
    except rules.ContactStopped as refusal:
        raise Refusal(
            "Contact is stopped for somebody of this party, so no booking can be made.",
            code=refusal.code, resident_ids=refusal.resident_ids,
        ) from None  # fmt: skip
    except Refusal as refusal:
        if refusal.code == BY_LOT:
            refusal.params["choice"] = "entries"
        if refusal.field == "lesson":  # what the form calls it
            refusal.field = "lesson_id"
        raise
