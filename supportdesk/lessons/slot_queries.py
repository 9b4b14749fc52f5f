"""Reads about slots: a day of them, the first of each day, and whom the counter must be told of when its system stands
still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from ..core.db import db
from ..people.models import Resident
from . import slot_rules
from .models import Booking, Lesson, LessonSupporter
from .rules import LessonState
from .slot_rules import LessonKind, Seated

# What a lesson is asked for, as a condition on its table or on an alias of it.
Condition = Callable[[type[Lesson]], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Day:
    """All slots of one day, room and course, cancelled ones left out, in their order."""

    first: Lesson
    slots: Sequence[Lesson]

    @property
    def seats(self) -> int:
        return sum(one.seats for one in self.slots)

    @property
    def taken(self) -> int:
        return sum(one.seats_taken for one in self.slots)

    @property
    def free(self) -> list[Lesson]:
        """Those with a table that nobody has."""
        return [one for one in self.slots if one.seats_free > 0]

    @property
    def ends_at(self) -> datetime:
        return max((one.ends_at for one in self.slots), default=self.first.ends_at)

    @property
    def starts_at(self) -> datetime:
        return min((one.starts_at for one in self.slots), default=self.first.starts_at)


@dataclass(frozen=True)
class Time:
    """One time of the page of a day. `people` are those of each party, the one who asked first."""

    slot: Lesson
    seated: Seated

    @property
    def everybody(self) -> list[Booking]:
        """All who are expected, squeezed in or not."""
        parties = [party for party in self.seated.tables if party] + list(self.seated.squeezed)
        return [booking for party in parties for booking in party]


def of_day(day: date, room_id: int) -> sa.Select[Any]:
    """The slots of one day in one room, cancelled ones too, with what their page shows."""
    shown = (
        joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room),
        selectinload(Lesson.supporters).joinedload(LessonSupporter.supporter),
    )  # fmt: skip
    found = sa.select(Lesson).where(Lesson.slot_day == day, Lesson.room_id == room_id)
    return found.options(*shown).order_by(Lesson.starts_at, Lesson.id)


def times_of(slots: Sequence[Lesson]) -> list[Time]:
    """Who sits where at each of these times. One query."""
    bookings = db.session.scalars(
        sa.select(Booking)
        .where(Booking.lesson_id.in_([one.id for one in slots]), Booking.cancelled_at.is_(None))
        .options(
            joinedload(Booking.resident).options(selectinload(Resident.telephones), selectinload(Resident.needs))
        )
        .order_by(Booking.booked_at, Booking.id)
    ).all()
    parties: dict[int, dict[tuple[bool, str], list[Booking]]] = defaultdict(dict)
    for booking in bookings:
        key = (bool(booking.allowed_by), booking.party)
        parties[booking.lesson_id].setdefault(key, []).append(booking)
    found = []
    for slot in slots:
        here = parties[slot.id]
        sitting = [party for (squeezed, _key), party in here.items() if not squeezed]
        squeezed_in = [party for (squeezed, _key), party in here.items() if squeezed]
        found.append(Time(slot, slot_rules.seated(slot.seats, sitting, squeezed_in)))
    return found


def alone(within: Condition, prefers: Condition) -> sa.ColumnElement[bool]:
    """The condition that a lesson is a class, or of the slots of its day, room and course (that are `within` as well)
    the one to be shown for all: the first that is preferred, else the first. So no list is flooded by one day."""
    other = aliased(Lesson)
    earlier = sa.or_(
        other.starts_at < Lesson.starts_at, sa.and_(other.starts_at == Lesson.starts_at, other.id < Lesson.id)
    )
    better, good = prefers(other), prefers(Lesson)
    stands_before = sa.or_(sa.and_(better, sa.not_(good)), sa.and_(sa.or_(better, sa.not_(good)), earlier))
    same_day = sa.and_(
        other.slot_day == Lesson.slot_day, other.room_id == Lesson.room_id, other.course_id == Lesson.course_id
    )
    beaten = sa.select(other.id).where(same_day, within(other), stands_before).correlate(Lesson).exists()
    return sa.or_(Lesson.slot_day.is_(None), ~beaten)


def coming_days(today: date) -> sa.Select[Any]:
    """The first slot of each day, room and course from `today` on, in order of time."""
    def stands(of: type[Lesson]) -> sa.ColumnElement[bool]:
        return of.cancelled_at.is_(None)

    shown = (joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))
    found = sa.select(Lesson).where(Lesson.slot_day >= today, stands(Lesson), alone(stands, stands))
    return found.options(*shown).order_by(Lesson.starts_at, Lesson.id)


def days_of(firsts: Collection[Lesson], also: sa.ColumnElement[bool] | None = None) -> dict[int, Day]:
    """The days for which these slots stand, by their ids; a class stands for none. `also` asks more of the slots. No
    query for none, else one."""
    wanted = [one for one in firsts if one.slot_day is not None]
    if not wanted:
        return {}
    query = sa.select(Lesson).where(
        Lesson.slot_day.in_({one.slot_day for one in wanted}),
        Lesson.room_id.in_({one.room_id for one in wanted}),
        Lesson.state != LessonState.CANCELLED,
    )
    if also is not None:
        query = query.where(also)
    slots: dict[tuple[Any, ...], list[Lesson]] = defaultdict(list)
    for slot in db.session.scalars(query.order_by(Lesson.starts_at, Lesson.id)):
        slots[slot.slot_day, slot.room_id, slot.course_id].append(slot)
    return {one.id: Day(one, slots[one.slot_day, one.room_id, one.course_id]) for one in wanted}


def at_counters(days: Collection[date]) -> list[Day]:
    """The days of the counter on which its system stands still, with what is booked there. One query, or none."""
    if not days:
        return []
    query = sa.select(Lesson).where(
        Lesson.slot_day.in_(days), Lesson.kind == LessonKind.COUNTER, Lesson.cancelled_at.is_(None)
    )
    shown = (joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))
    slots: dict[tuple[Any, ...], list[Lesson]] = defaultdict(list)
    for slot in db.session.scalars(query.options(*shown).order_by(Lesson.starts_at, Lesson.id)):
        slots[slot.slot_day, slot.room_id, slot.course_id].append(slot)
    return [Day(of_one[0], of_one) for of_one in slots.values()]
