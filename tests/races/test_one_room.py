"""Two lessons into one room at once: the database lets one in, whoever asks and however they ask."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import db, is_sqlite, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import actions
from supportdesk.lessons.actions import LessonData
from supportdesk.lessons.models import Lesson
from tests import factories
from tests.races.clients import ROUNDS

pytestmark = pytest.mark.race
THREADS = 8


def all_at_once(app: Flask, act: Callable[[], object]) -> Counter[str]:
    """Each thread does the same; how often each answer came."""
    answers: Counter[str] = Counter()
    ready = threading.Barrier(THREADS)

    def ask() -> None:
        with app.app_context():
            ready.wait()
            try:
                with transaction():
                    act()
                answers["planned"] += 1
            except Refusal as refusal:
                answers[refusal.code] += 1
            finally:
                db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def plan(by: Actor) -> LessonData:
    return LessonData(
        course_id=factories.course().id, room_id=factories.room().id, day=date(2026, 7, 15), start=time(10, 0),
        minutes=60, seats=8,
    )  # fmt: skip


def test_of_eight_lessons_into_one_room_at_once_one_is_planned(
    app: Flask, plan: LessonData, by: Actor, now: datetime
) -> None:
    for _ in range(ROUNDS):
        answers = all_at_once(app, lambda: actions.add_lesson(plan, by=by, now=now))
        assert answers == {"planned": 1, "room-taken": THREADS - 1}

        assert db.session.scalar(sa.select(sa.func.count(Lesson.id)).where(Lesson.cancelled_at.is_(None))) == 1
        taken = db.session.scalars(sa.select(Lesson.id).where(Lesson.cancelled_at.is_(None))).one()
        with transaction():
            actions.cancel_lesson(taken, "つぎの回のため", by=by, now=now)


def test_without_the_guard_of_the_database_they_all_get_in(app: Flask) -> None:
    """Past the action, which asks beforehand for the sake of words, and locks the room."""
    room, course = factories.room(), factories.course()
    with transaction() as session:
        if is_sqlite():
            session.execute(sa.text("DROP TRIGGER lesson_room_insert"))
            session.execute(sa.text("DROP TRIGGER lesson_room_update"))
        else:
            session.execute(sa.text("ALTER TABLE lesson DROP CONSTRAINT ex_lesson_room"))

    def put() -> None:
        db.session.add(
            Lesson(
                course_id=course.id, venue_id=room.venue_id, room_id=room.id, starts_at=factories.START,
                ends_at=factories.START + timedelta(hours=1), seats=8,
                booking_opens_at=factories.START - timedelta(days=9), booking_closes_at=factories.START,
            )
        )  # fmt: skip

    assert all_at_once(app, put) == {"planned": THREADS}
