"""Reads for pages: what would go out, who waits for a person, and the truth about a booking's reminder."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..core.errors import NotFound
from ..lessons.models import Lesson
from ..messages.cap_rules import Cap
from ..messages.models import Message
from ..messages.providers.base import Channel
from ..messages.providers.sms import segments
from ..messages.rules import Language, MessageStatus
from ..messages.spreading import Spread
from ..people.models import Resident, Supporter
from ..people.rules import Wish
from . import asked, change_rules, change_wording, changed, drawn, drawn_rules, offered, on_duty, rules, waited, wording
from .asked import Asked, Setting, Whom
from .change_rules import Telling
from .models import PersonContact
from .rules import MINUTES_FOR_A_PERSON, TOLD, Facts, LeftOut, Light, Matter, Step, StepName, Why
from .waited import Waited

# Lesson, party, telephone and language: who is told by one message.
PartyNumber = tuple[int, str, str, Language]


@dataclass(frozen=True)
class Item:
    """One resident whom a person must tell of a booking, of a seat that is offered, or of what came of a draw (`won`),
    or a supporter (then none of these) of a duty. `persons` are told by it; `attempts`: how often a person tried;
    `event_id`: the newest change of the lesson, as the caller saw it; `of_change`: that is what is to be told."""

    resident_id: int | None
    supporter_id: int | None
    lesson_id: int
    starts_at: datetime
    why: Why
    way: Wish
    number: str
    numbers: tuple[str, ...]
    deadline: datetime
    persons: int
    attempts: int
    booking_id: int | None = None
    offer_id: int | None = None
    event_id: int = 0
    minutes: int = MINUTES_FOR_A_PERSON
    entry_id: int | None = None
    won: bool | None = None
    of_change: bool = False

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Where it stands in the list: by deadline, and always in one order."""
        if self.supporter_id is not None:
            return self.deadline, Matter.DUTY.value, self.lesson_id, self.supporter_id
        if self.entry_id is not None:
            return self.deadline, Matter.WON.value, self.entry_id, 0
        matter = Matter.REMINDER if self.offer_id is None else Matter.OFFER
        return self.deadline, matter.value, self.booking_id or self.offer_id or 0, 0


def needs_person(now: datetime) -> list[Item]:
    """Whom a person must tell, by deadline: machines may not or could not reach them, or we cancelled their lesson.
    What is over when the lesson has begun is not here any more. Thirteen queries, three more while an offer stands, two
    while a duty is near, and five while somebody is to be told of a draw."""
    by = asked.setting()
    lessons = asked.lessons_that_may_need_a_person(now, by)
    held = bool(by.office.sending_hold)
    of_lessons = asked.of_lessons(lessons, by)
    tellings = changed.tellings(of_lessons, by)
    found = [_item(one, tellings.get(one.booking.id), now, held) for one in of_lessons]
    found += [_offer_item(one, now, held) for one in offered.standing(by)]
    found += [_entry_item(one, now, held) for one in drawn.to_tell(by, now)]
    found += [_waited_item(one) for one in waited.untold(now)]
    found += [_duty_item(one, now, held) for one in on_duty.that_may_need_a_person(now, by)]
    return sorted((item for item in found if item), key=lambda item: item.place)


def _to_tell(
    facts: Facts, whom: Whom, why: Why, deadline: datetime, persons: int, attempts: int, **about: Any
) -> Item:
    """The item of these people; `about` names what they are to be told of, by the fields of Item."""
    way, number = rules.by_person(facts)
    numbers = tuple(each.number for each in facts.numbers)
    return Item(
        *whom, facts.lesson_id, facts.starts_at, why, way, number, numbers, deadline, persons, attempts, **about
    )


def _item(one: Asked, telling: Telling | None, now: datetime, held: bool) -> Item | None:
    news = telling if telling is not None and changed.needs_person(telling, now, held=held) else None
    if news is not None:
        why = change_rules.reached(news, now, held=held)[1]
        assert why is not None and news.news is not None
        deadline, persons = news.news.deadline(now), news.step.persons if news.step else 1
    elif found := rules.why_person(one.timed, one.ended, now, held, one.capped):
        why, step = found
        deadline, persons = step.not_after, step.persons
    else:
        return None
    return _to_tell(
        one.facts, one.whom, why, deadline, persons, len(one.contacts),
        booking_id=one.booking.id, event_id=one.events[-1].id if one.events else 0, of_change=news is not None,
    )  # fmt: skip


def _offer_item(one: Asked, now: datetime, held: bool) -> Item | None:
    found = offered.why_person(one, now, held=held)
    if found is None or now >= one.booking.until:
        return None
    why, step = found
    return _to_tell(
        one.facts, one.whom, why, one.booking.until, step.persons, one.booking.tries, offer_id=one.booking.id
    )


