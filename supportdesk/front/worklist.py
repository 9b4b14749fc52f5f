"""What people do with the list 要対応: take an item, note how a call ended, take back a slip, close what is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db, insert_or_leave, one_row
from ..core.edits import at_field
from ..core.errors import NotFound, Refusal
from ..core.history import record
from ..core.japan.text import clean_line
from ..desk import call_tasks
from ..desk.call_task_rules import CallTaskEnd
from ..lessons import bookings
from ..lessons.models import Booking
from ..lessons.rules import LessonState
from ..people import number_actions
from ..people.models import Telephone
from ..people.rules import Wish
from ..reminders import actions as reminders
from ..reminders.models import Answer, PersonContact
from ..reminders.rules import AnsweredBy, AnswerKind, PersonOutcome
from ..reminders.words import PERSON_OUTCOME
from . import worklist_rules as rules
from .worklist_models import WorkClosed, WorkTaken
from .worklist_over import Over
from .worklist_rules import CallOutcome

WORKLIST = "worklist"


def take(key: str, *, by: Actor, now: datetime) -> None:
    """"I take this": others see it for worklist_rules.TAKEN_FOR. Raises Refusal `taken` while somebody else has it."""
    rules.check_key(key)
    if insert_or_leave(WorkTaken, key=key, by_name=by.name, at=now):
        return
    free = sa.or_(WorkTaken.by_name == by.name, WorkTaken.at <= rules.free_if_taken_by(now))
    if not one_row(sa.update(WorkTaken).where(WorkTaken.key == key, free).values(by_name=by.name, at=now)):
        has_it = db.session.scalar(sa.select(WorkTaken.by_name).where(WorkTaken.key == key))
        raise Refusal("%(name)s has taken this already.", code="taken", name=has_it or "")


def let_go(key: str, *, by: Actor, now: datetime) -> None:
    """Give back what this person has taken; nothing happens if they have not."""
    rules.check_key(key)
    db.session.execute(sa.delete(WorkTaken).where(WorkTaken.key == key, WorkTaken.by_name == by.name))


def note_outcome(
    booking_id: int, outcome: CallOutcome, note: str, *, number: str = "", seen: int | None = None,
    tries: int | None = None, way: Wish | None = None, with_family: bool = False, by: Actor, now: datetime,
) -> PersonContact:  # fmt: skip
    """Note how a contact about a booking ended, and what follows from it: who will come has answered, and a `number`
    (E.164) at which somebody else answered is rung no more. `seen`, `way` and `with_family` as in
    reminders.note_contact; `tries`: how many contacts stood on the caller's page, None does not ask.

    Raises NotFound, Refusal `changed-meanwhile`, `noted-meanwhile` when somebody else has noted one since, and
    `lesson-cancelled` where nobody can come any more.
    """
    resident_id = _locked(booking_id, tries)
    if outcome is CallOutcome.WILL_COME:
        _check_held(booking_id)
    contact = reminders.note_contact(
        booking_id, outcome.contact, note, seen=seen, way=way, with_family=with_family, by=by, now=now
    )
    db.session.flush()
    if outcome is CallOutcome.WILL_COME:
        _answered(contact, AnswerKind.WILL_COME, by, now)
    if outcome is CallOutcome.WRONG_NUMBER and number and not with_family:
        number_actions.mark_wrong(resident_id, number, by=by, now=now)
    db.session.execute(sa.delete(WorkTaken).where(WorkTaken.key == f"booking:{booking_id}"))
    return contact


def note_that_they_cancel(
    booking_id: int, reason: str, *, tries: int | None = None, by: Actor, now: datetime
) -> PersonContact:
    """They said on the telephone that they do not come: their booking is cancelled, and it is noted who was told so.
    Raises NotFound, `noted-meanwhile`, and what lessons.bookings.cancel_booking refuses."""
    _locked(booking_id, tries)
    bookings.cancel_booking(booking_id, reason, by=by, now=now)
    contact = reminders.note_contact(booking_id, PersonOutcome.TALKED, "", by=by, now=now)
    db.session.flush()
    _answered(contact, AnswerKind.CANNOT_COME, by, now)
    return contact


def take_back(contact_id: int, *, by: Actor, now: datetime) -> int:
    """Undo the caller's own note of a moment ago, with the answer and the mark of the number that came with it; gives
    the booking. One that was cancelled stays so. Raises NotFound, Refusal `not-yours`, `too-late`, `cancelled`."""
    contact = db.session.get(PersonContact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound("This note is not there any more.")
    rules.check_may_undo(contact.by_name, contact.at, by.name, now)
    booking = db.session.get_one(Booking, contact.booking_id)
    if booking.cancelled_at is not None:
        raise Refusal("The booking is cancelled. Please book the lesson once more.", code="cancelled")
    db.session.execute(sa.delete(Answer).where(Answer.origin == _origin(contact)))
    if contact.outcome is PersonOutcome.WRONG_NUMBER:
        marked = sa.select(Telephone.number).where(
            Telephone.resident_id == booking.resident_id, Telephone.wrong_since == contact.at
        )
        for number in db.session.scalars(marked).all():
            number_actions.say_it_is_right(booking.resident_id, number, by=by, now=now)
    db.session.delete(contact)
    record("booking.contact-taken-back", f"booking:{booking.id}", by=by, now=now, outcome=contact.outcome)
    return booking.id


def close(found: Sequence[Over], reason: str, *, by: Actor, now: datetime) -> int:
    """Close what is over, with a reason that is kept with each; gives how many. What somebody else closed at the same
    time is left as it is. Raises Refusal without a reason, or when nothing is named."""
    with at_field("reason"):
        reason = clean_line(reason)
        if not reason:
            raise Refusal("Please write a reason.", code="no-reason")
    if not found:
        raise Refusal("Please choose what to close.", code="nothing-chosen", field="key")
    count = 0
    for one in found:
        closed = insert_or_leave(
            WorkClosed, key=one.key, starts_at=one.starts_at, reason=reason, at=now, by_name=by.name
        )
        if closed and one.task is not None:
            call_tasks.end_task(one.task.id, CallTaskEnd.OVER, reason, by=by, now=now)
        count += closed
    record("worklist.closed", WORKLIST, by=by, now=now, count=count)
    return count


def note_the_printing(count: int, *, by: Actor, now: datetime) -> None:
    """A list of names and numbers on paper has left the screen: who printed it, when, and of how many."""
    record("worklist.printed", WORKLIST, by=by, now=now, count=count)


def _locked(booking_id: int, tries: int | None) -> int:
    """Lock the booking, so that two who note at once do it one after the other; gives its resident."""
    booking = db.session.get(Booking, booking_id, with_for_update=True, populate_existing=True)
    if booking is None:
        raise NotFound("This entry does not exist.")
    mine = sa.select(PersonContact).where(PersonContact.booking_id == booking_id).order_by(PersonContact.id)
    contacts = db.session.scalars(mine).all()
    if contacts:
        newest = contacts[-1]
        rules.check_tries(tries, len(contacts), newest.by_name, str(PERSON_OUTCOME[newest.outcome]))
    return booking.resident_id


def _check_held(booking_id: int) -> None:
    lesson = db.session.get_one(Booking, booking_id).lesson
    if lesson.state is LessonState.CANCELLED:
        raise Refusal(
            "This lesson was cancelled. Please tell them so, and press how the call ended.", code="lesson-cancelled"
        )


def _answered(contact: PersonContact, kind: AnswerKind, by: Actor, now: datetime) -> None:
    reminders.note_answer(contact.booking_id, kind, AnsweredBy.PERSON, _origin(contact), by=by, now=now)


def _origin(contact: PersonContact) -> str:
    return f"contact:{contact.id}"
