"""Pure decisions about handing over what one person has to another (引き継ぎ)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from ..core.errors import NotAllowed, Refusal

# A hand-over is prepared in February for April, not for some day.
FURTHEST = timedelta(days=366)


class HandOverState(StrEnum):
    """A prepared one is carried out on its day, or taken back before."""

    PREPARED = "prepared"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class ItemKind(StrEnum):
    REQUEST = "request"
    CALL_BACK = "call-back"
    PERSON = "person"
    SERIES = "series"
    DUTY = "duty"
    REGULAR_DUTY = "regular-duty"


# People to be told (要対応) are the whole desk's (office practice 14): they are named beside the request that they go
# along with, and nothing is chosen about them.
CHOSEN = (ItemKind.REQUEST, ItemKind.CALL_BACK, ItemKind.SERIES, ItemKind.DUTY, ItemKind.REGULAR_DUTY)


class Choice(StrEnum):
    """What becomes of one thing: OPEN leaves a gap that nobody has."""

    HAND_OVER = "hand-over"
    LEAVE = "leave"
    OPEN = "open"


class ItemOutcome(StrEnum):
    HANDED_OVER = "handed-over"
    LEFT = "left"
    OPENED = "opened"


OUTCOME = {
    Choice.HAND_OVER: ItemOutcome.HANDED_OVER,
    Choice.LEAVE: ItemOutcome.LEFT,
    Choice.OPEN: ItemOutcome.OPENED,
}


@dataclass(frozen=True)
class DutyChoice:
    """What becomes of one duty. `reason` passes over what a person may decide."""

    choice: Choice = Choice.HAND_OVER
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """What becomes of each kind, and of single duties by their lessons; what is not named is handed over."""

    kinds: Mapping[ItemKind, Choice] = field(default_factory=dict)
    duties: Mapping[int, DutyChoice] = field(default_factory=dict)

    def of(self, kind: ItemKind) -> Choice:
        return self.kinds.get(kind, Choice.HAND_OVER)

    def of_duty(self, lesson_id: int) -> DutyChoice:
        return self.duties.get(lesson_id) or DutyChoice(self.of(ItemKind.DUTY))

    def kept(self) -> dict[str, dict[str, object]]:
        """As the table keeps it."""
        return {
            "kinds": {kind.value: choice.value for kind, choice in self.kinds.items()},
            "duties": {str(key): [one.choice.value, one.reason] for key, one in self.duties.items()},
        }


def plan_from(kept: Mapping[str, Any]) -> Plan:
    """The plan that `kept` wrote down."""
    duties = {int(key): DutyChoice(Choice(choice), reason) for key, (choice, reason) in kept["duties"].items()}
    return Plan({ItemKind(kind): Choice(choice) for kind, choice in kept["kinds"].items()}, duties)


def check_may(*, own: bool, of_all: bool) -> None:
    """Managers and administrators hand over for anybody, others for themselves. Raises NotAllowed."""
    if not (own or of_all):
        raise NotAllowed(
            "Only a manager or an administrator may hand over what somebody else has.", code="not-your-own"
        )


def check_people(from_id: int, to_id: int) -> None:
    """Raises Refusal when both are one person."""
    if from_id == to_id:
        raise Refusal("Please choose two different people.", code="same-person", field="to_id")


def check_day(on: date, today: date) -> None:
    """Raises Refusal for a day that is over, or more than a year ahead."""
    if on < today:
        raise Refusal("This day has passed already.", code="in-the-past", field="on")
    if on > today + FURTHEST:
        raise Refusal("This is more than a year ahead. Please check the year.", code="too-far", field="on")


def check_in_force(name: str, in_force: bool) -> None:
    """Raises Refusal when the account of who takes over may not be used on the day."""
    if not in_force:
        raise Refusal(
            "The account of %(name)s is not in force on that day. An administrator can change its first and last day.",
            code="not-in-service", field="to_id", name=name,
        )  # fmt: skip


def may_not_have(name: str) -> Refusal:
    """Why a kind cannot go to somebody whose role does not open it."""
    return Refusal(
        "%(name)s has not the role for this and would not see it.", code="role-missing", name=name
    )


def no_record(name: str) -> Refusal:
    """Why duties cannot go to somebody who is no supporter."""
    return Refusal(
        "%(name)s has no record as a supporter, so no duty can go there.", code="no-supporter-record", name=name
    )


def in_the_way(count: int) -> Refusal:
    """Why nothing was handed over: something stands against it about which nobody has decided."""
    return Refusal(
        "Something stands against handing over %(count)s of these. Nothing has been handed over yet; please choose what"
        " to do with each.",
        code="unsettled", count=count,
    )  # fmt: skip


def paper_order(urgent: bool, due_at: datetime | None, since: datetime | None) -> tuple[bool, bool, float, float]:
    """The order of open tasks: urgent ones, then by deadline, then (without one) those that wait longest."""
    return (
        not urgent, due_at is None, due_at.timestamp() if due_at else 0, since.timestamp() if since else 0
    )
