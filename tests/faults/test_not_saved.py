"""A database that cannot be written: the page says so and nothing is half done, the jobs go on afterwards, and nothing
leaves the house that could not be written down first. On SQLite, where one writer can keep out all others and the disk
is our own."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask, redirect

from supportdesk import jobs
from supportdesk.accounts.models import User
from supportdesk.core import db as core_db
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.core.history import HistoryRow
from supportdesk.desk.models import HelpRequest
from supportdesk.front import reception
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import PracticeExchange
from supportdesk.messages.rules import MessageStatus
from tests import factories
from tests.conftest import NOW, SECRET, Town, written_lines
from tests.messages.sending import Clock, Scripted, again, desk, plan
from tests.web import Form, Page, Web

pytestmark = pytest.mark.one_database

Broken = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def locked(app: Flask, town: Town, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """Another program writes, and does not end before our patience does."""
    monkeypatch.setattr(core_db, "BUSY_MILLISECONDS", 100)
    db.session.remove()
    db.engine.dispose()

    @contextmanager
    def lock() -> Iterator[None]:
        db.session.rollback()
        # By the same library: to a process its own locks on a file are none, so that two libraries would not see them.
        other = core_db.sqlite_driver.connect(town.url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()

    return lock


@pytest.fixture
def full(app: Flask) -> Broken:
    """The database may not grow by a single page."""

    def limit(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")

    @contextmanager
    def fill() -> Iterator[None]:
        db.session.remove()
        db.engine.dispose()
        # A page that a migration has emptied would be room enough.
        other = core_db.sqlite_driver.connect(db.engine.url.database, isolation_level=None)
        other.execute("VACUUM")
        other.close()
        sa.event.listen(db.engine, "connect", limit)
        try:
            yield
        finally:
            sa.event.remove(db.engine, "connect", limit)
            db.session.remove()
            db.engine.dispose()

    return fill


@pytest.fixture(params=["locked", "full"])
def broken(request: pytest.FixtureRequest) -> Broken:
    made: Broken = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def clerk(app: Flask) -> User:
    return factories.user(Role.STAFF)


@pytest.fixture
def call(web: Web, clerk: User) -> tuple[Form, dict[str, str]]:
    """A call as it stands in the page, and what the clerk has typed: as much as a form takes."""
    factories.topic()
    person, lesson = factories.resident("ホンダ ハル", "+819000000001"), factories.lesson()
    typed = {"text": "写真が消えた。" * 280, "resident": str(person.id), "lesson": str(lesson.id), "act": "book"}
    return web.sign_in(clerk).get(f"/desk?resident={person.id}").form("form#call"), typed


def rows() -> tuple[int, int, int, int]:
    """Bookings, help requests, history and taken seats."""
    db.session.rollback()
    counts = [db.session.scalar(sa.select(sa.func.count()).select_from(kind)) for kind in (Booking, HelpRequest)]
    history = db.session.scalar(sa.select(sa.func.count()).where(HistoryRow.action.like("booking.%")))
    taken = db.session.scalar(sa.select(sa.func.sum(Lesson.seats_taken)))
    return counts[0] or 0, counts[1] or 0, history or 0, taken or 0


def test_the_page_says_that_it_was_not_saved_with_a_reference_that_is_in_the_log(
    broken: Broken, call: tuple[Form, dict[str, str]], kept_log: io.StringIO
) -> None:
    form, typed = call

    with broken():
        page = form.send(follow=False, **typed)

    assert page.status == 503
    assert "保存できませんでした" in page.text
    [reference] = re.findall(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", page.text)
    [line] = written_lines(kept_log)
    assert (line["event"], line["reference"], line["status"]) == ("not saved", reference, 503)
    assert line["exc_info"].splitlines()[0] == "OperationalError"
    assert "写真が消えた" not in kept_log.getvalue() and "90000000" not in kept_log.getvalue(), "words in a log"


def test_nothing_is_half_written_and_the_same_form_can_be_sent_again(
    broken: Broken, call: tuple[Form, dict[str, str]]
) -> None:
    form, typed = call
    with broken():
        assert form.send(follow=False, **typed).status == 503

    assert rows() == (0, 0, 0, 0)
    # As the browser does it: back, where everything still stands, and once more.
    assert form.send(follow=False, **typed).status == 303
    assert rows() == (1, 1, 1, 1)
    assert form.send(follow=False, **typed).status == 303, "and what was saved is not done twice"
    assert rows() == (1, 1, 1, 1)


def test_what_was_typed_is_in_the_page_and_sent_from_there_once_there_is_room(
    broken: Broken, call: tuple[Form, dict[str, str]]
) -> None:
    form, typed = call
    with broken():
        page = form.page.web.post(form.action, {**form.values, **typed}, **{"Sec-Fetch-Site": "same-origin"})

    assert (page.status, rows()) == (503, (0, 0, 0, 0))
    kept = page.form("main form")
    assert kept.values["text"] == typed["text"]
    assert kept.send(follow=False).status == 303
    assert rows() == (1, 1, 1, 1)


def test_pages_that_only_read_stay_open(locked: Broken, web: Web, clerk: User) -> None:
    web.sign_in(clerk)

    with locked(), time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        answers: dict[str, Page] = {path: web.get(path) for path in ("/", "/desk", "/requests")}

    assert {path: page.status for path, page in answers.items()} == dict.fromkeys(answers, 200)


def test_nobody_is_looked_at_while_that_cannot_be_recorded(locked: Broken, web: Web, clerk: User) -> None:
    person = factories.resident("ホンダ ハル", "+819000000001")
    web.sign_in(clerk)

    with locked():
        page = web.get(f"/desk?resident={person.id}")

    assert page.status == 503
    assert "ホンダ" not in page.text


def test_what_is_saved_is_not_called_lost_because_last_seen_could_not_be_noted(
    locked: Broken, call: tuple[Form, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked from the commit on, before the session is kept."""
    form, typed = call
    with ExitStack() as stack, time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        monkeypatch.setattr(
            reception, "redirect", lambda *address: (stack.enter_context(locked()), redirect(*address))[1]
        )
        page = form.send(follow=False, **typed)

    assert page.status == 303
    assert rows() == (1, 1, 1, 1)


