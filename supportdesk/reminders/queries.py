"""Reads for pages: what would go out, who waits for a person, and the truth about a booking's reminder."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..lessons.models import Booking, Lesson
from ..messages.providers.sms import segments
from ..messages.rules import MessageStatus
from ..office import settings as office_settings
from ..people.rules import Wish
from . import asked, rules, wording
from .asked import Asked
from .rules import MINUTES_FOR_A_PERSON, TOLD, Light, Step, Why


@dataclass(frozen=True)
class Item:
    """One resident whom a person must tell. `persons` are told by it; `attempts`: how often a person tried."""

    booking_id: int
    why: Why
    way: Wish
    number: str
    numbers: tuple[str, ...]
    deadline: datetime
    persons: int
    attempts: int
    minutes: int = MINUTES_FOR_A_PERSON


def needs_person(now: datetime) -> list[Item]:
    """Whom a person must tell, by deadline: machines may not or could not reach them, or we cancelled their lesson.
    What is over when the lesson has begun is not here any more. Eight queries."""
    by = asked.setting()
    lessons = asked.lessons_that_may_need_a_person(now, by)
    held = bool(by.office.sending_hold)
    found = [_item(one, now, held) for one in asked.of_lessons(lessons, by)]
    return sorted((item for item in found if item), key=lambda item: (item.deadline, item.booking_id))


def _item(one: Asked, now: datetime, held: bool) -> Item | None:
    way, number = rules.by_person(one.facts)
    if one.facts.lesson_cancelled and not one.facts.cancelled and not one.facts.stopped:
        since = one.booking.lesson_cancelled_at or one.booking.booked_at
        if any(contact.outcome in TOLD and contact.at >= since for contact in one.contacts):
            return None
        why, deadline, persons = Why.LESSON_CANCELLED, one.facts.starts_at, 1
    elif found := rules.why_person(one.steps, one.ended, now, held):
        why, step = found
        deadline, persons = step.not_after, step.persons
    else:
        return None
    return Item(
        one.booking.id,
        why,
        way,
        number,
        tuple(n.number for n in one.facts.numbers),
        deadline,
        persons,
        len(one.contacts),
    )


def bookings(booking_ids: Collection[int]) -> dict[int, Booking]:
    """What a list shows of these bookings: resident, lesson, course and venue come with them (one query)."""
    found = db.session.scalars(
        sa.select(Booking)
        .where(Booking.id.in_(booking_ids))
        .options(joinedload(Booking.resident), joinedload(Booking.lesson).options(*_LESSON_PARTS))
    )
    return {booking.id: booking for booking in found}


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
                one.facts, speaks.steps, speaks.ended, now, read_back=one.booking.read_back, stopped=held
            )
    return found


def _party_number(one: Asked, step: Step) -> tuple[int, str, str]:
    return one.facts.lesson_id, one.facts.party, step.number


@dataclass(frozen=True)
class Going:
    """One step that would be done, with a machine's words, or one that is left out."""

    booking_id: int
    step: Step
    words: str
    segments: int


def going_out(now: datetime, until: datetime) -> list[Going]:
    """What would go out from now until then, by time, and after it what is left out. Nothing is written: what is not
    planned yet is derived as the plan would."""
    by = asked.setting()
    lessons = asked.lessons_with_steps_until(until, now, by)
    found = [
        _going(one, step, by.office)
        for one in asked.of_lessons(lessons, by)
        for step in one.steps
        if step.due_at <= until and (step.left_out or _still_to_do(one, step, now))
    ]
    return sorted(found, key=lambda going: (going.step.left_out is not None, going.step.due_at, going.booking_id))


def _still_to_do(one: Asked, step: Step, now: datetime) -> bool:
    status = one.ended.get((step.matter, step.step))
    return step.not_after > now and status in (None, MessageStatus.PLANNED, MessageStatus.CLAIMED)


def _going(one: Asked, step: Step, office: office_settings.OfficeSettings) -> Going:
    if step.left_out or not step.by_machine:
        return Going(one.booking.id, step, "", 0)
    said = wording.message(step, one.facts.starts_at, one.booking, office)
    return Going(one.booking.id, step, said["body"] or "".join(said["sentences"]), segments(said["body"]))


_LESSON_PARTS = (joinedload(Lesson.course), joinedload(Lesson.venue))
