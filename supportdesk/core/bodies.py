"""Slow clients wait outside the app: a request's body is read whole before the app sees the request.

The server hands a request over as soon as its head is there. A form that arrives at 2 kB/s would then hold, for as long
as it takes, a thread that could answer others, and with it a view of the database.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_BODY = 8 * 1024 * 1024
_IN_MEMORY = 256 * 1024
_PIECE = 64 * 1024


class WholeBodies:
    """The app behind a gate: any number of threads may wait for bodies, `at_once` are inside.

    What is longer than `longest` bytes is left to the app unread: it answers 413 without reading it.
    """

    def __init__(self, app: WSGIApplication, *, at_once: int, longest: int) -> None:
        self.app = app
        self.longest = longest
        self._inside = threading.Semaphore(at_once)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _length(environ)
        if not 0 < length <= self.longest:
            return self._answer(environ, start_response)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            _copy(environ["wsgi.input"], body, length)
            body.seek(0)
            return self._answer({**environ, "wsgi.input": body}, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._inside:
            return self.app(environ, start_response)


def _length(environ: WSGIEnvironment) -> int:
    typed = environ.get("CONTENT_LENGTH") or ""
    return int(typed) if typed.isascii() and typed.isdigit() else 0


def _copy(source: Any, target: Any, length: int) -> None:
    """Up to `length` bytes; fewer if the client went away, which the app then notices."""
    while length > 0 and (piece := source.read(min(length, _PIECE))):
        target.write(piece)
        length -= len(piece)
