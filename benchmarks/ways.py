"""The two ways to the same act: the pages' forms, as a browser sends them, and the API."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode

import requests

from supportdesk.core import chance

from .client import request
from .serving import COMMAND, Server
from .towns import Town, environment_of

SCOPES = ("write:bookings", "write:help-requests")
TROUBLE = "写真を消したいが、どこを押せばよいか分からない。"


class Way(Protocol):
    """Makes requests of one clerk, counted from 0. `done` and `full` are the statuses that say so."""

    name: str
    done: int
    full: int

    def book(self, clerk: int, lesson: int, resident: int) -> bytes: ...

    def note(self, clerk: int, resident: int) -> bytes: ...


class Pages:
    """Session cookie and CSRF token, one of each for every clerk, and a fresh form each time."""

    name, done, full = "pages", 303, 422

    def __init__(self, server: Server, cookies: Sequence[str], lesson: int) -> None:
        self._cookies = cookies
        self._tokens = []
        for cookie in cookies:
            address = f"{server.url}/lessons/{lesson}/book?resident=1"
            page = requests.get(address, headers={"Cookie": cookie}, timeout=30)
            found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
            if found is None:
                raise RuntimeError(f"no form where bookings are made: {page.status_code}")
            self._tokens.append(found[1])

    def book(self, clerk: int, lesson: int, resident: int) -> bytes:
        fields = {"booked_by": "self", "channel": "phone", "companions": "0", "read_back": "y"}
        return self._post(clerk, f"/lessons/{lesson}/book?resident={resident}", fields)

    def note(self, clerk: int, resident: int) -> bytes:
        fields = {"act": "note", "resident": str(resident), "channel": "phone", "text": TROUBLE, "topic": "PHOTO",
                  "booked_by": "self", "companions": "0"}  # fmt: skip
        return self._post(clerk, "/desk", fields)

    def _post(self, clerk: int, path: str, fields: dict[str, str]) -> bytes:
        body = urlencode({**fields, "csrf_token": self._tokens[clerk], "operation": chance.operation_key()})
        headers = {"Cookie": self._cookies[clerk], "Content-Type": "application/x-www-form-urlencoded"}
        return request("POST", path, headers, body)


class Api:
    """A token, an idempotency key on every POST."""

    name, done, full = "API", 201, 409

    def __init__(self, town: Town) -> None:
        scopes = [part for scope in SCOPES for part in ("--scope", scope)]
        name = f"bench {chance.operation_key()[:8]}"
        made = subprocess.run(
            [sys.executable, "-c", COMMAND, "token", "add", "--name", name, "--role", "staff", *scopes],
            env=environment_of(town), capture_output=True, text=True, check=True,
        )  # fmt: skip
        self._token = made.stdout.split()[0]

    def book(self, clerk: int, lesson: int, resident: int) -> bytes:
        asked = {"resident_ids": [resident], "companions": 0, "booked_by": "self", "channel": "phone"}
        return self._post(f"/api/v1/lessons/{lesson}/bookings", asked)

    def note(self, clerk: int, resident: int) -> bytes:
        asked = {"resident_id": resident, "channel": "phone", "topic_code": "PHOTO", "text": TROUBLE}
        return self._post("/api/v1/help-requests", asked)

    def _post(self, path: str, asked: dict[str, object]) -> bytes:
        headers = {
            "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
            "Idempotency-Key": chance.operation_key(),
        }  # fmt: skip
        return request("POST", path, headers, json.dumps(asked))


def ways(town: Town, server: Server, cookies: Sequence[str], lesson: int) -> list[Way]:
    """The pages, and the API where it knows the noun."""
    found: list[Way] = [Pages(server, cookies, lesson)]
    described = requests.get(f"{server.url}/api/v1/openapi.json", timeout=30)
    if described.status_code == 200 and any(path.endswith("/bookings") for path in described.json()["paths"]):
        found.append(Api(town))
    return found
