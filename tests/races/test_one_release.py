"""Release pressed by several at once, and several planners after it: one name, one message for each."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import cancelling
from supportdesk.lessons.change_models import Change
from supportdesk.messages.models import Message
from supportdesk.reminders import asked, change_actions, changed, planning
from supportdesk.reminders.lesson_queries import lessons_to_plan
from tests import factories
from tests.races.clients import ROUNDS

pytestmark = pytest.mark.race
THREADS = 6


def all_at_once(app: Flask, act: Callable[[], object]) -> Counter[str]:
    """Each thread does the same; how often each answer came."""
    answers: Counter[str] = Counter()
    ready = threading.Barrier(THREADS)

    def ask() -> None:
        with app.app_context():
            ready.wait()
            try:
                act()
                answers["done"] += 1
            except Refusal as refusal:
                answers[refusal.code] += 1
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return answers


def a_cancelled_lesson(by: Actor, now: datetime) -> int:
    lesson = factories.lesson(starts_at=now + timedelta(days=3))
    for number in range(3):
        factories.booking(factories.reminded_by_text(number=f"+81900000000{number}"), lesson)
    with transaction():
        change = cancelling.cancel_together([lesson.id], "台風", by=by, now=now)
    assert change is not None
    return change.id


def release(change_id: int, by: Actor, now: datetime) -> None:
    with transaction():
        change_actions.release(change_id, by=by, now=now)


def manager() -> Actor:
    return factories.actor_of(factories.user(Role.MANAGER))


def test_of_six_releases_at_once_one_has_the_name_for_it(app: Flask, by: Actor, now: datetime) -> None:
    who = manager()
    for _ in range(ROUNDS):
        change_id = a_cancelled_lesson(by, now)

        answers = all_at_once(app, lambda change_id=change_id: release(change_id, who, now))  # type: ignore[misc]

        assert answers == {"done": 1, "released-already": THREADS - 1}


def test_without_the_guard_each_of_them_releases(app: Flask, by: Actor, now: datetime) -> None:
    change_id = a_cancelled_lesson(by, now)
    looked = threading.Barrier(THREADS)

    def unguarded() -> None:
        released = db.session.scalar(sa.select(Change.released_at).where(Change.id == change_id))
        db.session.rollback()
        looked.wait()
        if released is not None:
            raise Refusal("released", code="released-already")
        with transaction() as session:
            session.execute(
                sa.update(Change).where(Change.id == change_id).values(released_at=now, released_by="somebody")
            )

    assert all_at_once(app, unguarded) == {"done": THREADS}


def test_six_planners_at_once_plan_one_message_for_each(app: Flask, by: Actor, now: datetime) -> None:
    who = manager()
    for done in range(1, ROUNDS + 1):
        release(a_cancelled_lesson(by, now), who, now)

        all_at_once(app, lambda: planning.plan(now))

        assert _planned() == 3 * done


def test_without_the_change_as_its_name_each_planner_puts_its_own(
    app: Flask, by: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(a_cancelled_lesson(by, now), manager(), now)
    looked, numbers = threading.Barrier(THREADS), itertools.count(2)
    monkeypatch.setattr(changed, "occasion", lambda event: f"change:{event.id}/{next(numbers)}")

    def from_what_all_saw() -> None:
        lessons = [each for day in lessons_to_plan(now).values() for each in day]
        acts = planning._acts_of(lessons, asked.setting(now), now)
        db.session.rollback()
        looked.wait()
        with transaction():
            planning._settle(acts)

    all_at_once(app, from_what_all_saw)

    assert _planned() == 3 * THREADS


def _planned() -> int:
    count = sa.select(sa.func.count()).select_from(Message).where(Message.matter == "change")
    return db.session.scalar(count) or 0
