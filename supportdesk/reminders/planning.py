"""The plan: what the bookings ask for is compared with what the outbox holds, and the difference settled.

Reminders are derived, not pushed: whoever books, moves or cancels tells nobody, and nothing is lost because an event
was missed. The plan runs at every tick and may run any number of times, also in two processes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..core.db import db, transaction
from ..messages import outbox
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..messages.spreading import Spread
from . import asked, change_wording, changed, drawn, offered, on_duty, together_rules, trial_queries, wording
from .asked import Asked, Columns, Setting
from .change_rules import Telling
from .lesson_queries import lessons_to_plan
from .rules import Matter, Step, StepName

LESSONS_PER_BLOCK = 50


def plan(now: datetime) -> Counter[str]:
    """Bring the outbox to what the bookings ask for; gives how many were put, amended and withdrawn.

    An edge: it opens one transaction for each block of lessons that needs one, so that no booking waits behind the
    whole plan, and none at all behind a plan that changes nothing, as most do.
    """
    counts: Counter[str] = Counter()
    by, days = asked.setting(now), lessons_to_plan(now)
    for block in _blocks([sorted(days[day]) for day in sorted(days)]):
        if _acts_of(block, by, now):
            with transaction():
                counts += plan_block(block, now)
    for acts_of in (_acts_of_answers, _acts_of_duties):
        if acts_of(by, now):
            with transaction():
                counts += _settle(acts_of(asked.setting(now), now))
    db.session.rollback()
    return counts


def _blocks(days: Iterable[Sequence[int]]) -> Iterator[list[int]]:
    """Whole days, and of those so many as make a block."""
    block: list[int] = []
    for day in days:
        block += day
        if len(block) >= LESSONS_PER_BLOCK:
            yield block
            block = []
    if block:
        yield block


def plan_block(lessons: Sequence[int], now: datetime) -> Counter[str]:
    """Settle these lessons."""
    # Read once more: what was seen before the transaction may have changed.
    return _settle(_acts_of(lessons, asked.setting(now), now))


def _settle(acts: Sequence[tuple[str, Callable[[], int]]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, act in acts:
        counts[name] += act()
    return +counts


def _acts_of_answers(by: Setting, now: datetime) -> list[tuple[str, Callable[[], int]]]:
    """The same for the offers that stand and the results to be told, which are few at any time."""
    spread = Spread(by.office, by.closed, now)
    return [act for one in [*offered.standing(by), *drawn.to_tell(by, now)] for act in _acts(one, by, spread, now)]


def _acts_of_duties(by: Setting, now: datetime) -> list[tuple[str, Callable[[], int]]]:
    """The same for supporters' duties of the coming days. What was planned for a duty that is not there any more
    goes."""
    duties, gone = on_duty.to_plan(by, now)
    spread = Spread(by.office, by.closed, now)
    acts = [act for one in duties for act in _acts(one, by, spread, now)]
    withdraw = partial(outbox.withdraw, reason=on_duty.CHANGED, now=now)
    return acts + [("withdrawn", partial(withdraw, message_id=message_id)) for message_id in gone]


def _acts_of(lessons: Sequence[int], by: Setting, now: datetime) -> list[tuple[str, Callable[[], int]]]:
    """What is to be done so that the outbox holds what the bookings of these lessons ask for."""
    found = asked.of_lessons(lessons, by)
    tellings = changed.tellings(found, by)
    spread = Spread(by.office, by.closed, now)
    acts = [act for one in found for act in _acts(one, by, spread, now)]
    return acts + [
        act
        for one in found
        if one.events or one.news
        for act in _acts_of_change(one, tellings.get(one.booking.id), by, spread, now)
    ]


def _acts(one: Asked, by: Setting, spread: Spread, now: datetime) -> Iterator[tuple[str, Callable[[], int]]]:
    wanted = {(step.matter, step.step): step for step in one.steps if step.by_machine and step.left_out is None}
    for message in one.planned:
        step = wanted.get((Matter(message.matter), StepName(message.step)))
        if step is None or message is not one.messages.get((step.matter, step.step)):
            reason = asked.why_unwanted(one, message, now) or "not-asked-for"
            yield "withdrawn", partial(outbox.withdraw, message_id=message.id, reason=reason, now=now)
        elif values := _changes(one, message, step, by):
            yield "amended", partial(_amend, message, values, spread)
    for key, step in wanted.items():
        newest = one.messages.get(key)
        there = newest is not None and newest.status is not MessageStatus.WITHDRAWN
        if not there and step.not_after > now:
            yield "put", partial(_put, one, step, by, spread, now)


def _acts_of_change(
    one: Asked, telling: Telling | None, by: Setting, spread: Spread, now: datetime
) -> Iterator[tuple[str, Callable[[], int]]]:
    """The same for what this booking's people must hear of changes of the lesson."""
    step, what = (telling.step, telling.news) if telling else (None, None)
    values: dict[str, Any] = {}
    if step is not None and what is not None and step.by_machine and step.left_out is None:
        values = change_wording.message(step, what, by.office, by.words, one.facts.language)
    for message in one.news:
        if message.status is not MessageStatus.PLANNED:
            continue
        if reason := changed.why_unwanted(one, telling, message):
            yield "withdrawn", partial(outbox.withdraw, message_id=message.id, reason=reason, now=now)
        elif differs := differing(message, values):
            yield "amended", partial(_amend, message, differs, spread)
    if values and telling and step and telling.status is None and step.not_after > now:
        occasion = changed.occasion(telling.event)
        before = sum(
            changed.event_of(message) == telling.event.id and message.step == step.step for message in one.news
        )
        yield "put", partial(_write, one, step, occasion, before, values, spread, now)


