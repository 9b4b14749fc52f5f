"""Deliverers that die or are stopped at the worst moment, as real processes that speak by the real adapter to the
stand-in for Twilio: at most one accepted create for each message, and none lost silently."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages.delivery import AHEAD, CALLERS, deliver_due
from supportdesk.messages.providers.base import Delivery, ReportedStatus
from supportdesk.messages.providers.twilio import TwilioAccount, TwilioProvider
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import sweep
from supportdesk.office import settings as office_settings
from tests.conftest import SECRET, Town
from tests.messages.sending import TEN, Clock, again, desk, mobile, plan
from tests.messages.twilio_server import ACCOUNT, TOKEN, Behaviour, TwilioServer
from tests.races.clients import ROUNDS

pytestmark = pytest.mark.race

S = MessageStatus
ROOT = Path(__file__).parents[2]
DEADLINE = 60.0
# Every point in each round: a soak of fifty rounds kills at each of them a hundred times on two databases.
KILLS = max(1, ROUNDS // 3) if ROUNDS < 50 else ROUNDS


class Warm:
    """The process from which deliverers are forked (warm.py)."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.warm"],
            env={
                **os.environ,
                "SUPPORTDESK_DATABASE_URL": town.url,
                "SUPPORTDESK_INSTANCE_DIR": str(folder),
                "SUPPORTDESK_SECRET_KEY": SECRET,
            },
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.clock = folder / "clock"
        self.clock.write_text("0")

    def _ask(self, **wish: Any) -> int:
        assert self.process.stdin and self.process.stdout
        print(json.dumps(wish), file=self.process.stdin, flush=True)
        answered, _, _ = select.select([self.process.stdout], [], [], DEADLINE)
        assert answered, f"no answer to {wish} in {DEADLINE:.0f} s"
        return int(self.process.stdout.readline())

    def run(self, server: TwilioServer, at: str = "never", signal_name: str = "SIGKILL") -> int:
        """Start a deliverer; gives its process id."""
        db.session.remove()
        return self._ask(
            run={"api": server.url, "clock": str(self.clock), "at": at, "signal_name": signal_name}
        )

    def ended(self, pid: int) -> int:
        """Wait for its end; minus the signal that killed it."""
        return self._ask(wait=pid)

    def set_clock(self, seconds: float) -> None:
        beside = self.clock.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.rename(self.clock)


@pytest.fixture(scope="module")
def warm(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    started = Warm(town, tmp_path_factory.mktemp("warm"))
    yield started
    # With its deliverers, should one of them hang still.
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.communicate()


@pytest.fixture
def server(app: Flask, warm: Warm) -> Iterator[TwilioServer]:
    warm.set_clock(0)
    with transaction():
        office_settings.change(most_per_hour=10_000, most_per_day=10_000)
    server = TwilioServer().start()
    yield server
    server.stop()
    assert server.violations == []


def adapter(server: TwilioServer) -> TwilioProvider:
    return TwilioProvider(TwilioAccount(ACCOUNT, TOKEN, "MINAMISHIMA", base_url=server.url))


def the_others_go_on(server: TwilioServer) -> None:
    """What another process does in the next quarter of an hour."""
    clock = Clock()
    for seconds in (0, 90, 30, 180, 300):
        clock.pass_by(seconds=seconds)
        deliver_due(desk(adapter(server), clock))
        sweep(desk(adapter(server), clock))


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.01)


def created(server: TwilioServer) -> Counter[str]:
    """How often something was accepted for each token, which stands in the address for callbacks. What a killed process
    sent half is no request."""
    return Counter(
        form["StatusCallback"][0].partition("#")[0].rpartition("/")[2]
        for method, _path, form in server.requests
        if method == "POST" and "StatusCallback" in form
    )


