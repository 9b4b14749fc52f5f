"""Reads for pages: what would go out, who waits for a person, and the truth about a booking's reminder."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Booking, Lesson
from ..messages.providers.sms import segments
from ..messages.rules import MessageStatus
from ..people.models import Resident
from ..people.rules import Wish
from . import asked, rules, wording
from .asked import AHEAD, Asked, Setting
from .rules import MINUTES_FOR_A_PERSON, TOLD, Light, Step, Why


@dataclass(frozen=True)
class Item:
    """One resident whom a person must tell. `persons` are told by it; `attempts`: how often a person tried."""

    booking: Booking
    why: Why
    way: Wish
    number: str
    numbers: tuple[str, ...]
    deadline: datetime
    persons: int
    attempts: int
    minutes: int = MINUTES_FOR_A_PERSON

    @property
    def resident(self) -> Resident:
        return self.booking.resident


def needs_person(now: datetime) -> list[Item]:
    """Whom a person must tell, by deadline: machines may not or could not reach them, or we cancelled their lesson.
    What is over when the lesson has begun is not here any more. Eight queries."""
    lessons = db.session.scalars(
        sa.select(Lesson.id).where(
            Lesson.starts_at > now,
            sa.or_(Lesson.starts_at <= now + AHEAD, asked.lesson_is_cancelled()),
        )
    ).all()
    by = asked.setting()
    held = bool(by.office.sending_hold)
    found = [_item(one, now, held) for one in asked.of_lessons(lessons, by)]
    return sorted((item for item in found if item), key=lambda item: (item.deadline, item.booking.id))


def _item(one: Asked, now: datetime, held: bool) -> Item | None:
    way, number = rules.by_person(one.facts)
    if one.facts.lesson_cancelled and not one.facts.cancelled and not one.facts.stopped:
        since = one.booking.lesson.cancelled_at or one.booking.booked_at
        if any(contact.outcome in TOLD and contact.at >= since for contact in one.contacts):
            return None
        why, deadline, persons = Why.LESSON_CANCELLED, one.facts.starts_at, 1
    elif found := rules.why_person(one.steps, one.ended, now, held, one.capped):
        why, step = found
        deadline, persons = step.not_after, step.persons
    else:
        return None
    return Item(
        one.booking,
        why,
        way,
        number,
        tuple(n.number for n in one.facts.numbers),
        deadline,
        persons,
        len(one.contacts),
    )


def lights(booking_ids: Collection[int], now: datetime) -> dict[int, Light]:
    """The truth about the reminder of each booking. The number of queries does not grow with the bookings."""
    by = asked.setting()
    held = bool(by.office.sending_hold)
    all_asked = asked.of_lessons(asked.lessons_of(booking_ids), by)
    carriers = {_party_number(one, step): one for one in all_asked for step in one.steps if step.persons > 1}
    found = {}
    for one in all_asked:
        if one.booking.id in booking_ids:
            # Who is told together with another stands and falls with that one's message.
            speaks = next((carriers[key] for step in one.steps if (key := _party_number(one, step)) in carriers), one)
            found[one.booking.id] = rules.light(
                one.facts,
                speaks.steps,
                speaks.ended,
                now,
                read_back=one.booking.read_back,
                stopped=held,
                capped=speaks.capped,
            )
    return found


def _party_number(one: Asked, step: Step) -> tuple[int, str, str]:
    return one.facts.lesson_id, one.facts.party, step.number


@dataclass(frozen=True)
class Going:
    """One step that would be done, with a machine's words, or one that is left out."""

    booking: Booking
    step: Step
    words: str
    segments: int


def going_out(now: datetime, until: datetime) -> list[Going]:
    """What would go out from now until then, by time, and after it what is left out. Nothing is written: what is not
    planned yet is derived as the plan would."""
    by = asked.setting()
    lessons = asked.lessons_to_plan(0, now, None)
    found = [
        _going(one, step, by)
        for one in asked.of_lessons(lessons, by)
        for step in one.steps
        if step.due_at <= until and (step.left_out or _still_to_do(one, step, now))
    ]
    return sorted(found, key=lambda going: (going.step.left_out is not None, going.step.due_at, going.booking.id))


def _still_to_do(one: Asked, step: Step, now: datetime) -> bool:
    status = one.ended.get((step.matter, step.step))
    return step.not_after > now and status in (None, MessageStatus.PLANNED, MessageStatus.CLAIMED)


def _going(one: Asked, step: Step, by: Setting) -> Going:
    if step.left_out or not step.by_machine:
        return Going(one.booking, step, "", 0)
    said = wording.message(step, one.facts.starts_at, one.booking.lesson.venue, by.office, by.words)
    return Going(one.booking, step, said["body"] or "".join(said["sentences"]), segments(said["body"]))
