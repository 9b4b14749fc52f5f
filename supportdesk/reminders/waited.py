"""Who must hear that a lesson is cancelled though they have no booking in it: a seat was offered to them, or they had
entered it and nobody has drawn yet. A person tells them.

Those who merely waited hear nothing: they were told that they hear only if a seat becomes free.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..lessons.waiting_models import Offer, Waiting, WaitingMember
from ..lessons.waiting_rules import OfferState, WaitEnd
from ..messages.rules import MessageStatus
from ..people.models import Resident
from . import asked, known, offered
from .asked import Columns, Setting
from .rules import Facts

# Ended by the cancelling, or standing until the next tick ends them.
_ENDED_BY_IT = Waiting.ended_how == WaitEnd.LESSON_OVER
_OFFERED = sa.or_(
    Offer.state == OfferState.STANDING, sa.and_(Offer.state == OfferState.WITHDRAWN, _ENDED_BY_IT)
)
_ENTERED = sa.and_(
    Waiting.entered, Lesson.drawn_at.is_(None), sa.or_(Waiting.ended_at.is_(None), _ENDED_BY_IT)
)
# Who left the party before is none of them.
_TO_THE_END = sa.or_(WaitingMember.left_at.is_(None), WaitingMember.left_at == Waiting.ended_at)
_WAITED: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Waiting.id,
        Waiting.lesson_id,
        Waiting.companions,
        Waiting.joined_at,
        Waiting.entered,
        Offer.id.label("offer_id"),
        Offer.tries,
        Lesson.starts_at,
        WaitingMember.resident_id,
        *known.OF_RESIDENT,
    )
    .join(Lesson, Lesson.id == Waiting.lesson_id)
    .join(WaitingMember, WaitingMember.waiting_id == Waiting.id)
    .join(WaitingMember.resident)
    .outerjoin(Offer, Offer.waiting_id == Waiting.id)
    .where(
        Lesson.state == LessonState.CANCELLED,
        Waiting.over_told_at.is_(None),
        Resident.stopped_at.is_(None),
        _TO_THE_END,
        sa.or_(_OFFERED, _ENTERED),
    )
    .order_by(Waiting.id, WaitingMember.position)
)
_NEVER_HEARD = frozenset(
    {MessageStatus.PLANNED, MessageStatus.WITHDRAWN, MessageStatus.MISSED, MessageStatus.REFUSED, MessageStatus.FAILED}
)


@dataclass(frozen=True)
class Waited:
    """A party that may be counting on its seat or on the draw; `facts` are those of the one who asked first."""

    row: Columns
    facts: Facts
    persons: int


def untold(by: Setting) -> list[Waited]:
    """The parties of cancelled lessons to come whom nobody told yet. An offer that nobody can have heard of is none.
    Three queries more than the one when there are any."""
    rows: dict[int, Columns] = {}
    count: Counter[int] = Counter()
    for row in db.session.execute(_WAITED.where(Lesson.starts_at > by.now)):
        rows.setdefault(row.id, row)
        count[row.id] += 1
    if not rows:
        return []
    people = known.known_of({row.resident_id for row in rows.values()}, by.office)
    messages = asked.messages_by_about([offered.about(row.offer_id) for row in rows.values() if row.offer_id])
    found = []
    for row in rows.values():
        sent = messages[offered.about(row.offer_id)] if row.offer_id else []
        if row.entered or row.tries or not sent or any(each.status not in _NEVER_HEARD for each in sent):
            facts = Facts(
                booking_id=row.id,
                lesson_id=row.lesson_id,
                party=f"waiting:{row.id}",
                starts_at=row.starts_at,
                booked_at=row.joined_at,
                lesson_cancelled=True,
                **people.of(row),
            )
            found.append(Waited(row, facts, count[row.id] + row.companions))
    return found
