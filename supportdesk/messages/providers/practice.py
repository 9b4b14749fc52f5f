"""The built-in telephone with which an office rehearses: the same contract, and nothing leaves the house.

What it accepts is kept by an `Exchange`, which comes from outside, so that this file knows no database.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from supportdesk.core.errors import Refusal

from . import callbacks, codes, signature, sms, voice
from .base import Channel, Outcome, Outgoing, Prices, Receipt, ReportedStatus

log = logging.getLogger(__name__)

# The sender as the drawn telephone shows it; a real one is set with the provider.
SENDER = "SUPPORTDESK"
_TAKES_NO_TEXTS = 21614
# 060 was opened to mobiles in December 2024 (MIC); the others are the older ones.
_MOBILES = ("+8160", "+8170", "+8180", "+8190")


class LineRefuses(Exception):
    """The rehearsed telephone says no, with one of Twilio's codes (`codes.MEANINGS`)."""

    def __init__(self, code: int, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code, self.retry_after = code, retry_after


class NoConnection(OSError):
    """The rehearsed provider cannot be reached, so that surely nothing was handed over."""


class Exchange(Protocol):
    """Where the practice telephone keeps what it was given. It shares the signing key for its callbacks."""

    def accept(self, outgoing: Outgoing) -> str:
        """Keep it and name it (a new sid). Raises LineRefuses when this telephone or the whole provider is set to
        refuse, NoConnection when it cannot be reached. These two come from the others as well."""

    def state(self, channel: Channel, sid: str) -> ReportedStatus | None:
        """How far it is; None for a sid that is not here."""

    def find(self, outgoing: Outgoing, since: datetime) -> list[str]:
        """The sids accepted since then for the same token."""


class PracticeProvider:
    """The practice telephone as a provider."""

    name = "practice"
    reaches_telephones = False

    def __init__(self, exchange: Exchange, *, key: str) -> None:
        """`key` signs and checks callbacks; see `signature.derive_key`."""
        self._exchange = exchange
        self._key = key

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over to the exchange. A landline refuses texts, as the real network does."""
        if outgoing.channel is Channel.SMS and not outgoing.to.startswith(_MOBILES):
            return Receipt(Outcome.REFUSED, code=_TAKES_NO_TEXTS)
        try:
            if outgoing.channel is Channel.VOICE and not outgoing.twiml_url:
                voice.twiml(outgoing.sentences)
            sid = self._exchange.accept(outgoing)
        except Refusal as refusal:
            log.info("refused: %s", refusal.code)
            return Receipt(Outcome.REFUSED)
        except LineRefuses as refusal:
            return Receipt(codes.outcome(refusal.code), code=refusal.code, retry_after=refusal.retry_after)
        except NoConnection:
            return Receipt(Outcome.BUSY)
        except Exception as error:  # noqa: BLE001  a storage error may come after the row was kept
            log.warning("the practice exchange gave no answer: %s", type(error).__name__)
            return Receipt(Outcome.UNKNOWN)
        segments = sms.segments(outgoing.body) if outgoing.channel is Channel.SMS else None
        return Receipt(Outcome.ACCEPTED, sid=sid, segments=segments, sender=SENDER)

    def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
        """How far it is now; None also while the rehearsed provider cannot be asked."""
        with contextlib.suppress(LineRefuses, OSError):
            return self._exchange.state(channel, sid)
        return None

    def find(self, outgoing: Outgoing, since: datetime) -> list[str] | None:
        """The sids that were kept for it; None while the rehearsed provider cannot be asked."""
        with contextlib.suppress(LineRefuses, OSError):
            return self._exchange.find(outgoing, since)
        return None

    def prices(self) -> Prices | None:
        """None: a rehearsal costs nothing, and its office writes its own prices down."""
        return None

    def signature_is_valid(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether our own key signed this POST."""
        return signature.is_valid(self._key, url, form, headers.get(signature.HEADER))

    def read_callback(self, form: Mapping[str, str], token: str) -> ReportedStatus | None:
        """The news in a status callback; the practice telephone posts Twilio's own fields."""
        return callbacks.read(form, token)
