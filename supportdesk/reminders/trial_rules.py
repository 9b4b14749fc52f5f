"""Pure decisions about 連絡テスト: trying a telephone together with its owner, before machines may write to it.

Source: docs of the office, reminders 12. Automatic texts to a person start when the sender was registered in their
telephone and tried together, or when they said yes expressly.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from ..core.errors import Refusal
from ..core.japan import phone
from ..messages.cap_rules import NEVER_LEFT
from ..messages.rules import MessageStatus
from ..people.rules import NumberKind

# They sit beside us: what has not left by then would ring at home, and surprise them.
VALID = timedelta(minutes=15)
MATTER = "trial"


class TrialOutcome(StrEnum):
    """How it ended, as the person beside us saw it."""

    REGISTERED = "registered"
    """It arrived, and the sender was written into the telephone book."""
    DID_NOT_ARRIVE = "did-not-arrive"
    NOT_TRIED = "not-tried"


class TrialStep(StrEnum):
    TEXT = "text"
    CALL = "call"


def check_start(
    ways: Collection[TrialStep],
    number: str,
    kind: NumberKind,
    *,
    stopped: bool,
    do_not_call: bool,
    opted_out: bool,
    no_text: bool,
    no_call: bool,
    held: bool,
    open_now: bool,
) -> None:
    """Whether this telephone may be tried now in these ways. Raises Refusal with what to do instead."""
    if not ways:
        raise Refusal("Please choose a text, a call, or both.", code="no-way", field="ways")
    if stopped:
        raise Refusal("Contact with this person is stopped. Nothing may be sent.", code="contact-stopped")
    if opted_out:
        raise Refusal("The owner of this number has refused messages. Nothing may be sent.", code="opted-out")
    if held:
        raise Refusal("All sending is stopped. Please try again when it goes on.", code="sending-stopped")
    if not open_now:
        raise Refusal("At this hour nothing is sent, not even as a test.", code="outside-hours")
    may = phone.may_be_called(number)
    if may is None or kind is NumberKind.FAX:
        raise Refusal("This number cannot be rung by a machine.", code="number-not-allowed")
    if TrialStep.TEXT in ways and may is not phone.PhoneKind.MOBILE:
        raise Refusal("Only a mobile takes texts. Please choose the call.", code="no-mobile", field="ways")
    if TrialStep.CALL in ways and do_not_call:
        raise Refusal("This person is not to be called. Please choose the text.", code="do-not-call", field="ways")
    if (TrialStep.TEXT in ways and no_text) or (TrialStep.CALL in ways and no_call):
        raise Refusal(
            "The telephone company has said that this number cannot be reached in this way.",
            code="number-unreachable",
            field="ways",
        )


def check_outcome(outcome: TrialOutcome, statuses: Collection[MessageStatus]) -> None:
    """Whether this may be noted of messages that stand so. Raises Refusal `nothing-left`: what has not left the house
    has arrived nowhere."""
    waiting = (*NEVER_LEFT, MessageStatus.CLAIMED)
    if outcome is not TrialOutcome.NOT_TRIED and all(status in waiting for status in statuses):
        raise Refusal("Nothing has been sent yet. Please wait, or note that it was not tried.", code="nothing-left")


def counts_as_tried(outcome: TrialOutcome, kind: NumberKind, *, by_text: bool) -> bool:
    """Whether the telephone is tried now. On a mobile a call alone is not enough: a text may come from another
    sender."""
    return outcome is TrialOutcome.REGISTERED and (by_text or kind is not NumberKind.MOBILE)
