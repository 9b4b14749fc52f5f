"""Pure decisions about telling residents that their lesson is cancelled, moved, or held after all.

Derived like reminders: what a resident knows is compared with how the lesson stands, and only what is new is said. A
hall that is closed twice, or opened again after half were told, is thereby no special case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ..lessons.change_rules import Event, Standing
from ..messages.rules import Language, MessageStatus
from ..people.rules import Wish
from .chain_rules import Asks, without_receipt
from .chain_rules import steps as chain
from .reach_rules import by_a_person, reach_for
from .rules import Facts, LeftOut, Matter, Step, StepName, Tried, Why

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# Whoever hears it later is on the way already; a person who rings may still catch them.
LEAST_BEFORE = timedelta(minutes=30)

# Of these it left, and nothing says that it did not arrive. A message on its way counts too: before the bus leaves
# nobody learns more than that.
WENT = frozenset(
    {MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.ANSWERED}
)


class NewsKind(StrEnum):
    CANCELLED = "cancelled"
    MOVED = "moved"
    PLACE = "place"
    AFTER_ALL = "after-all"


class Reached(StrEnum):
    """How far telling somebody of a change has come, never more than is known."""

    TOLD = "told"
    ANSWERED = "answered"
    SENT = "sent"
    WAITING = "waiting"
    NEEDS_PERSON = "needs-person"
    NOT_RELEASED = "not-released"
    NOTHING_NEW = "nothing-new"
    STOPPED = "stopped"


# Whom a person still has to tell; the list of those not reached is made of these.
OPEN_ENDS = frozenset({Reached.NEEDS_PERSON, Reached.NOT_RELEASED, Reached.WAITING})


@dataclass(frozen=True)
class Said:
    """That somebody was told of an event. `sure` is false when it is not known whether it arrived; `how` is what it
    then counts as."""

    event_id: int
    how: Reached
    sure: bool = True


@dataclass(frozen=True)
class Knowledge:
    """What somebody believes of their lesson: `known` the last they surely or possibly heard, `sure` whether surely.
    `how` they heard; None while it is what they booked."""

    known: Standing
    sure: bool
    how: Reached | None

    def lacks(self, now_there: Standing) -> bool:
        return not self.known.same_as(now_there)


@dataclass(frozen=True)
class News:
    """What is to be said: that what they know is not so any more. `instead`: what they may come to."""

    kind: NewsKind
    known: Standing
    present: Standing
    instead: Standing | None = None

    @property
    def matters_until(self) -> datetime:
        """Until when it helps: the first moment at which they would stand before a closed door."""
        starts = [self.known.starts_at]
        if self.kind is NewsKind.MOVED:
            starts.append(self.present.starts_at)
        return self.present.starts_at if self.kind is NewsKind.AFTER_ALL else min(starts)

    def deadline(self, now: datetime) -> datetime:
        """By when a person should tell them. A moved lesson still lies ahead when the old hour is over: then they have
        stood before the door, and ask when it is."""
        return self.matters_until if self.matters_until > now else self.present.starts_at


@dataclass(frozen=True)
class Telling:
    """One booking's share in the newest change of its lesson. `step` is the one that is due or to come, `status` what
    became of its message, `why` the reason for which a person must act now, if so."""

    event: Event
    knowledge: Knowledge
    news: News | None
    step: Step | None
    status: MessageStatus | None = None
    why: Why | None = None
    stopped: bool = False
    language: Language = Language.JAPANESE


def knowledge(events: Sequence[Event], said: Sequence[Said]) -> Knowledge:
    """What somebody believes who booked before the first of these events (in their order, at least one)."""
    found = Knowledge(events[0].before, sure=True, how=None)
    for event in events:
        heard = [one for one in said if one.event_id == event.id]
        if heard:
            best = next((one for one in heard if one.sure), heard[0])
            found = Knowledge(event.after, best.sure, best.how)
    return found


def news(knows: Knowledge, event: Event) -> News | None:
    """What they must hear, if anything. After an unknown message the same is not said again by a machine, but it is
    not known to be known either."""
    known, present = knows.known, event.after
    if not knows.lacks(present) and knows.sure:
        return None
    if present.cancelled:
        return News(NewsKind.CANCELLED, known, present, event.instead)
    if known.cancelled:
        return News(NewsKind.AFTER_ALL, known, present)
    kind = NewsKind.PLACE if known.starts_at == present.starts_at else NewsKind.MOVED
    return News(kind, known, present)


def steps(
    facts: Facts, knows: Knowledge, what: News, released_at: datetime, office: OfficeSettings, now: datetime
) -> list[Step]:
    """The steps by which they hear it, on any day and in the wider hours. Where little time is left there is one try by
    machine, then a person: on the day of a typhoon a person with a list is faster than a chain."""
    found = reach_for(Matter.CHANGE, facts)
    if not knows.lacks(what.present):
        found = by_a_person(facts, Why.UNKNOWN)
    short = what.matters_until - released_at < timedelta(hours=office.short_notice_hours)
    asks = Asks(
        Matter.CHANGE, StepName.ONCE, released_at, what.matters_until - LEAST_BEFORE, what.deadline(released_at),
        any_day=True, one_try=short,
    )  # fmt: skip
    return chain(asks, found, facts, office, (), now)


def tell_together(found: Mapping[int, Telling], lesson_of: Mapping[int, int]) -> dict[int, Telling]:
    """One message for those of one lesson who share a number and must hear the same, be they of one party or not: it
    names nobody. The first booking carries it."""
    carriers: dict[tuple[object, ...], int] = {}
    persons: dict[int, int] = {}
    together = dict(found)
    for booking_id in sorted(found):
        one = found[booking_id]
        if one.step is None or not one.step.by_machine:
            continue
        language = one.language if one.step.way is Wish.TEXT else Language.JAPANESE
        key = (lesson_of[booking_id], one.step.way, one.step.number, language, one.news)
        carrier = carriers.setdefault(key, booking_id)
        persons[carrier] = persons.get(carrier, 0) + 1
        if carrier != booking_id:
            together[booking_id] = replace(one, step=replace(one.step, left_out=LeftOut.TOGETHER))
    for carrier, count in persons.items():
        one = together[carrier]
        assert one.step is not None
        together[carrier] = replace(one, step=replace(one.step, persons=count))
    return together


def reached(one: Telling) -> tuple[Reached, Why | None]:
    """How far it has come, and why a person must tell them, if so."""
    if one.stopped:
        return Reached.STOPPED, None
    if one.news is None:
        return one.knowledge.how or Reached.NOTHING_NEW, None
    if one.event.released_at is None:
        return Reached.NOT_RELEASED, Why.LESSON_CANCELLED if one.event.after.cancelled else Why.LESSON_CHANGED
    return (Reached.NEEDS_PERSON, one.why) if one.why else (Reached.WAITING, None)


def how_it_went(tried: Tried, now: datetime, office: OfficeSettings) -> tuple[Reached, bool] | None:
    """What a message's status says of hearing it, and whether surely; None: they did not. A text for which no receipt
    has come for as long as the office waits may have been lost."""
    if tried.status is MessageStatus.UNKNOWN or without_receipt(tried, now, office):
        return Reached.SENT, False
    if tried.status not in WENT:
        return None
    return (Reached.ANSWERED if tried.status is MessageStatus.ANSWERED else Reached.SENT), True
