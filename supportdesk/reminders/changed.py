"""Reading what the changes of lessons ask for and what became of it, from what asked.py has read: no query of its own.

A message of a change is named by the change (its occasion), not by the lesson's start: what was told of one change and
is true again after the next needs no second message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..lessons.change_rules import Event
from ..messages.cap_rules import asks_for_a_person
from ..messages.rules import MessageStatus
from . import change_rules as rules
from . import wording
from .asked import Asked, Columns, Said, Setting, in_turn
from .change_rules import Reached, Telling
from .rules import NOT_LEFT, TOLD, Matter, reach_for


@dataclass(frozen=True)
class _Heard:
    """What is known of all bookings of one lesson: messages by number and channel, persons' calls by party and
    number."""

    messages: Mapping[tuple[int, object, str], Sequence[Columns]]
    contacts: Mapping[tuple[int, str, str], Sequence[Columns]]


def tellings(all_asked: Sequence[Asked], by: Setting) -> dict[int, Telling]:
    """What each active booking of a changed lesson asks for, by booking. Give whole lessons: who shares a number is
    told by one message."""
    touched = [one for one in all_asked if one.events]
    if not touched:
        return {}
    heard = _heard(all_asked)
    found = {one.booking.id: _telling(one, heard, by) for one in touched if not one.facts.cancelled}
    return rules.tell_together(found, {one.booking.id: one.booking.lesson_id for one in touched})


def occasion(event: Event) -> str:
    return f"change:{event.id}"


def event_of(message: Said) -> int:
    """The id of the event that a message told of."""
    number = message.occasion.partition("/")[0].removeprefix("change:")
    return int(number) if number.isdigit() else 0


def _heard(all_asked: Sequence[Asked]) -> _Heard:
    messages: dict[tuple[int, object, str], list[Columns]] = defaultdict(list)
    contacts: dict[tuple[int, str, str], list[Columns]] = defaultdict(list)
    for one in all_asked:
        for message in one.news:
            messages[one.booking.lesson_id, message.channel, message.number].append(message)
        for contact in one.contacts if one.events else ():
            contacts[one.booking.lesson_id, one.facts.party, _number(one)].append(contact)
    return _Heard(messages, contacts)


def _number(one: Asked) -> str:
    """The number under which they are told, or what no other booking has."""
    return reach_for(Matter.CHANGE, one.facts).number or f"booking:{one.booking.id}"


def _telling(one: Asked, heard: _Heard, by: Setting) -> Telling:
    messages = _messages(one, heard)
    told = heard.contacts.get((one.booking.lesson_id, one.facts.party, _number(one)), [])
    knows = rules.knowledge(one.events, [*_by_machine(messages), *_by_persons(one.events, told)])
    event = one.events[-1]
    what = rules.news(knows, event)
    step = None
    if what is not None and event.released_at is not None and not one.facts.stopped:
        step = rules.step(one.facts, knows, what, event.released_at, by.office)
    newest = _newest(messages, event)
    status = newest.status if newest is not None and newest.status is not MessageStatus.WITHDRAWN else None
    step = in_turn(step, newest) if step is not None else None
    capped = newest is not None and asks_for_a_person(newest.status, newest.reason)
    return Telling(
        event, knows, what, step, status, capped, stopped=one.facts.stopped, language=one.facts.language
    )


def _messages(one: Asked, heard: _Heard) -> list[Columns]:
    """The messages about this booking, and those to its number about others of the lesson: each names nobody."""
    found = {message.id: message for message in one.news}
    reach = reach_for(Matter.CHANGE, one.facts)
    if reach.why is None:
        way = wording.channel(reach)
        shared = heard.messages.get((one.booking.lesson_id, way, reach.number), [])
        language = wording.said_in(way, one.facts.language)
        found |= {message.id: message for message in shared if message.language is language}
    return [found[key] for key in sorted(found)]


def _by_machine(messages: Iterable[Columns]) -> Iterator[rules.Said]:
    for message in messages:
        if (went := rules.how_it_went(message.status)) is not None:
            yield rules.Said(event_of(message), *went)


def _by_persons(events: Sequence[Event], contacts: Iterable[Columns]) -> Iterator[rules.Said]:
    """Whoever was talked to was told how the lesson stood then."""
    for contact in contacts:
        then = [event for event in events if event.at <= contact.at]
        if then and contact.outcome in TOLD:
            yield rules.Said(then[-1].id, Reached.TOLD)


def _newest(messages: Sequence[Columns], event: Event) -> Columns | None:
    """The newest message of this event; one that was taken back only when there is no other."""
    mine = [message for message in messages if event_of(message) == event.id]
    there = [message for message in mine if message.status is not MessageStatus.WITHDRAWN]
    return next(reversed(there or mine), None)


def why_unwanted(one: Asked, telling: Telling | None, message: Said) -> str | None:
    """Why a message of a change should not leave any more, or None."""
    if one.facts.cancelled:
        return "booking-cancelled"
    if one.facts.stopped:
        return "contact-stopped"
    if telling is None or telling.news is None:
        return "told-already"
    if event_of(message) != telling.event.id:
        return "changed-again"
    step = telling.step
    if step is None or not step.by_machine:
        return "wish-changed"
    if step.left_out:
        return str(step.left_out)
    same = message.number == step.number and message.channel is wording.channel(step)
    return None if same else "number-changed"


def needs_person(telling: Telling, now: datetime, *, held: bool) -> bool:
    """Whether a person has to act for this booking itself, not for one that shares its number."""
    together = telling.step is not None and telling.step.left_out is not None
    return not together and rules.reached(telling, now, held=held)[1] is not None


def still_to_leave(telling: Telling, now: datetime, until: datetime) -> bool:
    """Whether a message of this booking leaves by itself until then."""
    step = telling.step
    if telling.news is None or step is None or not step.by_machine or step.left_out is not None:
        return False
    return step.due_at <= until and step.not_after > now and telling.status in NOT_LEFT
