"""Pure decisions about telling residents that a seat is kept for them: when, by which way, and when a person must.

Nothing is accepted by a machine: they ring the office, so every way names the telephone and the last hour for it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from .chain_rules import Asks
from .chain_rules import steps as chain
from .reach_rules import reach_for
from .rules import Facts, Matter, Step, StepName

if TYPE_CHECKING:
    from ..office.settings import OfficeSettings

# A message that comes later leaves nobody the time to read it, to think and to ring.
LEAST_TO_ANSWER = timedelta(hours=1)


def steps(
    facts: Facts, made_at: datetime, answer_by: datetime, persons: int, office: OfficeSettings,
    closed: Collection[date], now: datetime,
) -> list[Step]:  # fmt: skip
    """The steps that a standing offer asks for. `facts`: those of the person who asked first."""
    asks = Asks(
        Matter.OFFER, StepName.ONCE, made_at, answer_by - LEAST_TO_ANSWER, answer_by, persons, answer_by
    )  # fmt: skip
    return chain(asks, reach_for(Matter.OFFER, facts), facts, office, closed, now)
