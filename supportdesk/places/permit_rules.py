"""Pure decisions about the permit to use a hall (会場の使用許可)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from ..core.errors import Refusal


class PermitState(StrEnum):
    """How far the permit is (office practice 17: 仮予約・申請済・許可・取消). A refused one is cancelled too."""

    PROVISIONAL = "provisional"
    REQUESTED = "requested"
    GRANTED = "granted"
    CANCELLED = "cancelled"


# Steps may be left out (a hall that answers at once), and one step back mends what was pressed too early. Cancelled is
# the end: whoever gets the hall after all asks for it anew, and the list keeps both.
MOVES: dict[PermitState, tuple[PermitState, ...]] = {
    PermitState.PROVISIONAL: (PermitState.REQUESTED, PermitState.GRANTED, PermitState.CANCELLED),
    PermitState.REQUESTED: (PermitState.GRANTED, PermitState.PROVISIONAL, PermitState.CANCELLED),
    PermitState.GRANTED: (PermitState.REQUESTED, PermitState.CANCELLED),
    PermitState.CANCELLED: (),
}

# A permit is asked for a fiscal year at the most.
MOST_DAYS = 366
_BEST_FIRST = (PermitState.GRANTED, PermitState.REQUESTED, PermitState.PROVISIONAL, PermitState.CANCELLED)


def check_move(old: PermitState, new: PermitState) -> None:
    """Raises Refusal when a permit in state `old` may not go to `new`."""
    if new not in MOVES[old]:
        raise Refusal("A permit in this state cannot go there.", code="no-such-move")


def check_may_be_edited(state: PermitState) -> None:
    """Raises Refusal for a cancelled permit, which stays as it was."""
    if not MOVES[state]:
        raise Refusal("This permit is cancelled and can no longer be changed.", code="permit-over")


def check_days(first: date, last: date) -> None:
    """Raises Refusal unless the days are a range of a year at the most."""
    if last < first:
        raise Refusal(
            "The last day must not come before the first. Example: 8月12日 to 8月14日",
            code="last-before-first", field="last",
        )  # fmt: skip
    if last - first >= timedelta(days=MOST_DAYS):
        raise Refusal("Please choose at most %(most)s days.", code="too-many-days", field="last", most=MOST_DAYS)


def best(states: Iterable[PermitState]) -> PermitState | None:
    """What several permits for one room and day come to: the one that is farthest counts; None without any."""
    found = set(states)
    return next((state for state in _BEST_FIRST if state in found), None)
