"""A browser without a window for journeys: opens pages, reads them, fills in forms as they are shown, sends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from werkzeug.test import TestResponse

from supportdesk.accounts.models import User, WebSession
from supportdesk.accounts.web_sessions import COOKIE, hash_of
from supportdesk.core import chance, clock
from supportdesk.core.db import transaction


class Form:
    """A form as the page shows it, with the values that are in it."""

    def __init__(self, tag: Tag, page: Page) -> None:
        self.page = page
        self.action = str(tag.get("action") or page.path)
        self.method = str(tag.get("method", "get")).lower()
        self.values: dict[str, Any] = {}
        for entry in tag.select("input, select, textarea"):
            name, kind = str(entry.get("name", "")), entry.get("type", "text")
            if not name or kind in ("submit", "button", "file"):
                continue
            if kind in ("checkbox", "radio"):
                if entry.has_attr("checked"):
                    self._add(name, str(entry.get("value", "on")))
            elif entry.name == "select":
                for option in entry.select("option[selected]"):
                    self._add(name, str(option.get("value", option.text)))
            elif entry.name == "textarea":
                self._add(name, entry.text.replace("\r\n", "\n").removeprefix("\n"))
            else:
                self._add(name, str(entry.get("value", "")))

    def _add(self, name: str, value: str) -> None:
        if name in self.values:
            before = self.values[name]
            self.values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            self.values[name] = value

    def send(self, follow: bool = True, **changes: Any) -> Page:
        values = {**self.values, **changes}
        values = {name: value for name, value in values.items() if value is not None}
        return self.page.web.request(self.method, self.action, values, follow)


class Page:
    """What came back."""

    def __init__(self, web: Web, response: TestResponse) -> None:
        self.web, self.response = web, response
        self.status = response.status_code
        self.path = response.request.full_path.rstrip("?") if response.request else ""
        self.html = response.get_data(as_text=True)
        self.soup = BeautifulSoup(self.html, "html.parser")

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    def form(self, selector: str = "main form") -> Form:
        found = self.soup.select_one(selector)
        assert found is not None, f"no {selector} on {self.path}: {self.text[:500]}"
        return Form(found, self)

    def link(self, words: str) -> Page:
        for anchor in self.soup.select("a[href]"):
            if words in anchor.get_text(" "):
                return self.web.get(str(anchor["href"]))
        raise AssertionError(f"no link {words!r} on {self.path}: {self.text[:500]}")


class Web:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def sign_in(self, person: User) -> Web:
        """Sign in by putting a session into the table, as the sign-in page would; the page has its own tests."""
        identity, now = chance.token(), clock.now()
        data = {"_user_id": person.fs_uniquifier, "_fresh": True, "user_row": person.id}
        with transaction() as session:
            session.add(
                WebSession(
                    id_hash=hash_of(identity), user_id=person.id, data=TaggedJSONSerializer().dumps(data),
                    created_at=now, seen_at=now, expires_at=now + timedelta(hours=8),
                )
            )  # fmt: skip
        self.client.set_cookie(COOKIE, identity)
        return self

    def get(self, path: str, **more: Any) -> Page:
        return self._open("GET", path, **more)

    def post(self, path: str, values: dict[str, Any], **headers: str) -> Page:
        """Send values as a browser sends a form, with these headers; redirects are not followed."""
        return self._open("POST", path, data=values, headers=headers)

    def request(self, method: str, path: str, values: dict[str, Any], follow: bool) -> Page:
        if method == "get":
            return self._open("GET", path, query_string=values, follow_redirects=follow)
        return self._open("POST", path, data=values, follow_redirects=follow)

    def _open(self, method: str, path: str, **more: Any) -> Page:
        """One request after the other, redirects too, each in an app context of its own as on a server: in the
        context of the test it would still see the `g` and the loaded rows of the request before."""
        follow = more.pop("follow_redirects", False)
        while True:
            with self.app.app_context():
                response = self.client.open(path, method=method, **more)
            if not follow or response.status_code not in (301, 302, 303):
                return Page(self, response)
            method, path, more = "GET", response.location, {}
