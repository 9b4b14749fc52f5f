"""Reads for the page 「市からの連絡か確かめる」: what this office has sent or rung, to which telephone, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Booking
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..people.models import FamilyContact, Resident, Telephone
from ..reminders.models import PersonContact
from ..reminders.rules import PersonOutcome

LOOKED_BACK = timedelta(days=90)
MOST_SHOWN = 50

# These left, or may have: a resident may have seen or heard them.
MAY_HAVE_LEFT = (
    MessageStatus.CLAIMED, MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED,
    MessageStatus.ANSWERED, MessageStatus.NOT_ANSWERED, MessageStatus.FAILED, MessageStatus.UNKNOWN,
)  # fmt: skip


@dataclass(frozen=True)
class Records:
    """What this office's records hold of some telephones. `calls` are those that colleagues noted."""

    numbers: Sequence[str]
    residents: Sequence[Resident]
    messages: Sequence[Message]
    calls: Sequence[PersonContact]

    @property
    def anything(self) -> bool:
        return bool(self.messages or self.calls)


def of_number(number: str, now: datetime) -> Records:
    """Of one telephone, whosever it is (four queries)."""
    theirs = sa.select(Telephone.resident_id).where(Telephone.number == number)
    family = sa.select(FamilyContact.resident_id).where(FamilyContact.number == number)
    residents = sa.select(Resident).where(Resident.id.in_(theirs) | Resident.id.in_(family))
    found = db.session.scalars(residents.order_by(Resident.id).limit(MOST_SHOWN)).all()
    return _records([number], found, now)


def of_resident(resident: Resident, now: datetime) -> Records:
    """Of one person's telephones (three queries)."""
    return _records([each.number for each in resident.telephones], [resident], now)


def _records(numbers: Sequence[str], residents: Sequence[Resident], now: datetime) -> Records:
    ids = [each.id for each in residents]
    messages = (
        sa.select(Message)
        .where(
            Message.number.in_(numbers),
            Message.status.in_(MAY_HAVE_LEFT),
            Message.claimed_at > now - LOOKED_BACK,
        )
        .order_by(Message.claimed_at.desc(), Message.id.desc())
        .limit(MOST_SHOWN)
    )
    return Records(numbers, residents, db.session.scalars(messages).all(), _calls(ids, now))


def _calls(resident_ids: Collection[int], now: datetime) -> Sequence[PersonContact]:
    calls = (
        sa.select(PersonContact)
        .join(Booking, Booking.id == PersonContact.booking_id)
        .where(
            Booking.resident_id.in_(resident_ids),
            PersonContact.at > now - LOOKED_BACK,
            PersonContact.outcome != PersonOutcome.HANDED_OVER,
        )
        .order_by(PersonContact.at.desc())
        .limit(MOST_SHOWN)
    )
    return db.session.scalars(calls).all()
