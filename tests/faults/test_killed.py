"""SIGKILL at any moment, for each of the processes of a town that is at work: `supportdesk serve` itself, on both
databases, with clients that book and note over HTTP and jobs that deliver. After the next start nothing that was
answered is missing, nothing went twice, every seat is counted, and the port is free."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages import outbox
from supportdesk.messages.delivery import AHEAD, CALLERS
from supportdesk.messages.models import Message, PracticeExchange
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from tests import factories
from tests.conftest import SECRET, Town
from tests.races.clients import ROUNDS
from tests.web import Web

pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's own"),
]

VICTIMS = ("a worker", "web", "jobs", "the supervisor")
DEADLINE = 30.0
# One kill takes as long as dozens of bookings. Each has enough to do before it, however many there are.
KILLS = max(1, ROUNDS // 3)
LESSONS, PEOPLE, MESSAGES = 6 * KILLS, 40, 150 * KILLS
ROOT = Path(__file__).parents[2]
COMMAND = "from supportdesk.cli import main; raise SystemExit(main())"


def _children(of: int) -> list[int]:
    """The children of a process that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == of and state != "Z":
                found.append(int(entry.name))
    return sorted(found)


def _until(true: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.02)


class Served:
    """`supportdesk serve` on a port of its own."""

    def __init__(self, town: Town, folder: Path, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.log = (folder / "serve.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "serve", "--port", str(port), "--workers", "1"],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SUPPORTDESK_DATABASE_URL": town.url,
                "SUPPORTDESK_INSTANCE_DIR": str(folder),
                "SUPPORTDESK_SECRET_KEY": SECRET,
                "SUPPORTDESK_TICK_SECONDS": "1",
            },
            cwd=folder,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.base}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def started(self) -> Served:
        def answers_or_has_ended() -> bool:
            assert self.process.poll() is None, Path(self.log.name).read_text()[-3000:]
            return self.answers()

        _until(answers_or_has_ended, "the first answer")
        return self

    def process_of(self, victim: str) -> int:
        if victim == "the supervisor":
            return self.process.pid
        # Web was forked first, and has children; jobs has threads alone.
        web, jobs = _children(self.process.pid)
        return {"web": web, "jobs": jobs, "a worker": (_children(web) or [web])[0]}[victim]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(DEADLINE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        self.log.close()


class Client(threading.Thread):
    """A clerk who books or notes until nobody answers any more, and remembers what was acknowledged by a 303."""

    def __init__(self, base: str, cookie: tuple[str, str], tasks: list[dict[str, str]]) -> None:
        super().__init__()
        self.base, self.tasks = base, tasks
        self.http = requests.Session()
        self.http.cookies.set(*cookie)
        self.booked: list[int] = []
        self.noted: list[int] = []
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        try:
            for task in self.tasks:
                self._do(task)
        except requests.RequestException:
            return  # the process was killed: from here on nothing was acknowledged

    def _do(self, task: dict[str, str]) -> None:
        page = BeautifulSoup(self.http.get(f"{self.base}/desk", timeout=15).text, "html.parser")
        hidden = {str(entry["name"]): str(entry["value"]) for entry in page.select("form#call input[type=hidden]")}
        answer = self.http.post(
            f"{self.base}/desk",
            data={**hidden, "channel": "phone", "booked_by": "self", "companions": "0", **task},
            allow_redirects=False,
            timeout=15,
        )
        self.answers[answer.status_code] += 1
        if answer.status_code == 303:
            for name, kept in (("booked", self.booked), ("noted", self.noted)):
                kept += [int(number) for number in re.findall(rf"\b{name}=(\d+)", answer.headers["Location"])]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(app: Flask, town: Town, tmp_path: Path, port: int) -> Iterator[list[Served]]:
    """What was started, ended after the test. The test's own connections would keep the database from being cloned."""
    running: list[Served] = []
    yield running
    for one in running:
        one.close()


def _a_town_at_work(app: Flask) -> tuple[list[tuple[str, str]], list[dict[str, str]], datetime]:
    """Two clerks' cookies, what they have to do, and a full outbox, which may leave on any day, whatever the hour; no
    cap keeps any of it back."""
    now = clock.now()
    factories.district()
    factories.topic()
    with transaction():
        always = (("00:00", "23:59:59"),)
        office_settings.change(
            urgent_window=always, most_per_hour=2 * MESSAGES, most_per_day=2 * MESSAGES
        )
    lessons = [factories.lesson(starts_at=now + timedelta(days=30, hours=n), seats=12) for n in range(LESSONS)]
    people = [factories.resident(f"ホンダ ハル{chr(0x30A2 + n)}", f"+8190000{n:05d}") for n in range(PEOPLE)]
    with transaction():
        for n in range(MESSAGES):
            assert outbox.put(
                recipient=f"resident:{n}", about=f"letter:{n}", matter="test", step="once", occasion="",
                channel=Channel.SMS, number=f"+81900000{n:04d}", body="スマホ教室のご案内", sentences=[],
                window="urgent", due_at=now - timedelta(minutes=1), not_after=now + timedelta(days=1), now=now,
            )  # fmt: skip
    tasks = [
        {"act": "book", "resident": str(person.id), "lesson": str(lesson.id)} for lesson in lessons for person in people
    ] + [{"act": "note", "resident": str(person.id), "text": "写真が消えた"} for person in people]
    cookies = []
    for _ in range(2):
        web = Web(app).sign_in(factories.user(Role.STAFF, first_day=clock.local_date(now)))
        [cookie] = web.client._cookies.values()
        cookies.append((cookie.key, cookie.value))
    db.session.remove()
    return cookies, tasks, now


def _nothing_is_wrong(booked: set[int], noted: set[int]) -> None:
    db.session.rollback()
    assert booked <= set(db.session.scalars(sa.select(Booking.id))), "an acknowledged booking is missing"
    assert noted <= set(db.session.scalars(sa.select(HelpRequest.id))), "an acknowledged help request is missing"
    for lesson in db.session.scalars(sa.select(Lesson).execution_options(populate_existing=True)):
        active = sa.select(sa.func.count()).where(Booking.lesson_id == lesson.id, Booking.cancelled_at.is_(None))
        assert lesson.seats_taken == db.session.scalar(active), "a seat is counted that nobody has, or the reverse"
    tokens = Counter(db.session.scalars(sa.select(PracticeExchange.token)))
    assert {token: times for token, times in tokens.items() if times > 1} == {}, "a message went twice"
    db.session.rollback()


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_while_it_works_it_loses_nothing_and_sends_nothing_twice(
    app: Flask, town: Town, serve: list[Served], tmp_path: Path, port: int, victim: str
) -> None:
    cookies, tasks, _ = _a_town_at_work(app)
    lot = random.Random(f"{victim} {town.url}")
    lot.shuffle(tasks)
    booked: set[int] = set()
    noted: set[int] = set()
    answers: Counter[int] = Counter()
    for round_ in range(KILLS):
        town_now = Served(town, tmp_path, port)
        serve.append(town_now)
        town_now.started()
        share = len(tasks) // KILLS
        todo = tasks[round_ * share : (round_ + 1) * share]
        clients = [Client(town_now.base, cookie, todo[n::2]) for n, cookie in enumerate(cookies)]
        for client in clients:
            client.start()
        _until(lambda clients=clients: all(client.answers[303] for client in clients), "both clerks are at work")
        # The moment is drawn by lot: that is the test, not a wait for something.
        time.sleep(lot.uniform(0, 0.6))

        os.kill(town_now.process_of(victim), signal.SIGKILL)

        town_now.process.wait(DEADLINE)
        for client in clients:
            client.join(DEADLINE)
            booked.update(client.booked)
            noted.update(client.noted)
            answers += client.answers
        _nothing_is_wrong(booked, noted)

    assert not any(status >= 500 for status in answers)
    again = Served(town, tmp_path, port)
    serve.append(again)
    again.started()
    # Ten a second would be a slow machine.
    _until(lambda: not _counted(MessageStatus.PLANNED), "the jobs have sent what waited", DEADLINE + MESSAGES / 10)
    again.end()
    assert _counted(MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED) > 0
    # Of what the killed process had in hand nobody can know: a person decides. It is one turn at the most.
    assert _counted(MessageStatus.CLAIMED, MessageStatus.UNKNOWN) <= (CALLERS + AHEAD) * KILLS
    _nothing_is_wrong(booked, noted)


def _counted(*statuses: MessageStatus) -> int:
    found = db.session.scalar(sa.select(sa.func.count()).where(Message.status.in_(statuses))) or 0
    db.session.rollback()
    return found
