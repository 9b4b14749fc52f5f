"""Plans, what may stand against them, and how much it weighs: pure decisions.

What stands against a plan is found by standing_rules.py, from what conflicts.py reads. A conflict weighs one of three:
the database or the office's rules forbid it (NEVER), a person may decide it and says why (REASON), or it is only worth
knowing (REMARK), as it can still be mended until the day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ..core import clock
from ..core.errors import Refusal


class Weight(StrEnum):
    NEVER = "never"
    REASON = "reason"
    REMARK = "remark"


class ConflictKind(StrEnum):
    """The words that programs see."""

    OFFICE_CLOSED = "closed-day"
    HOLIDAY = "holiday"
    YEAR_END = "year-end"
    VENUE_OUT_OF_USE = "venue-closed"
    CLOSURE = "closure"
    NOT_OPEN = "not-open"
    OUTSIDE_HOURS = "outside-hours"
    PERMIT_MISSING = "permit-missing"
    PERMIT_CANCELLED = "permit-cancelled"
    PERMIT_PENDING = "permit-pending"
    ROOM_TOO_SMALL = "room-too-small"
    ROOM_TAKEN = "room-taken"
    SUPPORTER_TAKEN = "supporter-taken"
    TRAVEL_TOO_SHORT = "travel-too-short"
    SUPPORTER_LEFT = "supporter-left"
    NO_TERM = "no-term"
    NO_PLEDGE = "no-pledge"
    NO_INSURANCE = "no-insurance"
    PAPERS_TO_COME = "papers-to-come"
    SUPPORTER_OFF = "supporter-off"
    SUPPORTER_NOT_AVAILABLE = "supporter-not-available"
    THING_TAKEN = "thing-taken"
    THING_OUT_OF_USE = "thing-out-of-use"
    LACKING = "lacking"
    FEW_SUPPORTERS = "few-supporters"
    SYSTEM_DAY = "system-day"
    WRONG_PLACE = "wrong-place"
    FEW_VISITORS = "few-visitors"


_NEVER = {
    ConflictKind.VENUE_OUT_OF_USE,
    ConflictKind.WRONG_PLACE,
    ConflictKind.ROOM_TAKEN,
    ConflictKind.SUPPORTER_TAKEN,
    ConflictKind.SUPPORTER_LEFT,
    ConflictKind.NO_TERM,
    ConflictKind.NO_PLEDGE,
    ConflictKind.NO_INSURANCE,
    ConflictKind.THING_TAKEN,
}
_REMARKS = {
    ConflictKind.PERMIT_PENDING,
    ConflictKind.LACKING,
    ConflictKind.FEW_SUPPORTERS,
    ConflictKind.PAPERS_TO_COME,
}


@dataclass(frozen=True)
class Plan:
    """A lesson as somebody means to hold it. `starts_at` and `ends_at` are instants; `thing_ids` are taken along.

    `lesson_id` is the lesson that this plan would change: where that one lies now is not in its way.
    """

    course_id: int
    room_id: int
    starts_at: datetime
    ends_at: datetime
    seats: int
    supporter_ids: tuple[int, ...] = ()
    thing_ids: tuple[int, ...] = ()
    lesson_id: int | None = None

    @property
    def day(self) -> date:
        return clock.local_date(self.starts_at)

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether both go on at one moment. Touching times do not meet."""
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True)
class Conflict:
    """One thing that stands against a plan. `why` says it in words with values, at the field of the form that it is
    about; `thing_ids` would settle it if they were taken along."""

    kind: ConflictKind
    why: Refusal
    thing_ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.why.code = self.kind.value

    @property
    def weight(self) -> Weight:
        if self.kind in _NEVER:
            return Weight.NEVER
        return Weight.REMARK if self.kind in _REMARKS else Weight.REASON


class ReasonNeeded(Refusal):
    """Somebody may decide this, and has to say why. `told` says the conflicts in words, in the reader's language."""

    code = "reason-needed"

    def __init__(self, told: Any, found: Sequence[Conflict]) -> None:
        super().__init__(
            "%(conflicts)s If it is to be so all the same, please write the reason.",
            field="override_reason", conflicts=told, kinds=[one.kind.value for one in found],
        )  # fmt: skip


def check_never(found: Sequence[Conflict]) -> None:
    """Raises Refusal with the first conflict that nobody can override, naming what is in the way."""
    for conflict in found:
        if conflict.weight is Weight.NEVER:
            raise conflict.why


def needing_reason(found: Sequence[Conflict], allowed_before: Collection[str] = ()) -> list[Conflict]:
    """Those for which somebody must say why. `allowed_before` are kinds that were allowed for this place and time."""
    return [one for one in found if one.weight is Weight.REASON and one.kind not in allowed_before]
