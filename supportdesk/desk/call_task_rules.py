"""Pure decisions about call tasks (電話連絡): calls that somebody on duty makes, beside those that bookings ask for."""

from __future__ import annotations

from enum import StrEnum

MINUTES_FOR_A_CALL = 5


class CallTaskKind(StrEnum):
    """Why somebody is to be rung."""

    WISH = "wish"
    """They rang us and asked to be called back."""
    REPLY = "reply"
    """They answered a text of ours; what they wrote stands in the note."""
    CORRECTION = "correction"
    """A message left while it was being taken back: what it said is not so any more."""
    BY_HAND = "by-hand"
    """A colleague wrote it down."""


class CallTaskEnd(StrEnum):
    """How a call task ended. Calls that reached nobody leave it open, counted in `tries`."""

    TALKED = "talked"
    WRONG_NUMBER = "wrong-number"
    NOT_NEEDED = "not-needed"
    OVER = "over"
    """Closed in bulk, with a reason, after its time was over."""
