"""How we speak HTTP to Twilio: with an end to waiting, to one address, and what a broken exchange says."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from .patience import Line, LineAdapter, Patience

TIMEOUTS = (5.0, 15.0)
"""Seconds to connect, and for each wait for the answer."""
SENDING_LIMIT, ASKING_LIMIT = 18.0, 8.0
"""Seconds that a call to the API may take in all: one that creates something, and one that asks. A provider that hangs
keeps nobody else waiting for 20 seconds."""
_LONGEST_RETRY_AFTER = 3600


@cache
def client_class() -> Any:
    # Made at first use: importing the library takes a quarter of a second that most commands never need.
    from twilio.http.http_client import TwilioHttpClient

    class FiniteHttpClient(TwilioHttpClient):
        """Twilio's client with an end to waiting, no proxy from the environment, and a fixed address."""

        def __init__(
            self, base_url: str | None, timeouts: tuple[float, float], sending_limit: float, patience: Patience
        ) -> None:
            super().__init__()
            # Set afterwards, since the constructor refuses a pair.
            self.timeout = timeouts
            self.session.trust_env = False
            self._line, self._patience, self._sending_limit = Line(), patience, sending_limit
            for scheme in ("https://", "http://"):
                self.session.mount(scheme, LineAdapter(self._line))
            self.retry_after: int | None = None
            self._base = urlsplit(base_url) if base_url else None

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            # Rewritten here and not by `client.api.base_url`, which is set too late: `api` is made lazily.
            if self._base:
                url = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc).geturl()
            self.retry_after = None
            with self._patience.limit(self._line, self._sending_limit if method == "POST" else ASKING_LIMIT):
                response = super().request(method, url, *args, **kwargs)
            self.retry_after = _retry_after(response.headers.get("Retry-After"))
            return response

        def log_request(self, kwargs: dict[str, Any]) -> None:
            """Nothing: the library would log the number and the text."""

        def log_response(self, status_code: int, response: Any) -> None:
            """Nothing, as above."""

    return FiniteHttpClient


def _retry_after(header: str | None) -> int | None:
    if not header or not (header.isascii() and header.isdigit()):
        return None
    # Python refuses to read a number of thousands of digits.
    return min(int(header), _LONGEST_RETRY_AFTER) if len(header) < 10 else _LONGEST_RETRY_AFTER


def never_left(error: BaseException) -> bool:
    """Whether Twilio surely did not get it: connection refused or timed out, no such name, wrong certificate.

    Other TLS errors may also come while an answer is read, so they stay unknown.
    """
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError | ssl.SSLCertVerificationError)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from: requests keeps the cause in `args`, urllib3 in `reason` too.

    Not `__context__`: that may be an older trouble, which the caller was busy with.
    """
    yield error
    for inner in (*error.args, getattr(error, "reason", None)):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
