"""What the tests of sending share: a provider that does as it is told, a clock that stands still, plain messages."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from supportdesk.core.db import db, transaction
from supportdesk.messages import outbox
from supportdesk.messages.delivery import Desk
from supportdesk.messages.models import Message, NumberNote
from supportdesk.messages.providers.base import Channel, Outcome, Outgoing, Prices, Receipt, ReportedStatus

# Monday 6 January 2020, 10:00 in Tokyo: all windows are open. So long ago that the stand-in for Twilio, which dates by
# the real clock, never seems to have made something before it was sent.
TEN = datetime(2020, 1, 6, 1, 0, tzinfo=UTC)
MOBILE, LANDLINE = "+819000000001", "+81957000001"
BASE = "https://desk.example.jp"

_numbers = itertools.count(1)


def mobile(n: int) -> str:
    """One of many telephones: to each of them only a few messages may go on one day."""
    return f"+8190001{n:05}"


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = TEN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Scripted:
    """A provider in memory. `answers` is what the next calls get; when it is empty everything is accepted."""

    name = "scripted"
    reaches_telephones = False

    def __init__(self, *answers: Receipt | Callable[[Outgoing], Receipt]) -> None:
        self.answers = list(answers)
        self.accepted: list[Outgoing] = []
        self.asked: list[str] = []
        self.tells: dict[str, ReportedStatus] = {}
        self.lists: list[str] | None = []
        self.list_price: Prices | None = None
        self._lock = threading.Lock()

    def send(self, outgoing: Outgoing) -> Receipt:
        with self._lock:
            answer = self.answers.pop(0) if self.answers else self.accept
        return answer if isinstance(answer, Receipt) else answer(outgoing)

    def accept(self, outgoing: Outgoing) -> Receipt:
        with self._lock:
            self.accepted.append(outgoing)
        return Receipt(Outcome.ACCEPTED, sid=f"SM-{outgoing.token}", segments=1)

    def accept_and_lose_the_answer(self, outgoing: Outgoing) -> Receipt:
        self.accept(outgoing)
        return Receipt(Outcome.UNKNOWN)

    def fetch(self, channel: Channel, sid: str) -> ReportedStatus | None:
        self.asked.append(sid)
        return self.tells.get(sid)

    def find(self, outgoing: Outgoing, since: datetime) -> list[str] | None:
        self.asked.append(outgoing.token)
        return self.lists

    def prices(self) -> Prices | None:
        return self.list_price

    def signature_is_valid(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        raise NotImplementedError

    def read_callback(self, form: Mapping[str, str], token: str) -> ReportedStatus | None:
        raise NotImplementedError


def nothing_unwanted(messages: Sequence[Message], now: datetime) -> dict[int, str]:
    return {}


def desk(
    provider: Any, clock: Callable[[], datetime], unwanted: Any = nothing_unwanted, base: str | None = BASE
) -> Desk:
    return Desk(provider, unwanted, clock, base)


def plan(**values: Any) -> Message:
    """A text that is due at TEN and worth something for a day."""
    n = next(_numbers)
    made = {
        "recipient": f"resident:{n}",
        "about": f"booking:{n}",
        "matter": "reminder",
        "step": "first",
        "occasion": "",
        "channel": Channel.SMS,
        "number": MOBILE,
        "body": "【南島原市】スマホ教室のご案内",
        "sentences": ["しやくしょです。", "あしたは、きょうしつです。"],
        "window": "text",
        "due_at": TEN,
        "not_after": TEN + timedelta(days=1),
        "now": TEN - timedelta(days=1),
    } | values
    with transaction():
        assert outbox.put(**made)
    db.session.rollback()
    return message(about=made["about"])


def call(**values: Any) -> Message:
    return plan(**{"channel": Channel.VOICE, "number": LANDLINE, "window": "call"} | values)


def message(**named: Any) -> Message:
    """The message as the database has it now."""
    db.session.rollback()
    query = sa.select(Message).filter_by(**named).execution_options(populate_existing=True)
    found = db.session.scalars(query).one()
    db.session.expunge_all()
    db.session.rollback()
    return found


def again(one: Message) -> Message:
    return message(token=one.token)


def note_of(number: str) -> NumberNote | None:
    db.session.rollback()
    return db.session.get(NumberNote, number, populate_existing=True)
