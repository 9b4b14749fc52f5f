"""Reads for pages: who waits for a person, and what a list says of them. What would go out is in
going_out_queries.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.clock import local_date
from ..core.db import db
from ..lessons.models import Lesson
from ..people.models import Resident, Supporter
from ..people.rules import NumberKind, Wish
from . import (
    asked,
    chain_rules,
    change_rules,
    changed,
    drawn,
    light_queries,
    notice_rules,
    offered,
    on_duty,
    reach_rules,
    waited,
)
from .asked import Asked, Setting, Whom
from .change_rules import Telling
from .lesson_queries import lessons_that_may_need_a_person
from .light_rules import LightKind
from .rules import MINUTES_FOR_A_PERSON, OF_FAMILY, TOLD, Facts, Family, Matter, Step, StepName, Why
from .waited import Waited


@dataclass(frozen=True)
class Item:
    """One resident whom a person must tell of a booking, of a seat that is offered, or of what came of a draw (`won`),
    or a supporter (then none of these) of a duty. `persons` are told by it; `attempts`: how often a person tried;
    `event_id`: the newest change of the lesson, as the caller saw it; `of_change`: that is what is to be told.
    `family`: whom of the family a person may ring, and tell what their scope allows; `card_in_time`: a card posted now
    still arrives before the lesson."""

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
    family: tuple[Family, ...] = ()
    card_in_time: bool = False

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
    What is over when the lesson has begun is not here any more. Fourteen queries, three more while an offer stands, two
    while a duty is near, and five while somebody is to be told of a draw."""
    by = asked.setting(now)
    of_lessons = asked.of_lessons(lessons_that_may_need_a_person(now, by), by)
    return _items(of_lessons, by)


class Today(NamedTuple):
    """What きょう shows of reminders: whom a person must tell, and how the bookings of the next days stand."""

    items: Sequence[Item]
    lights: Mapping[date, Counter[LightKind]]


def today(now: datetime) -> Today:
    """Both from one reading of the bookings, which is most of the work. One query more than needs_person."""
    by, days = asked.setting(now), light_queries.days_ahead(now)
    may_need = set(lessons_that_may_need_a_person(now, by))
    found = asked.of_lessons(may_need.union(*days.values()), by)
    items = _items([one for one in found if one.booking.lesson_id in may_need], by)
    return Today(items, light_queries.by_day(days, found, by))


def _items(of_lessons: Sequence[Asked], by: Setting) -> list[Item]:
    """The items of these bookings, and of all that is no booking."""
    tellings = changed.tellings(of_lessons, by)
    found = [_item(one, tellings.get(one.booking.id), by) for one in of_lessons]
    found += [_offer_item(one, by) for one in offered.standing(by)]
    found += [_entry_item(one, by) for one in drawn.to_tell(by, by.now)]
    found += [_waited_item(one) for one in waited.untold(by)]
    found += [_duty_item(one, by) for one in on_duty.that_may_need_a_person(by.now, by)]
    return sorted((item for item in found if item), key=lambda item: item.place)


def left_untold(lesson_ids: Collection[int], since: datetime, now: datetime) -> list[Item]:
    """Who still waited for a person when their lesson began: of the bookings in these lessons, and of all duties and
    drawn entries of lessons that began between `since` and `now`. What was held back then is as good as missed."""
    by = asked.setting(now)
    by = replace(by, office=replace(by.office, sending_hold=""))
    of_lessons = asked.of_lessons(lesson_ids, by) if lesson_ids else []
    tellings = changed.tellings(of_lessons, by)
    found = [_item(one, tellings.get(one.booking.id), by.before(one.facts.starts_at)) for one in of_lessons]
    found += [_entry_item(one, by.before(one.facts.starts_at)) for one in drawn.begun(by, since, now)]
    found += [_duty_item(one, by.before(one.facts.starts_at)) for one in on_duty.begun(by, since, now)]
    return sorted((item for item in found if item), key=lambda item: (item.starts_at, item.place))


def _to_tell(
    facts: Facts, whom: Whom, why: Why, deadline: datetime, persons: int, attempts: int, **about: Any
) -> Item:
    """The item of these people; `about` names what they are to be told of, by the fields of Item."""
    way, number = reach_rules.by_person(facts)
    # Who must not be called has a card, whatever numbers are known; their family may be rung.
    fax_alone, family = facts.do_not_call, reach_rules.family_to_ring(facts, why)
    numbers = tuple(each.number for each in facts.numbers if not fax_alone or each.kind is NumberKind.FAX)
    if family and why in OF_FAMILY:
        numbers = ()
    values = {"way": way, "number": number, "family": family} | about
    return Item(
        *whom, facts.lesson_id, facts.starts_at, why, numbers=numbers, deadline=deadline, persons=persons,
        attempts=attempts, **values,
    )  # fmt: skip


def _item(one: Asked, telling: Telling | None, by: Setting) -> Item | None:
    about: dict[str, Any] = {"booking_id": one.booking.id, "event_id": one.events[-1].id if one.events else 0}
    news = telling if telling is not None and changed.needs_person(telling) else None
    if news is not None:
        why = change_rules.reached(news)[1]
        assert why is not None and news.news is not None
        deadline, persons = news.news.deadline(by.now), news.step.persons if news.step else 1
    elif found := _why_person(one, by):
        why, step = found
        deadline, persons = step.not_after, step.persons
        if not step.by_machine:
            about |= {"way": step.way, "number": step.number}
        post_by = notice_rules.post_by(local_date(one.facts.starts_at), by.office, by.closed)
        about["card_in_time"] = by.now < post_by
    else:
        return None
    return _to_tell(
        one.facts, one.whom, why, deadline, persons, len(one.contacts), of_change=news is not None, **about
    )


def _why_person(one: Asked, by: Setting) -> tuple[Why, Step] | None:
    chain = [step for step in one.timed if step.matter is Matter.REMINDER and step.step is not StepName.FIRST]
    if one.facts.confirmed is not None and not one.facts.confirmed.comes and chain:
        return Why.CANNOT_COME, replace(chain[-1], not_after=one.facts.starts_at)
    return chain_rules.why_person(chain, one.facts, by.now, by.office, one.capped)


def _offer_item(one: Asked, by: Setting) -> Item | None:
    found = one.why_person(by)
    if found is None or by.now >= one.booking.until:
        return None
    why, step = found
    return _to_tell(
        one.facts, one.whom, why, one.booking.until, step.persons, one.booking.tries, offer_id=one.booking.id
    )


def _entry_item(one: Asked, by: Setting) -> Item | None:
    """It stays when its deadline is over: until the lesson begins somebody still has to tell them."""
    found = one.why_person(by)
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


def _duty_item(one: Asked, by: Setting) -> Item | None:
    if one.facts.lesson_cancelled and not one.facts.stopped:
        if one.booking.together or _told_since(one, one.booking.lesson_cancelled_at):
            return None
        why, deadline = Why.LESSON_CANCELLED, one.facts.starts_at
    elif found := one.why_person(by):
        why, deadline = found[0], found[1].not_after
    else:
        return None
    return _to_tell(one.facts, one.whom, why, deadline, 1, len(one.contacts))


def _told_since(one: Asked, cancelled_at: datetime | None) -> bool:
    """Whether a person has told them that the lesson is cancelled."""
    return any(each.outcome in TOLD and (not cancelled_at or each.at >= cancelled_at) for each in one.contacts)


_LESSON_PARTS = (joinedload(Lesson.course), joinedload(Lesson.venue))


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
