"""Reads for pages about changes: who is affected, by which way they are told, and who has not been reached yet. The
number of queries does not grow with the bookings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db
from ..lessons import change_queries as lessons
from ..messages.rules import Language
from ..people.models import ResidentNeed
from ..people.rules import Need, Wish
from . import asked, change_rules, changed, reach_rules
from .asked import Asked, Setting
from .change_rules import OPEN_ENDS, News, Reached, Telling
from .models import TransportSettled
from .rules import PersonOutcome, Why


@dataclass(frozen=True)
class Person:
    """One booking of a changed lesson, and how far its people have come to know. `event_id`: the change that is told.
    `due_at`: when a machine tells them; `deadline`: until when it helps. `carries` is false where a message to the same
    number tells them. `transport`: somebody fetches them, and has to be told too."""

    booking_id: int
    resident_id: int
    lesson_id: int
    event_id: int
    starts_at: datetime
    reached: Reached
    why: Why | None
    way: Wish
    number: str
    numbers: tuple[str, ...]
    due_at: datetime | None
    deadline: datetime
    attempts: int
    last_try: PersonOutcome | None
    news: News | None
    language: Language = Language.JAPANESE
    carries: bool = True
    transport: bool = False
    transport_settled: bool = False

    @property
    def supporter_id(self) -> None:
        """Changes are told to residents; what supporters hear of their duties is on_duty.py's."""

    @property
    def open(self) -> bool:
        """Whether they are still to be reached."""
        return self.reached in OPEN_ENDS


def people_of(lesson_ids: Collection[int], now: datetime) -> list[Person]:
    """All whom the newest change of each of these lessons concerns, by how soon it matters. Ten queries."""
    by = asked.setting(now)
    return people_among(asked.of_lessons(lesson_ids, by), by)


def not_reached(now: datetime) -> list[Person]:
    """Everybody of all lessons to come who is not known to have heard of a change, by how soon it matters. Eleven
    queries, one in a town in which nothing changed."""
    lesson_ids = lessons.changed_lessons_to_come(now)
    return [person for person in people_of(lesson_ids, now) if person.open] if lesson_ids else []


def people_among(found: Sequence[Asked], by: Setting) -> list[Person]:
    """The same of bookings that are read already. Two queries."""
    tellings = changed.tellings(found, by)
    concerned = [one for one in found if one.booking.id in tellings]
    fetched = _fetched({one.booking.resident_id for one in concerned})
    settled = _settled({one.booking.id for one in concerned})
    people = [_person(one, tellings[one.booking.id], by.now, fetched, settled) for one in concerned]
    return sorted(people, key=lambda person: (person.deadline, person.lesson_id, person.booking_id))


def _person(
    one: Asked, telling: Telling, now: datetime, fetched: Collection[int], settled: Collection[tuple[int, int]],
) -> Person:  # fmt: skip
    reached, why = change_rules.reached(telling)
    step, what = telling.step, telling.news
    way, number = (step.way, step.number) if step and step.by_machine else reach_rules.by_person(one.facts)
    since = [contact for contact in one.contacts if contact.at >= telling.event.at]
    known = what.known.starts_at if what else telling.knowledge.known.starts_at
    deadline = what.deadline(now) if what else telling.event.after.starts_at
    return Person(
        booking_id=one.booking.id,
        resident_id=one.booking.resident_id,
        lesson_id=one.booking.lesson_id,
        event_id=telling.event.id,
        starts_at=known,
        reached=reached,
        why=why,
        way=way,
        number=number,
        numbers=tuple(each.number for each in one.facts.numbers),
        due_at=step.due_at if step and step.by_machine else None,
        deadline=deadline,
        attempts=len(since),
        last_try=since[-1].outcome if since else None,
        news=what,
        language=one.facts.language,
        carries=step is None or step.left_out is None,
        transport=one.booking.resident_id in fetched and telling.event.before != telling.event.after,
        transport_settled=(one.booking.id, telling.event.id) in settled,
    )


def _fetched(resident_ids: Collection[int]) -> set[int]:
    """Who of these needs to be fetched (one query)."""
    need = sa.select(ResidentNeed.resident_id).where(
        ResidentNeed.resident_id.in_(resident_ids), ResidentNeed.need == Need.TRANSPORT
    )
    return set(db.session.scalars(need))


def _settled(booking_ids: Collection[int]) -> set[tuple[int, int]]:
    rows = sa.select(TransportSettled.booking_id, TransportSettled.changed_lesson_id)
    return {(row[0], row[1]) for row in db.session.execute(rows.where(TransportSettled.booking_id.in_(booking_ids)))}


def counts(people: Iterable[Person]) -> Counter[Reached]:
    """How many people stand how."""
    return Counter(person.reached for person in people)
