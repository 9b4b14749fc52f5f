"""Reading what the changes of lessons ask for and what became of it, from what asked.py has read: no query of its own.

A message of a change is named by the change (its occasion), not by the lesson's start: what was told of one change and
is true again after the next needs no second message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..lessons.change_rules import Event
from ..messages.cap_rules import asks_for_a_person
from ..messages.providers.base import Channel
from ..messages.rules import MessageStatus
from . import chain_rules, reach_rules, wording
from . import change_rules as rules
from .asked import Asked, Columns, Said, Setting, in_turn
from .chain_rules import NOT_LEFT
from .change_rules import Reached, Telling
from .known import tried_of
from .reach_rules import reach_for
from .rules import TOLD, Facts, Key, Matter, Step, StepName, Tried


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
    by, messages = by.before(one.facts.starts_at), _messages(one, heard)
    told = heard.contacts.get((one.booking.lesson_id, one.facts.party, _number(one)), [])
    knows = rules.knowledge(one.events, [*_by_machine(messages, by), *_by_persons(one.events, told)])
    event = one.events[-1]
    what = rules.news(knows, event)
    if what is None or event.released_at is None or one.facts.stopped:
        return Telling(event, knows, what, None, stopped=one.facts.stopped, language=one.facts.language)
    tried, capped = _tried(messages, event)
    facts = replace(one.facts, tried=tried)
    steps = rules.steps(facts, knows, what, event.released_at, by.office, by.now)
    person = chain_rules.why_person(steps, facts, by.now, by.office, capped)
    step = _newest_open(steps)
    step = in_turn(step, _message_of(messages, event, step))
    status = tried[step.key].status if step.key in tried else None
    return Telling(
        event, knows, what, step, status, person[0] if person else None, language=one.facts.language
    )


def _newest_open(steps: Sequence[Step]) -> Step:
    """The last step that is open: those before it have been done in vain."""
    return [step for step in steps if step.left_out is None][-1]


def _message_of(messages: Sequence[Columns], event: Event, step: Step) -> Columns | None:
    """The newest message by which this step tells of the event."""
    mine = [one for one in messages if event_of(one) == event.id and one.step == step.step]
    return mine[-1] if mine else None


def _tried(messages: Iterable[Columns], event: Event) -> tuple[dict[Key, Tried], set[Key]]:
    """What became of each step by which this event is told, and which of them a cap keeps back."""
    tried: dict[Key, Tried] = {}
    capped: set[Key] = set()
    for message in messages:
        if event_of(message) == event.id and message.status is not MessageStatus.WITHDRAWN:
            key = (Matter.CHANGE, StepName(message.step))
            tried[key] = tried_of(message)
            (capped.add if asks_for_a_person(message.status, message.reason) else capped.discard)(key)
    return tried, capped


def _messages(one: Asked, heard: _Heard) -> list[Columns]:
    """The messages about this booking, and those to its numbers about others of the lesson: each names nobody."""
    found = {message.id: message for message in one.news}
    for channel, number in _ways(one.facts):
        language = wording.said_in(channel, one.facts.language)
        shared = heard.messages.get((one.booking.lesson_id, channel, number), [])
        found |= {message.id: message for message in shared if message.language is language}
    return [found[key] for key in sorted(found)]


def _ways(facts: Facts) -> Iterator[tuple[Channel, str]]:
    """By which ways, and under which numbers, a machine may tell them."""
    reach = reach_for(Matter.CHANGE, facts)
    if reach.why is None:
        yield wording.channel(reach), reach.number
        yield Channel.VOICE, reach_rules.after_a_text(facts, reach.number)
        yield Channel.SMS, reach_rules.after_calls(facts)


def _by_machine(messages: Iterable[Columns], by: Setting) -> Iterator[rules.Said]:
    for message in messages:
        if (went := rules.how_it_went(tried_of(message), by.now, by.office)) is not None:
            yield rules.Said(event_of(message), *went)


def _by_persons(events: Sequence[Event], contacts: Iterable[Columns]) -> Iterator[rules.Said]:
    """Whoever was talked to was told how the lesson stood then."""
    for contact in contacts:
        then = [event for event in events if event.at <= contact.at]
        if then and contact.outcome in TOLD:
            yield rules.Said(then[-1].id, Reached.TOLD)


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
    if message.step != step.step:
        return "not-asked-for"
    same = message.number == step.number and message.channel is wording.channel(step)
    return None if same else "number-changed"


def needs_person(telling: Telling) -> bool:
    """Whether a person has to act for this booking itself, not for one that shares its number."""
    together = telling.step is not None and telling.step.left_out is not None
    return not together and rules.reached(telling)[1] is not None


def still_to_leave(telling: Telling, now: datetime, until: datetime) -> bool:
    """Whether a message of this booking leaves by itself until then."""
    step = telling.step
    if telling.news is None or step is None or not step.by_machine or step.left_out is not None:
        return False
    return step.due_at <= until and step.not_after > now and telling.status in NOT_LEFT
