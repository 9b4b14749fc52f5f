"""Reads for the board: all lessons of some weeks, with what stands against each, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import selectinload

from ..core import clock
from ..core.db import db
from ..lessons import timetable
from ..lessons.conflict_rules import Conflict, ConflictKind
from ..lessons.conflicts import conflicts, plan_of
from ..lessons.models import Lesson, LessonSupporter
from ..lessons.rules import MOVES, LessonState
from ..lessons.slot_queries import Day
from ..lessons.span_rules import Span
from ..lessons.standing_rules import of_office
from ..office import queries as office
from ..office.models import District
from ..places import calendar_queries, queries
from ..places.models import Permit, Venue
from ..places.permit_rules import PermitState, best
from .board_rules import RowsBy, weeks

# A card has a line of its own for each of these.
_OWN_LINE = {
    ConflictKind.PERMIT_MISSING, ConflictKind.PERMIT_CANCELLED, ConflictKind.PERMIT_PENDING,
    ConflictKind.FEW_SUPPORTERS,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What somebody chose to see; `district` "" means all."""

    span: Span
    rows_by: RowsBy
    day: date
    district: str = ""


@dataclass(frozen=True)
class Card:
    """A lesson on the board. `coming`: it may still be changed; only then anything can stand against it.

    `permit` is looked at where the hall needs one or had one taken away; `few` is how many supporters are missing.
    With `day` it stands for all slots of a day, room and course.
    """

    lesson: Lesson
    coming: bool = False
    ask_permit: bool = False
    permit: PermitState | None = None
    few: int = 0
    against: list[Conflict] = field(default_factory=list)
    day: Day | None = None


@dataclass(frozen=True)
class Shut:
    """A closure that touches a day of a row. `place` is what is closed, "" where the row says it."""

    place: str
    reason: str


@dataclass(frozen=True)
class Row:
    """`label` is "" for the lessons that belong to none of the others; `asked` is what the form for a new lesson is
    told of the row, as in an address."""

    key: str
    label: str
    asked: str


@dataclass(frozen=True)
class Board:
    weeks: list[list[date]]
    rows: list[Row]
    cards: dict[tuple[str, date], list[Card]]
    shut: dict[tuple[str, date], list[Shut]]
    closed: dict[date, list[Conflict]]


def read(wanted: Wanted, districts: Sequence[District], today: date) -> Board:
    """The board. A supporter who has two lessons stands in one row with both; a lesson of two supporters in two."""
    shown = weeks(wanted.span, wanted.day)
    first, last = shown[0][0], shown[-1][-1]
    cards = _cards(_lessons(first, last, wanted.district), first, last, today)
    venues = [] if wanted.rows_by is RowsBy.SUPPORTER else list(db.session.scalars(queries.venues(wanted.district)))
    placed: dict[tuple[str, date], list[Card]] = defaultdict(list)
    labels = _labels(wanted, districts, venues, first)
    for card in cards:
        day = clock.local_date(card.lesson.starts_at)
        for key, label in _rows_of(card.lesson, wanted.rows_by, districts).items():
            labels.setdefault(key, label)
            placed[key, day].append(card)
    closed = {row.day: row.reason for row in office.closed_days(first, last)}
    rows = [Row(key, label, urlencode({wanted.rows_by.value: key}) if key else "") for key, label in labels.items()]
    return Board(
        weeks=shown, rows=rows, cards={where: _days(here) for where, here in placed.items()},
        shut=_shut(wanted.rows_by, venues, first, last),
        closed={day: of_office(day, closed) for week in shown for day in week},
    )  # fmt: skip


def _lessons(first: date, last: date, district: str) -> Sequence[Lesson]:
    end = clock.at(last + timedelta(days=1), time.min)
    query = timetable.lessons(clock.at(first, time.min), end, district_code=district)
    on_duty = selectinload(Lesson.supporters).joinedload(LessonSupporter.supporter)
    return db.session.scalars(query.options(on_duty, selectinload(Lesson.things))).all()


