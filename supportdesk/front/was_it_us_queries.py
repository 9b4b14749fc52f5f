"""Reads for the page 「市からの連絡か確かめる」: what this office has sent or rung, to which telephone, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from ..core.db import db
from ..core.history import HistoryRow
from ..desk.call_task_models import CallTask
from ..lessons.models import Booking
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..people.models import FamilyContact, Resident, Telephone
from ..reminders.models import PersonContact
from ..reminders.rules import PersonOutcome

_ACTS = ("call-task.tried", "call-task.ended", "call-task.taken-back")
LOOKED_BACK = timedelta(days=90)
MOST_SHOWN = 50

# These left, or may have: a resident may have seen or heard them.
MAY_HAVE_LEFT = (
    MessageStatus.CLAIMED, MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED,
    MessageStatus.ANSWERED, MessageStatus.NOT_ANSWERED, MessageStatus.FAILED, MessageStatus.UNKNOWN,
)  # fmt: skip


class Rung(NamedTuple):
    """A call that a colleague made and noted."""

    at: datetime
    by_name: str
    outcome: PersonOutcome


@dataclass(frozen=True)
class Records:
    """What this office's records hold of some telephones. `calls` are those that colleagues noted, the newest first."""

    numbers: Sequence[str]
    residents: Sequence[Resident]
    messages: Sequence[Message]
    calls: Sequence[Rung]

    @property
    def anything(self) -> bool:
        return bool(self.messages or self.calls)


def of_number(number: str, now: datetime) -> Records:
    """Of one telephone, whosever it is (five queries)."""
    theirs = sa.select(Telephone.resident_id).where(Telephone.number == number)
    family = sa.select(FamilyContact.resident_id).where(FamilyContact.number == number)
    residents = sa.select(Resident).where(Resident.id.in_(theirs) | Resident.id.in_(family))
    found = db.session.scalars(residents.order_by(Resident.id).limit(MOST_SHOWN)).all()
    return _records([number], found, now)


def of_resident(resident: Resident, now: datetime) -> Records:
    """Of one person's telephones (four queries)."""
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
    calls = sorted([*_calls(ids, now), *_call_tasks(numbers, ids, now)], reverse=True)[:MOST_SHOWN]
    return Records(numbers, residents, db.session.scalars(messages).all(), calls)


def _calls(resident_ids: Collection[int], now: datetime) -> list[Rung]:
    calls = (
        sa.select(PersonContact.at, PersonContact.by_name, PersonContact.outcome)
        .join(Booking, Booking.id == PersonContact.booking_id)
        .where(
            Booking.resident_id.in_(resident_ids),
            PersonContact.at > now - LOOKED_BACK,
            PersonContact.outcome != PersonOutcome.HANDED_OVER,
        )
        .order_by(PersonContact.at.desc())
        .limit(MOST_SHOWN)
    )
    return [Rung(*row) for row in db.session.execute(calls)]


def _call_tasks(numbers: Collection[str], resident_ids: Collection[int], now: datetime) -> list[Rung]:
    """Calls for another reason than a booking. Each stands in the history, the task itself knows its last one only."""
    theirs = sa.or_(CallTask.number.in_(numbers), CallTask.resident_id.in_(resident_ids))
    subjects = sa.select(sa.literal("call-task:") + sa.cast(CallTask.id, sa.String)).where(theirs)
    acts = (
        sa.select(HistoryRow)
        .where(HistoryRow.subject.in_(subjects), HistoryRow.at > now - LOOKED_BACK, HistoryRow.action.in_(_ACTS))
        .order_by(HistoryRow.id)
    )
    made: dict[str, list[HistoryRow]] = {}
    for row in db.session.scalars(acts):
        of_task = made.setdefault(row.subject, [])
        if row.action == "call-task.taken-back":
            del of_task[-1:]
        else:
            of_task.append(row)
    # What needed no call, or was over when nobody had made one, ended otherwise.
    ended = [(row, row.details.get("outcome") or row.details.get("end")) for rows in made.values() for row in rows]
    return [Rung(row.at, row.actor_name, PersonOutcome(how)) for row, how in ended if how in set(PersonOutcome)]