def _entry_item(one: Asked, now: datetime, held: bool) -> Item | None:
    """It stays when its deadline is over: until the lesson begins somebody still has to tell them."""
    found = offered.why_person(one, now, held=held)
    if found is None:
        return None
    why, step = found
    return _to_tell(
        one.facts, one.whom, why, step.not_after, step.persons, one.booking.tries,
        entry_id=one.booking.id, won=one.booking.won,
    )  # fmt: skip


def _waited_item(one: Waited) -> Item:
    """Those who have an offer or an entry, but no booking, in a lesson that is cancelled now."""
    whom, begins = Whom(one.row.resident_id), one.facts.starts_at
    return _to_tell(
        one.facts, whom, Why.LESSON_CANCELLED, begins, one.persons, one.row.tries or 0, entry_id=one.row.id
    )


def _duty_item(one: Asked, now: datetime, held: bool) -> Item | None:
    if one.facts.lesson_cancelled and not one.facts.stopped:
        if one.booking.together or _told_since(one, one.booking.lesson_cancelled_at):
            return None
        why, deadline = Why.LESSON_CANCELLED, one.facts.starts_at
    elif found := on_duty.why_person(one, now, held=held):
        why, deadline = found[0], found[1].not_after
    else:
        return None
    return _to_tell(one.facts, one.whom, why, deadline, 1, len(one.contacts))


def _told_since(one: Asked, cancelled_at: datetime | None) -> bool:
    """Whether a person has told them that the lesson is cancelled."""
    return any(each.outcome in TOLD and (not cancelled_at or each.at >= cancelled_at) for each in one.contacts)


@dataclass(frozen=True)
class Shown:
    """The rows that a list names, each by its id."""

    residents: Mapping[int, Resident]
    supporters: Mapping[int, Supporter]
    lessons: Mapping[int, Lesson]


class Names(Protocol):
    """What a list says of a resident or a supporter, and a lesson."""

    @property
    def resident_id(self) -> int | None: ...
    @property
    def supporter_id(self) -> int | None: ...
    @property
    def lesson_id(self) -> int: ...


def shown(rows: Sequence[Names]) -> Shown:
    """What a list shows of these: residents and supporters, and lessons with course and venue (three queries, or two
    if no supporter is among them)."""
    residents = sa.select(Resident).where(Resident.id.in_({each.resident_id for each in rows}))
    on_duty = {each.supporter_id for each in rows} - {None}
    supporters = sa.select(Supporter).where(Supporter.id.in_(on_duty))
    lessons = sa.select(Lesson).where(Lesson.id.in_({each.lesson_id for each in rows})).options(*_LESSON_PARTS)
    return Shown(
        {each.id: each for each in db.session.scalars(residents)},
        {each.id: each for each in db.session.scalars(supporters)} if on_duty else {},
        {each.id: each for each in db.session.scalars(lessons)},
    )


def lights(booking_ids: Collection[int], now: datetime) -> dict[int, Light]:
    """The truth about the reminder of each booking. The number of queries does not grow with the bookings."""
    by = asked.setting()
    all_asked = asked.of_lessons(asked.lessons_of(booking_ids), by)
    carriers = _carriers(all_asked)
    return {one.booking.id: _light(one, carriers, by, now) for one in all_asked if one.booking.id in booking_ids}


def _carriers(all_asked: Sequence[Asked]) -> dict[PartyNumber, Asked]:
    """Whose message tells others of the party too."""
    return {_party_number(one, step): one for one in all_asked for step in one.steps if step.persons > 1}


def _light(one: Asked, carriers: Mapping[PartyNumber, Asked], by: Setting, now: datetime) -> Light:
    # Who is told together with another stands and falls with that one's message.
    speaks = next((carriers[key] for step in one.steps if (key := _party_number(one, step)) in carriers), one)
    held = bool(by.office.sending_hold)
    return rules.light(
        one.facts,
        speaks.timed,
        speaks.ended,
        now,
        read_back=one.booking.read_back,
        stopped=held,
        capped=speaks.capped,
    )


def _party_number(one: Asked, step: Step) -> PartyNumber:
    language = wording.said_in(wording.channel(step), one.facts.language)
    return one.facts.lesson_id, one.facts.party, step.number, language


