"""Pure decisions about telling residents what came of a draw: when, by which way, and when a person must.

As an offer: one try by machine, and what comes of no avail is a person's at once. Sources: office practice 9-11 (hours,
what is never said), and peers 11 (nobody is told a thing twice).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.japan.calendar import is_working_day
from ..messages.rules import MessageStatus
from ..office.rules import CALL, TEXT, next_opening
from ..people.rules import Wish
from .rules import (
    LEAST_BEFORE_THE_LESSON,
    NOT_LEFT,
    NOT_REACHED,
    Facts,
    Light,
    LightKind,
    Matter,
    Reach,
    Step,
    StepName,
    Why,
    by_a_person,
    reach_for,
    text_reach,
)

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# The evening of the office's second working day after the draw: whoever has no seat may look for another lesson.
TOLD_WITHIN = 2
BY_EVENING = time(17, 15)


def step(
    matter: Matter, facts: Facts, drawn_at: datetime, persons: int, office: OfficeSettings, closed: Collection[date]
) -> Step:
    """The one step that a drawn entry asks for. `facts`: those of the person who asked first; a text that they wished
    when they entered goes before their usual way, where one may be sent."""
    found = _reach(matter, facts)
    end = tell_by(drawn_at, facts.starts_at, closed)
    if found.why is None:
        due = next_opening(office, TEXT if found.way is Wish.TEXT else CALL, drawn_at, closed, hours=facts.hours)
        if due < end:
            return Step(matter, StepName.ONCE, found.way, found.number, due, end, persons=persons, hours=facts.hours)
        found = by_a_person(facts, Why.MISSED)
    return Step(
        matter, StepName.PERSON, found.way, found.number, drawn_at, end, why=found.why, persons=persons
    )  # fmt: skip


def light(
    steps: Sequence[Step], ended: Mapping[tuple[Matter, StepName], MessageStatus], person: tuple[Why, Step] | None,
    now: datetime,
) -> Light:  # fmt: skip
    """The truth about telling one result; `person`: why somebody must call, if so."""
    [asked] = steps
    status = ended.get((asked.matter, asked.step))
    if person is not None:
        kind = LightKind.NOT_REACHED if status in NOT_REACHED else LightKind.BY_PERSON
        return Light(kind, why=person[0], urgent=True)
    if status is MessageStatus.ANSWERED:
        return Light(LightKind.ANSWERED)
    if status not in NOT_LEFT:
        return Light(LightKind.SENT)
    return Light(LightKind.WAITING, asked.due_at if asked.due_at > now else None)


def tell_by(drawn_at: datetime, starts_at: datetime, closed: Collection[date]) -> datetime:
    """Until when they are to be told."""
    day, left = local_date(drawn_at), TOLD_WITHIN
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day, closed)
    return min(at(day, BY_EVENING), starts_at - LEAST_BEFORE_THE_LESSON)


def _reach(matter: Matter, facts: Facts) -> Reach:
    by_text = text_reach(facts) if facts.text_wished and not facts.family_instead else None
    return by_text if by_text is not None and by_text.why is None else reach_for(matter, facts)
