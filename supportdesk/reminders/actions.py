"""What people of the office do about reminders."""

from __future__ import annotations

from datetime import datetime

from ..core.access import Actor
from ..core.db import db
from ..core.errors import NotFound
from ..core.history import record
from ..core.japan.text import clean_text
from ..lessons.models import Booking
from . import asked
from .models import PersonContact
from .rules import PersonOutcome


def note_contact(
    booking_id: int, outcome: PersonOutcome, note: str, *, by: Actor, now: datetime
) -> PersonContact:
    """Note that a person tried to tell a resident about a booking. After `talked` and `handed-over` nothing more is
    sent for this start of the lesson; the plan takes back what is waiting. `note`: at most 400 characters.

    Raises NotFound.
    """
    booking = db.session.get(Booking, booking_id)
    if booking is None:
        raise NotFound("This entry does not exist.")
    contact = PersonContact(
        booking_id=booking_id,
        outcome=outcome,
        note=clean_text(note),
        starts_at=booking.lesson.starts_at,
        at=now,
        by_name=by.name,
    )
    db.session.add(contact)
    record("booking.contact", asked.about(booking_id), by=by, now=now, outcome=outcome)
    return contact