def _put(one: Asked, step: Step, by: Setting, spread: Spread, now: datetime) -> bool:
    before = one.withdrawn.get((step.matter, step.step), 0)
    return _write(one, step, one.occasion, before, _values(one, step, by), spread, now)


def _write(
    one: Asked, step: Step, occasion: str, withdrawn: int, values: dict[str, Any], spread: Spread, now: datetime
) -> bool:
    # What was taken back (contact stopped, then resumed) is a new row: a withdrawn one never moves again.
    return outbox.put(
        recipient=one.whom.key,
        about=one.about,
        matter=step.matter,
        step=step.step,
        occasion=occasion + (f"/{withdrawn + 1}" if withdrawn else ""),
        now=now,
        also=_also(one, step),
        **spread.placed(values),
    )


def _also(one: Asked, step: Step) -> set[tuple[str, str]]:
    """Of which other bookings the message of this step tells, each with its occasion."""
    others = [visit for visit in step.visits if visit.booking_id != one.facts.booking_id]
    return {(asked.about(visit.booking_id), asked.occasion(visit.starts_at)) for visit in others}


def _changes(one: Asked, message: Columns, step: Step, by: Setting) -> dict[str, Any]:
    """All that a planned message should be, where anything of it is not so."""
    values, also = _values(one, step, by), _also(one, step)
    if also != one.also.get(message.id, set()):
        return values | {"also": also}
    return differing(message, values)


def _values(one: Asked, step: Step, by: Setting) -> dict[str, Any]:
    return wording.message(step, one.facts.starts_at, one.booking, by.office, by.words, one.facts.language)


# What gives a planned message another turn.
_ITS_TURN = ("due_at", "channel", "window", "only_from", "only_until", "not_on")
# When it is due by its turn is no difference: what counts is when it was wished.
_KEPT_AS = {"due_at": "wished_at"}


def _amend(message: Columns, values: dict[str, Any], spread: Spread) -> bool:
    # What the provider was too busy for waits as long as it asked.
    if message.tries or all(getattr(message, _KEPT_AS.get(name, name)) == values[name] for name in _ITS_TURN):
        return outbox.amend(message.id, **{name: value for name, value in values.items() if name != "due_at"})
    return outbox.amend(message.id, **spread.placed(values))


