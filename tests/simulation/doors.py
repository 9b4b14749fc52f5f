"""The product's own doors: actions inside a transaction, and pages over HTTP."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Flask

from supportdesk.accounts.models import User
from supportdesk.core import clock
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from tests.web import Web

from . import names
from .diary import Diary, Lot
from .promises import when

R = TypeVar("R")


class Doors:
    """How an act is done, and whether it was done when it should be."""

    def __init__(self, app: Flask, diary: Diary, lot: Lot) -> None:
        self.app, self.diary, self.lot = app, diary, lot
        self._signed_in: dict[int, tuple[Web, str, datetime]] = {}
        self._forms = lot.of("forms")

    def do(self, act: Callable[[], R]) -> R | None:
        """The act in a transaction of its own; None when it was refused."""
        try:
            with self.app.app_context(), transaction():
                return act()
        except Refusal as refusal:
            self.diary.counts[f"refused: {refusal.code}"] += 1
            return None

    def page(self, clerk: Actor, path: str) -> str:
        web, _, _ = self._browser(clerk)
        with self.app.app_context():
            response = web.client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return response.get_data(as_text=True)

    def send(self, clerk: Actor, path: str, *, twice: bool = False, **values: Any) -> str | None:
        """Send a form; gives where it led to, None when it was refused. `twice`: two clicks on one button."""
        web, token, _ = self._browser(clerk)
        form = {"csrf_token": token, "operation": self.new_name(), **values}
        led_to = []
        for _ in range(2 if twice else 1):
            with self.app.app_context():
                response = web.client.post(path, data=form)
            if response.status_code not in (303, 422):
                self.diary.surprises[names.NO_PAGE_FAILED].append(f"{path}: {response.status_code}")
            led_to.append(response.location if response.status_code == 303 else None)
        return led_to[0]

    def _browser(self, clerk: Actor) -> tuple[Web, str, datetime]:
        """Signed in, anew whenever a while has gone by; the token of the forms; and until when that will do."""
        assert clerk.id is not None
        if clerk.id not in self._signed_in or clock.now() > self._signed_in[clerk.id][2]:
            web = Web(self.app)
            with self.app.app_context():
                web.sign_in(db.session.get_one(User, clerk.id))
                html = web.client.get("/courses/new").get_data(as_text=True)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
            assert token, html[:500]
            self._signed_in[clerk.id] = web, token[1], clock.now() + timedelta(minutes=15)
        return self._signed_in[clerk.id]

    def check(self, what: str, done: bool, allowed: bool) -> None:
        if done != allowed:
            said = "was done and should be refused" if done else "was refused and should be done"
            self.diary.surprises[names.YES_AND_NO].append(f"{when(clock.now())} {what} {said}")

    def new_name(self) -> str:
        """What a form or a record is known by, so that it counts once however often it is sent."""
        return str(uuid.UUID(int=self._forms.getrandbits(128), version=4))
