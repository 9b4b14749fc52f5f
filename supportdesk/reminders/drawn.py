"""Reading what drawn entries ask for and what became of it, as offered.py does for offers.

A party is told once: by the way of contact of the one who asked first and still comes, or still waits. Who cancelled,
left the waiting list, or has been offered a seat since is told nothing of the draw.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..lessons.lottery_models import Draw, DrawnEntry
from ..lessons.models import Booking, Lesson
from ..lessons.waiting_models import Offer, Waiting, WaitingMember
from ..messages.rules import MessageStatus
from ..people.models import Resident
from . import asked, drawn_rules, known, rules
from .asked import Asked, Columns, Setting
from .rules import Facts, Key, Matter, Tried

_LINES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        DrawnEntry.waiting_id.label("id"),
        DrawnEntry.lesson_id,
        DrawnEntry.won,
        DrawnEntry.tries,
        Waiting.companions,
        Waiting.text_wished,
        Draw.drawn_at,
        Resident.id.label("resident_id"),
        *known.OF_LESSON,
        *known.OF_RESIDENT,
    )
    .join(Draw, Draw.lesson_id == DrawnEntry.lesson_id)
    .join(Waiting, Waiting.id == DrawnEntry.waiting_id)
    .join(Lesson, Lesson.id == DrawnEntry.lesson_id)
    .join(Lesson.venue)
    .where(DrawnEntry.told_at.is_(None), Resident.stopped_at.is_(None))
)
_COMING = sa.and_(
    Booking.party == Waiting.party, Booking.lesson_id == DrawnEntry.lesson_id, Booking.cancelled_at.is_(None)
)
_WON = (
    _LINES.join(Booking, _COMING)
    .join(Resident, Resident.id == Booking.resident_id)
    .where(DrawnEntry.won)
    .order_by(DrawnEntry.waiting_id, Booking.id)
)
_STILL_WAITS = sa.and_(WaitingMember.waiting_id == Waiting.id, WaitingMember.left_at.is_(None))
_LOST = (
    _LINES.join(WaitingMember, _STILL_WAITS)
    .join(Resident, Resident.id == WaitingMember.resident_id)
    .outerjoin(Offer, Offer.waiting_id == Waiting.id)
    .where(~DrawnEntry.won, Waiting.ended_at.is_(None), Offer.id.is_(None))
    .order_by(DrawnEntry.waiting_id, WaitingMember.position)
)


def to_tell(by: Setting, now: datetime) -> list[Asked]:
    """What the drawn entries of lessons to come ask for whom nobody has told in person, by entry. Six queries, or one
    if there is none."""
    coming = sa.select(DrawnEntry.lesson_id).join(Lesson, Lesson.id == DrawnEntry.lesson_id)
    drawn = set(db.session.scalars(coming.where(DrawnEntry.told_at.is_(None), Lesson.starts_at > now).distinct()))
    return _asked(by, DrawnEntry.lesson_id.in_(drawn)) if drawn else []


def begun(by: Setting, since: datetime, now: datetime) -> list[Asked]:
    """The same of lessons that began between these instants. Six queries, or one if there is none."""
    of_lesson = sa.select(DrawnEntry.lesson_id).join(Lesson, Lesson.id == DrawnEntry.lesson_id)
    untold = of_lesson.where(DrawnEntry.told_at.is_(None), Lesson.starts_at > since, Lesson.starts_at <= now)
    drawn = set(db.session.scalars(untold.distinct()))
    return _asked(by, DrawnEntry.lesson_id.in_(drawn)) if drawn else []


def of_lesson(lesson_id: int, by: Setting) -> dict[int, Asked]:
    """The same of one lesson, whether it has begun or not, by the id of the entry."""
    return {one.booking.id: one for one in _asked(by, DrawnEntry.lesson_id == lesson_id)}


def _asked(by: Setting, which: sa.ColumnElement[bool]) -> list[Asked]:
    parties: dict[int, list[Columns]] = defaultdict(list)
    rows: Iterable[Columns] = [row for query in (_WON, _LOST) for row in db.session.execute(query.where(which))]
    for row in rows:
        parties[row.id].append(row)
    if not parties:
        return []
    first = [party[0] for party in parties.values()]
    people = known.known_of({row.resident_id for row in first}, by.office)
    messages = asked.messages_by_about([about(row.id) for row in first])
    found = []
    for row in sorted(first, key=lambda row: row.id):
        mine = messages[about(row.id)]
        newest, withdrawn = asked.of_this_start(row, mine, row.drawn_at)
        facts = _facts(row, people, known.tried_of_steps(newest))
        persons = len(parties[row.id]) + row.companions
        matter = matter_of(row.won)
        steps = drawn_rules.steps(matter, facts, row.drawn_at, persons, by.office, by.closed, by.now)
        planned = [each for each in mine if each.status is MessageStatus.PLANNED]
        steps = [] if rules.why_nothing(facts) else steps
        whose = (about(row.id), asked.Whom(row.resident_id))
        found.append(Asked(row, facts, steps, newest, planned, withdrawn, (), *whose, drawn_at=row.drawn_at))
    return found


def _facts(row: Columns, people: known.Known, tried: Mapping[Key, Tried]) -> Facts:
    return Facts(
        booking_id=row.id,
        lesson_id=row.lesson_id,
        party=about(row.id),
        starts_at=row.starts_at,
        booked_at=row.drawn_at,
        text_wished=row.text_wished,
        lesson_cancelled=known.lesson_is_cancelled(row),
        tried=tried,
        **people.of(row),
    )


def about(waiting_id: int) -> str:
    return f"entry:{waiting_id}"


def matter_of(won: bool) -> Matter:
    return Matter.WON if won else Matter.LOST
