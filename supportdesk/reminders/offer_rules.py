"""Pure decisions about telling residents that a seat is kept for them: when, by which way, and when a person must.

Nothing is accepted by a machine: they ring the office, so every way names the telephone and the last hour for it. One
try by machine; what comes of no avail is a person's at once, since the offer runs out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from ..messages.rules import MessageStatus
from ..office.rules import CALL, TEXT, next_opening
from ..people.rules import Wish
from .rules import NOT_LEFT, WHY_ENDED, Facts, Matter, Step, StepName, Why, by_a_person, reach_for, why_not_left

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# A message that comes later leaves nobody the time to read it, to think and to ring.
LEAST_TO_ANSWER = timedelta(hours=1)


def step(
    facts: Facts, made_at: datetime, answer_by: datetime, persons: int, office: OfficeSettings, closed: Collection[date]
) -> Step:
    """The one step that a standing offer asks for. `facts`: those of the person who asked first."""
    found = reach_for(Matter.OFFER, facts)
    if found.why is None:
        window = TEXT if found.way is Wish.TEXT else CALL
        due, end = next_opening(office, window, made_at, closed, hours=facts.hours), answer_by - LEAST_TO_ANSWER
        if due < end:
            return Step(
                Matter.OFFER, StepName.ONCE, found.way, found.number, due, end,
                persons=persons, answer_by=answer_by, hours=facts.hours,
            )  # fmt: skip
        found = by_a_person(facts, Why.MISSED)
    return Step(
        Matter.OFFER, StepName.PERSON, found.way, found.number, made_at, answer_by,
        why=found.why, persons=persons, answer_by=answer_by,
    )  # fmt: skip


def why_person(asked: Step, status: MessageStatus | None, now: datetime, *, held: bool, capped: bool) -> Why | None:
    """Why a person must tell them now; None while nobody need. `status`: what became of the message, `held`: all
    sending is stopped, `capped`: a cap keeps the message back for today."""
    if not asked.by_machine:
        return asked.why
    if capped and asked.due_at <= now:
        return Why.CAPPED
    if status is MessageStatus.NOT_ANSWERED:
        return Why.NOT_PICKED_UP
    if status in WHY_ENDED:
        return WHY_ENDED[status]
    return why_not_left(asked, now, held) if status in NOT_LEFT else None
