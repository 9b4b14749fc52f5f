"""Pure decisions about reminding supporters of their duty: when, by which way, and when a person must.

Once for a duty, at the hour of the last notice: whoever said yes to a date long ago is to keep it in mind, and in time
to say so if something came in between. Nobody knows when somebody was put on duty, so nothing is left out for being
young: who is put on duty after that hour hears of it at once. One try by machine; what comes of no avail is a person's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.japan.calendar import working_days_before
from ..messages.rules import MessageStatus
from ..office.rules import CALL, TEXT, next_opening
from ..people.rules import Wish
from .offer_rules import why_person as why_person_for
from .rules import (
    LEAST_BEFORE_THE_LESSON,
    Facts,
    LeftOut,
    Matter,
    Step,
    StepName,
    Why,
    by_a_person,
    reach,
    why_nothing,
)

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings


def steps(
    facts: Facts, office: OfficeSettings, closed: Collection[date], *, together: bool = False
) -> list[Step]:
    """The one step that a duty asks for; none when nothing may leave. `together`: an earlier one of that day at the
    same hall speaks for it, as the first time of a day of consultations does for all of them."""
    if why_nothing(facts):
        return []
    found = reach(facts)
    day = working_days_before(local_date(facts.starts_at), office.last_notice_working_days, closed)
    due, end = at(day, time.fromisoformat(office.notice_time)), facts.starts_at - LEAST_BEFORE_THE_LESSON
    told = LeftOut.TOLD if facts.told else LeftOut.TOGETHER if together else None
    if found.way is Wish.NONE:
        return [Step(Matter.DUTY, StepName.ONCE, Wish.NONE, "", due, end, LeftOut.WISHES_NONE)]
    if found.why is None:
        opens = next_opening(office, TEXT if found.way is Wish.TEXT else CALL, due, closed)
        if opens < end:
            return [Step(Matter.DUTY, StepName.ONCE, found.way, found.number, opens, end, told)]
        found = by_a_person(facts, Why.MISSED)
    deadline = min(at(day, time.fromisoformat(office.second_try_time)), end)
    return [Step(Matter.DUTY, StepName.PERSON, found.way, found.number, due, deadline, told, found.why)]


def why_person(
    asked: Collection[Step],
    ended: Mapping[tuple[Matter, StepName], MessageStatus],
    now: datetime,
    *,
    held: bool,
    capped: Collection[tuple[Matter, StepName]],
) -> tuple[Why, Step] | None:
    """Why a person must now tell this supporter, and the step it stands for; None while nobody need."""
    for step in asked:
        key = (step.matter, step.step)
        if step.left_out is not None or step.due_at > now:
            continue
        if why := why_person_for(step, ended.get(key), now, held=held, capped=key in capped):
            return why, step
    return None
