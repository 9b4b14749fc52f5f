"""The practice telephone's way to the office: signed POSTs to its public address, and what comes back.

Outside any transaction, over the same HTTP as a real provider's, so that a wrong address or proxy shows here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .models import PracticeExchange
from .practice import caller
from .providers import signature
from .providers.twiml_reader import NotTwiml, read_twiml

log = logging.getLogger(__name__)

ACCOUNT, API_VERSION = "ACpractice", "2010-04-01"
_LONGEST_ADDRESS = 300


@dataclass(frozen=True)
class Answer:
    """What came back from one of the office's addresses."""

    status: int
    text: str


# url, form, headers → the answer. Raises OSError when nobody answers.
Ask = Callable[[str, Mapping[str, str], Mapping[str, str]], Answer]


@dataclass(frozen=True)
class Wire:
    """The way to the office: how to ask, the key that signs, its public address and its number (E.164)."""

    ask: Ask
    key: str
    base: str | None
    office: str


def document(wire: Wire, row: PracticeExchange, url: str, more: Mapping[str, str]) -> str | None:
    """What the office answers, or None when Twilio could not play it."""
    came = answer(wire, url, _form(row) | dict(more))
    if came is None or came.status != 200 or len(url) > _LONGEST_ADDRESS:
        return None
    try:
        read_twiml(came.text)
    except NotTwiml as problem:
        log.warning("a document for the practice telephone cannot be played: %s", problem.message)
        return None
    return came.text


def answer(wire: Wire, url: str, form: Mapping[str, str]) -> Answer | None:
    """What comes back from one of the office's addresses, or None when nothing does."""
    # Nothing of a rehearsal leaves the house, whatever a document names.
    if not url.startswith(f"{wire.base}/"):
        log.warning("a document of the practice telephone leads out of the house")
        return None
    try:
        return wire.ask(url, form, {signature.HEADER: signature.sign(wire.key, url, form)})
    except OSError as problem:  # requests' errors are OSErrors
        log.warning("nobody answered the practice telephone: %s", type(problem).__name__)
        return None


def _form(row: PracticeExchange) -> dict[str, str]:
    """The fields with which Twilio asks about a call."""
    sender, to = (caller(row), row.sender) if row.inbound else (row.sender, row.number)
    return {
        "CallSid": row.sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "To": to,
        "Caller": sender,
        "Called": to,
        "CallStatus": row.state,
        "Direction": "inbound" if row.inbound else "outbound-api",
        "ApiVersion": API_VERSION,
    }
