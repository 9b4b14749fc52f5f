"""Reading what bookings ask for and what became of it. The number of queries does not grow with the bookings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from ..core.db import db
from ..lessons.models import Booking, Lesson
from ..lessons.rules import LessonState
from ..messages.cap_rules import asks_for_a_person
from ..messages.models import Message, NumberNote
from ..messages.rules import MessageStatus
from ..office import settings as office_settings
from ..office.models import ClosedDay
from ..office.settings import OfficeSettings
from ..people.models import FamilyContact, Telephone
from ..people.rules import ContactTiming
from . import rules, wording, wording_queries
from .models import PersonContact
from .rules import TOLD, Facts, Matter, Number, Step, StepName

# The first notice goes out five working days before at the most; the longest row of closed days, at the year's end,
# fits in.
AHEAD = timedelta(days=15)
# A wished confirmation leaves on the next working day at the latest.
CONFIRMATIONS_SINCE = timedelta(days=10)


@dataclass(frozen=True)
class Setting:
    """The office's rules as they stand."""

    office: OfficeSettings
    closed: frozenset[date]

    @cached_property
    def words(self) -> wording.Words:
        """What messages say, read when the first one is worded (one query): most pages word none."""
        return wording_queries.in_use()


@dataclass(frozen=True)
class Asked:
    """One booking: what it asks for, and what the outbox and the office's people have of it. `messages`: the newest
    message of each step of the lesson's present start."""

    booking: Booking
    facts: Facts
    steps: Sequence[Step]
    messages: Mapping[tuple[Matter, StepName], Message]
    planned: Sequence[Message]
    withdrawn: Mapping[tuple[Matter, StepName], int]
    contacts: Sequence[PersonContact]

    @property
    def ended(self) -> dict[tuple[Matter, StepName], MessageStatus]:
        """What became of each step; what was withdrawn counts as not there."""
        return {key: m.status for key, m in self.messages.items() if m.status is not MessageStatus.WITHDRAWN}

    @property
    def capped(self) -> set[tuple[Matter, StepName]]:
        """The steps that a cap on sending leaves to a person."""
        return {key for key, m in self.messages.items() if asks_for_a_person(m.status, m.reason)}


def setting() -> Setting:
    """Two queries."""
    closed = db.session.scalars(sa.select(ClosedDay.day)).all()
    return Setting(office_settings.current(), frozenset(closed))


def about(booking_id: int) -> str:
    return f"booking:{booking_id}"


def booking_of(message: Message) -> int | None:
    """The booking a message of ours is about, or None when it is another room's."""
    kind, _, number = message.about.partition(":")
    ours = kind == "booking" and message.matter in list(Matter) and number.isdigit()
    return int(number) if ours else None


def occasion(starts_at: datetime) -> str:
    """The start of the lesson names the occasion: a lesson that moved is announced anew."""
    return starts_at.isoformat()


def _occasion_of(message: Message) -> str:
    return message.occasion.partition("/")[0]


def lessons_to_plan(after_id: int, now: datetime, limit: int | None) -> Sequence[int]:
    """Ids of coming lessons, from `after_id` on, whose bookings may ask for a message or have one planned."""
    mine = sa.select(Booking.id).where(Booking.lesson_id == Lesson.id).correlate(Lesson)
    planned = mine.join(Message, Message.about == sa.literal("booking:") + sa.cast(Booking.id, sa.String)).where(
        Message.status == MessageStatus.PLANNED
    )
    confirming = mine.where(Booking.text_wished, Booking.booked_at > now - CONFIRMATIONS_SINCE)
    return db.session.scalars(
        sa.select(Lesson.id)
        .where(
            Lesson.id > after_id,
            Lesson.starts_at > now,
            sa.or_(Lesson.starts_at <= now + AHEAD, confirming.exists(), planned.exists()),
        )
        .order_by(Lesson.id)
        .limit(limit)
    ).all()


