"""Pure decisions of the practice telephone: how a line or the whole provider misbehaves."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from .providers.base import Channel, Delivery
from .rules import LineBehaviour

MOST_DIGITS = 32
# Seconds by which the news of a telephone may be delayed. Few, so that a query can name each.
DELAYS = (0, 10, 60, 300)


class ProviderTrouble(StrEnum):
    """How the rehearsed provider as a whole behaves, whatever the telephone."""

    NONE = "none"
    BROKEN = "broken"
    """It answers 500: nobody knows whether it sent."""
    SILENT = "silent"
    """It takes the request and never answers."""
    GONE = "gone"
    """No connection is made, so that surely nothing was sent."""
    BUSY = "busy"
    """429 with Retry-After."""
    CREDENTIALS = "credentials"
    """It does not know us any more."""


RETRY_AFTER = timedelta(seconds=30)
# With the provider's codes (providers/codes.py); 500 stands in no table, and is unknown as it should be.
TROUBLE_CODES = {ProviderTrouble.BROKEN: 500, ProviderTrouble.BUSY: 20429, ProviderTrouble.CREDENTIALS: 20003}

B = LineBehaviour
# What a telephone that says no answers at once. A call is not a text: who refuses texts can still be called.
REFUSALS = {
    (Channel.SMS, B.NOT_IN_USE): 21211,
    (Channel.VOICE, B.NOT_IN_USE): 21211,
    (Channel.SMS, B.REFUSES_TEXTS): 21614,
    (Channel.SMS, B.OPTED_OUT): 21610,
}
# Where what was accepted ends by itself, and with which code.
_ENDS: dict[tuple[Channel, LineBehaviour], tuple[Delivery, int | None]] = {
    (Channel.SMS, B.OFF): (Delivery.UNDELIVERED, 30003),
    (Channel.SMS, B.LANDLINE): (Delivery.UNDELIVERED, 30006),
    (Channel.SMS, B.BLOCKED): (Delivery.UNDELIVERED, 30007),
    (Channel.SMS, B.UNKNOWN_HANDSET): (Delivery.UNDELIVERED, 30005),
    (Channel.VOICE, B.OFF): (Delivery.NO_ANSWER, None),
    (Channel.VOICE, B.NO_ANSWER): (Delivery.NO_ANSWER, None),
    (Channel.VOICE, B.BUSY): (Delivery.BUSY, None),
}
MACHINES = {B.MACHINE: False, B.MACHINE_BEEP: True}
"""The telephones on which an answering machine takes calls, and whether it speaks first and then beeps."""


def end_of(channel: Channel, behaviour: LineBehaviour) -> tuple[Delivery, int | None]:
    """The state in which something accepted for this telephone begins, and its code: final where it ends by itself."""
    return _ENDS.get((channel, behaviour), (Delivery.QUEUED, None))