def test_a_sign_in_page_that_cannot_keep_its_session_says_so(locked: Broken, web: Web) -> None:
    with locked():
        page = web.get("/login")

    assert page.status == 503
    assert "保存できませんでした" in page.text


def test_health_tells_that_the_process_lives(locked: Broken, web: Web) -> None:
    with locked():
        assert web.get("/healthz").status == 200


def test_the_jobs_say_so_in_the_log_and_go_on_afterwards(
    app: Flask, locked: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    factories.booking(factories.reminded_by_text(), factories.lesson(starts_at=NOW + timedelta(days=1, hours=3)))

    with locked(), caplog.at_level(logging.ERROR, "supportdesk.jobs"):
        assert jobs.run_once(jobs.WORK, app) == 1
    assert "Work 'plan' failed" in [record.getMessage() for record in caplog.records]

    assert jobs.run_once(jobs.WORK, app) == 0
    assert jobs.run_once(jobs.WORK, app) == 0
    db.session.rollback()
    assert len(db.session.scalars(sa.select(PracticeExchange)).all()) == 1


def test_nothing_is_sent_whose_claim_could_not_be_written(app: Flask, locked: Broken) -> None:
    text, provider = plan(), Scripted()
    now = Clock()

    with locked(), pytest.raises(sa.exc.OperationalError):
        deliver_due(desk(provider, now))
    assert provider.accepted == []
    assert again(text).status is MessageStatus.PLANNED

    deliver_due(desk(provider, now))
    assert len(provider.accepted) == 1


# The disk is full for the write-ahead log too, which the limit on pages does not reach. In a process of its own, since
# the limit on the size of files holds for every file of a process.

FULL_DISK = """
import os, resource, signal, sys
import sqlalchemy as sa
from supportdesk import settings
from supportdesk.app import create_app
from supportdesk.core.db import db
from supportdesk.messages.delivery import deliver_due
from tests.messages.sending import Clock, Scripted, desk

[path] = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
provider = Scripted()
with create_app(settings.load()).app_context():
    db.session.execute(sa.text("SELECT 1 FROM message"))
    db.session.rollback()
    used = os.path.getsize(path + "-wal") if os.path.exists(path + "-wal") else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (used + 100, most))
    try:
        deliver_due(desk(provider, Clock()))
        print("sent", len(provider.accepted))
    except sa.exc.OperationalError:
        print("not sent", len(provider.accepted))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    deliver_due(desk(provider, Clock()))
    print("sent", len(provider.accepted))
"""


def test_on_a_full_disk_sending_stops_before_the_provider_and_goes_on_when_there_is_room(
    app: Flask, town: Town, tmp_path: Path
) -> None:
    text = plan()
    db.session.remove()
    db.engine.dispose()

    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, town.url.removeprefix("sqlite:///")],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SUPPORTDESK_DATABASE_URL": town.url,
            "SUPPORTDESK_INSTANCE_DIR": str(tmp_path),
            "SUPPORTDESK_SECRET_KEY": SECRET,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.stdout.splitlines() == ["not sent 0", "sent 1"], ended.stderr
    assert again(text).status is MessageStatus.ACCEPTED