def of_lessons(lesson_ids: Collection[int], by: Setting) -> list[Asked]:
    """What all bookings of these lessons ask for, in the order of the bookings. Five queries.

    By lesson, since a party must be seen whole. Rows are read anew: delivery asks long after they were first read.
    """
    bookings = db.session.scalars(
        sa.select(Booking)
        .join(Booking.lesson)
        .join(Lesson.venue)
        .join(Booking.resident)
        .where(Booking.lesson_id.in_(lesson_ids))
        .order_by(Booking.id)
        .options(
            contains_eager(Booking.lesson).contains_eager(Lesson.venue),
            # Reading anew forgets what a page had read with a lesson; pages name the course.
            contains_eager(Booking.lesson).joinedload(Lesson.course),
            contains_eager(Booking.resident),
        )
        .execution_options(populate_existing=True)
    ).all()
    residents = {booking.resident_id for booking in bookings}
    numbers = _numbers(residents)
    through_family = set(
        db.session.scalars(
            sa.select(FamilyContact.resident_id).where(
                FamilyContact.resident_id.in_(residents), FamilyContact.timing == ContactTiming.INSTEAD
            )
        )
    )
    messages = _by_booking(
        sa.select(Message).where(
            Message.about.in_([about(booking.id) for booking in bookings]), Message.matter.in_(list(Matter))
        )
    )
    contacts: dict[int, list[PersonContact]] = defaultdict(list)
    for contact in db.session.scalars(
        sa.select(PersonContact)
        .where(PersonContact.booking_id.in_([booking.id for booking in bookings]))
        .order_by(PersonContact.id)
    ):
        contacts[contact.booking_id].append(contact)

    newest: dict[int, dict[tuple[Matter, StepName], Message]] = {}
    withdrawn: dict[int, dict[tuple[Matter, StepName], int]] = {}
    facts = []
    for booking in bookings:
        newest[booking.id], withdrawn[booking.id] = _of_this_start(booking, messages[booking.id])
        last = newest[booking.id].get((Matter.REMINDER, StepName.LAST))
        facts.append(
            Facts(
                booking_id=booking.id,
                lesson_id=booking.lesson_id,
                party=booking.party,
                starts_at=booking.lesson.starts_at,
                booked_at=booking.booked_at,
                wish=booking.resident.wish,
                numbers=tuple(numbers[booking.resident_id]),
                text_wished=booking.text_wished,
                consent=booking.resident.consent_on is not None,
                family_instead=booking.resident_id in through_family,
                do_not_call=booking.resident.do_not_call,
                stopped=booking.resident.stopped_at is not None,
                cancelled=booking.cancelled_at is not None,
                lesson_cancelled=_is_cancelled(booking.lesson),
                told=any(_told_this_start(contact, booking) for contact in contacts[booking.id]),
                last_call=last.status if last else None,
            )
        )
    plan = rules.plan(facts, by.office, by.closed)
    return [
        Asked(
            booking,
            one,
            plan[booking.id],
            newest[booking.id],
            [m for m in messages[booking.id] if m.status is MessageStatus.PLANNED],
            withdrawn[booking.id],
            contacts[booking.id],
        )
        for booking, one in zip(bookings, facts, strict=True)
    ]


def _is_cancelled(lesson: Lesson) -> bool:
    return lesson.cancelled_at is not None or lesson.state is LessonState.CANCELLED


def lesson_is_cancelled() -> sa.ColumnElement[bool]:
    """The same as a condition of a query."""
    return sa.or_(Lesson.cancelled_at.is_not(None), Lesson.state == LessonState.CANCELLED)


def _told_this_start(contact: PersonContact, booking: Booking) -> bool:
    return contact.outcome in TOLD and contact.starts_at == booking.lesson.starts_at


def _numbers(residents: Collection[int]) -> dict[int, list[Number]]:
    """The numbers of each resident in their order, with what is known of each number itself."""
    rows = db.session.execute(
        sa.select(Telephone, NumberNote)
        .outerjoin(NumberNote, NumberNote.number == Telephone.number)
        .where(Telephone.resident_id.in_(residents))
        .order_by(Telephone.resident_id, Telephone.position, Telephone.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[Number]] = defaultdict(list)
    for telephone, note in rows:
        opted_out = note is not None and note.opted_out_at is not None
        found[telephone.resident_id].append(
            Number(
                telephone.number,
                telephone.kind,
                tried=telephone.tried_on is not None,
                agreed=telephone.texts_agreed_on is not None,
                text_blocked=opted_out or (note is not None and note.no_text_since is not None),
                call_blocked=opted_out or (note is not None and note.no_call_since is not None),
            )
        )
    return found


def _by_booking(query: sa.Select[Any]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    for message in db.session.scalars(query.order_by(Message.id).execution_options(populate_existing=True)):
        found[int(message.about.partition(":")[2])].append(message)
    return found


def _of_this_start(
    booking: Booking, messages: Iterable[Message]
) -> tuple[dict[tuple[Matter, StepName], Message], dict[tuple[Matter, StepName], int]]:
    newest: dict[tuple[Matter, StepName], Message] = {}
    withdrawn: dict[tuple[Matter, StepName], int] = defaultdict(int)
    for message in messages:
        if _occasion_of(message) == occasion(booking.lesson.starts_at):
            key = (Matter(message.matter), StepName(message.step))
            newest[key] = message
            withdrawn[key] += message.status is MessageStatus.WITHDRAWN
    return newest, withdrawn


def why_unwanted(one: Asked, message: Message, now: datetime) -> str | None:
    """Why this message should not leave any more, or None."""
    if reason := rules.why_nothing(one.facts):
        return reason
    if _occasion_of(message) != occasion(one.facts.starts_at):
        return "lesson-moved"
    if now >= one.facts.starts_at:
        return "lesson-started"
    step = next((s for s in one.steps if (s.matter, s.step) == (message.matter, message.step)), None)
    if step is None or not step.by_machine:
        return "wish-changed"
    if step.left_out:
        return str(step.left_out)
    same = message.number == step.number and message.channel is wording.channel(step)
    return None if same else "number-changed"


def lessons_of(booking_ids: Collection[int]) -> Sequence[int]:
    return db.session.scalars(sa.select(Booking.lesson_id).where(Booking.id.in_(booking_ids)).distinct()).all()
