"""Pure decisions about telling residents what came of a draw: when, by which way, and when a person must.

Sources: office practice 9-11 (hours, what is never said), and peers 11 (nobody is told a thing twice).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from ..core.clock import at, local_date
from ..core.japan.calendar import is_working_day
from .chain_rules import Asks
from .chain_rules import steps as chain
from .reach_rules import Reach, reach_for, text_reach
from .rules import LEAST_BEFORE_THE_LESSON, Facts, Matter, Step, StepName

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# The evening of the office's second working day after the draw: whoever has no seat may look for another lesson.
TOLD_WITHIN = 2
BY_EVENING = time(17, 15)


def steps(
    matter: Matter, facts: Facts, drawn_at: datetime, persons: int, office: OfficeSettings, closed: Collection[date],
    now: datetime,
) -> list[Step]:  # fmt: skip
    """The steps that a drawn entry asks for. `facts`: those of the person who asked first; a text that they wished
    when they entered goes before their usual way, where one may be sent."""
    end = tell_by(drawn_at, facts.starts_at, closed)
    asks = Asks(matter, StepName.ONCE, drawn_at, end, end, persons)
    return chain(asks, _reach(matter, facts), facts, office, closed, now)


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
