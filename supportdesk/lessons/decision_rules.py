"""Pure decisions about several lessons planned at once: what the planner chose for each date, and whether that will do.

Used by series, by the copying of a month and by changes of a series. What stands against a date is found by the one
conflict check (conflicts.py); here it is weighed against the choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from ..core.errors import Refusal
from .conflict_rules import Conflict, Weight


class Choice(StrEnum):
    """What to do about one date."""

    KEEP = "keep"
    SKIP = "skip"
    ROOM = "room"
    MOVE = "move"


@dataclass(frozen=True)
class Decision:
    """What the planner chose for one date. `reason` passes over what may be passed over. `seen` are the kinds of
    conflict that were on the page, with spaces between; None (a program) does not ask."""

    choice: Choice = Choice.KEEP
    reason: str = ""
    room_id: int | None = None
    day: date | None = None
    start: time | None = None
    seen: str | None = None


AS_PLANNED = Decision()


class Unsettled(Refusal):
    """Some dates cannot be made as they were decided; `keys` names them."""

    code = "unsettled"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(
            "Something stands against %(count)s of the dates. Nothing has been saved yet; please choose what to do"
            " with each.",
            count=len(keys), keys=list(keys),
        )  # fmt: skip


def check_complete(decision: Decision) -> None:
    """Raises Refusal for another room or another date that is not named."""
    if decision.choice is Choice.ROOM and decision.room_id is None:
        raise Refusal("Please choose the other room.", code="no-room", field="room_id")
    if decision.choice is Choice.MOVE and decision.day is None and decision.start is None:
        raise Refusal("Please write the other day or the other hour.", code="no-day", field="day")


def why_not(decision: Decision, found: Sequence[Conflict]) -> Refusal | None:
    """Why a date cannot be made with these conflicts and this decision; None if it can."""
    if any(one.weight is Weight.NEVER for one in found):
        return Refusal(
            "This cannot be passed over. Leave the date out, or choose another room or time.", code="never"
        )
    weighty = [one for one in found if one.weight is Weight.REASON]
    if weighty and not decision.reason.strip():
        return Refusal("Please write why it is held all the same, or leave the date out.", code="reason-needed",
                       field="reason")  # fmt: skip
    if decision.seen is not None and set(kinds(weighty).split()) - set(decision.seen.split()):
        return Refusal("This is new since you looked. Please decide once more.", code="new-conflict", field="reason")
    return None


def kinds(found: Sequence[Conflict]) -> str:
    """The kinds of conflict that need a decision, as a page carries them along."""
    return " ".join(sorted({one.kind.value for one in found if one.weight is not Weight.REMARK}))
