"""Two clerks at once on the rota: the last gap is filled once, and nobody is put into two places."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import db, is_sqlite, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import rota
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rota_models import CannotCome, Declined
from tests import factories
from tests.races.clients import ROUNDS, clients

pytestmark = pytest.mark.race
CLERKS = 4


def came_of(answers: list[object]) -> Counter[str]:
    return Counter(
        answer.code if isinstance(answer, Refusal) else type(answer).__name__ if isinstance(answer, Exception) else "in"
        for answer in answers
    )


def on_duty(lesson_id: int) -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(LessonSupporter.supporter_id).filter_by(lesson_id=lesson_id)))


def nobody_on_duty() -> None:
    with transaction() as session:
        session.execute(sa.delete(LessonSupporter))


def test_of_clerks_who_fill_the_last_gap_at_once_one_does(app: Flask, by: Actor, now: datetime) -> None:
    lesson_id = factories.lesson(supporters_needed=1).id
    people = [factories.supporter().id for _ in range(CLERKS)]
    for _ in range(ROUNDS):
        nobody_on_duty()
        with clients(app, CLERKS) as several:
            answers = several.act_at_once(
                [lambda one=one: rota.put_on_duty(lesson_id, one, by=by, now=now) for one in people]
            )

        assert came_of(answers) == {"in": 1, "nobody-missing": CLERKS - 1}
        assert len(on_duty(lesson_id)) == 1


def test_without_the_held_row_each_sees_a_gap_and_all_get_in(app: Flask) -> None:
    """The control. On SQLite writers queue, so that there they have looked before their turn comes."""
    lesson_id = factories.lesson(supporters_needed=1).id
    people = [factories.supporter().id for _ in range(CLERKS)]
    looked = threading.Barrier(CLERKS)

    def look_and_put(one: int) -> None:
        with app.app_context():
            missing = db.session.get_one(Lesson, lesson_id).supporters_missing
            looked.wait(timeout=60)
            with transaction() as session:
                if missing:
                    session.add(LessonSupporter(lesson_id=lesson_id, supporter_id=one))

    with clients(app, CLERKS) as several:
        several.at_once([lambda one=one: look_and_put(one) for one in people])

    assert len(on_duty(lesson_id)) == CLERKS


def test_one_supporter_put_on_overlapping_lessons_at_once_gets_one(app: Flask, by: Actor, now: datetime) -> None:
    one = factories.supporter().id
    start = now + timedelta(days=9)
    lessons = [factories.lesson(starts_at=start + timedelta(minutes=10 * n)).id for n in range(CLERKS)]
    for _ in range(ROUNDS):
        nobody_on_duty()
        with clients(app, CLERKS) as several:
            answers = several.act_at_once(
                [lambda each=each: rota.put_on_duty(each, one, by=by, now=now) for each in lessons]
            )

        assert came_of(answers) == {"in": 1, "supporter-taken": CLERKS - 1}
        assert sum(len(on_duty(each)) for each in lessons) == 1


def test_without_the_guard_of_the_database_one_supporter_gets_into_all(app: Flask, now: datetime) -> None:
    with transaction() as session:
        if is_sqlite():
            session.execute(sa.text("DROP TRIGGER lesson_supporter_clash"))
        else:
            session.execute(sa.text("ALTER TABLE lesson_supporter DROP CONSTRAINT ex_lesson_supporter"))
    one = factories.supporter().id
    lessons = [factories.lesson(starts_at=now + timedelta(days=9)).id for _ in range(CLERKS)]

    with clients(app, CLERKS) as several:
        several.act_at_once(
            [lambda each=each: db.session.add(LessonSupporter(lesson_id=each, supporter_id=one)) for each in lessons]
        )

    assert sum(len(on_duty(each)) for each in lessons) == CLERKS


def test_two_who_fill_a_month_at_once_neither_stop_each_other_nor_fill_twice(
    app: Flask, by: Actor, now: datetime
) -> None:
    lessons = [factories.lesson(starts_at=now + timedelta(days=9 + n), supporters_needed=1).id for n in range(4)]
    people = [factories.supporter().id for _ in range(4)]
    there, back = list(zip(lessons, people, strict=True)), list(zip(lessons[::-1], people, strict=True))
    for _ in range(ROUNDS):
        nobody_on_duty()
        with clients(app, 2) as several:
            answers = several.act_at_once([lambda way=way: rota.fill(way, by=by, now=now) for way in (there, back)])

        assert not [one for one in answers if isinstance(one, Exception)]
        assert [len(on_duty(each)) for each in lessons] == [1, 1, 1, 1]


def test_said_at_once_by_supporter_and_clerk_that_they_cannot_come_it_is_noted_once(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson_id, one = factories.lesson().id, factories.supporter().id
    for round_ in range(1, ROUNDS + 1):
        factories.save(LessonSupporter(lesson_id=lesson_id, supporter_id=one))
        with clients(app, 2) as several:
            answers = several.act_at_once([lambda: rota.cannot_come(lesson_id, one, "用事", by=by, now=now)] * 2)

        assert came_of(answers) == {"in": 1, "not-on-duty": 1}
        db.session.rollback()
        assert len(db.session.scalars(sa.select(CannotCome)).all()) == round_


def test_two_clerks_who_note_a_no_at_once_note_it_once(app: Flask, by: Actor, now: datetime) -> None:
    lesson_id, one = factories.lesson().id, factories.supporter().id
    with clients(app, 2) as several:
        answers = several.act_at_once([lambda: rota.note_declined(lesson_id, one, by=by, now=now)] * 2)

    assert came_of(answers) == {"in": 2}
    db.session.rollback()
    assert len(db.session.scalars(sa.select(Declined)).all()) == 1
