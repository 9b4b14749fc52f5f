"""Pure decisions about 要対応, the list of all that waits for a person."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..desk.call_task_rules import UNDO_WITHIN
from ..reminders.rules import PersonOutcome

# Long enough for a call that rings long and a note after it; then another may take it without asking.
TAKEN_FOR = timedelta(minutes=15)
# After so many calls without an answer the telephone is not the way.
TRIES_BEFORE_PAPER = 3
# For so long what was left untold stays under 過ぎたもの if nobody closes it.
OVER_FOR = timedelta(days=30)
MOST_CLOSED_AT_ONCE = 500
REASON_LETTERS = 200

_KEY = re.compile(r"(booking|offer|entry|task):[0-9]{1,10}|duty:[0-9]{1,10}-[0-9]{1,10}")


class LineKind(StrEnum):
    """By what means something is settled, for the filter. What is to be decided is no line: it has no telephone."""

    CALL = "call"
    PAPER = "paper"
    UNKNOWN = "unknown"


DECISIONS = "decisions"


class CallOutcome(StrEnum):
    """How a contact about a booking ended, in one tap. That they do not come is a page of its own, since it frees a
    seat."""

    WILL_COME = "will-come"
    TALKED = PersonOutcome.TALKED.value
    ANSWERING_MACHINE = PersonOutcome.ANSWERING_MACHINE.value
    NO_ANSWER = PersonOutcome.NO_ANSWER.value
    WRONG_NUMBER = PersonOutcome.WRONG_NUMBER.value
    HANDED_OVER = PersonOutcome.HANDED_OVER.value

    @property
    def contact(self) -> PersonOutcome:
        """What is noted of the call itself."""
        return PersonOutcome.TALKED if self is CallOutcome.WILL_COME else PersonOutcome(self.value)


# What may be tapped: by telephone, and where paper is the way.
BY_TELEPHONE = tuple(each for each in CallOutcome if each is not CallOutcome.HANDED_OVER)
# Nobody is asked whether they come to a lesson that is cancelled.
OF_CANCELLED = tuple(each for each in BY_TELEPHONE if each is not CallOutcome.WILL_COME)
BY_PAPER = (CallOutcome.HANDED_OVER, CallOutcome.TALKED)


class Next(StrEnum):
    """What happens after an outcome, said right where it was tapped."""

    COMES = "comes"
    KNOWS = "knows"
    AGAIN = "again"
    BY_PAPER = "by-paper"
    ASK_NUMBER = "ask-number"
    ASK_FAMILY_NUMBER = "ask-family-number"
    CANCELLED = "cancelled"
    DONE = "done"


# The right number is to be found out, and written into the record.
NUMBER_WANTED = frozenset({Next.ASK_NUMBER, Next.ASK_FAMILY_NUMBER})


def what_next(
    outcome: str, tries: int, *, comes: bool = False, cancelled: bool = False, family: bool = False
) -> Next:
    """What follows from this outcome, the `tries`-th contact that was noted; `family`: it was they who were rung."""
    if cancelled:
        return Next.CANCELLED
    if comes:
        return Next.COMES
    if outcome in (PersonOutcome.TALKED, PersonOutcome.HANDED_OVER):
        return Next.KNOWS
    if outcome == PersonOutcome.WRONG_NUMBER:
        return Next.ASK_FAMILY_NUMBER if family else Next.ASK_NUMBER
    return Next.BY_PAPER if tries >= TRIES_BEFORE_PAPER else Next.AGAIN


def free_if_taken_by(now: datetime) -> datetime:
    """What was taken at this instant or before it is free again; what was taken later is still somebody's."""
    return now - TAKEN_FOR


def check_key(key: str) -> str:
    """Raises Refusal for what names no item."""
    if not _KEY.fullmatch(key):
        raise Refusal("There is no such item on the list.", code="no-item", field="key")
    return key


def check_may_undo(by_name: str, at: datetime, me: str, now: datetime) -> None:
    """Raises Refusal `not-yours` and `too-late`."""
    if by_name != me:
        raise Refusal("%(name)s noted this. Please talk to them, or note the call once more.", code="not-yours",
                      name=by_name)  # fmt: skip
    if now >= at + UNDO_WITHIN:
        raise Refusal("This was noted some time ago. Please note the call once more, with a note.", code="too-late")


def check_tries(seen: int | None, there: int, who: str, what: str) -> None:
    """`seen`: how many contacts stood on the caller's page; None does not ask. Raises Refusal `noted-meanwhile` that
    says who noted what."""
    if seen is not None and seen != there:
        raise Refusal(
            "%(name)s has noted a call to this person in the meantime: %(what)s. Nothing was noted; please look at the "
            "list again.",
            code="noted-meanwhile", name=who, what=what,
        )  # fmt: skip
