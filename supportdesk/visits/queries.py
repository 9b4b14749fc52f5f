"""What the day sheet and a resident's page read. Every view asks `lesson()` or `lessons_today()` first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core import chance, clock
from ..core.access import Actor, Role
from ..core.db import db
from ..core.errors import NotFound
from ..core.history import HistoryRow
from ..lessons.models import Booking, Lesson, LessonSupporter
from ..lessons.rules import LessonState
from ..people.models import Resident, Supporter
from ..people.rules import Need
from ..places.models import VenueSupporter
from . import rules
from .models import Visit
from .rules import Attendance

# A lesson has a sheet once it was announced; a cancelled one is shown so that nobody waits for it.
SHOWN = (
    LessonState.OPEN, LessonState.CLOSED, LessonState.HELD, LessonState.RECORDED, LessonState.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One line of the sheet: somebody with a booking, or a walk-in."""

    key: str
    booking: Booking | None
    visit: Visit | None
    resident: Resident | None
    same_name: bool

    @property
    def name(self) -> str:
        if self.resident is not None:
            return self.resident.name
        return self.visit.walk_in_name if self.visit else ""

    @property
    def kana(self) -> str:
        """The reading, where it says more than the name."""
        kana = self.resident.kana if self.resident is not None else ""
        return kana if kana != self.name else ""

    @property
    def needs(self) -> list[Need]:
        return [row.need for row in self.resident.needs] if self.resident is not None else []

    @property
    def attendance(self) -> Attendance | None:
        return self.visit.attendance if self.visit else None

    @property
    def saved_at(self) -> str:
        return saved_at(self.visit) if self.visit else ""

    @property
    def booking_cancelled(self) -> bool:
        return self.booking is not None and self.booking.cancelled_at is not None

    @property
    def walk_in(self) -> bool:
        return self.booking is None


@dataclass(frozen=True)
class Sheet:
    """A lesson with its people in the order of their kana, walk-ins last."""

    lesson: Lesson
    people: Sequence[Person]

    @property
    def unmarked(self) -> list[Person]:
        expected = [it for it in self.people if not it.walk_in and not it.booking_cancelled]
        return [it for it in expected if it.attendance is None]

    @property
    def came(self) -> int:
        return sum(it.attendance is Attendance.CAME for it in self.people)

    @property
    def booked(self) -> int:
        """How many seats are expected to be filled, companions included."""
        bookings = [it.booking for it in self.people if it.booking is not None and not it.booking_cancelled]
        return len(bookings) + sum(booking.companions for booking in bookings)

    @property
    def walk_ins(self) -> int:
        return sum(it.walk_in and it.attendance is Attendance.CAME for it in self.people)


def lessons_today(*, by: Actor, now: datetime) -> Sequence[Lesson]:
    """Today's lessons that this person may open, in the order of their start."""
    start, end = clock.day_around(now)
    asked = _visible(by, now).where(Lesson.starts_at >= start, Lesson.starts_at < end)
    return db.session.scalars(asked.order_by(Lesson.starts_at, Lesson.id)).all()


def lesson(lesson_id: int, *, by: Actor, now: datetime) -> Lesson:
    """The lesson, if this person may open its sheet. Raises NotFound, also where it is not for them."""
    found = db.session.scalars(_visible(by, now).where(Lesson.id == lesson_id)).first()
    if found is None:
        raise NotFound("There is no such sheet for you today.")
    return found


def _visible(by: Actor, now: datetime) -> sa.Select[Lesson]:
    """Staff and coordinators open any sheet; a volunteer today's alone, where they help or are on duty."""
    asked = (
        sa.select(Lesson)
        .where(Lesson.state.in_(SHOWN))
        .options(joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))
    )
    if by.has(Role.STAFF, Role.COORDINATOR):
        return asked
    start, end = clock.day_around(now)
    me = sa.select(Supporter.id).where(
        Supporter.user_id == by.id,
        sa.or_(Supporter.left_on.is_(None), Supporter.left_on >= clock.local_date(now)),
    )
    my_venues = sa.select(VenueSupporter.venue_id).where(VenueSupporter.supporter_id.in_(me))
    my_duties = sa.select(LessonSupporter.lesson_id).where(LessonSupporter.supporter_id.in_(me))
    return asked.where(
        Lesson.starts_at >= start,
        Lesson.starts_at < end,
        sa.or_(Lesson.venue_id.in_(my_venues), Lesson.id.in_(my_duties)),
    )


