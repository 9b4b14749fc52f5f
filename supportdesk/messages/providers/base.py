"""What every provider is: what it is given, what it answers, and which of its news is the last."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from supportdesk.core.errors import Refusal


class Channel(StrEnum):
    """By which way a message travels."""

    SMS = "sms"
    VOICE = "voice"


class Outcome(StrEnum):
    """What is known right after the call to the provider."""

    ACCEPTED = "accepted"
    """The provider took it and named it (`sid`)."""
    REFUSED = "refused"
    """The provider will never send this to this number on this channel."""
    BUSY = "busy"
    """Surely not sent; the same may be tried again after a while."""
    CONFIG = "config"
    """Surely not sent, and nothing else would be: credentials, permission, balance. The whole run stops."""
    UNKNOWN = "unknown"
    """It may have been sent. Never sent again by itself (house law 6)."""


class Delivery(StrEnum):
    """How far an accepted message or call has come. The words are Twilio's, less those that say the same."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


_ON_THE_WAY = frozenset(
    {Delivery.QUEUED, Delivery.SENDING, Delivery.RINGING, Delivery.SENT, Delivery.IN_PROGRESS}
)


def is_final(state: Delivery) -> bool:
    """Whether no later news can change this state."""
    return state not in _ON_THE_WAY


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message or call, ready to leave. What tells who it is for is left out of `repr`, hence of logs."""

    token: str
    """Our own unguessable name for this attempt; it stands in `callback_url`."""
    channel: Channel
    to: str = field(repr=False)
    """E.164, `+8190…`."""
    body: str = field(default="", repr=False)
    """The text of an SMS."""
    sentences: tuple[str, ...] = field(default=(), repr=False)
    """What a call says, when there is no `twiml_url`."""
    twiml_url: str | None = None
    """Where the provider asks, when the call is answered, what to say."""
    fallback_url: str | None = None
    """Where it asks instead, when there or at a later address of the same call no usable answer comes."""
    callback_url: str | None = None
    """Where the provider reports; None where nothing outside can reach us (then `fetch` is asked)."""
    valid_seconds: int = 36000
    """How long an SMS may wait in the provider's queue before it must die there."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of one `send`. `code` is the provider's number for a refusal (see `codes`)."""

    outcome: Outcome
    sid: str | None = None
    code: int | None = None
    retry_after: int | None = None
    """Seconds the provider asked us to wait."""
    segments: int | None = None
    """Parts that will be billed, for an SMS."""
    sender: str | None = None
    """From which number or under which name it goes out; None where the provider chooses that later."""


@dataclass(frozen=True, slots=True)
class ReportedStatus:
    """News of one message or call, from a callback or from asking."""

    sid: str
    state: Delivery
    token: str | None = None
    """The token of the callback's address; None when we asked."""
    code: int | None = None
    at: datetime | None = None
    """When the provider says it happened (aware, UTC); None where it gives no time that can be trusted."""
    price: Decimal | None = None
    """What the provider bills, in `currency`; None where it does not say (yet)."""
    currency: str = ""
    sender: str | None = None
    """From which number or under which name it went out."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The provider's price list for Japan. Where it has several (by carrier, by kind of line), the dearest, so that
    nobody is told too little before pressing."""

    currency: str
    text_part: Decimal
    call_minute: Decimal


class Provider(Protocol):
    """The one door out of the house; tests/messages/test_provider_contract.py holds every provider to it."""

    @property
    def name(self) -> str:
        """A stable word, kept with each attempt."""

    @property
    def reaches_telephones(self) -> bool:
        """Whether what it accepts reaches real people; else it is a rehearsal."""

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over once, without trying again. Never raises for trouble at the provider or on the way."""

    def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
        """Ask how far one is; None when the provider gave no usable answer (ask again later)."""

    def find(self, outgoing: Outgoing, since: datetime) -> list[str] | None:
        """The sids that may be this one, made since then: same number and sender, for an SMS the same text.

        None when the provider gave no usable answer. An empty list is no proof either: Twilio's list lags
        by minutes. The caller leaves out sids that it knows as others'.
        """

    def prices(self) -> Prices | None:
        """The price list, read now; None where the provider has none, or gave no usable answer."""

    def signature_is_valid(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether a callback to this public address really comes from the provider."""

    def read_callback(self, form: Mapping[str, str], token: str) -> ReportedStatus | None:
        """The news in a callback's form; None when it names no message or call."""


def check_base_url(url: str) -> None:
    """Refuse any address for the provider's API but Twilio's own (by https) or this machine's.

    The account's secret travels with every request, so a slip of the pen must not carry it elsewhere.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _not_a_base_url() from None
    bare = parts.username is None and parts.path in ("", "/") and not parts.query and not parts.fragment
    to_twilio = parts.scheme == "https" and (host == "twilio.com" or host.endswith(".twilio.com"))
    to_itself = parts.scheme in ("http", "https") and _is_loopback(host)
    if not (bare and (to_twilio or to_itself)):
        raise _not_a_base_url()


def is_rehearsal(url: str | None) -> bool:
    """Whether the provider's API is played by something on this machine. Takes what `check_base_url` let through."""
    return url is not None and _is_loopback(urlsplit(url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_a_base_url() -> Refusal:
    return Refusal(
        "The provider's address must be one of Twilio's, by https, or on this machine.",
        code="provider-base-url",
    )
