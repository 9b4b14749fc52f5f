"""Pure decisions about reminding supporters of their duty: when, by which way, and when a person must.

Once for a duty, at the hour of the last notice: whoever said yes to a date long ago is to keep it in mind, and in time
to say so if something came in between. Nobody knows when somebody was put on duty, so nothing is left out for being
young: who is put on duty after that hour hears of it at once. One try by machine; what comes of no avail is a person's,
who may have to find somebody else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.japan.calendar import working_days_before
from ..people.rules import Wish
from .chain_rules import Asks
from .chain_rules import steps as chain
from .reach_rules import reach
from .rules import LEAST_BEFORE_THE_LESSON, Facts, LeftOut, Matter, Step, StepName, why_nothing

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings


def steps(
    facts: Facts, office: OfficeSettings, closed: Collection[date], now: datetime, *, together: bool = False
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
    deadline = min(at(day, time.fromisoformat(office.second_try_time)), end)
    asks = Asks(Matter.DUTY, StepName.ONCE, due, end, deadline, one_try=True)
    return [
        replace(step, left_out=told) for step in chain(asks, found, facts, office, closed, now)
    ]  # fmt: skip