def _cards(lessons: Sequence[Lesson], first: date, last: date, today: date) -> list[Card]:
    coming = [lesson for lesson in lessons if LessonState.CANCELLED in MOVES[lesson.state]]
    answers = conflicts([plan_of(lesson) for lesson in coming], today)
    standing = {lesson.id: found for lesson, found in zip(coming, answers, strict=True)}
    permits: dict[int, list[Permit]] = defaultdict(list)
    for row in calendar_queries.permits_touching({lesson.room_id for lesson in coming}, first, last):
        permits[row.room_id].append(row)
    return [
        _card(lesson, standing[lesson.id], permits[lesson.room_id]) if lesson.id in standing else Card(lesson)
        for lesson in lessons
    ]


def _days(cards: Sequence[Card]) -> list[Card]:
    """The same with one card for all slots of a room and course, where the first of them stands. One that is cancelled
    is told where all are."""
    found: dict[int | tuple[int, int], list[Card]] = {}
    for card in cards:
        slot = card.lesson.slot_day is not None
        found.setdefault((card.lesson.room_id, card.lesson.course_id) if slot else card.lesson.id, []).append(card)
    return [_one(those) if those[0].lesson.slot_day is not None else those[0] for those in found.values()]


def _one(cards: Sequence[Card]) -> Card:
    standing = [card for card in cards if card.lesson.cancelled_at is None] or list(cards)
    against = {conflict.kind: conflict for card in standing for conflict in card.against}
    return replace(
        next((card for card in standing if card.coming), standing[0]),
        few=max(card.few for card in standing),
        against=list(against.values()),
        day=Day(standing[0].lesson, [card.lesson for card in standing]),
    )


def _card(lesson: Lesson, standing: list[Conflict], permits: list[Permit]) -> Card:
    day, allowed = clock.local_date(lesson.starts_at), lesson.overridden.split()
    permit = best(row.state for row in permits if row.first <= day <= row.last)
    return Card(
        lesson,
        coming=True,
        ask_permit=lesson.venue.needs_permit or permit is PermitState.CANCELLED,
        permit=permit,
        few=next((one.why.params["missing"] for one in standing if one.kind is ConflictKind.FEW_SUPPORTERS), 0),
        against=[one for one in standing if one.kind not in _OWN_LINE and one.kind not in allowed],
    )


def _labels(wanted: Wanted, districts: Sequence[District], venues: Sequence[Venue], first: date) -> dict[str, str]:
    """The rows that are there without any lesson, in their order."""
    if wanted.rows_by is RowsBy.VENUE:
        return {str(row.id): row.name for row in venues}
    if wanted.rows_by is RowsBy.SUPPORTER:
        # Whom a lesson still lacks is looked for first.
        return {"": ""} | {str(row.id): row.name for row in timetable.supporters(first)}
    return {
        row.code: row.name
        for row in districts
        if row.code == wanted.district or (not wanted.district and row.retired_at is None)
    }


def _rows_of(lesson: Lesson, rows_by: RowsBy, districts: Sequence[District]) -> dict[str, str]:
    """The rows in which a lesson stands, with their labels, should they not be there yet."""
    if rows_by is RowsBy.VENUE:
        return {str(lesson.venue_id): lesson.venue.name}
    if rows_by is RowsBy.SUPPORTER:
        on_duty = {str(row.supporter_id): row.supporter.name for row in lesson.supporters}
        return on_duty or {"": ""}
    names = {row.code: row.name for row in districts}
    code = lesson.venue.district_code or ""
    return {code: names.get(code, "")}


def _shut(rows_by: RowsBy, venues: Sequence[Venue], first: date, last: date) -> dict[tuple[str, date], list[Shut]]:
    known = {venue.id: venue for venue in venues}
    found: dict[tuple[str, date], list[Shut]] = defaultdict(list)
    for row in calendar_queries.closures(known, first, last) if known else ():
        venue, room = known[row.venue_id], row.room.name if row.room else ""
        by_venue = rows_by is RowsBy.VENUE
        key = str(venue.id) if by_venue else venue.district_code or ""
        shut = Shut(room if by_venue else f"{venue.name} {room}".strip(), row.reason)
        day = max(row.first, first)
        while day <= min(row.last, last):
            found[key, day].append(shut)
            day += timedelta(days=1)
    return dict(found)
