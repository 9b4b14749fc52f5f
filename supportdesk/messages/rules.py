"""Pure decisions about messages: how a status may move, and what it means."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from .providers.base import Delivery


class MessageStatus(StrEnum):
    """Where a message is. What the provider says never claims more than it is: `delivered` is a carrier's receipt,
    `answered` means that the line was open, be it to an answering machine."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    NOT_ANSWERED = "not-answered"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"


class Language(StrEnum):
    """In what a text is written: easy Japanese (やさしい日本語) is Japanese in short sentences of simple words."""

    JAPANESE = "ja"
    EASY = "easy"
    ENGLISH = "en"


class LineBehaviour(StrEnum):
    """How a drawn telephone behaves when something comes in."""

    NORMAL = "normal"
    OFF = "off"
    NOT_IN_USE = "not-in-use"
    REFUSES_TEXTS = "refuses-texts"
    OPTED_OUT = "opted-out"
    LANDLINE = "landline"
    BLOCKED = "blocked"
    UNKNOWN_HANDSET = "unknown-handset"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    MACHINE = "machine"
    MACHINE_BEEP = "machine-beep"
    LOSES_ANSWERS = "loses-answers"
    LOSES_NEWS = "loses-news"


S = MessageStatus
_LATER = {S.SENT, S.DELIVERED, S.ANSWERED, S.NOT_ANSWERED, S.FAILED}

# A claimed message may go back to planned only when it was surely not sent (the provider was busy, or it was withdrawn
# before the call). From unknown only the provider's word leads on; it is never planned again by itself. The provider's
# word also moves what is planned: after a restored backup it tells that a message has left already.
ALLOWED_MOVES: dict[MessageStatus, set[MessageStatus]] = {
    S.PLANNED: {S.CLAIMED, S.WITHDRAWN, S.MISSED, S.REFUSED, S.ACCEPTED} | _LATER,
    S.CLAIMED: {S.PLANNED, S.ACCEPTED, S.REFUSED, S.UNKNOWN, S.WITHDRAWN} | _LATER,
    S.ACCEPTED: {S.UNKNOWN} | _LATER,
    S.SENT: {S.UNKNOWN} | (_LATER - {S.SENT}),
    S.UNKNOWN: {S.ACCEPTED} | _LATER,
    S.DELIVERED: set(),
    S.ANSWERED: set(),
    S.NOT_ANSWERED: set(),
    S.FAILED: set(),
    S.REFUSED: set(),
    S.WITHDRAWN: set(),
    S.MISSED: set(),
}


def back_off(tries: int, asked: int | None) -> timedelta:
    """How long to wait before a message that was surely not sent is tried again: what the provider asked for, else
    30 seconds, doubled with each try, at most 15 minutes. Chance is left out: turns spread the tries already."""
    if asked is not None:
        return timedelta(seconds=min(max(asked, 1), 3600))
    return timedelta(seconds=min(30 * 2 ** min(tries, 10), 900))


_MEANS = {
    Delivery.SENT: S.SENT,
    Delivery.DELIVERED: S.DELIVERED,
    Delivery.UNDELIVERED: S.FAILED,
    Delivery.FAILED: S.FAILED,
    Delivery.CANCELED: S.FAILED,
    Delivery.COMPLETED: S.ANSWERED,
    Delivery.BUSY: S.NOT_ANSWERED,
    Delivery.NO_ANSWER: S.NOT_ANSWERED,
}


def meaning(reported: Delivery) -> MessageStatus:
    """What a provider's word means for us. Anything on the way is `accepted`: the provider has it."""
    return _MEANS.get(reported, S.ACCEPTED)


def last_digits(number: str) -> str:
    """What tells a person's two telephones apart and calls neither. "" where there are not many more digits."""
    return number[-4:] if len(number) >= 10 else ""
