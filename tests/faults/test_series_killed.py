"""SIGKILL while a series of many dates is made, on both databases: nothing of it is there, or all of it; and the same
press once more makes it whole, without a lesson twice and without a gap."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db
from supportdesk.lessons.models import Lesson, Series, SeriesLesson
from tests import factories
from tests.conftest import SECRET, Town
from tests.races.clients import ROUNDS

pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(sys.platform != "linux", reason="the signal is Linux's own"),
]

KILLS = max(3, ROUNDS // 2)
FIRST, DATES = date(2026, 7, 7), 300
ROOT = Path(__file__).parents[2]

CHILD = """
import sys
from datetime import UTC, date, datetime, time, timedelta
from supportdesk.app import create_app
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import transaction
from supportdesk.core.operations import once
from supportdesk.lessons import series_actions
from supportdesk.lessons.decision_rules import Decision
from supportdesk.lessons.series_actions import SeriesData
from supportdesk.lessons.series_rules import Pattern, Registration, SeriesRule

course, room, clerk, dates = map(int, sys.argv[1:])
days = tuple(date(2026, 7, 7) + timedelta(days=n) for n in range(dates))
data = SeriesData(course, room, Pattern(SeriesRule.LISTED, listed=days), time(10), 60, 8, Registration.EACH)
decisions = {day.isoformat(): Decision(reason="通しで行う") for day in days}
by, now = Actor(clerk, "職員", frozenset({Role.STAFF})), datetime(2026, 7, 6, 1, tzinfo=UTC)
with create_app().app_context():
    print("begun", flush=True)
    with transaction():
        act = lambda: {"id": series_actions.add_series(data, decisions, by=by, now=now).id}
        once("the-same-press", [course, room], act, by=by, now=now)
    print("done", flush=True)
"""


def _press(town: Town, folder: Path, *ids: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, ids), str(DATES)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SUPPORTDESK_DATABASE_URL": town.url,
            "SUPPORTDESK_INSTANCE_DIR": str(folder),
            "SUPPORTDESK_SECRET_KEY": SECRET,
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def _counted() -> tuple[int, int, int]:
    db.session.rollback()
    found = tuple(
        db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
        for model in (Series, Lesson, SeriesLesson)
    )
    db.session.rollback()
    return found  # type: ignore[return-value]


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_killed_while_a_series_is_made_it_is_whole_or_not_there(app: Flask, town: Town, tmp_path: Path) -> None:
    ids = (factories.course().id, factories.room(seats=20).id, factories.staff().id or 0)
    lot = random.Random(town.url)
    whole, longest = (1, DATES, DATES), 1.0
    seen = set()
    for _round in range(KILLS):
        child = _press(town, tmp_path, *ids)
        assert _line(child) == "begun"
        # The moment is drawn by lot: that is the test, not a wait for something.
        time.sleep(lot.uniform(0, longest))
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
        seen.add(_counted())
    assert seen <= {(0, 0, 0), whole}

    child = _press(town, tmp_path, *ids)
    assert (_line(child), _line(child), child.wait()) == ("begun", "done", 0)
    assert child.stdout is not None
    child.stdout.close()

    assert _counted() == whole
    days = db.session.scalars(sa.select(SeriesLesson.day).order_by(SeriesLesson.place)).all()
    assert list(days) == [FIRST + timedelta(days=n) for n in range(DATES)]
