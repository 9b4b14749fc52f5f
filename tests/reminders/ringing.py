"""Somebody who rings our number, as Twilio tells of it: signed posts, and the document's way followed like a caller."""

from __future__ import annotations

import itertools

from flask import Flask
from werkzeug.test import TestResponse

from supportdesk.messages.providers import signature
from supportdesk.messages.providers.twiml_reader import Step, Verb, read_twiml
from tests.messages.sending import BASE
from tests.messages.twilio_server import TOKEN

OURS = "+815000000000"
_calls = itertools.count(1)


def knock(app: Flask, path: str, form: dict[str, str], key: str = TOKEN) -> TestResponse:
    """Post a form as the provider does."""
    headers = {signature.HEADER: signature.sign(key, BASE + path, form)}
    with app.app_context():
        return app.test_client().post(path, data=form, headers=headers)


class Caller:
    """One call. `number` is sent as it is written."""

    def __init__(self, app: Flask, number: str = "+81957000002") -> None:
        self.app, self.sid, self.number = app, f"CA{next(_calls):032}", number
        self.steps: list[Step] = []
        self.last = ("", {})

    def ring(self) -> Caller:
        return self._post("/hooks/twilio/voice", {"CallStatus": "ringing", "Direction": "inbound"})

    def press(self, keys: str) -> Caller:
        """Type these keys where the call listens for them; "" lets the time pass."""
        gather = next(step for step in self.steps if step.verb is Verb.GATHER)
        return self._post((gather.action or "").removeprefix(BASE), {"Digits": keys[: gather.digits or None]})

    def hears_no_more(self) -> Caller:
        """The answer was lost, and the provider posts the same once more."""
        return self._post(*self.last)

    def dialled(self, status: str) -> Caller:
        dial = next(step for step in self.steps if step.verb is Verb.DIAL)
        return self._post((dial.action or "").removeprefix(BASE), {"DialCallStatus": status})

    def _post(self, path: str, more: dict[str, str]) -> Caller:
        self.last = (path, more)
        form = {"CallSid": self.sid, "From": self.number, "To": OURS, "AccountSid": "AC0"} | more
        response = knock(self.app, path, form)
        assert response.status_code == 200, response.status_code
        self.steps = read_twiml(response.get_data(as_text=True))
        assert not [flaw for step in self.steps for flaw in step.flaws]
        return self

    @property
    def said(self) -> str:
        inner = [step for outer in self.steps for step in (outer, *outer.inside)]
        return "".join(step.words for step in inner if step.verb is Verb.SAY)

    @property
    def verbs(self) -> list[Verb]:
        return [step.verb for step in self.steps]
