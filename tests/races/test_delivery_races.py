"""Several deliverers at once, and processes that die at the worst moment: nothing twice, nothing lost silently."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from supportdesk.core import chance
from supportdesk.core.db import db, transaction
from supportdesk.messages import caps, delivery
from supportdesk.messages.delivery import Unwanted, deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Delivery, ReportedStatus
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import sweep
from supportdesk.office import settings as office_settings
from tests.conftest import SECRET, Town
from tests.messages.sending import TEN, Clock, Scripted, again, desk, mobile, nothing_unwanted, plan
from tests.races.clients import ROUNDS

pytestmark = pytest.mark.race

DELIVERERS, MESSAGES = 5, 200
S = MessageStatus


def plan_many(count: int) -> None:
    first = plan()
    row = {column.name: getattr(first, column.name) for column in Message.__table__.columns if column.name != "id"}
    with transaction() as session:
        session.execute(
            sa.insert(Message),
            [
                row | {"token": chance.token(), "about": f"booking:many-{n}", "number": mobile(n)}
                for n in range(count - 1)
            ],
        )


def deliver_at_once(
    app: Flask, provider: Scripted, unwanted: Unwanted = nothing_unwanted
) -> list[BaseException]:
    """Several deliverers, each as a process of its own would be: own context, own connections. Gives what failed."""
    start = threading.Barrier(DELIVERERS)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                start.wait(60)
                deliver_due(desk(provider, Clock(), unwanted))
        except BaseException as problem:  # noqa: BLE001  given back
            failures.append(problem)

    db.session.remove()
    threads = [threading.Thread(target=work) for _ in range(DELIVERERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failures


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_five_deliverers_at_once_send_each_message_once(app: Flask, round_: int) -> None:
    plan_many(MESSAGES)
    provider = Scripted()

    assert deliver_at_once(app, provider) == []

    accepted = Counter(sent.token for sent in provider.accepted)
    assert (len(accepted), max(accepted.values())) == (MESSAGES, 1)
    assert set(db.session.scalars(sa.select(Message.status))) == {S.ACCEPTED}


def to_one_number(below: int) -> None:
    """The first of those of `plan_many`, all to one telephone."""
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.number < mobile(below)).values(number=mobile(0)))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_five_deliverers_at_once_never_exceed_a_cap(app: Flask, round_: int) -> None:
    plan_many(120)
    to_one_number(40)
    with transaction():
        office_settings.change(most_per_hour=50)
    provider = Scripted()

    assert deliver_at_once(app, provider) == []

    to_number = Counter(sent.to for sent in provider.accepted)
    assert (len(provider.accepted), to_number[mobile(0)]) == (50, 3)


def test_control_who_counts_before_taking_the_turn_exceeds_a_cap(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same race where each has counted the free places before any other has claimed."""
    plan_many(40)
    to_one_number(40)
    provider = Scripted()
    places = itertools.count()
    all_have_counted = threading.Barrier(DELIVERERS)
    mine = threading.local()

    def open_after_counting() -> AbstractContextManager[Session]:
        if not hasattr(mine, "ids"):
            free = office_settings.current().most_per_number_a_day  # nothing has left yet
            rows = sa.select(Message.id).where(Message.number == mobile(0)).order_by(Message.id)
            mine.ids = list(db.session.scalars(rows.offset(next(places) * free).limit(free)))
            db.session.rollback()
            all_have_counted.wait(10)
        return transaction()

    def claim_what_was_counted(*_: object) -> list[int]:
        claimed, mine.ids = mine.ids, []
        return claimed

    monkeypatch.setattr(delivery, "transaction", open_after_counting)
    monkeypatch.setattr(caps, "allowed", claim_what_was_counted)

    assert deliver_at_once(app, provider) == []

    assert len(provider.accepted) == 3 * DELIVERERS


