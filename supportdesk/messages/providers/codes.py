"""Twilio's error codes, and what each asks of the office. The rest of the house knows only these words.

Source: twilio.com/docs/api/errors/<code>; the sorting into kinds is our judgement. `words` are English
message ids; a page translates them when it shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .base import Outcome, Receipt


class Trouble(StrEnum):
    """What kind of trouble a code means, by what has to be done next."""

    ACCOUNT = "account"
    """Nothing will go out until somebody puts the account right."""
    BUSY = "busy"
    """Not processed; try again after a while."""
    NUMBER = "number"
    """There is no such telephone: ask for the number."""
    NO_SMS = "no-sms"
    """The telephone takes no texts: call instead."""
    OPTED_OUT = "opted-out"
    """The person told the carrier to stop: no other tricks."""
    BLOCKED = "blocked"
    """This text does not get through: call instead, do not send it again."""
    OUT_OF_REACH = "out-of-reach"
    """Off or without signal: once more hours later, then call."""
    OUR_MISTAKE = "our-mistake"
    """What we sent was wrong; the number is not to blame."""
    UNKNOWN = "unknown"
    """A person must look."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means: the kind of trouble, and an English message id for staff."""

    trouble: Trouble
    words: str


_CREDENTIALS = Meaning(Trouble.ACCOUNT, "The sign-in to the telephone provider was refused.")
_SUSPENDED = Meaning(Trouble.ACCOUNT, "The account at the telephone provider is suspended.")
_PERMISSION = Meaning(Trouble.ACCOUNT, "The account may not send to Japan.")
_SENDER = Meaning(Trouble.ACCOUNT, "The sender's number may not be used.")
_PROFILE = Meaning(Trouble.ACCOUNT, "The account at the telephone provider is not approved for this yet.")
_CROWDED = Meaning(Trouble.BUSY, "The telephone provider is busy.")
_NO_NUMBER = Meaning(Trouble.NUMBER, "This telephone number is not in use.")
_LANDLINE = Meaning(Trouble.NO_SMS, "This telephone cannot receive text messages.")
_STOPPED = Meaning(Trouble.OPTED_OUT, "The recipient refuses messages from this sender.")
_FILTERED = Meaning(Trouble.BLOCKED, "The telephone company blocked this text.")
_TEXT = Meaning(Trouble.OUR_MISTAKE, "The text was empty or too long.")
_DOCUMENT = Meaning(Trouble.OUR_MISTAKE, "What the call should say could not be read.")

_FAILED_THEMSELVES = Meaning(
    Trouble.UNKNOWN, "The telephone provider had a failure of its own. It may have gone out all the same."
)

UNKNOWN = Meaning(Trouble.UNKNOWN, "An unknown answer from the telephone provider. A person must look.")

# Codes below 1000 are the HTTP status, where an answer carried no code of its own.
MEANINGS: dict[int, Meaning] = {
    408: _FAILED_THEMSELVES,
    500: _FAILED_THEMSELVES,
    502: _FAILED_THEMSELVES,
    503: _FAILED_THEMSELVES,
    504: _FAILED_THEMSELVES,
    20500: _FAILED_THEMSELVES,
    20503: _FAILED_THEMSELVES,
    401: _CREDENTIALS,
    403: _CREDENTIALS,
    404: _CREDENTIALS,
    20003: _CREDENTIALS,
    20404: _CREDENTIALS,
    10001: _SUSPENDED,
    20005: _SUSPENDED,
    30002: _SUSPENDED,
    21215: _PERMISSION,
    21408: _PERMISSION,
    21210: _SENDER,
    21212: _SENDER,
    21606: _SENDER,
    21612: _SENDER,
    21657: _SENDER,
    21216: _PROFILE,
    21608: _PROFILE,
    30042: _PROFILE,
    429: _CROWDED,
    10004: _CROWDED,
    20429: _CROWDED,
    21611: _CROWDED,
    22005: _CROWDED,
    30001: _CROWDED,
    21211: _NO_NUMBER,
    21217: _NO_NUMBER,
    30005: _NO_NUMBER,
    21214: Meaning(Trouble.NUMBER, "This telephone number cannot be called."),
    21614: _LANDLINE,
    21635: _LANDLINE,
    30006: _LANDLINE,
    21610: _STOPPED,
    30004: _FILTERED,
    30007: _FILTERED,
    30003: Meaning(Trouble.OUT_OF_REACH, "The telephone is off or out of reach."),
    30008: Meaning(Trouble.OUT_OF_REACH, "The telephone company did not say why it failed."),
    30036: Meaning(Trouble.OUT_OF_REACH, "The text waited too long at the telephone provider and was not sent."),
    21602: _TEXT,
    21617: _TEXT,
    21619: _TEXT,
    11200: Meaning(Trouble.OUR_MISTAKE, "The telephone provider could not reach this system."),
    11205: Meaning(Trouble.OUR_MISTAKE, "The telephone provider could not reach this system."),
    12100: _DOCUMENT,
    12200: _DOCUMENT,
}

_OUTCOMES = {
    Trouble.ACCOUNT: Outcome.CONFIG,
    Trouble.BUSY: Outcome.BUSY,
    Trouble.OUT_OF_REACH: Outcome.BUSY,
    Trouble.UNKNOWN: Outcome.UNKNOWN,
}


def meaning(code: int | None) -> Meaning:
    """What a code means; UNKNOWN for one that is not in the table."""
    return MEANINGS.get(code, UNKNOWN) if code is not None else UNKNOWN


def outcome(code: int) -> Outcome:
    """What a code means as the answer to a `send`."""
    return _OUTCOMES.get(meaning(code).trouble, Outcome.REFUSED)


def is_trouble(receipt: Receipt) -> bool:
    """Whether what came of a `send` says that the provider is in trouble, and not that one message is."""
    if receipt.outcome is Outcome.BUSY:
        return receipt.code is None or meaning(receipt.code).trouble is Trouble.BUSY
    return receipt.outcome is Outcome.UNKNOWN