@pytest.mark.parametrize(
    ("point", "ends_as", "accepted"),
    [
        ("before-claim", S.ACCEPTED, 1),
        ("claimed", S.UNKNOWN, 0),
        ("before-call", S.UNKNOWN, 0),
        ("connected", S.UNKNOWN, 0),
        ("headers-sent", S.UNKNOWN, 0),
        # From here on the provider's list shows it.
        ("taken", S.ACCEPTED, 1),
        ("answered", S.ACCEPTED, 1),
        ("before-commit", S.ACCEPTED, 1),
    ],
)
def test_killed_at_any_point_it_goes_once_at_most_and_is_found_or_left_to_a_person(
    app: Flask, warm: Warm, server: TwilioServer, point: str, ends_as: MessageStatus, accepted: int
) -> None:
    victims: list[int] = []

    def kill() -> None:
        until(lambda: bool(victims), "the victim's number is known")
        os.kill(victims[0], signal.SIGKILL)
        until(lambda: is_dead(victims[0]), "it is dead")

    for round_ in range(KILLS):
        text = plan(number=mobile(round_))
        victims.clear()
        # Counted from here: emptied, the stand-in would give its names out anew, and one sid names one message.
        before = len(server.kept)
        server.when_taken = kill if point == "taken" else lambda: None
        victims.append(warm.run(server, at=point))
        assert warm.ended(victims[0]) == -signal.SIGKILL
        server.when_taken = lambda: None
        assert again(text).status is (S.PLANNED if point == "before-claim" else S.CLAIMED)

        the_others_go_on(server)

        assert (again(text).status, len(server.kept) - before) == (ends_as, accepted)


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_what_a_killed_process_had_handed_over_is_found_by_its_callback(
    app: Flask, warm: Warm, server: TwilioServer
) -> None:
    text = plan()
    warm.ended(warm.run(server, at="answered"))
    sweep(desk(adapter(server), Clock(TEN + timedelta(seconds=90))))
    assert again(text).status is S.UNKNOWN

    with transaction():
        sid = server.kept[0]["sid"]
        take_report(ReportedStatus(sid=sid, state=Delivery.DELIVERED, token=text.token), now=TEN)

    assert again(text).status is S.DELIVERED


def stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.parametrize(
    ("point", "seconds", "ends_as", "accepted"),
    [
        # Before its last look at the clock: the claim is too old, and goes back to the others.
        ("claimed", 30, S.ACCEPTED, 1),
        # So old that the others have called it unknown: it stays theirs to judge.
        ("claimed", 600, S.UNKNOWN, 0),
        # After the last look nothing can hold it. It is not sent by anybody else, and its late answer counts.
        ("before-call", 30, S.ACCEPTED, 1),
        ("before-call", 600, S.ACCEPTED, 1),
    ],
)
def test_a_leader_that_is_stopped_and_goes_on_sends_nothing_twice(
    app: Flask, warm: Warm, server: TwilioServer, point: str, seconds: int, ends_as: MessageStatus, accepted: int
) -> None:
    text = plan()
    leader = warm.run(server, at=point, signal_name="SIGSTOP")
    until(lambda: stopped(leader), "it is stopped")

    clock = Clock(TEN + timedelta(seconds=seconds))
    for _ in range(2):
        deliver_due(desk(adapter(server), clock))
        sweep(desk(adapter(server), clock))
    assert server.kept == []
    warm.set_clock(seconds)
    os.kill(leader, signal.SIGCONT)
    assert warm.ended(leader) == 0
    deliver_due(desk(adapter(server), clock))

    assert (again(text).status, len(server.kept)) == (ends_as, accepted)
    assert max(created(server).values(), default=0) <= 1


def test_five_deliverers_of_which_one_is_killed_and_one_is_stopped_send_each_message_once_at_most(
    app: Flask, warm: Warm, server: TwilioServer
) -> None:
    lot = random.Random(f"{ROUNDS}")
    for round_ in range(max(1, ROUNDS // 3)):
        five_at_work(warm, server, round_, lot.randrange(1, 15))


def five_at_work(warm: Warm, server: TwilioServer, round_: int, killed_after: int) -> None:
    server.requests.clear()
    # More than one that is stopped can have claimed.
    texts = [plan(number=mobile(90 * round_ + n)) for n in range(90)]
    server.next.extend([Behaviour(delay=0.05)] * 200)
    # Stopped between two transactions: one that is stopped within one keeps all others waiting, on any database.
    stops = ("before-call", "SIGSTOP")
    five = [warm.run(server, *(stops if n == 1 else ())) for n in range(5)]
    until(lambda: len(server.requests) >= killed_after, "they are at work")

    os.kill(five[0], signal.SIGKILL)
    assert [warm.ended(pid) for pid in five[2:]] == [0, 0, 0]
    # It may have found nothing left to claim. One that went on before it stopped would stop for ever.
    until(lambda: stopped(five[1]) or is_dead(five[1]), "it is stopped, or has ended")
    with contextlib.suppress(ProcessLookupError):
        os.kill(five[1], signal.SIGCONT)
    assert (warm.ended(five[0]) in (-signal.SIGKILL, 0), warm.ended(five[1])) == (True, 0)
    server.next.clear()
    the_others_go_on(server)

    assert max(created(server).values()) == 1
    statuses = Counter(again(text).status for text in texts)
    assert set(statuses) <= {S.ACCEPTED, S.UNKNOWN}
    # What the killed one had in hand, and the calls which the stopped one gave up, if it stood still for so long.
    assert statuses[S.UNKNOWN] <= (CALLERS + AHEAD) + CALLERS
