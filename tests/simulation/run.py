"""A whole run: the days one after the other, then the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

from flask import Flask

from supportdesk.core.db import db

from . import days
from .account import Account, draw_up
from .promises import at
from .world import World

SETTLING = 2
"""Days after the last in which only the jobs work, so that late news comes in."""


def run(
    app: Flask, *, secret: str, seed: int, first_day: date, count: int, residents: int = 400,
    closed: frozenset[date] = frozenset(), ready: Callable[[World], None] = lambda world: None,
    after_day: Callable[[World, date], None] = lambda world, day: None,
) -> Account:  # fmt: skip
    """Play `count` days on an empty, migrated database. `ready` is called before the first day, `after_day` after
    each; `world.asked_to_stop` ends the run before its time."""
    with World(
        app, seed=seed, first_day=first_day, days=count, residents=residents, closed=closed
    ) as world:
        ready(world)
        for n in range(count + SETTLING):
            if world.asked_to_stop:
                break
            day = first_day + timedelta(days=n)
            days.play(world, day, settling=n >= count)
            after_day(world, day)
        else:
            world.traveller.move_to(at(day + timedelta(days=1), time.min))
        with app.app_context(), db.engine.connect() as connection:
            return draw_up(
                world.diary, connection, secret=secret, now=world.moment, misfits=world.carrier.violations
            )
