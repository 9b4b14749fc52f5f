"""A resident's story in time, newest first, gathered from all rooms, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..desk.models import HelpRequest
from ..lessons import lottery_queries
from ..lessons.models import Booking, Lesson, Series, SeriesLesson
from ..lessons.series_rules import Registration
from ..lessons.waiting_models import Offer, Waiting, WaitingMember
from ..lessons.waiting_rules import WaitEnd
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..people.actions import subject
from ..reminders.models import PersonContact
from ..visits.models import Visit

PER_PAGE = 30


@dataclass(frozen=True)
class Entry:
    """One thing that happened. The template `front/_story.html` has the words of each kind."""

    at: datetime
    kind: str
    row: Any


@dataclass(frozen=True)
class Story:
    """One page of a story; `older` is where the next page begins, if there is one."""

    entries: Sequence[Entry]
    older: datetime | None


def story_of(resident_id: int, *, before: datetime, with_requests: bool, with_bookings: bool = True) -> Story:
    """What happened before that instant, a query for each kind. `with_requests`: consultation notes are for the staff
    of the desk alone. `with_bookings`: that they were made and ended, and waited for."""
    sources = [_visits, _messages, _contacts]
    sources += [_booked, _ended, _waits, _offered, _waited] if with_bookings else []
    sources += [_requests] if with_requests else []
    entries = sorted(
        (entry for source in sources for entry in source(resident_id, before)), key=lambda one: one.at, reverse=True
    )
    # What happened at the same instant (a party's bookings) stays on one page, since the next begins before it.
    last = entries[PER_PAGE - 1].at if len(entries) > PER_PAGE else None
    page = [one for place, one in enumerate(entries) if place < PER_PAGE or one.at == last]
    return Story(page, last if len(page) < len(entries) else None)


def upcoming(resident_id: int, now: datetime) -> Sequence[Booking]:
    """Active bookings of lessons that are not over, soonest first (one query)."""
    return db.session.scalars(
        _bookings(resident_id)
        .join(Booking.lesson)
        .where(Booking.cancelled_at.is_(None), Lesson.ends_at > now - timedelta(hours=1))
        .order_by(Lesson.starts_at)
    ).all()


@dataclass(frozen=True)
class Coming:
    """What a resident comes to: one booking, or those of a series that was booked as a whole, soonest first."""

    bookings: Sequence[Booking]
    series: Series | None

    @property
    def next(self) -> Booking:
        return self.bookings[0]


def coming(bookings: Sequence[Booking]) -> list[Coming]:
    """Bookings as they are spoken of: a series that was booked as a whole is one thing, at the place of its next
    lesson."""
    groups: dict[tuple[str, int], list[Booking]] = {}
    for booking in bookings:
        series = _booked_as_a_whole(booking)
        groups.setdefault(("series", series.id) if series else ("booking", booking.id), []).append(booking)
    return [Coming(group, _booked_as_a_whole(group[0])) for group in groups.values()]


def _booked_as_a_whole(booking: Booking) -> Series | None:
    part = booking.lesson.part
    return part.series if part is not None and part.series.registration is Registration.WHOLE else None


def _bookings(resident_id: int) -> sa.Select[Any]:
    lesson = joinedload(Booking.lesson)
    return (
        sa.select(Booking)
        .where(Booking.resident_id == resident_id)
        .options(
            lesson.joinedload(Lesson.course),
            lesson.joinedload(Lesson.venue),
            lesson.joinedload(Lesson.part).joinedload(SeriesLesson.series),
        )
    )


def _one_for_all(at: Any) -> sa.ColumnElement[bool]:
    """Of the bookings of a series that were made or ended in one act, one stands for all."""
    other = sa.orm.aliased(Booking)
    return (
        ~sa.select(other.id)
        .where(
            other.party == Booking.party,
            other.resident_id == Booking.resident_id,
            getattr(other, at.key) == at,
            other.id < Booking.id,
        )
        .exists()
    )


def _newest(query: sa.Select[Any], column: Any, before: datetime) -> Sequence[Any]:
    return db.session.scalars(query.where(column < before).order_by(column.desc()).limit(PER_PAGE + 1)).all()


def _booked(resident_id: int, before: datetime) -> Iterator[Entry]:
    made = _bookings(resident_id).where(_one_for_all(Booking.booked_at))
    for row in _newest(made, Booking.booked_at, before):
        yield Entry(row.booked_at, "booked", row)


def _ended(resident_id: int, before: datetime) -> Iterator[Entry]:
    cancelled = _bookings(resident_id).where(Booking.cancelled_at.is_not(None), _one_for_all(Booking.cancelled_at))
    for row in _newest(cancelled, Booking.cancelled_at, before):
        yield Entry(row.cancelled_at, "moved" if row.moved_to_id else "cancelled", row)


def _waiting(resident_id: int) -> sa.Select[Any]:
    lesson = joinedload(Waiting.lesson)
    mine = sa.select(WaitingMember.waiting_id).where(WaitingMember.resident_id == resident_id)
    return (
        sa.select(Waiting)
        .where(Waiting.id.in_(mine))
        .options(lesson.joinedload(Lesson.course), lesson.joinedload(Lesson.venue), joinedload(Waiting.offer))
    )


def _waits(resident_id: int, before: datetime) -> Iterator[Entry]:
    for row in _newest(_waiting(resident_id), Waiting.joined_at, before):
        yield Entry(row.joined_at, "waits", row)


def _offered(resident_id: int, before: datetime) -> Iterator[Entry]:
    query = _waiting(resident_id).join(Offer, Offer.waiting_id == Waiting.id)
    for row in _newest(query, Offer.made_at, before):
        yield Entry(row.offer.made_at, "offered", row)


def _waited(resident_id: int, before: datetime) -> Iterator[Entry]:
    rows = _newest(_waiting(resident_id).where(Waiting.ended_at.is_not(None)), Waiting.ended_at, before)
    drawn = lottery_queries.won([row.id for row in rows if row.entered])
    for row in rows:
        withdrawn = row.entered and row.id not in drawn and row.ended_how is WaitEnd.TAKEN_OUT
        kind = "won" if drawn.get(row.id) else "withdrawn" if withdrawn else "waited"
        yield Entry(row.ended_at, kind, row)


def _visits(resident_id: int, before: datetime) -> Iterator[Entry]:
    query = (
        sa.select(Visit)
        .join(Lesson, Lesson.id == Visit.lesson_id)
        .where(Visit.resident_id == resident_id, Visit.attendance.is_not(None))
        .options(sa.orm.joinedload(Visit.lesson).options(joinedload(Lesson.course), joinedload(Lesson.venue)))
    )
    for row in _newest(query, Lesson.starts_at, before):
        yield Entry(row.lesson.starts_at, "visit", row)


def _messages(resident_id: int, before: datetime) -> Iterator[Entry]:
    # What is only planned stands on the page of what would go out; a story tells what was.
    happened = sa.func.coalesce(Message.handed_over_at, Message.ended_at, Message.due_at)
    query = sa.select(Message).where(
        Message.recipient == subject(resident_id),
        Message.status.not_in((MessageStatus.PLANNED, MessageStatus.CLAIMED)),
    )
    for row in _newest(query, happened, before):
        yield Entry(row.handed_over_at or row.ended_at or row.due_at, "message", row)


def _contacts(resident_id: int, before: datetime) -> Iterator[Entry]:
    query = (
        sa.select(PersonContact)
        .join(Booking, Booking.id == PersonContact.booking_id)
        .where(Booking.resident_id == resident_id)
    )
    for row in _newest(query, PersonContact.at, before):
        yield Entry(row.at, "contact", row)


def _requests(resident_id: int, before: datetime) -> Iterator[Entry]:
    query = sa.select(HelpRequest).where(HelpRequest.resident_id == resident_id).options(joinedload(HelpRequest.topic))
    for row in _newest(query, HelpRequest.received_at, before):
        yield Entry(row.received_at, "request", row)
