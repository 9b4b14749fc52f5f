"""The truth light: what is known of one booking's reminder, and never more (the telephony facts, j).

A carrier's receipt and an open line are no confirmation. Only a key, a call of theirs, words with a person, a paper put
into their hands, and what was read back at booking are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ..messages.rules import MessageStatus
from ..people.rules import Wish
from .chain_rules import NOT_LEFT, NOT_REACHED, why_resident
from .rules import Confirmed, Facts, Key, LeftOut, Matter, Step, StepName, Why, why_nothing

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings


class LightKind(StrEnum):
    """What is true of a booking's reminder."""

    CANCELLED = "cancelled"
    LESSON_CANCELLED = "lesson-cancelled"
    STOPPED = "stopped"
    CONFIRMED = "confirmed"
    CANNOT_COME = "cannot-come"
    TOLD = "told"
    ANSWERED = "answered"
    SENT = "sent"
    NOT_REACHED = "not-reached"
    BY_PERSON = "by-person"
    WAITING = "waiting"
    NONE_WISHED = "none-wished"


_SILENT = {LightKind.CANCELLED, LightKind.LESSON_CANCELLED, LightKind.STOPPED, LightKind.NONE_WISHED}
_NOTHING = {
    "booking-cancelled": LightKind.CANCELLED,
    "lesson-cancelled": LightKind.LESSON_CANCELLED,
    "contact-stopped": LightKind.STOPPED,
}
_ON_THE_WAY = {MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED}


@dataclass(frozen=True)
class Light:
    """`confirmed`: how, when and by whom, if it is. `next_at`: when the next step leaves, if one does. `why`: why a
    person must, if so, and `by` when. `urgent`: the person's turn has come."""

    kind: LightKind
    next_at: datetime | None = None
    why: Why | None = None
    by: datetime | None = None
    urgent: bool = False
    confirmed: Confirmed | None = None

    @property
    def tone(self) -> str:
        """The tone of the component `status`."""
        if self.kind is LightKind.CONFIRMED:
            return "ok"
        if self.kind in _SILENT:
            return "off"
        return "stop" if self.urgent or self.kind in (LightKind.NOT_REACHED, LightKind.CANNOT_COME) else "wait"


def light(
    facts: Facts,
    asked: Sequence[Step],
    now: datetime,
    office: OfficeSettings,
    *,
    read_back: Confirmed | None = None,
    capped: Collection[Key] = (),
) -> Light:
    """The truth about one booking's reminder. `asked`: its steps. `read_back`: the day and name of the booking, where
    it was read back aloud; it counts as long as nothing else is known."""
    if reason := why_nothing(facts):
        return Light(_NOTHING[reason])
    if facts.confirmed is not None:
        kind = LightKind.CONFIRMED if facts.confirmed.comes else LightKind.CANNOT_COME
        return Light(kind, confirmed=facts.confirmed)
    reminders = [step for step in asked if step.matter is Matter.REMINDER]
    if facts.told or any(step.left_out is LeftOut.TOLD for step in reminders if step.step is not StepName.FAMILY):
        return Light(LightKind.TOLD)
    return _under_way(facts, reminders, now, office, read_back, capped)


def _under_way(
    facts: Facts, reminders: Sequence[Step], now: datetime, office: OfficeSettings, read_back: Confirmed | None,
    capped: Collection[Key],
) -> Light:  # fmt: skip
    newest = newest_status(facts, reminders)
    next_at = _next_at(facts, reminders, now)
    if newest is MessageStatus.ANSWERED:
        return Light(LightKind.ANSWERED, next_at)
    chain = [step for step in reminders if step.step is not StepName.FIRST]
    if found := why_resident(chain, facts, now, office, capped):
        why, step = found
        kind = LightKind.NOT_REACHED if newest in NOT_REACHED else LightKind.BY_PERSON
        return Light(kind, why=why, by=step.not_after, urgent=True)
    if newest in _ON_THE_WAY:
        return Light(LightKind.SENT, next_at)
    if newest in NOT_REACHED:
        return Light(LightKind.NOT_REACHED, next_at)
    if any(step.way is Wish.NONE for step in reminders):
        return Light(LightKind.NONE_WISHED)
    person = next(
        (s for s in reminders if s.step in (StepName.PERSON, StepName.PAPER) and s.left_out is None), None
    )
    if person is not None:
        return Light(LightKind.BY_PERSON, why=person.why, by=person.not_after)
    if read_back is not None:
        return Light(LightKind.CONFIRMED, next_at, confirmed=read_back)
    return Light(LightKind.WAITING, next_at)


def newest_status(facts: Facts, steps: Iterable[Step]) -> MessageStatus | None:
    """What became of the step that left last."""
    by_order = {name: place for place, name in enumerate(StepName)}
    there = [step for step in steps if step.key in facts.tried]
    statuses = [facts.tried[step.key].status for step in sorted(there, key=lambda step: by_order[step.step])]
    return next((status for status in reversed(statuses) if status not in NOT_LEFT), None)


def _next_at(facts: Facts, reminders: Sequence[Step], now: datetime) -> datetime | None:
    """When a machine's next step leaves: one that is open, or one that follows if no receipt comes until then."""
    coming = [
        step.due_at
        for step in reminders
        if step.by_machine and step.live and step.not_after > now
        if (facts.tried[step.key].status if step.key in facts.tried else None) in NOT_LEFT
    ]
    return min(coming, default=None)


def of_one_matter(
    facts: Facts, asked: Sequence[Step], person: tuple[Why, Step] | None, now: datetime
) -> Light:
    """The truth about telling an offer or a result; `person`: why somebody must call, if so."""
    status = newest_status(facts, asked)
    if person is not None:
        why, step = person
        kind = LightKind.NOT_REACHED if status in NOT_REACHED else LightKind.BY_PERSON
        return Light(kind, why=why, by=step.not_after, urgent=True)
    if status is MessageStatus.ANSWERED:
        return Light(LightKind.ANSWERED)
    if status in NOT_REACHED:
        return Light(LightKind.NOT_REACHED, _next_at(facts, asked, now))
    if status not in NOT_LEFT:
        return Light(LightKind.SENT)
    next_at = _next_at(facts, asked, now)
    return Light(LightKind.WAITING, next_at if next_at and next_at > now else None)