def told_of_draw(lesson_id: int, now: datetime) -> dict[int, Light]:
    """How far telling the result has come for each drawn entry that is still to be told by machine or person, by its
    id. Whom a person has told, who cancelled and who left is not in it. Seven queries."""
    by = asked.setting()
    held = bool(by.office.sending_hold)
    return {
        entry_id: drawn_rules.light(one.timed, one.ended, offered.why_person(one, now, held=held), now)
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


@dataclass(frozen=True)
class Chain:
    """All that is done to tell one resident about a booking, by time, and how far it has come."""

    booking_id: int
    light: Light
    links: Sequence[Link]
    contacts: Sequence[PersonContact]


def chain(booking_id: int, now: datetime) -> Chain:
    """The chain of one booking, with messages for an earlier start of its lesson and those taken back. Raises
    NotFound. Ten queries."""
    by = asked.setting()
    all_asked = asked.of_lessons(asked.lessons_of([booking_id]), by)
    one = next((each for each in all_asked if each.booking.id == booking_id), None)
    if one is None:
        raise NotFound("There is no such booking.")
    links = [_link_of(message) for message in asked.messages_about(booking_id)]
    links += [
        Link(step.matter, step.step, step.way, step.number, step.due_at, step.not_after, None, step.left_out, step.why)
        for step in one.steps
        if (step.matter, step.step) not in one.ended
    ]
    in_time = sorted(links, key=lambda link: link.due_at)
    contacts = db.session.scalars(sa.select(PersonContact).filter_by(booking_id=booking_id).order_by(PersonContact.id))
    return Chain(booking_id, _light(one, _carriers(all_asked), by, now), in_time, contacts.all())


def _link_of(message: Message) -> Link:
    way = Wish.TEXT if message.channel is Channel.SMS else Wish.CALL
    matter, step = Matter(message.matter), StepName(message.step)
    return Link(matter, step, way, message.number, message.due_at, message.not_after, message)


@dataclass(frozen=True)
class Going:
    """One step that would be done, about a booking, an offer, a draw or a duty, with a machine's words, or one that is
    left out."""

    about: str
    resident_id: int | None
    supporter_id: int | None
    lesson_id: int
    step: Step
    words: str
    segments: int
    # Its turn does not come in the hours of its day, so that a person is asked.
    late: bool = False


def going_out(now: datetime, until: datetime) -> list[Going]:
    """What would go out from now until then, by time, and after it what is left out. Nothing is written: what is not
    planned yet is derived as the plan would."""
    by = asked.setting()
    lessons = asked.lessons_with_steps_until(until, now, by)
    of_lessons = asked.of_lessons(lessons, by)
    spread = Spread(by.office, by.closed, now)
    found = [
        _going(one, step, by, spread)
        for one in [
            *of_lessons, *offered.standing(by), *drawn.to_tell(by, now), *on_duty.with_steps_until(until, now, by)
        ]
        for step in one.timed
        if step.due_at <= until and (step.left_out or _still_to_do(one, step, now))
    ]
    tellings = changed.tellings(of_lessons, by)
    found += [
        _going_of_change(one, tellings[one.booking.id], by)
        for one in of_lessons
        if one.booking.id in tellings and changed.still_to_leave(tellings[one.booking.id], now, until)
    ]
    return sorted(found, key=lambda going: (going.step.left_out is not None, going.step.due_at, going.about))


def _still_to_do(one: Asked, step: Step, now: datetime) -> bool:
    status = one.ended.get((step.matter, step.step))
    return step.not_after > now and status in (None, MessageStatus.PLANNED, MessageStatus.CLAIMED)


def _going(one: Asked, step: Step, by: Setting, spread: Spread) -> Going:
    whose = (one.about, *one.whom, one.booking.lesson_id)
    if step.left_out or not step.by_machine:
        return Going(*whose, step, "", 0)
    said = wording.message(step, one.facts.starts_at, one.booking, by.office, by.words, one.facts.language)
    step, late = _turn_of(step, one.messages.get((step.matter, step.step)), spread)
    return Going(*whose, step, said["body"] or "".join(said["sentences"]), segments(said["body"]), late)


def _turn_of(step: Step, planned: asked.Columns | None, spread: Spread) -> tuple[Step, bool]:
    """The step at its turn, and whether that comes too late; of what is not planned yet the turn it would get now."""
    if planned is not None and planned.status is not MessageStatus.WITHDRAWN:
        return step, planned.reason == Cap.RATE
    turn = spread.turn(wording.channel(step), step.window, step.due_at, step.not_after, step.hours)
    return (replace(step, due_at=turn.due_at), False) if turn.fits else (step, True)


def _going_of_change(one: Asked, telling: Telling, by: Setting) -> Going:
    assert telling.step is not None and telling.news is not None
    said = change_wording.message(telling.step, telling.news, by.office, by.words, one.facts.language)
    words = said["body"] or "".join(said["sentences"])
    whose = (one.about, *one.whom, one.booking.lesson_id)
    return Going(*whose, telling.step, words, segments(said["body"]))


_LESSON_PARTS = (joinedload(Lesson.course), joinedload(Lesson.venue))
