"""Calls that put right what a message said: it left while a person was taking it back.

Derived from the messages and from what was taken back, like everything that people are told: run as often as wanted,
each message makes one call task. Nothing is sent by machine, since a second message that contradicts the first is for a
person to explain. A lesson that was moved or cancelled is not here: all its people are told of that by itself
(changed.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from ..core import filters
from ..core.access import HOUSE
from ..core.db import db, transaction
from ..core.history import HistoryRow
from ..desk.call_task_models import CallTask
from ..desk.call_task_rules import CallTaskKind
from ..desk.call_tasks import raise_task
from ..lessons.models import Booking, Lesson
from ..messages.cap_rules import NEVER_LEFT
from ..messages.models import Message, MessageAlso
from ..messages.rules import MessageStatus, last_digits
from ..messages.words import CHANNEL
from ..people.models import FamilyContact, Resident, Telephone
from . import correction_rules as rules
from .asked import Whom
from .rules import Matter

LOOK_BACK = timedelta(days=2)
# By these a number ceases to be theirs.
OF_NUMBERS = frozenset({"resident.edited", "resident.number-wrong"})

Columns = sa.Row[*tuple[Any, ...]]

_WENT = sa.and_(
    Message.status.not_in((*NEVER_LEFT, MessageStatus.CLAIMED)), Message.matter.in_(list(Matter))
)
_LEFT: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Message.id, Message.about, Message.recipient, Message.number, Message.channel, Message.claimed_at,
        Message.handed_over_at,
    )
    .where(_WENT)
    .order_by(Message.id)
)  # fmt: skip
# Of what else each of them told.
_ALSO: sa.Select[*tuple[Any, ...]] = (
    sa.select(MessageAlso.message_id, MessageAlso.about)
    .join(Message, Message.id == MessageAlso.message_id)
    .where(_WENT)
    .order_by(MessageAlso.message_id, MessageAlso.about)
)


@dataclass(frozen=True)
class Correction:
    """A message that left too late, and of what somebody was told that it is so no more."""

    message: Columns
    booking_id: int
    resident_id: int
    starts_at: datetime
    note: str
    number: str

    @property
    def origin(self) -> str:
        """The name under which it makes one call task for each of those whom the message told."""
        name = f"message:{self.message.id}"
        return name if Whom(self.resident_id).key == self.message.recipient else f"{name}-{self.resident_id}"


def raise_corrections(now: datetime) -> int:
    """Write down whom to call; gives how many new calls. An edge: it opens a transaction only if there are any."""
    found = list(_found(now))
    known = set(db.session.scalars(sa.select(CallTask.origin).where(CallTask.origin.in_([f.origin for f in found]))))
    new = [one for one in found if one.origin not in known]
    db.session.rollback()
    if not new:
        return 0
    with transaction():
        return sum(_raise(one, now) for one in new)


def _raise(one: Correction, now: datetime) -> bool:
    return raise_task(
        CallTaskKind.CORRECTION,
        one.origin,
        due_at=rules.put_right_by(one.starts_at, now),
        by=HOUSE,
        now=now,
        resident_id=one.resident_id,
        booking_id=one.booking_id,
        number=one.number,
        note=one.note,
    )


def _found(now: datetime) -> Iterator[Correction]:
    """Seven queries, or two where nothing left lately."""
    lately = Message.claimed_at > now - LOOK_BACK
    left = db.session.execute(_LEFT.where(lately)).all()
    abouts = {message.id: [message.about] for message in left}
    for row in db.session.execute(_ALSO.where(lately)):
        abouts[row.message_id].append(row.about)
    bookings = _bookings([about for told in abouts.values() for about in told])
    edits = _edits({Whom(booking.resident_id).key for booking in bookings.values()}, now)
    numbers = numbers_of({booking.resident_id for booking in bookings.values()})
    for message in left:
        told = [bookings[about] for about in abouts[message.id] if about in bookings]
        yield from _of_message(message, told, edits, numbers)


def _of_message(
    message: Columns, told: Sequence[Columns], edits: Mapping[str, Sequence[datetime]],
    numbers: Mapping[int, Collection[str]],
) -> Iterator[Correction]:  # fmt: skip
    """One for each person of whose bookings it told, however many of theirs."""
    done: set[int] = set()
    for booking in told:
        theirs = message.number in numbers.get(booking.resident_id, ())
        why = _why(message, booking, theirs, edits.get(Whom(booking.resident_id).key, ()))
        if why and booking.resident_id not in done:
            done.add(booking.resident_id)
            number = message.number if theirs else ""
            yield Correction(
                message, booking.id, booking.resident_id, booking.starts_at, _note(message, why), number
            )


def _why(message: Columns, booking: Columns, theirs: bool, edits: Sequence[datetime]) -> str | None:
    """What was taken back while it left, or None."""
    times = (message.claimed_at, message.handed_over_at)
    if rules.left_after(booking.cancelled_at, *times):
        return _("the booking was cancelled or moved")
    if rules.left_after(booking.stopped_at, *times):
        return _("contact with this person was stopped")
    if not theirs and any(rules.edited_while_leaving(at, *times) for at in edits):
        return _("this number was taken out of the person's record")
    return None


def _note(message: Columns, why: str) -> str:
    return _(
        "%(channel)s (number ending in %(digits)s), left %(when)s although just before %(why)s.",
        channel=CHANNEL[message.channel],
        digits=last_digits(message.number),
        when=filters.when(message.handed_over_at or message.claimed_at),
        why=why,
    )


def _bookings(abouts: Collection[str]) -> dict[str, Columns]:
    """The bookings these messages are about, by the key of the messages."""
    ids = {int(key.partition(":")[2]) for key in abouts if key.startswith("booking:")}
    if not ids:
        return {}
    query = (
        sa.select(Booking.id, Booking.cancelled_at, Booking.resident_id, Resident.stopped_at, Lesson.starts_at)
        .join(Booking.resident)
        .join(Booking.lesson)
        .where(Booking.id.in_(ids))
    )
    return {f"booking:{row.id}": row for row in db.session.execute(query)}


def _edits(people: Collection[str], now: datetime) -> dict[str, list[datetime]]:
    """When the records of these people were changed lately."""
    if not people:
        return {}
    found: dict[str, list[datetime]] = {}
    query = sa.select(HistoryRow.subject, HistoryRow.at).where(
        HistoryRow.subject.in_(people), HistoryRow.action.in_(OF_NUMBERS), HistoryRow.at > now - LOOK_BACK
    )
    for subject, at in db.session.execute(query):
        found.setdefault(subject, []).append(at)
    return found


def numbers_of(residents: Collection[int]) -> dict[int, set[str]]:
    """The numbers that stand in the records of these residents and are not known to be wrong, those of their families
    too (two queries, or none)."""
    found: dict[int, set[str]] = {}
    theirs = sa.select(Telephone.resident_id, Telephone.number).where(
        Telephone.resident_id.in_(residents), Telephone.wrong_since.is_(None)
    )
    of_family = sa.select(FamilyContact.resident_id, FamilyContact.number).where(
        FamilyContact.resident_id.in_(residents)
    )
    for query in (theirs, of_family) if residents else ():
        for resident_id, number in db.session.execute(query):
            found.setdefault(resident_id, set()).add(number)
    return found