def test_control_without_naming_the_old_status_messages_go_twice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same race with a claim that writes what was read before, whoever else has read it too."""
    # One message alone: with several, those who believe to own the same rows deadlock on PostgreSQL now and then.
    plan()
    provider = Scripted()
    all_have_read = threading.Barrier(DELIVERERS)
    # One after the other from here on: each has read its claims when the next one writes over them.
    turn = threading.Lock()
    mine = threading.local()

    def open_after_reading() -> AbstractContextManager[Session]:
        if not hasattr(mine, "ids"):
            mine.ids = list(
                db.session.scalars(sa.select(Message.id).where(Message.status == S.PLANNED).order_by(Message.id))
            )
            db.session.rollback()
            all_have_read.wait(60)
            turn.acquire()
        return transaction()

    def claim_what_was_read(*_: object) -> list[str]:
        claims = [chance.token() for _ in mine.ids]
        for name, identity in zip(claims, mine.ids, strict=True):
            values = {"claim": name, "status": S.CLAIMED, "claimed_at": TEN}
            db.session.execute(sa.update(Message).where(Message.id == identity).values(**values))
        mine.ids = []
        return claims

    def claims_are_read(*_: object) -> dict[int, str]:
        turn.release()
        return {}

    monkeypatch.setattr(delivery, "transaction", open_after_reading)
    monkeypatch.setattr(delivery, "_claim", claim_what_was_read)

    assert deliver_at_once(app, provider, claims_are_read) == []

    assert max(Counter(sent.token for sent in provider.accepted).values()) == DELIVERERS


# A process that dies. It runs as a real one, and kills itself with the signal that nobody can catch.

PROGRAM = """
import os, signal, sys
from datetime import timedelta
from supportdesk import settings
from supportdesk.app import create_app
from supportdesk.messages.delivery import Unwanted, deliver_due
from tests.messages.sending import Clock, Scripted, desk

point, log = sys.argv[1:]

def die_at(here):
    if here == point:
        os.kill(os.getpid(), signal.SIGKILL)

class Written(Scripted):
    def accept(self, outgoing):
        die_at("before-accepted")
        with open(log, "a") as file:
            print(outgoing.token, file=file, flush=True)
        die_at("accepted")
        return super().accept(outgoing)

class DyingClock(Clock):
    def __call__(self):
        if provider.accepted:
            die_at("before-record")
        die_at("before-claim")
        return super().__call__()

def unwanted(messages, now):
    die_at("claimed")
    return {}

provider = Written()
app = create_app(settings.load())
with app.app_context():
    deliver_due(desk(provider, DyingClock(), unwanted))
"""


@pytest.fixture
def run_to(app: Flask, town: Town, tmp_path: Path) -> Callable[[str], list[str]]:
    """Deliver in a process that dies at this point; gives the tokens that the provider accepted up to now."""
    log = tmp_path / "accepted"
    log.touch()
    environment = {
        **os.environ,
        "SUPPORTDESK_DATABASE_URL": town.url,
        "SUPPORTDESK_INSTANCE_DIR": str(tmp_path),
        "SUPPORTDESK_SECRET_KEY": SECRET,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    def run(point: str) -> list[str]:
        db.session.remove()
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, point, str(log)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == (0 if point == "never" else -9), ended.stderr
        return log.read_text().split()

    return run


@pytest.mark.parametrize(
    ("point", "left_as", "accepted_by_then", "accepted_in_the_end", "ends_as"),
    [
        ("before-claim", S.PLANNED, 0, 1, S.ACCEPTED),
        ("claimed", S.CLAIMED, 0, 0, S.UNKNOWN),
        ("before-accepted", S.CLAIMED, 0, 0, S.UNKNOWN),
        ("accepted", S.CLAIMED, 1, 1, S.UNKNOWN),
        ("before-record", S.CLAIMED, 1, 1, S.UNKNOWN),
    ],
)
def test_killed_at_any_point_nothing_goes_twice_and_nothing_is_lost_silently(
    app: Flask,
    run_to: Callable[[str], list[str]],
    point: str,
    left_as: MessageStatus,
    accepted_by_then: int,
    accepted_in_the_end: int,
    ends_as: MessageStatus,
) -> None:
    text = plan()

    assert len(run_to(point)) == accepted_by_then
    assert again(text).status is left_as
    sweep(desk(Scripted(), Clock(TEN + timedelta(seconds=90))))

    assert len(run_to("never")) == accepted_in_the_end
    assert again(text).status is ends_as


def test_what_a_killed_process_had_handed_over_is_found_by_its_callback(
    app: Flask, run_to: Callable[[str], list[str]]
) -> None:
    text = plan()
    run_to("accepted")
    sweep(desk(Scripted(), Clock(TEN + timedelta(seconds=90))))
    assert again(text).status is S.UNKNOWN

    with transaction():
        take_report(ReportedStatus(sid="SM-1", state=Delivery.DELIVERED, token=text.token), now=TEN)

    assert again(text).status is S.DELIVERED
