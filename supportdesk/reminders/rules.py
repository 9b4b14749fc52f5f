"""Pure decisions about reminders: which steps a booking asks for, when, and by which way."""

from __future__ import annotations

from enum import StrEnum


class PersonOutcome(StrEnum):
    """How a contact by a person ended."""

    TALKED = "talked"
    ANSWERING_MACHINE = "answering-machine"
    NO_ANSWER = "no-answer"
    WRONG_NUMBER = "wrong-number"
    HANDED_OVER = "handed-over"
