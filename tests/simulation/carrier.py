"""The telephone network of the made-up town: the stand-in for Twilio, with weather, wrong numbers, and lives of texts
and calls after they were taken."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from supportdesk.core import clock
from tests.messages.twilio_server import (
    ACCEPT_THEN_RESET,
    GOOD,
    HTML_200,
    NAMELESS_201,
    RESET,
    Behaviour,
    TwilioServer,
    broken,
    busy,
    description,
    refuse,
)

from .diary import CALL, TEXT, Lot, Report, Sent

_BROKEN_BEFORE = Behaviour(status=503, code=20503, keeps=False)
# What each kind of bad weather may do to a request, and what the rest of them get: a good answer. Nothing here takes
# real time: a machine under load would then play other days than an idle one.
WEATHER: dict[str, tuple[tuple[float, Behaviour], ...]] = {
    "fine": ((0.004, ACCEPT_THEN_RESET), (0.004, RESET), (0.004, broken()), (0.01, busy())),
    "crowded": ((0.6, busy()), (0.2, busy("600")), (0.1, busy("5400"))),
    "stormy": (
        (0.2, ACCEPT_THEN_RESET), (0.2, RESET), (0.2, broken()), (0.1, _BROKEN_BEFORE), (0.1, NAMELESS_201),
        (0.1, HTML_200),
    ),
    "frozen": ((0.2, ACCEPT_THEN_RESET), (0.4, broken(502)), (0.3, busy("1800"))),
    "locked": ((1.0, refuse(20003, 401)),),
}  # fmt: skip
_ANSWERS = {429: "busy", 401: "config", 400: "refused"}


@dataclass(frozen=True)
class Step:
    """The network's own state of a text or call, some time after it was taken. `posts`: when it calls back."""

    after: timedelta
    status: str
    code: int | None
    posts: tuple[timedelta, ...]


class Carrier(TwilioServer):
    """Every request is written down, with what the office could read in the answer."""

    def __init__(self, lot: Lot) -> None:
        super().__init__()
        description()  # read before the first request, which would wait for it
        self.lot = lot
        self.weather = "fine"
        self._mine = threading.local()
        self._by_sid: dict[str, Sent] = {}
        self._new: list[Sent] = []

    def behaviour(self, kind: str, form: dict[str, list[str]]) -> Behaviour:
        number, channel = form["To"][0], TEXT if kind == "Messages" else CALL
        text = form["Body" if channel == TEXT else "Twiml"][0]
        chosen = self._chosen(number, channel, text)
        token = re.search(r"/status/([\w-]+)", form["StatusCallback"][0])
        answer = "accepted" if chosen is GOOD else _ANSWERS.get(chosen.status, "lost")
        sent = Sent(clock.now(), number, channel, text, token[1] if token else "", answer, chosen.code, chosen.keeps)
        self._mine.sent = sent
        with self._lock:
            self._new.append(sent)
        return chosen

    def _chosen(self, number: str, channel: str, text: str) -> Behaviour:
        code = self._wrong_number(number)
        if self.weather != "locked" and code and not (channel == CALL and code != 21211):
            return refuse(code)
        drawn = self.lot.draw("weather", clock.now(), number, text)
        for share, behaviour in WEATHER[self.weather]:
            if drawn < share:
                return behaviour
            drawn -= share
        return GOOD

    def _wrong_number(self, number: str) -> int | None:
        """Some numbers are nobody's; some mobiles take no texts, or their owners said stop."""
        drawn = self.lot.draw("line", number)
        if not number.startswith("+8190"):
            return 21211 if drawn < 0.02 else None
        return next((code for most, code in ((0.02, 21211), (0.035, 21610), (0.05, 21614)) if drawn < most), None)

    def create(self, kind: str, form: dict[str, list[str]], *, keep: bool) -> dict[str, Any]:
        made = super().create(kind, form, keep=keep)
        if keep:
            self._mine.sent.sid = made["sid"]
            self._by_sid[made["sid"]] = self._mine.sent
            lag = self.lot.draw("lag", self._mine.sent.number, self._mine.sent.at)
            if lag < 0.5:  # the list shows it late; half of those not before anybody has stopped looking
                self.hidden.add(made["sid"])
        return made

    def shown(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        found = super().shown(kind, query)
        for one in found[kind.lower()]:
            sent = self._by_sid[one["sid"]]
            sent.shown_at = sent.shown_at or clock.now()
        return found

    def one(self, sid: str) -> dict[str, Any] | None:
        found = super().one(sid)
        if found:
            self._by_sid[sid].reports.append(Report(clock.now(), found["status"], found.get("error_code")))
        return found

    def taken(self) -> list[Sent]:
        """What came in since this was asked last, in an order that no thread decides."""
        with self._lock:
            new, self._new = self._new, []
        return sorted(new, key=lambda one: (one.at, one.number, one.channel, one.text))

    @property
    def is_called(self) -> bool:
        """Whether anything came in since `taken` was asked."""
        return bool(self._new)


def life_of(sent: Sent, lot: Lot) -> list[Step]:
    """What becomes of a text or call that the network took."""
    chance = lot.of("life", sent.number, sent.channel, sent.at, sent.text)
    ways = _TEXT_LIVES if sent.channel == TEXT else _CALL_LIVES
    steps = chance.choices([life for _, life in ways], [share for share, _ in ways])[0]
    lives, after = [], timedelta()
    for status, code in steps:
        after += timedelta(seconds=chance.randint(2, 40))
        lives.append(Step(after, status, code, _posts(chance, after)))
    return lives


def _posts(chance: Any, after: timedelta) -> tuple[timedelta, ...]:
    """Callbacks get lost, come late (and so in the wrong order), and come twice."""
    drawn = chance.random()
    if drawn < 0.07:
        return ()
    if drawn < 0.13:
        return (after + timedelta(minutes=chance.randint(3, 2000)),)
    if drawn < 0.20:
        return (after, after + timedelta(minutes=chance.randint(1, 400)))
    return (after,)


_TEXT_LIVES: tuple[tuple[float, tuple[tuple[str, int | None], ...]], ...] = (
    (0.86, (("sent", None), ("delivered", None))),
    (0.04, (("sent", None), ("undelivered", 30003))),
    (0.02, (("sent", None), ("undelivered", 30008))),
    (0.02, (("sent", None), ("undelivered", 30005))),
    (0.01, (("sent", None), ("undelivered", 30006))),
    (0.01, (("failed", 30007),)),
    (0.03, (("sent", None),)),
    (0.01, ()),
)
_CALL_LIVES: tuple[tuple[float, tuple[tuple[str, int | None], ...]], ...] = (
    (0.60, (("ringing", None), ("in-progress", None), ("completed", None))),
    (0.22, (("ringing", None), ("no-answer", None))),
    (0.10, (("busy", None),)),
    (0.03, (("ringing", None), ("failed", None))),
    (0.01, (("canceled", None),)),
    (0.03, (("ringing", None),)),
    (0.01, ()),
)

