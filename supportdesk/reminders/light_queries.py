"""Reads for pages: the truth light of bookings, lessons and the coming days, and each step of a booking's chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.clock import local_date
from ..core.db import db
from ..core.errors import NotFound
from ..lessons.models import Booking, Lesson
from ..messages.models import Message
from ..messages.providers.base import Channel
from ..messages.rules import Language
from ..people.models import Resident
from ..people.rules import Wish
from . import asked, drawn, known, light_rules, wording
from .asked import Asked, Setting
from .lesson_queries import lesson_is_cancelled
from .light_rules import Light, LightKind
from .models import Answer, PersonContact
from .rules import ONLY_IF, LeftOut, Matter, Step, StepName, Why

# Lesson, party, way, telephone and language: who is told by one message.
PartyNumber = tuple[int, str, Wish, str, Language]


def lights(booking_ids: Collection[int], now: datetime) -> dict[int, Light]:
    """The truth about the reminder of each booking. The number of queries does not grow with the bookings."""
    by = asked.setting(now)
    all_asked = asked.of_lessons(asked.lessons_of(booking_ids), by)
    carriers = _carriers(all_asked)
    return {one.booking.id: _light(one, carriers, by) for one in all_asked if one.booking.id in booking_ids}


def _carriers(all_asked: Sequence[Asked]) -> dict[PartyNumber, Asked]:
    """Whose message tells others of the party too."""
    return {_party_number(one, step): one for one in all_asked for step in one.steps if step.persons > 1}


def _light(one: Asked, carriers: Mapping[PartyNumber, Asked], by: Setting) -> Light:
    # Who is told together with another stands and falls with that one's message.
    speaks = next((carriers[key] for step in one.steps if (key := _party_number(one, step)) in carriers), one)
    facts = replace(one.facts, tried=speaks.facts.tried)
    read_back = known.read_back_of(one.booking, changed=one.facts.changed)
    return light_rules.light(
        facts, speaks.timed, by.now, by.office, read_back=read_back, capped=speaks.capped
    )  # fmt: skip


def _party_number(one: Asked, step: Step) -> PartyNumber:
    language = wording.said_in(wording.channel(step), one.facts.language)
    return one.facts.lesson_id, one.facts.party, step.way, step.number, language


def told_of_draw(lesson_id: int, now: datetime) -> dict[int, Light]:
    """How far telling the result has come for each drawn entry that is still to be told by machine or person, by its
    id. Whom a person has told, who cancelled and who left is not in it. Seven
    queries."""
    by = asked.setting(now)
    return {
        entry_id: light_rules.of_one_matter(one.facts, one.timed, one.why_person(by), now)
        for entry_id, one in drawn.of_lesson(lesson_id, by).items()
        if one.steps
    }


@dataclass(frozen=True)
class Link:
    """One step of a booking's chain: a message and what became of it, or a step for which there is none."""

    matter: Matter
    step: StepName
    way: Wish
    number: str
    due_at: datetime
    not_after: datetime
    message: Message | None = None
    left_out: LeftOut | None = None
    why: Why | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether it waits for how the step before it ends."""
        return self.left_out in ONLY_IF


@dataclass(frozen=True)
class Chain:
    """All that is done to tell one resident about a booking, by time, and how far it has come: the steps, what persons
    tried, and what the resident answered."""

    booking_id: int
    light: Light
    links: Sequence[Link]
    contacts: Sequence[PersonContact]
    answers: Sequence[Answer]


def chain(booking_id: int, now: datetime) -> Chain:
    """The chain of one booking, with messages for an earlier start of its lesson and those taken back. Thirteen
    queries. Raises NotFound."""
    by = replace(asked.setting(now), outlook=True)
    all_asked = asked.of_lessons(asked.lessons_of([booking_id]), by)
    one = next((each for each in all_asked if each.booking.id == booking_id), None)
    if one is None:
        raise NotFound("There is no such booking.")
    links = [_link_of(message) for message in asked.messages_about(booking_id)]
    links += [
        Link(step.matter, step.step, step.way, step.number, step.due_at, step.not_after, None, step.left_out, step.why)
        for step in one.steps
        if step.key not in one.facts.tried
    ]
    in_time = sorted(links, key=lambda link: link.due_at)
    contacts = db.session.scalars(sa.select(PersonContact).filter_by(booking_id=booking_id).order_by(PersonContact.id))
    answers = db.session.scalars(sa.select(Answer).filter_by(booking_id=booking_id).order_by(Answer.at, Answer.id))
    light = _light(one, _carriers(all_asked), by)
    return Chain(booking_id, light, in_time, contacts.all(), answers.all())


def _link_of(message: Message) -> Link:
    way = Wish.TEXT if message.channel is Channel.SMS else Wish.CALL
    matter, step = Matter(message.matter), StepName(message.step)
    return Link(matter, step, way, message.number, message.due_at, message.not_after, message)


@dataclass(frozen=True)
class OneLight:
    """A booking of a lesson, whose it is, and the truth about its reminder."""

    booking: Booking
    light: Light


def of_lesson(lesson_id: int, now: datetime) -> list[OneLight]:
    """The bookings of a lesson that stand, by name, each with its light. Eleven queries."""
    query = (
        sa.select(Booking)
        .join(Booking.resident)
        .where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
        .order_by(Resident.family_kana, Resident.given_kana, Booking.id)
        .options(joinedload(Booking.resident))
    )
    bookings = db.session.scalars(query).all()
    found = lights([booking.id for booking in bookings], now) if bookings else {}
    return [OneLight(booking, found[booking.id]) for booking in bookings]


def counts(lights_of: Sequence[Light]) -> Counter[LightKind]:
    """How many bookings stand how; what is cancelled is not counted."""
    gone = {LightKind.CANCELLED, LightKind.LESSON_CANCELLED}
    return Counter(light.kind for light in lights_of if light.kind not in gone)


def days_ahead(now: datetime) -> dict[date, list[int]]:
    """The lessons that are still to come today, and those of the next day with lessons, by day (one query)."""
    coming = sa.select(Lesson.id, Lesson.starts_at).where(
        Lesson.starts_at > now, Lesson.starts_at <= now + asked.AHEAD, ~lesson_is_cancelled()
    )
    days: dict[date, list[int]] = {}
    for row in db.session.execute(coming.order_by(Lesson.starts_at)):
        days.setdefault(local_date(row.starts_at), []).append(row.id)
    shown = list(days)[: 2 if local_date(now) in days else 1]
    return {day: days[day] for day in shown}


def by_day(
    days: Mapping[date, Collection[int]], all_asked: Sequence[Asked], by: Setting
) -> dict[date, Counter[LightKind]]:
    """How the bookings of these lessons stand, by day. `all_asked` has every booking of them, and perhaps others."""
    day_of = {lesson_id: day for day, lesson_ids in days.items() for lesson_id in lesson_ids}
    lights_of: dict[date, list[Light]] = {day: [] for day in days}
    carriers = _carriers(all_asked)
    for one in all_asked:
        if one.booking.lesson_id in day_of:
            lights_of[day_of[one.booking.lesson_id]].append(_light(one, carriers, by))
    return {day: counts(found) for day, found in lights_of.items()}
