"""The heartbeat: what is due, in which order, and that one failure stops nothing else."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app

from supportdesk.jobs import Work, due, run_once

NOON = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
TICK = 15


def nothing() -> None:
    pass


def fail() -> None:
    raise RuntimeError("the printer is on fire")


PLAN = Work("plan", TICK, nothing)
SEAL = Work("seal", 60, nothing)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_everything_is_due_at_the_first_tick_in_the_order_of_the_table() -> None:
    assert due([SEAL, PLAN], {}, NOON, TICK) == [SEAL, PLAN]


def test_work_is_due_again_when_its_interval_has_passed() -> None:
    begun = {"plan": NOON, "seal": NOON}

    assert due([PLAN, SEAL], begun, after(15), TICK) == [PLAN]
    assert due([PLAN, SEAL], begun, after(60), TICK) == [PLAN, SEAL]


def test_work_for_every_tick_is_not_left_out_when_a_tick_comes_early() -> None:
    assert due([PLAN], {"plan": NOON}, after(14.99), TICK) == [PLAN]


def test_work_that_was_just_done_is_not_due() -> None:
    assert due([PLAN], {"plan": NOON}, after(1), TICK) == []


def test_after_a_long_pause_work_is_due_once_not_once_for_each_missed_tick() -> None:
    assert due([PLAN], {"plan": NOON}, after(86_400), TICK) == [PLAN]


def test_a_clock_that_was_set_back_does_not_silence_the_work() -> None:
    assert due([SEAL], {"seal": NOON}, after(-7200), TICK) == [SEAL]


def test_once_does_all_work_inside_the_app_and_says_that_it_went_well() -> None:
    app = Flask("tiny")
    done: list[tuple[str, str]] = []
    work = [
        Work(name, TICK, lambda name=name: done.append((name, current_app.name)))
        for name in ("plan", "deliver")
    ]

    assert run_once(work, app) == 0
    assert done == [("plan", "tiny"), ("deliver", "tiny")]


def test_failing_work_is_logged_with_its_traceback_and_the_others_still_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []
    work = [Work("plan", TICK, fail), Work("deliver", TICK, lambda: done.append("deliver"))]

    with caplog.at_level(logging.ERROR, "supportdesk.jobs"):
        status = run_once(work, Flask("tiny"))

    assert status == 1
    assert done == ["deliver"]
    (record,) = caplog.records
    assert record.getMessage() == "Work 'plan' failed"
    assert record.exc_info is not None and isinstance(record.exc_info[1], RuntimeError)


def run(program: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the scheduler answers to signals, which belong to pytest here."""
    head = """
import os, signal
from flask import Flask
from supportdesk.jobs import Work, run_forever
def ask_to_stop(number):
    os.kill(os.getpid(), number)
"""
    root = Path(__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-c", head + program],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("wish", ["signal.SIGTERM", "signal.SIGINT"])
def test_asked_to_stop_it_finishes_the_tick_and_ends_well(wish: str) -> None:
    ended = run(f"""
work = [
    Work("plan", 3600, lambda: ask_to_stop({wish})),
    Work("deliver", 3600, lambda: print("delivered", flush=True)),
]
run_forever(work, 3600, Flask("tiny"))
print("ended", flush=True)
""")

    assert ended.stdout.split() == ["delivered", "ended"]
    assert ended.returncode == 0


def test_work_on_many_things_learns_in_the_middle_of_it_that_it_shall_stop() -> None:
    ended = run("""
from supportdesk import jobs
def send():
    ask_to_stop(signal.SIGTERM)
    print(jobs.stopping.wait(30), flush=True)
run_forever([Work("deliver", 3600, send)], 3600, Flask("tiny"))
""")

    assert ended.stdout.split() == ["True"]


def test_a_clock_that_was_set_back_two_hours_does_not_stop_the_heart() -> None:
    ended = run("""
import time_machine
from datetime import timedelta
from supportdesk.core import clock
ticks = []
def set_back_then_stop():
    ticks.append(1)
    if len(ticks) == 1:
        time_machine.travel(clock.now() - timedelta(hours=2)).start()
    else:
        ask_to_stop(signal.SIGTERM)
run_forever([Work("plan", 1, set_back_then_stop)], 1, Flask("tiny"))
print(len(ticks), flush=True)
""")

    assert ended.stdout.split() == ["2"]


def test_failing_work_comes_again_at_the_next_tick_and_the_others_with_it() -> None:
    # One second is the shortest beat that the scheduler knows.
    ended = run("""
ticks = []
def fail():
    ticks.append(1)
    raise RuntimeError("the printer is on fire")
def stop_at_the_second():
    print("tick", len(ticks), flush=True)
    if len(ticks) == 2:
        ask_to_stop(signal.SIGTERM)
run_forever([Work("plan", 1, fail), Work("stop", 1, stop_at_the_second)], 1, Flask("tiny"))
""")

    assert ended.stdout.splitlines() == ["tick 1", "tick 2"]
    assert ended.returncode == 0
