"""Twilio, through its own library, which only this file and twilio_http.py import.

The library's defaults are not ours: it waits for ever, logs bodies and numbers, and reads proxies from the
environment. It never sends a POST twice by itself, and neither do we. Logs carry code, status, duration and
the last two digits of a number.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from supportdesk.core.errors import Refusal

from . import callbacks, codes, price_list, signature, sms, twilio_http, voice
from .base import Channel, Outcome, Outgoing, Prices, Receipt, ReportedStatus, check_base_url, is_rehearsal
from .patience import Patience
from .twilio_http import SENDING_LIMIT, TIMEOUTS

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)
# At DEBUG it writes each address, and the address of a list carries the number that is asked for.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

RING_SECONDS = 45
"""How long a telephone may ring: time to walk to it, without trying anybody's patience."""
SHORTEST_VALIDITY, LONGEST_VALIDITY = 60, 36000
"""Seconds in Twilio's queue; 36000 is its own limit, and under a minute even an idle queue could miss it."""

# Asks for three more tries of a callback when we answer 5xx, and not only when no connection is made. The
# fragment is not signed (twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
_CALLBACK_RETRIES = "#rc=3&rp=5xx,ct,rt"
# Twilio's clock and ours may differ; the caller leaves out the sids that it knows.
_CLOCK_SLACK = timedelta(minutes=2)
_LOOK_THROUGH = 200


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Whose account it is, and as whom it sends. The secret is left out of `repr`."""

    account_sid: str
    auth_token: str = field(repr=False)
    sms_from: str | None = None
    """A number or an alphanumeric sender ID; not used where there is a messaging service."""
    voice_from: str | None = None
    messaging_service: str | None = None
    base_url: str | None = None
    """Where the API is, if not at Twilio's usual address; see `check_base_url`."""


