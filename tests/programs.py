"""A program that calls /api/v1 with its token, as on a server: each request in an app context of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    response: TestResponse

    @property
    def errors(self) -> dict[str, str]:
        """What a problem document says about each field."""
        return {error["field"]: error["message"] for error in self.body.get("errors", [])}


class Program:
    def __init__(self, app: Flask, token: str | None) -> None:
        self.app = app
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Reply:
        return self.send("GET", path, **({"query_string": query} if query else {}))

    def post(self, path: str, body: Any, key: str | None = None) -> Reply:
        return self.send("POST", path, json=body, headers={"Idempotency-Key": key} if key is not None else {})

    def patch(self, path: str, body: Any) -> Reply:
        return self.send("PATCH", path, json=body)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Reply:
        path = path if path.startswith("/api/") else f"/api/v1{path}"
        with self.app.app_context():
            response = self.app.test_client().open(
                path, method=method, headers={**self.headers, **(headers or {})}, **more
            )
            return Reply(response.status_code, response.get_json(silent=True), response)
