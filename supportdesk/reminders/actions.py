"""What people of the office do about reminders."""

from __future__ import annotations

from datetime import datetime

from ..core.access import Actor
from ..core.db import db, insert_or_leave
from ..core.errors import NotFound, Refusal
from ..core.history import record
from ..core.japan.text import clean_text
from ..lessons import change_queries
from ..lessons.models import Booking, Lesson, LessonSupporter
from ..people.rules import Wish
from . import asked
from .models import Answer, DutyContact, PersonContact
from .paper_rules import CONTACT_STOPPED, check_contact
from .rules import AnsweredBy, AnswerKind, PersonOutcome


def note_contact(
    booking_id: int, outcome: PersonOutcome, note: str, *, seen: int | None = None, way: Wish | None = None,
    with_family: bool = False, by: Actor, now: datetime,
) -> PersonContact:  # fmt: skip
    """Note that a person tried to tell a resident about a booking. After `talked` and `handed-over` nothing more is
    sent for this start of the lesson, and they know how it stands; the plan takes back what is waiting. `note`: at most
    400 characters. `seen`: the newest change of the lesson that the person had before their eyes; None does not ask.
    `way`: with `handed-over`, that a card was posted or a FAX sheet sent. `with_family`: it was their family that was
    told, or tried.

    Raises NotFound, and Refusal: `changed-meanwhile` when the lesson has changed since (they were told something else),
    `no-family`, `not-on-paper`, `contact-stopped` for a paper to somebody to whom nothing may leave.
    """
    booking = db.session.get(Booking, booking_id)
    if booking is None:
        raise NotFound("This entry does not exist.")
    check_contact(outcome, way, with_family=with_family, has_family=bool(booking.resident.family))
    if way is not None and booking.resident.stopped_at is not None:
        raise Refusal(CONTACT_STOPPED, code="contact-stopped")
    if seen is not None and seen != change_queries.newest_event_of(booking):
        raise Refusal(
            "This lesson has changed since you opened the page. Nothing was noted; please look at it and ring again.",
            code="changed-meanwhile",
        )  # fmt: skip
    contact = PersonContact(
        booking_id=booking_id,
        outcome=outcome,
        way=way,
        with_family=with_family,
        note=clean_text(note),
        starts_at=booking.lesson.starts_at,
        at=now,
        by_name=by.name,
    )
    db.session.add(contact)
    more = ({"way": way} if way else {}) | ({"family": True} if with_family else {})
    record("booking.contact", asked.about(booking_id), by=by, now=now, outcome=outcome, **more)
    return contact


def note_answer(
    booking_id: int, kind: AnswerKind, how: AnsweredBy, origin: str, *, by: Actor, now: datetime
) -> bool:
    """Note what a resident answered about a booking; False when this `origin` (a call, with its key) is noted already.
    Cancelling is another act: an answer alone frees no seat. Raises NotFound."""
    booking = db.session.get(Booking, booking_id)
    if booking is None:
        raise NotFound("This entry does not exist.")
    noted = insert_or_leave(
        Answer, origin=origin, booking_id=booking_id, kind=kind, how=how, starts_at=booking.lesson.starts_at, at=now
    )
    if noted:
        record("booking.answered", asked.about(booking_id), by=by, now=now, kind=kind, how=how)
    return noted


def note_duty_contact(
    lesson_id: int, supporter_id: int, outcome: PersonOutcome, note: str, *, by: Actor, now: datetime
) -> DutyContact:
    """Note that a person tried to tell a supporter about a duty. After `talked` and `handed-over` nothing more is sent
    for this start in this hall. `note`: at most 400 characters.

    Raises NotFound, also when the supporter is not on duty there any more.
    """
    duty = db.session.get(LessonSupporter, (lesson_id, supporter_id))
    if duty is None:
        raise NotFound("This supporter is not on duty there any more.")
    lesson = db.session.get_one(Lesson, lesson_id)
    contact = DutyContact(
        lesson_id=lesson_id,
        supporter_id=supporter_id,
        venue_id=lesson.venue_id,
        outcome=outcome,
        note=clean_text(note),
        starts_at=lesson.starts_at,
        at=now,
        by_name=by.name,
    )
    db.session.add(contact)
    record("duty.contact", f"supporter:{supporter_id}", by=by, now=now, lesson=lesson_id, outcome=outcome)
    return contact