class TwilioProvider:
    """The real telephone network. One object serves any number of threads."""

    name = "twilio"

    def __init__(
        self,
        account: TwilioAccount,
        *,
        timeouts: tuple[float, float] = TIMEOUTS,
        sending_limit: float = SENDING_LIMIT,
    ) -> None:
        """Raises Refusal when the account is not named, or its `base_url` is neither Twilio's nor our own."""
        if not (account.account_sid and account.auth_token):
            raise Refusal("The account at the telephone provider is not set up.", code="provider-account")
        if account.base_url:
            check_base_url(account.base_url)
        self.reaches_telephones = not is_rehearsal(account.base_url)
        self._account = account
        self._timeouts = timeouts
        self._sending_limit = sending_limit
        self._patience = Patience()
        # requests.Session is not promised to be safe between threads, and the client keeps its last answer.
        self._of_thread = threading.local()

    def send(self, outgoing: Outgoing) -> Receipt:
        """Create the message or call, once. Anything but a clear answer is UNKNOWN."""
        begun = time.monotonic()
        receipt, why = self._attempt(outgoing)
        log.info(
            "%s to …%s: %s (code %s, %s) in %.1f s",
            outgoing.channel.value,
            outgoing.to[-2:],
            receipt.outcome.value,
            receipt.code,
            why,
            time.monotonic() - begun,
        )
        return receipt

    def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
        """How far it is now; None when Twilio cannot be asked or does not know it."""

        def ask(client: Any) -> ReportedStatus:
            if channel is Channel.SMS:
                found = client.messages(sid).fetch()
                code = found.error_code
            else:
                found = client.calls(sid).fetch()
                code = None
            return ReportedStatus(
                sid=sid, state=callbacks.state(found.status or ""), code=code, at=found.date_updated,
                price=price_list.amount(found.price), currency=str(found.price_unit or ""),
            )  # fmt: skip

        return self._ask("fetch", ask)

    def find(self, outgoing: Outgoing, since: datetime) -> list[str] | None:
        """Look through the newest 200 to this number. DateSent is null while queued, so it is no filter."""
        earliest = since.astimezone(UTC) - _CLOCK_SLACK

        def ask(client: Any) -> list[str]:
            of_kind = client.messages if outgoing.channel is Channel.SMS else client.calls
            return [
                found.sid
                for found in of_kind.list(to=outgoing.to, limit=_LOOK_THROUGH)
                if (found.date_created is None or found.date_created >= earliest)
                and self._may_be(outgoing, found)
            ]

        return self._ask("list", ask)

    def prices(self) -> Prices | None:
        """Twilio's price list for Japan, as it is now."""

        def ask(client: Any) -> Prices | None:
            texts = client.pricing.v1.messaging.countries("JP").fetch()
            calls = client.pricing.v1.voice.countries("JP").fetch()
            if texts.price_unit != calls.price_unit:
                return None
            return price_list.read(texts.price_unit, texts.outbound_sms_prices, calls.outbound_prefix_prices)

        return self._ask("prices", ask)

    def signature_is_valid(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether the account's auth token signed this POST."""
        return signature.is_valid(self._account.auth_token, url, form, headers.get(signature.HEADER))

    def read_callback(self, form: Mapping[str, str], token: str) -> ReportedStatus | None:
        """The news in a status callback."""
        return callbacks.read(form, token)

    def _attempt(self, outgoing: Outgoing) -> tuple[Receipt, str]:
        """The receipt, and for the log what lies behind it."""
        from twilio.base.exceptions import TwilioRestException, TwilioServiceException

        try:
            fields = self._fields(outgoing)
        except Refusal as refusal:
            return Receipt(Outcome.REFUSED), refusal.code
        if not (fields.get("from_") or fields.get("messaging_service_sid")):
            return Receipt(Outcome.CONFIG), "no sender"
        client = self._client()
        try:
            of_kind = client.messages if outgoing.channel is Channel.SMS else client.calls
            created = of_kind.create(to=outgoing.to, **fields)
        except (TwilioRestException, TwilioServiceException) as answer:
            return _refusal(
                answer.status, answer.code, client.http_client.retry_after
            ), f"HTTP {answer.status}"
        except Exception as error:  # noqa: BLE001  requests, urllib3 and json each raise their own
            surely_not_sent = twilio_http.never_left(error)
            return Receipt(Outcome.BUSY if surely_not_sent else Outcome.UNKNOWN), type(error).__name__
        if not created.sid:
            return Receipt(Outcome.UNKNOWN), "no sid"
        receipt = Receipt(
            Outcome.ACCEPTED, sid=created.sid, segments=_segments(outgoing, created), sender=_sender(created)
        )
        return receipt, "HTTP 201"

    def _fields(self, outgoing: Outgoing) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if outgoing.callback_url:
            fields["status_callback"] = outgoing.callback_url + _CALLBACK_RETRIES
        if outgoing.channel is Channel.SMS:
            if self._account.messaging_service:
                fields["messaging_service_sid"] = self._account.messaging_service
            else:
                fields["from_"] = self._account.sms_from
            valid = min(max(outgoing.valid_seconds, SHORTEST_VALIDITY), LONGEST_VALIDITY)
            return fields | {"body": outgoing.body, "validity_period": valid}
        if outgoing.callback_url:
            fields["status_callback_event"] = list(callbacks.CALL_EVENTS)
            fields["status_callback_method"] = "POST"
        if outgoing.twiml_url:
            fields |= {"url": outgoing.twiml_url, "fallback_url": outgoing.fallback_url}
        else:
            fields["twiml"] = voice.twiml(outgoing.sentences)
        return fields | {"from_": self._account.voice_from, "timeout": RING_SECONDS}

    def _may_be(self, outgoing: Outgoing, found: Any) -> bool:
        if outgoing.channel is Channel.VOICE:
            # The library keeps a call's From under this name alone.
            return bool(found._from == self._account.voice_from)
        if found.body != outgoing.body:
            return False
        if self._account.messaging_service:
            return bool(found.messaging_service_sid == self._account.messaging_service)
        return bool(found.from_ == self._account.sms_from)

    def _ask(self, what: str, ask: Callable[[Any], _Answer]) -> _Answer | None:
        try:
            return ask(self._client())
        except Exception as error:  # noqa: BLE001  whatever went wrong, there is no answer and nothing was sent
            log.warning(
                "%s got no answer: %s (code %s)", what, type(error).__name__, getattr(error, "code", None)
            )
            return None

    def _client(self) -> Any:
        client = getattr(self._of_thread, "client", None)
        if client is None:
            from twilio.rest import Client

            client = self._of_thread.client = Client(
                self._account.account_sid,
                self._account.auth_token,
                # Given, so that TWILIO_REGION and the like in the real environment change no address.
                environment={"TWILIO_ACCOUNT_SID": self._account.account_sid},
                http_client=twilio_http.client_class()(
                    self._account.base_url, self._timeouts, self._sending_limit, self._patience
                ),
            )
        return client


def _refusal(status: int, code: object, retry_after: int | None) -> Receipt:
    if status >= 500 or status == 408:
        return Receipt(Outcome.UNKNOWN, code=_code(code, status))
    number = _code(code, status)
    # The status speaks where the code is new to us: these three mean the same whatever the code, for the account too.
    if number not in codes.MEANINGS and status in (401, 403, 429):
        number = status
    outcome = codes.outcome(number)
    return Receipt(outcome, code=number, retry_after=retry_after if outcome is Outcome.BUSY else None)


def _code(code: object, status: int) -> int:
    return code if isinstance(code, int) else status


def _sender(created: Any) -> str | None:
    # Of a call the library keeps the From under this name alone; of a text sent through a service it is null at first.
    return getattr(created, "from_", None) or getattr(created, "_from", None)


def _segments(outgoing: Outgoing, created: Any) -> int | None:
    if outgoing.channel is Channel.VOICE:
        return None
    # "0" is what a messaging service answers before it has chosen a sender.
    told = str(created.num_segments or "")
    return int(told) if told.isascii() and told.isdigit() and int(told) else sms.segments(outgoing.body)
