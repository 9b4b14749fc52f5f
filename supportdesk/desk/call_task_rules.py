"""Pure decisions about call tasks (電話連絡): calls that somebody on duty makes, beside those that bookings ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from ..core.errors import Refusal

MINUTES_FOR_A_CALL = 5


class CallTaskKind(StrEnum):
    """Why somebody is to be rung."""

    WISH = "wish"
    """They rang us and asked to be called back."""
    REPLY = "reply"
    """They answered a text of ours; what they wrote stands in the note."""
    CORRECTION = "correction"
    """A message left while it was being taken back: what it said is not so any more."""
    FOLLOW_UP = "follow-up"
    """They did not come without a word, and had not answered twice before: is all well?"""
    BY_HAND = "by-hand"
    """A colleague wrote it down."""


class CallTaskOutcome(StrEnum):
    """How a call that was tried ended, or that none is needed."""

    TALKED = "talked"
    ANSWERING_MACHINE = "answering-machine"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    NOT_NEEDED = "not-needed"


class CallTaskEnd(StrEnum):
    """How a call task ended. Calls that reached nobody leave it open, counted in `tries`."""

    TALKED = "talked"
    WRONG_NUMBER = "wrong-number"
    NOT_NEEDED = "not-needed"
    OVER = "over"
    """Closed in bulk, with a reason, after its time was over."""


_ENDS = {
    CallTaskOutcome.TALKED: CallTaskEnd.TALKED,
    CallTaskOutcome.WRONG_NUMBER: CallTaskEnd.WRONG_NUMBER,
    CallTaskOutcome.NOT_NEEDED: CallTaskEnd.NOT_NEEDED,
}
# A slip of the finger is seen at once. What is older may have consequences: messages were taken back, others read it.
UNDO_WITHIN = timedelta(minutes=5)
# A call that somebody writes down by hand is due on the same day; at most so far ahead.
LONGEST_AHEAD = timedelta(days=366)


def end_of(outcome: CallTaskOutcome) -> CallTaskEnd | None:
    """How the task ends by this outcome; None: it stays open, and is tried again."""
    return _ENDS.get(outcome)


def check_by_hand(number: str, resident_id: int | None, note: str, due_at: datetime, now: datetime) -> None:
    """Raises Refusal at its field: whom to ring must be known, what about must be said, and the hour must be ahead."""
    if not number and resident_id is None:
        raise Refusal("Please write the number to ring.", code="no-number", field="number")
    if not note.strip():
        raise Refusal("Please write what the call is about.", code="no-note", field="note")
    if due_at <= now:
        raise Refusal("This hour is over. Please choose one that is to come.", code="past", field="due_time")
    if due_at > now + LONGEST_AHEAD:
        raise Refusal("This is more than a year ahead. Please check the date.", code="too-far", field="due_day")


def check_tries(seen: int | None, there: int, who: str) -> None:
    """`seen`: how many calls stood on the caller's page; None does not ask. Raises Refusal `noted-meanwhile`."""
    if seen is not None and seen != there:
        raise Refusal(
            "%(name)s has tried this call in the meantime. Nothing was noted; please look at the list again.",
            code="noted-meanwhile", name=who,
        )  # fmt: skip
