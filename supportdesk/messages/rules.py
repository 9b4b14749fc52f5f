"""Pure decisions about messages: how a status may move, and what it means."""

from __future__ import annotations

from enum import StrEnum


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


S = MessageStatus
_LATER = {S.SENT, S.DELIVERED, S.ANSWERED, S.NOT_ANSWERED, S.FAILED}

# A claimed message may go back to planned only when it was surely not sent (the provider was busy, or it was withdrawn
# before the call). From unknown only the provider's word leads on; it is never planned again by itself.
ALLOWED_MOVES: dict[MessageStatus, set[MessageStatus]] = {
    S.PLANNED: {S.CLAIMED, S.WITHDRAWN, S.MISSED, S.REFUSED},
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

# Ended without anybody having been told, as far as a machine can know.
NOT_TOLD = frozenset({S.NOT_ANSWERED, S.FAILED, S.REFUSED, S.UNKNOWN, S.MISSED})
# Left the house, or may have.
LEFT = frozenset({S.CLAIMED, S.ACCEPTED, S.SENT, S.DELIVERED, S.ANSWERED, S.NOT_ANSWERED, S.UNKNOWN, S.FAILED})
OPEN = frozenset({S.PLANNED, S.CLAIMED, S.ACCEPTED, S.SENT})


def may_move(old: MessageStatus, new: MessageStatus) -> bool:
    return new in ALLOWED_MOVES[old]