def differing(message: Columns, values: dict[str, Any]) -> dict[str, Any]:
    """These values, if a planned message has any of them otherwise; else nothing.

    All of them, and in one statement: two plans that saw different words each write a whole message, never the number
    of one beside the words of the other.
    """
    # Of what the provider was too busy for the instant is not asked.
    asked_for = {name: value for name, value in values.items() if name != "due_at" or not message.tries}
    differs = any(getattr(message, _KEPT_AS.get(name, name)) != value for name, value in asked_for.items())
    return values if differs else {}


def _of_other(found: Mapping[str, Asked], told: asked.ToldAlso, now: datetime) -> str | None:
    """Why one of the other bookings of which a message tells must not be told of any more."""
    one = found.get(told.about)
    return asked.why_unwanted(one, told, now) if one else "booking-gone"


def _says_otherwise(
    one: Asked, message: Message, also: Sequence[asked.ToldAlso], found: Mapping[str, Asked], by: Setting
) -> bool:
    """Whether the hall is another by now, or the number of people, than this message says."""
    key = (Matter(message.matter), StepName(message.step))
    asked_for = next((step for step in one.steps if step.key == key), None)
    if asked_for is None:
        # That no step asks for it any more is why_unwanted's to say.
        return False
    told = [one, *(found[each.about] for each in also)] if also else []
    visits = [
        together_rules.visit_of(each.facts, step, each.booking)
        for each in sorted(told, key=lambda each: (each.facts.starts_at, each.facts.booking_id))
        for step in each.steps
        if step.key == key
    ]
    step = replace(asked_for, visits=tuple(visits))
    values = _values(one, step, by)
    if (message.body, message.sentences) == (values["body"], values["sentences"]):
        return False
    return not wording.still_so(message.body or "".join(message.sentences), step, one.booking, message.language)


def unwanted(messages: Sequence[Message], now: datetime) -> dict[int, str]:
    """Which of these messages should not leave any more, and why: asked right before the call."""
    bookings = {m.id: booking for m in messages if (booking := asked.booking_of(m)) is not None}
    offers = {m.id for m in messages if m.matter == Matter.OFFER}
    results = {m.id for m in messages if m.matter in (Matter.WON, Matter.LOST)}
    duties = {m.id: duty for m in messages if (duty := on_duty.duty_of(m.about)) is not None}
    gone = dict.fromkeys(bookings, "booking-gone") | dict.fromkeys(offers, "offer-over")
    gone |= dict.fromkeys(results, "booking-gone") | dict.fromkeys(duties, on_duty.CHANGED)
    of_trials = trial_queries.unwanted(messages, now)
    if not gone:
        return of_trials
    by = asked.setting(now)
    also = asked.told_also(bookings)
    others = {other.booking_id for told in also.values() for other in told}
    of_lessons = asked.of_lessons(asked.lessons_of({*bookings.values(), *others}), by)
    tellings = changed.tellings(of_lessons, by)
    found = {one.about: one for one in of_lessons}
    found |= {one.about: one for one in offered.standing(by)} if offers else {}
    found |= {one.about: one for one in drawn.to_tell(by, now)} if results else {}
    found |= {one.about: one for one in on_duty.of(duties.values(), by)}
    reasons = of_trials
    for message in messages:
        if message.id in gone:
            one = found.get(message.about)
            if one and message.matter == Matter.CHANGE:
                if reason := changed.why_unwanted(one, tellings.get(one.booking.id), message):
                    reasons[message.id] = reason
                continue
            reason = asked.why_unwanted(one, message, now) if one else gone[message.id]
            if reason is None:
                reason = next((why for each in also[message.id] if (why := _of_other(found, each, now))), None)
            if reason is None and one and _says_otherwise(one, message, also[message.id], found, by):
                reason = "says-otherwise"
            if reason:
                reasons[message.id] = reason
    return reasons