def sheet_of(lesson: Lesson) -> Sheet:
    """Who is on the sheet: every booking that stands, every record of one that was cancelled, every walk-in.

    Two queries, however many people. Somebody without a record gets the key that a record made from this page
    will carry.
    """
    visits = db.session.scalars(
        sa.select(Visit)
        .where(Visit.lesson_id == lesson.id)
        .options(joinedload(Visit.resident).joinedload(Resident.needs))
        .order_by(Visit.id)
    ).unique().all()  # fmt: skip
    by_booking = {visit.booking_id: visit for visit in visits if visit.booking_id is not None}
    bookings = db.session.scalars(
        sa.select(Booking)
        .where(Booking.lesson_id == lesson.id)
        .options(joinedload(Booking.resident).joinedload(Resident.needs))
    ).unique().all()  # fmt: skip
    shown = [it for it in bookings if it.cancelled_at is None or _says_something(by_booking.get(it.id))]
    names = Counter(booking.resident.kana for booking in shown)
    booked = [
        _person(booking, by_booking.get(booking.id), booking.resident, names[booking.resident.kana] > 1)
        for booking in sorted(shown, key=lambda it: (it.resident.kana, it.resident_id, it.id))
    ]
    walked_in = [_person(None, visit, visit.resident, False) for visit in visits if visit.booking_id is None]
    return Sheet(lesson, [*booked, *walked_in])


def _says_something(visit: Visit | None) -> bool:
    """False for no record, and for a tap that was undone."""
    return visit is not None and bool(visit.attendance or visit.how_it_went or visit.note or visit.practised)


def _person(
    booking: Booking | None, visit: Visit | None, resident: Resident | None, same_name: bool
) -> Person:
    return Person(visit.key if visit else chance.record_key(), booking, visit, resident, same_name)


def person(sheet: Sheet, *, booking_id: int | None = None, key: str | None = None) -> Person:
    """One line of the sheet, by booking or (a walk-in) by key. Raises NotFound."""
    for it in sheet.people:
        if (it.booking is not None and it.booking.id == booking_id) or (it.walk_in and it.key == key):
            return it
    raise NotFound("This person is no longer on the sheet.")


def saved_at(visit: Visit) -> str:
    """When the office got the record, as 10:41; a tap at night has no plain words."""
    return clock.local(visit.changed_at).strftime("%H:%M")


def record_of(visit: Visit) -> dict[str, Any]:
    """A record as a tablet keeps it: by its key, all of it in plain values. `state` says where it is safe."""
    return {
        "key": visit.key,
        "lesson_id": visit.lesson_id,
        "booking_id": visit.booking_id,
        "resident_id": visit.resident_id,
        "walk_in_name": visit.walk_in_name,
        "attendance": visit.attendance,
        "practised": visit.practised,
        "how_it_went": visit.how_it_went,
        "referred_to": visit.referred_to,
        "minutes": visit.minutes,
        "note": visit.note,
        "version": visit.version,
        "changed_at": visit.changed_at.isoformat(),
        "state": "stored",
    }


def record(lesson_id: int, booking_id: int | None, key: str) -> Visit | None:
    """The record of who has this booking, of a walk-in by its key."""
    which = Visit.key == key if booking_id is None else Visit.booking_id == booking_id
    return db.session.scalars(sa.select(Visit).where(Visit.lesson_id == lesson_id, which)).first()


def of_lesson(lesson_id: int) -> Sequence[Visit]:
    """Every record of one lesson, in the order in which they were begun."""
    return db.session.scalars(sa.select(Visit).where(Visit.lesson_id == lesson_id).order_by(Visit.id)).all()


def of_resident(resident_id: int) -> Sequence[Visit]:
    """The records of one resident, newest lesson first, with lesson, course and venue loaded (one query)."""
    return db.session.scalars(
        sa.select(Visit)
        .join(Visit.lesson)
        .where(Visit.resident_id == resident_id)
        .where(sa.or_(Visit.attendance.is_not(None), Visit.practised != "", Visit.note != ""))
        .options(
            sa.orm.contains_eager(Visit.lesson).options(joinedload(Lesson.course), joinedload(Lesson.venue)),
            joinedload(Visit.booking),
        )
        .order_by(Lesson.starts_at.desc(), Visit.id.desc())
    ).all()


def opened_lately(lesson_id: int, *, by: Actor, now: datetime) -> bool:
    """Whether this person's look at this sheet was recorded within the last hour."""
    look = sa.select(HistoryRow.id).where(
        HistoryRow.subject == f"lesson:{lesson_id}",
        HistoryRow.action == "sheet.opened",
        # A program has no id; the name alone tells one from another.
        HistoryRow.actor_id == by.id,
        HistoryRow.actor_name == by.name,
        HistoryRow.at > now - rules.ONE_LOOK,
    )
    return db.session.scalar(look.limit(1)) is not None


def came_before(resident_ids: Collection[int], before: datetime) -> set[int]:
    """Who of these has come to a lesson that began before that instant, with a booking or without."""
    who = sa.func.coalesce(Visit.resident_id, Booking.resident_id)
    found = (
        sa.select(who)
        .join(Lesson, Lesson.id == Visit.lesson_id)
        .outerjoin(Booking, Booking.id == Visit.booking_id)
        .where(Visit.attendance == Attendance.CAME, Lesson.starts_at < before, who.in_(resident_ids))
    )
    return set(db.session.scalars(found))
