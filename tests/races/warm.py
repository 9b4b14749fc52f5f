"""Deliverers as processes of their own, forked from one that has loaded everything: `python -m tests.races.warm`.

Each line of its input is a wish in JSON, each line of its output the answer: {"run": {…}} starts a deliverer and tells
its process id; {"wait": id} tells how it ended. A deliverer speaks to the stand-in for Twilio through the real
provider's adapter, and reads the time from a file, so that it can pass while the process is stopped.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from supportdesk import settings
from supportdesk.app import create_app
from supportdesk.core.db import db, forget_connections
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Outgoing, Receipt
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from tests.messages.sending import TEN, desk
from tests.messages.twilio_server import ACCOUNT, TOKEN


class Deliverer:
    """`at` names the point at which this process does something to itself: the signal `signal` of a run."""

    def __init__(self, api: str, clock: str, at: str, signal_name: str) -> None:
        self.provider = TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", base_url=api))
        self.clock, self.point, self.signal = Path(clock), at, signal.Signals[signal_name]
        self.answered = False
        self.sent = 0
        self.once = threading.Lock()

    def hears(self, what: str, _arguments: tuple[Any, ...]) -> None:
        """An audit hook of Python's own: it tells of each piece that goes over the wire, just before it goes."""
        if what == "http.client.send":
            self.reach(("connected", "headers-sent", "later")[min(self.sent, 2)])
            self.sent += 1

    def reach(self, point: str) -> None:
        with self.once:
            here, self.point = point == self.point, "" if point == self.point else self.point
        if here:
            os.kill(os.getpid(), self.signal)

    # What delivery asks of its desk

    name, reaches_telephones = "twilio", False

    def now(self) -> datetime:
        self.reach("before-claim")
        return TEN + timedelta(seconds=float(self.clock.read_text()))

    def unwanted(self, messages: Sequence[Message], now: datetime) -> dict[int, str]:
        self.reach("claimed")
        return {}

    def send(self, outgoing: Outgoing) -> Receipt:
        self.reach("before-call")
        receipt = self.provider.send(outgoing)
        self.reach("answered")
        self.answered = True
        return receipt

    def before_commit(self, _session: Session) -> None:
        if self.answered:
            self.reach("before-commit")


def run(app: Flask, wish: dict[str, Any]) -> None:
    deliverer = Deliverer(**wish)
    with app.app_context():
        forget_connections()
        sys.addaudithook(deliverer.hears)
        event.listen(db.session, "before_commit", deliverer.before_commit)
        deliver_due(desk(deliverer, deliverer.now, deliverer.unwanted))


def answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main() -> None:
    app = create_app(settings.load())
    # Loaded here once, and not by each that is forked.
    import twilio.rest  # noqa: F401

    for line in sys.stdin:
        wish = json.loads(line)
        if "wait" in wish:
            _pid, status = os.waitpid(wish["wait"], 0)
            answer(os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if pid == 0:
            try:
                run(app, wish["run"])
                os._exit(0)
            finally:
                # Reached when it failed; nothing of the process it was forked from may run twice.
                traceback.print_exc()
                os._exit(1)
        answer(pid)


if __name__ == "__main__":
    main()
