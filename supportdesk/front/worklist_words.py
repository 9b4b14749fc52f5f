"""What the outcomes of 要対応, and what follows from them, are called on pages."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from ..reminders.words import PERSON_OUTCOME
from .worklist_rules import DECISIONS, CallOutcome, LineKind, Next

CALL_OUTCOME: dict[CallOutcome, Any] = {
    CallOutcome.WILL_COME: _l("Will come"),
    **{each: PERSON_OUTCOME[each.contact] for each in CallOutcome if each is not CallOutcome.WILL_COME},
    # Six buttons stand beside each other.
    CallOutcome.ANSWERING_MACHINE: _l("Machine"),
}
NEXT = {
    Next.COMES: _l("They said that they come. Nothing more is sent for this date."),
    Next.KNOWS: _l("They know. Nothing more is sent for this date."),
    Next.AGAIN: _l(
        "They stay on the list. Please try at another time of day; after three calls without an answer, send a card."
    ),
    Next.BY_PAPER: _l("Three calls or more have reached nobody. Please send a card, or ask the family."),
    Next.ASK_NUMBER: _l("Nothing goes to this number any more. Please find out the right one."),
    Next.ASK_FAMILY_NUMBER: _l(
        "The family's number still stands in the record. Please find out the right one, and write it there."
    ),
    Next.CANCELLED: _l("The booking is cancelled, and its seat is free again."),
    Next.DONE: _l("This call is done."),
}
LINE_KIND = {
    LineKind.CALL: _l("Telephone calls"),
    LineKind.PAPER: _l("Cards and FAX"),
    LineKind.UNKNOWN: _l("Unknown whether it left"),
    DECISIONS: _l("Decisions"),
}
