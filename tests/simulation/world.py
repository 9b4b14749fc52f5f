"""The days themselves: a line of events in time, each with the clock moved to it, and what the jobs do in between."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
import time_machine
from flask import Flask
from twilio.request_validator import RequestValidator

from supportdesk import jobs
from supportdesk.core import clock
from supportdesk.core.db import db
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import Desk
from supportdesk.messages.models import Message
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.rules import MessageStatus
from tests.messages.twilio_server import ACCOUNT, TOKEN

from . import names
from .carrier import Carrier, Step, life_of
from .diary import Diary, Lot, Report, Sent
from .office import Office
from .promises import at, when
from .town import Numbers, Town, build, plan_lessons

BASE = "http://desk.example.jp"
NOBODY_HOME = "http://127.0.0.1:1"
"""An address at which every connection is refused."""



class _Failures(logging.Handler):
    """Which work of the jobs failed; the jobs log it and go on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.names: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.names |= {str(name) for name in record.args or ()}


class Killed(BaseException):
    """The process is dead. No `except Exception` may see it."""


class World:
    """One town. `play` goes day by day; `moment` is where the clock stands."""

    def __init__(
        self, app: Flask, *, seed: int, first_day: date, days: int, residents: int, closed: frozenset[date]
    ) -> None:
        self.app, self.lot = app, Lot(seed)
        self.first_day, self.days = first_day, days
        self.diary = Diary(closed)
        self.carrier = Carrier(self.lot)
        self.numbers = Numbers()
        self.begin = at(first_day, time(7))
        self.ticked_at = self.begin
        self._events: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._order = itertools.count()
        self._residents = residents
        self._dies: str | None = None
        self._ticking: int | None = None
        self._failures = _Failures()
        self.asked_to_stop = False

    def __enter__(self) -> World:
        self.carrier.start()
        self._clock = time_machine.travel(self.begin, tick=False)
        self.traveller = self._clock.__enter__()
        self._before = self.app.extensions[switchboard.EXTENSION]
        account = TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", "+815000000000", base_url=self.carrier.url)
        # Long enough for any load: an answer that came too late would be lost in this run and not in the next.
        self._reached = TwilioProvider(account, timeouts=(60, 120))
        self._not_reached = TwilioProvider(replace(account, base_url=NOBODY_HOME))
        self.desk(self._reached)
        sa.event.listen(db.session, "before_commit", self._before_commit)
        logging.getLogger("supportdesk.jobs").addHandler(self._failures)
        town: Town = build(
            self.app, self.diary, self.lot, self.numbers, residents=self._residents, now=self.begin
        )
        self.town = town
        self.office = Office(self.app, self.diary, self.lot)
        horizon = [self.first_day + timedelta(days=n) for n in range(self.days)]
        plan_lessons(self.app, self.diary, town, self.lot, horizon, self.begin)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(db.session, "before_commit", self._before_commit)
        logging.getLogger("supportdesk.jobs").removeHandler(self._failures)
        self.app.extensions[switchboard.EXTENSION] = self._before
        self._clock.__exit__(None, None, None)
        self.carrier.stop()

    # ---- time

    def later(self, instant: datetime, act: Callable[[], Any]) -> None:
        heapq.heappush(self._events, (instant, next(self._order), act))

    def play_until(self, instant: datetime) -> None:
        """Let happen what happens before that instant."""
        while self._events and self._events[0][0] < instant and not self.asked_to_stop:
            moment, _, act = heapq.heappop(self._events)
            self.traveller.move_to(max(moment, self.moment))
            act()

    @property
    def moment(self) -> datetime:
        return clock.now()

    # ---- the jobs

    def tick(self, kind: str = "usual") -> None:
        """The jobs' whole table once; twice at once (`double`); or so far as a process comes that dies
        (`die-at-commit`, `die-after-claim`, `die-after-send`); or with a caller who cancels while messages are on their
        way out (`cancel-after-claim`)."""
        self._failures.names.clear()
        # Sealing the same rows may fail in one of two, which the next tick makes good.
        may_fail = {"seal"} if kind == "double" else set()
        if kind == "double":
            with ThreadPoolExecutor(2) as both:
                list(both.map(lambda _: jobs.run_once(jobs.WORK, self.app), range(2)))
        else:
            self._dies, self._ticking = (None if kind == "usual" else kind), threading.get_ident()
            try:
                jobs.run_once(jobs.WORK, self.app)
            except Killed:
                self.diary.counts["ticks killed"] += 1
                self._take_up(killed=True)
                return
            finally:
                self._dies = self._ticking = None
        self.diary.counts["ticks"] += 1
        if failed := self._failures.names - may_fail:
            case = f"{when(self.moment)} {kind}: {', '.join(sorted(failed))}"
            self.diary.surprises[names.JOBS_WENT_WELL].append(case)
        self.ticked_at = self.moment
        self._take_up(killed=False)

    def desk(self, provider: TwilioProvider) -> None:
        made: Desk = replace(self._before, provider=provider, now=self._now, public_base_url=BASE)
        self.app.extensions[switchboard.EXTENSION] = made

    def weather(self, name: str) -> None:
        self.carrier.weather = name if name != "gone" else "fine"
        self.desk(self._not_reached if name == "gone" else self._reached)

    def _now(self) -> datetime:
        """The clock of delivery, which is also where a process may die, or a caller come in between."""
        if threading.get_ident() == self._ticking and self._dies:
            if self._dies == "die-after-send" and self.carrier.is_called:
                raise Killed
            if self._dies.endswith("after-claim") and (claimed := self._elsewhere(self._claimed)):
                kind, self._dies = self._dies, None
                if kind == "die-after-claim":
                    raise Killed
                self._elsewhere(lambda: self._cancel_claimed(claimed))
        return self.moment

    def _before_commit(self, _session: object) -> None:
        if self._dies == "die-at-commit" and threading.get_ident() == self._ticking:
            raise Killed

    def _elsewhere(self, act: Callable[[], Any]) -> Any:
        """In a thread of its own, as another process would."""
        with ThreadPoolExecutor(1) as other:
            return other.submit(act).result()

    def _claimed(self) -> list[int]:
        with self.app.app_context():
            query = sa.select(Message.about).where(Message.status == MessageStatus.CLAIMED).order_by(Message.about)
            return [int(about.partition(":")[2]) for about in db.session.scalars(query)]

    def _cancel_claimed(self, claimed: list[int]) -> None:
        booking = self.diary.bookings[claimed[0]]
        if booking.active(self.moment):
            self.diary.counts["cancelled while a message was on its way out"] += 1
            self.office.cancel(self.town.clerks[0], booking, by_page=False)

    # ---- the network

    def _take_up(self, *, killed: bool) -> None:
        """Write down what the network got in this tick, and let it live on there. A process that was killed wrote down
        none of the answers."""
        new = self.carrier.taken()
        with self.app.app_context():
            rows = db.session.execute(
                sa.select(Message.token, Message.about, Message.matter, Message.step).where(
                    Message.token.in_([sent.token for sent in new])
                )
            )
            about = {row.token: row for row in rows}
        for sent in new:
            if row := about.get(sent.token):
                sent.booking, sent.matter, sent.step = int(row.about.partition(":")[2]), row.matter, row.step
            if killed:
                sent.answer = "lost"
            self.diary.add_sent(sent)
            if sent.kept:
                self._live(sent)
        if any(sent.answer == "config" for sent in new):
            self.diary.stopped.append((self.moment, True))

    def _live(self, sent: Sent) -> None:
        sid = sent.sid or ""
        self.later(sent.at + timedelta(minutes=4), lambda: self._show(sent))
        for step in life_of(sent, self.lot):
            self.later(sent.at + step.after, lambda s=step: self.carrier.set_status(sid, s.status, s.code))
            for post in step.posts:
                self.later(sent.at + post, lambda s=step: self.call_back(sent, s))

    def _show(self, sent: Sent) -> None:
        if self.lot.draw("shown", sent.number, sent.at) < 0.5:
            self.carrier.hidden.discard(sent.sid or "")

    def call_back(self, sent: Sent, step: Step) -> None:
        """The network reports to the office; now and then somebody else tries to."""
        kind = "Message" if sent.channel == "text" else "Call"
        form = {f"{kind}Sid": sent.sid or "", f"{kind}Status": step.status, "To": sent.number, "AccountSid": ACCOUNT}
        if step.code:
            form["ErrorCode"] = str(step.code)
        url = f"{BASE}/hooks/twilio/status/{sent.token}"
        if self.lot.draw("impostor", sent.number, self.moment) < 0.08:
            wrong = self._post(url, {**form, f"{kind}Status": "delivered"}, "another secret")
            if wrong != 403:
                self.diary.surprises[names.ONLY_THE_NETWORK].append(f"an impostor was answered with {wrong}")
        if (status := self._post(url, form, TOKEN)) == 204:
            sent.reports.append(Report(self.moment, step.status, step.code))
        else:
            self.diary.surprises[names.ONLY_THE_NETWORK].append(f"the network was answered with {status}")

    def _post(self, url: str, form: dict[str, str], secret: str) -> int:
        signature = RequestValidator(secret).compute_signature(url, form)
        with self.app.app_context():
            answer = self.app.test_client().post(
                url.removeprefix(BASE), data=form, headers={"X-Twilio-Signature": signature}
            )
        return answer.status_code
