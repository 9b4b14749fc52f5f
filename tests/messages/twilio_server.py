"""A local stand-in for Twilio's messages and calls, with a referee.

It answers as Twilio does, keeps what it accepted, and can be told to misbehave at the next request that
creates something. Every request, and every answer that is meant to be good, is held against Twilio's own
description; what does not fit stands in `violations`, which the fixture wants empty.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

SPEC = Path(__file__).parents[1] / "reference" / "twilio" / "twilio_api_v2010.trimmed.json"
ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "the stand-in's auth token"


@cache
def description() -> OpenAPI:
    """Twilio's own description of its API, unpatched."""
    return OpenAPI.from_file_path(str(SPEC))


@dataclass(frozen=True)
class Behaviour:
    """What happens at one request that creates something."""

    status: int = 201
    code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    """Sent as the body, instead of JSON."""
    keeps: bool = True
    """Whether the message or call is accepted all the same."""
    connection: str = "answer"
    """answer, reset (after the body was read), hang, or trickle (a good answer, without end)."""
    nameless: bool = False
    delay: float = 0
    """Seconds before anything is answered."""

    @property
    def is_good(self) -> bool:
        return self.status == 201 and self.raw is None


GOOD = Behaviour()
HTML_200 = Behaviour(status=200, raw="<html>Sign in to the hotel's Wi-Fi</html>")
NAMELESS_201 = Behaviour(nameless=True)
HANG = Behaviour(connection="hang")
TRICKLE = Behaviour(connection="trickle")
RESET = Behaviour(connection="reset", keeps=False)
ACCEPT_THEN_RESET = Behaviour(connection="reset")


def busy(retry_after: str | None = None) -> Behaviour:
    """429, with Retry-After if given."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Behaviour(status=429, code=20429, headers=headers, keeps=False)


def refuse(code: int, status: int = 400) -> Behaviour:
    """A refusal with one of Twilio's codes."""
    return Behaviour(status=status, code=code, keeps=False)


def broken(status: int = 500, raw: str | None = None) -> Behaviour:
    """A server error; it may have accepted all the same."""
    return Behaviour(status=status, code=20500, raw=raw)


