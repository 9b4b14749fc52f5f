"""Reads for 要対応: every item and every call task in one list, who has taken what, and since when nothing leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..core.history import HistoryRow
from ..desk import call_task_queries
from ..desk.call_task_models import CallTask
from ..desk.call_task_rules import MINUTES_FOR_A_CALL
from ..lessons.models import Booking, Lesson
from ..people.models import Resident, Telephone
from ..people.rules import Wish
from ..places.models import Venue
from ..reminders import queries as reminders
from ..reminders.models import Answer, PersonContact
from ..reminders.queries import Item
from ..reminders.rules import AnswerKind, Why
from . import worklist_rules as rules
from .worklist_models import WorkTaken
from .worklist_rules import LineKind

# Who lives nowhere that we know of, and unknown callers.
NO_DISTRICT = ""


class Taken(NamedTuple):
    """Who said "I take this", and when."""

    by_name: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One thing that waits for a person: an item of a booking, an offer, a draw or a duty, or else a call task.
    `district`: the code of the resident's, or of the venue's for a supporter; "" if nobody knows."""

    key: str
    kind: LineKind
    deadline: datetime
    minutes: int
    district: str
    item: Item | None = None
    task: CallTask | None = None
    taken: Taken | None = None

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Where it stands in the list: by how soon it matters, and always in one order."""
        if self.item is not None:
            return self.item.place
        assert self.task is not None
        return self.deadline, "task", self.task.id, 0

    @property
    def tries(self) -> int:
        """How often a person has tried."""
        if self.item is not None:
            return self.item.attempts
        return self.task.tries if self.task is not None else 0


def key_of(item: Item) -> str:
    """How an item is named, in forms and in what is kept of it."""
    if item.supporter_id is not None:
        return f"duty:{item.lesson_id}-{item.supporter_id}"
    if item.entry_id is not None:
        return f"entry:{item.entry_id}"
    if item.offer_id is not None:
        return f"offer:{item.offer_id}"
    return f"booking:{item.booking_id}"


def lines(now: datetime, items: Sequence[Item] | None = None) -> list[Line]:
    """All that waits for a person, by how soon it matters. Those of needs_person and four queries more; `items` are
    what it gives, where the caller has read them already."""
    items = reminders.needs_person(now) if items is None else items
    tasks = call_task_queries.waiting(now)
    districts, venues, taken = _districts(items), _of_venues(items), _taken(now)
    found = [
        Line(
            key := key_of(item),
            _kind(item),
            item.deadline,
            item.minutes,
            venues[item.lesson_id] if item.resident_id is None else districts.get(item.resident_id) or NO_DISTRICT,
            item=item,
            taken=taken.get(key),
        )
        for item in items
    ]
    found += [line_of(task, taken.get(f"task:{task.id}")) for task in tasks]
    return sorted(found, key=lambda line: line.place)


def line_of(task: CallTask, taken: Taken | None = None) -> Line:
    """A call task as a line of the list."""
    district = (task.resident.district_code if task.resident else None) or NO_DISTRICT
    return Line(
        f"task:{task.id}", LineKind.CALL, task.due_at, MINUTES_FOR_A_CALL, district, task=task, taken=taken
    )


def chosen(found: Sequence[Line], kind: LineKind | None, district: str | None) -> list[Line]:
    """Those of one kind and one district; None is all of them."""
    return [
        line
        for line in found
        if (kind is None or line.kind is kind) and (district is None or line.district == district)
    ]


@dataclass(frozen=True)
class Load:
    """How many items a district has, and about how many minutes they take."""

    count: int
    minutes: int


def by_district(found: Sequence[Line]) -> Mapping[str, Load]:
    """The work of each district, by its code."""
    counts, minutes = Counter[str](), Counter[str]()
    for line in found:
        counts[line.district] += 1
        minutes[line.district] += line.minutes
    return {code: Load(counts[code], minutes[code]) for code in counts}


def wrong_numbers(resident_ids: Collection[int]) -> Mapping[int, Sequence[Telephone]]:
    """The numbers of these residents that were found to be wrong (one query)."""
    found: dict[int, list[Telephone]] = {}
    wrong = sa.select(Telephone).where(Telephone.resident_id.in_(resident_ids), Telephone.wrong_since.is_not(None))
    for row in db.session.scalars(wrong.order_by(Telephone.id)):
        found.setdefault(row.resident_id, []).append(row)
    return found


def behind(contact: PersonContact) -> tuple[AnswerKind | None, Booking, int]:
    """What was answered in this contact, its booking with the resident, and how many contacts there are of it by now
    (three queries)."""
    answer = db.session.scalar(sa.select(Answer.kind).where(Answer.origin == f"contact:{contact.id}"))
    found = sa.select(Booking).where(Booking.id == contact.booking_id).options(joinedload(Booking.resident))
    booking = db.session.scalars(found).one()
    mine = sa.select(sa.func.count()).select_from(PersonContact).where(PersonContact.booking_id == booking.id)
    return answer, booking, db.session.scalar(mine) or 0


def residents_of(ids: Collection[int]) -> sa.Select[Any]:
    """These residents, without their telephones."""
    return sa.select(Resident).where(Resident.id.in_(ids))


def held_since() -> datetime | None:
    """When all sending was stopped the last time (one query)."""
    stopped = sa.select(HistoryRow.at).where(HistoryRow.action == "sending.stopped")
    return db.session.scalar(stopped.order_by(HistoryRow.id.desc()).limit(1))


def _kind(item: Item) -> LineKind:
    if item.why is Why.UNKNOWN:
        return LineKind.UNKNOWN
    return LineKind.CALL if item.way is Wish.PERSON else LineKind.PAPER


def _districts(items: Sequence[Item]) -> dict[int, str | None]:
    residents = sa.select(Resident.id, Resident.district_code)
    ids = {item.resident_id for item in items} - {None}
    return {row.id: row.district_code for row in db.session.execute(residents.where(Resident.id.in_(ids)))}


def _of_venues(items: Sequence[Item]) -> dict[int, str]:
    on_duty = {item.lesson_id for item in items if item.resident_id is None}
    if not on_duty:
        return {}
    venues = sa.select(Lesson.id, Venue.district_code).join(Lesson.venue).where(Lesson.id.in_(on_duty))
    return {row.id: row.district_code or NO_DISTRICT for row in db.session.execute(venues)}


def _taken(now: datetime) -> dict[str, Taken]:
    rows = sa.select(WorkTaken.key, WorkTaken.by_name, WorkTaken.at).where(WorkTaken.at > rules.free_if_taken_by(now))
    return {row.key: Taken(row.by_name, row.at) for row in db.session.execute(rows)}
