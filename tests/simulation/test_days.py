"""A few days of the made-up town, in full on both databases: a Monday lesson, a holiday, a closed day of the office."""

from __future__ import annotations

from datetime import date, time
from functools import partial
from pathlib import Path

from flask import Flask

from tests.conftest import SECRET
from tests.simulation.__main__ import town
from tests.simulation.promises import at
from tests.simulation.report import digest
from tests.simulation.run import run
from tests.simulation.world import World

# Thursday 4 February 2027; Monday the 8th has lessons, Thursday the 11th is a holiday.
THURSDAY, WEDNESDAY = date(2027, 2, 4), date(2027, 2, 10)
CLOSED = frozenset({date(2027, 2, 12)})


def play(app: Flask, *, days: int, residents: int, seed: int = 7) -> tuple[dict[str, list[str]], World]:
    worlds: list[World] = []

    def ready(world: World) -> None:
        worlds.append(world)
        # Bad weather is ordered, so that a few days see all of it.
        for day, kind in ((THURSDAY, "stormy"), (WEDNESDAY, "crowded")):
            world.later(at(day, time(9, 55)), partial(world.weather, kind))
            world.later(at(day, time(11, 40)), partial(world.weather, "fine"))

    account = run(
        app, secret=SECRET, seed=seed, first_day=THURSDAY, count=days, residents=residents, closed=CLOSED, ready=ready
    )
    return {promise: found for promise, found in account.broken.items() if found}, worlds[0]


def test_the_account_of_ten_days_balances(app: Flask) -> None:
    broken, world = play(app, days=10, residents=200)

    assert broken == {}
    # And enough went on for that to mean something.
    diary = world.diary
    assert {"accepted", "lost", "busy", "refused"} <= {one.answer for one in diary.sent}
    assert {one.channel for one in diary.sent} == {"text", "call"}
    assert any(one.moved_to for one in diary.bookings.values())
    assert any(one.lesson.cancelled_at for one in diary.bookings.values())
    assert diary.counts["ticks killed"] > 0
    assert len(diary.listed) > 10


def test_the_same_seed_gives_the_same_days_on_either_database(app: Flask, tmp_path: Path) -> None:
    _, here = play(app, days=3, residents=80)
    with town("sqlite", tmp_path) as other:
        _, there = play(other, days=3, residents=80)

    assert len(here.diary.sent) > 0
    assert digest(here.diary) == digest(there.diary)