class TwilioServer:
    """Runs in threads of its own on a free port of this machine, from `start` to `stop`."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        """What was accepted, newest last, as Twilio would show it."""
        self.requests: list[tuple[str, str, dict[str, list[str]]]] = []
        """Method, path and form of every request that came."""
        self.violations: list[str] = []
        self.next: deque[Behaviour] = deque()
        self.prices: dict[str, dict[str, Any]] = {}
        """What /v1/Messaging and /v1/Voice say of Japan; no description of them is at hand to hold it against."""
        self.hidden: set[str] = set()
        """Sids that the lists do not show yet."""
        self.when_taken: Callable[[], None] = lambda: None
        """Called when a message or call was accepted, before anything is answered."""
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> TwilioServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening: from now on a connection is refused."""
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Let a kept one have come this far."""
        with self._lock:
            one = next(one for one in self.kept if one["sid"] == sid)
            one["status"] = status
            if "error_code" in one:
                one["error_code"] = error_code

    def behaviour(self, kind: str, form: dict[str, list[str]]) -> Behaviour:
        """What happens to a request that creates something."""
        usual = refuse(21614) if _is_text_to_landline(kind, form) else GOOD
        return self.next.popleft() if self.next else usual

    def create(self, kind: str, form: dict[str, list[str]], *, keep: bool) -> dict[str, Any]:
        first = {name: values[0] for name, values in form.items()}
        now = format_datetime(datetime.now(UTC))
        with self._lock:
            sid = f"{'SM' if kind == 'Messages' else 'CA'}{len(self.kept) + 1:032x}"
            one: dict[str, Any] = {
                "sid": sid,
                "account_sid": ACCOUNT,
                "to": first["To"],
                "from": first.get("From"),
                "date_created": now,
                "date_updated": now,
                "status": "queued",
                "direction": "outbound-api",
                "api_version": "2010-04-01",
                "price": None,
                "uri": f"/2010-04-01/Accounts/{ACCOUNT}/{kind}/{sid}.json",
            }
            if kind == "Messages":
                service = first.get("MessagingServiceSid")
                one |= {
                    "body": first.get("Body"),
                    "num_segments": "0" if service else "1",
                    "num_media": "0",
                    "error_code": None,
                    "error_message": None,
                    "date_sent": None,
                    "messaging_service_sid": service,
                    "status": "accepted" if service else "queued",
                }
            if keep:
                self.kept.append(one)
            return dict(one)

    def shown(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """The list of one kind, newest first, on one page."""
        with self._lock:
            found = [
                one
                for one in reversed(self.kept)
                if f"/{kind}/" in one["uri"]
                and one["sid"] not in self.hidden
                and one["to"] == query.get("To", [one["to"]])[0]
            ]
        size = int(query.get("PageSize", ["50"])[0])
        return {kind.lower(): found[:size], "page": 0, "page_size": size, "next_page_uri": None}

    def one(self, sid: str) -> dict[str, Any] | None:
        with self._lock:
            return next((dict(one) for one in self.kept if one["sid"] == sid), None)

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """That long, or until `stop`."""
        self._over.wait(seconds)

    def hold_request(self, request: Request) -> None:
        try:
            description().validate_request(WerkzeugOpenAPIRequest(request))
        except OpenAPIError as error:
            self.violations.append(f"request {request.method} {request.path}: {error!r} {error.__cause__!r}")

    def hold_answer(self, request: Request, status: int, body: str) -> None:
        answer = Response(body, status=status, content_type="application/json")
        try:
            description().validate_response(WerkzeugOpenAPIRequest(request), WerkzeugOpenAPIResponse(answer))
        except OpenAPIError as error:
            self.violations.append(f"answer {request.method} {request.path}: {error!r} {error.__cause__!r}")


def _is_text_to_landline(kind: str, form: dict[str, list[str]]) -> bool:
    return kind == "Messages" and not re.match(r"\+81[6-9]0", form["To"][0])


def _handler(server: TwilioServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _serve(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            form = parse_qs(body.decode(), keep_blank_values=True)
            server.requests.append((self.command, parts.path, form or parse_qs(parts.query)))
            if parts.path.startswith("/v1/"):
                found = server.prices.get(parts.path.split("/")[2])
                self._send(200 if found else 404, json.dumps(found or {}), {"Content-Type": "application/json"})
                return
            request = self._as_sent_to_twilio(parts.path, parts.query, body)
            server.hold_request(request)
            if not self._is_signed_in():
                self._refuse(401, 20003)
                return
            kind, _, sid = parts.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}/").partition("/")
            if self.command == "POST":
                self._create(request, kind.removesuffix(".json"), form)
                return
            found = (
                server.one(sid.removesuffix(".json"))
                if sid
                else server.shown(kind.removesuffix(".json"), parse_qs(parts.query))
            )
            if found is None:
                self._refuse(404, 20404)
            else:
                self._answer(request, 200, found)

        def _create(self, request: Request, kind: str, form: dict[str, list[str]]) -> None:
            behaviour = server.behaviour(kind, form)
            created = server.create(kind, form, keep=behaviour.keeps)
            server.when_taken()
            server.wait(behaviour.delay)
            if behaviour.connection == "hang":
                server.wait(30)
                self.close_connection = True
            elif behaviour.connection == "reset":
                # Lingering for no time makes the close a reset, not an end.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True
            elif behaviour.connection == "trickle":
                self._trickle()
            elif behaviour.raw is not None:
                self._send(behaviour.status, behaviour.raw, {"Content-Type": "text/html"})
            elif not behaviour.is_good:
                self._refuse(behaviour.status, behaviour.code or behaviour.status, behaviour.headers)
            else:
                if behaviour.nameless:
                    created["sid"] = None
                self._answer(request, 201, created)

        def _trickle(self) -> None:
            """A header that never ends, one letter at a time, until nobody listens any more."""
            self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
            with suppress(OSError):
                while not server.is_over:
                    self.wfile.write(b"x")
                    server.wait(0.05)
            self.close_connection = True

        def _answer(self, request: Request, status: int, found: dict[str, Any]) -> None:
            body = json.dumps(found)
            server.hold_answer(request, status, body)
            self._send(status, body, {"Content-Type": "application/json"})

        def _refuse(self, status: int, code: int, headers: dict[str, str] | None = None) -> None:
            body = {"code": code, "message": "No.", "status": status, "more_info": "https://example.com"}
            self._send(status, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})

        def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
            encoded = body.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(encoded))}.items():
                self.send_header(name, value)
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may be dead
                self.end_headers()
                self.wfile.write(encoded)

        def _is_signed_in(self) -> bool:
            scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
            return scheme == "Basic" and b64decode(credentials).decode() == f"{ACCOUNT}:{TOKEN}"

        def _as_sent_to_twilio(self, path: str, query: str, body: bytes) -> Request:
            """The request with Twilio's own host, which the description insists on."""
            builder = EnvironBuilder(
                path=path,
                query_string=query,
                base_url="https://api.twilio.com",
                method=self.command,
                data=body or None,
                headers=Headers([("Authorization", self.headers.get("Authorization", ""))]),
                content_type=self.headers.get("Content-Type"),
            )
            return builder.get_request()

    return Handler
