"""Which cards wait to be printed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..lessons.models import Booking, Lesson
from ..people.rules import Wish
from . import queries


def cards_to_print(now: datetime) -> list[Booking]:
    """The bookings whose people are to get a card that still arrives, by deadline; changes of a lesson are told by a
    person. Queries as `needs_person`, and one."""
    items = [
        item
        for item in queries.needs_person(now)
        if item.booking_id and item.way is Wish.CARD and not item.of_change and item.card_in_time
    ]
    query = sa.select(Booking).where(Booking.id.in_([item.booking_id for item in items])).options(
        joinedload(Booking.resident), joinedload(Booking.lesson).joinedload(Lesson.venue),
        joinedload(Booking.lesson).joinedload(Lesson.course), joinedload(Booking.lesson).joinedload(Lesson.room),
    )  # fmt: skip
    rows = {booking.id: booking for booking in db.session.scalars(query)}
    return [rows[item.booking_id] for item in items if item.booking_id]
