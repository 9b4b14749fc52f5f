"""Rows for the tests of the day sheet."""

from __future__ import annotations

from typing import Any

from supportdesk.accounts.models import User
from supportdesk.core.access import Role
from supportdesk.core.db import transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.people.models import Resident
from supportdesk.places.models import Venue, VenueSupporter
from tests import factories


def booking(of: Lesson, person: Resident | None = None, **values: Any) -> Booking:
    """A booking of this lesson that takes its seat."""
    person = person or factories.resident()
    made = {
        "party": f"party-{of.id}-{person.id}", "booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE,
        "booked_at": factories.START, "booked_by_user": "職員",
    } | values  # fmt: skip
    with transaction() as session:
        row = Booking(lesson_id=of.id, resident_id=person.id, **made)
        session.add(row)
        session.get_one(Lesson, of.id).seats_taken += 1
    return row


def volunteer(place: Venue) -> User:
    """Somebody with the tablet, who helps at this venue."""
    person = factories.user(Role.VOLUNTEER)
    factories.save(VenueSupporter(venue_id=place.id, supporter_id=factories.supporter(person).id))
    return person
