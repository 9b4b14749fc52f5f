"""A supporter and a thing are in one place at a time: the database says so, whoever asks and however they ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from supportdesk.core.access import Actor
from supportdesk.core.db import db, is_sqlite, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import actions, as_typed, timetable
from supportdesk.lessons.actions import LessonData
from supportdesk.lessons.models import Lesson, LessonSupporter, LessonThing
from tests import factories
from tests.races.clients import ROUNDS, clients

pytestmark = pytest.mark.race
CLIENTS = 6
HELD = pytest.mark.parametrize("held", ["supporter", "thing"])
TABLES = {"supporter": LessonSupporter, "thing": LessonThing}


def one_of(held: str) -> int:
    return (factories.supporter() if held == "supporter" else factories.thing()).id


def row(held: str, lesson_id: int, one: int) -> LessonSupporter | LessonThing:
    return TABLES[held](lesson_id=lesson_id, **{f"{held}_id": one})


def came_of(answers: list[object]) -> Counter[str]:
    return Counter(
        answer.code if isinstance(answer, Refusal) else type(answer).__name__ if isinstance(answer, Exception) else "in"
        for answer in answers
    )


@HELD
def test_of_six_lessons_that_want_the_same_one_at_once_one_gets_it(
    app: Flask, by: Actor, now: datetime, held: str
) -> None:
    one, course = one_of(held), factories.course()
    for _ in range(ROUNDS):
        plans = [
            LessonData(
                course_id=course.id, room_id=factories.room().id, day=date(2026, 7, 15), start=time(10), minutes=60,
                seats=8, supporter_ids=(one,) if held == "supporter" else (),
                thing_ids=(one,) if held == "thing" else (),
            )
            for _ in range(CLIENTS)
        ]  # fmt: skip
        with clients(app, CLIENTS) as several:
            answers = several.act_at_once(
                [lambda plan=plan: actions.add_lesson(plan, by=by, now=now) for plan in plans]
            )

        assert came_of(answers) == {"in": 1, f"{held}-taken": CLIENTS - 1}
        taken = db.session.scalars(sa.select(Lesson.id).where(Lesson.cancelled_at.is_(None))).one()
        with transaction():
            actions.cancel_lesson(taken, "つぎの回のため", by=by, now=now)


def straight_into_the_table(app: Flask, held: str, one: int) -> Counter[str]:
    """Rows written past every action and check, each for a lesson of the same hour."""
    lessons = [factories.lesson().id for _ in range(CLIENTS)]

    def put(lesson_id: int) -> None:
        db.session.add(row(held, lesson_id, one))
        db.session.flush()

    with clients(app, CLIENTS) as several:
        return came_of(several.act_at_once([lambda each=each: put(each) for each in lessons]))


@HELD
def test_past_every_check_the_database_still_lets_only_one_in(app: Flask, held: str) -> None:
    one = one_of(held)
    for _ in range(ROUNDS):
        with transaction() as session:
            session.execute(sa.delete(TABLES[held]))

        # On PostgreSQL those that wait for each other may be told so (a deadlock); nobody gets in by it.
        assert straight_into_the_table(app, held, one)["in"] <= 1


@HELD
def test_without_the_guard_of_the_database_they_all_get_in(app: Flask, held: str) -> None:
    with transaction() as session:
        if is_sqlite():
            session.execute(sa.text(f"DROP TRIGGER lesson_{held}_clash"))
        else:
            session.execute(sa.text(f"ALTER TABLE lesson_{held} DROP CONSTRAINT ex_lesson_{held}"))

    assert straight_into_the_table(app, held, one_of(held)) == {"in": CLIENTS}


@pytest.fixture(params=["supporter", "thing"])
def put(request: pytest.FixtureRequest, app: Flask) -> Callable[[Lesson], object]:
    held, one = request.param, one_of(request.param)
    return lambda lesson: factories.save(row(held, lesson.id, one))


def moved(lesson: Lesson, **values: object) -> None:
    with transaction() as session:
        session.execute(sa.update(Lesson).where(Lesson.id == lesson.id).values(**values))


def test_touching_lessons_share_one(put: Callable[[Lesson], object]) -> None:
    first = factories.lesson()
    put(first)

    put(factories.lesson(starts_at=first.ends_at))


def test_a_cancelled_lesson_frees_what_it_had_and_does_not_get_it_back(put: Callable[[Lesson], object]) -> None:
    first, second = factories.lesson(), factories.lesson()
    put(first)
    moved(first, cancelled_at=factories.START)
    put(second)

    with pytest.raises(IntegrityError):
        moved(first, cancelled_at=None)


def test_a_lesson_that_moves_carries_what_it_has(put: Callable[[Lesson], object]) -> None:
    first, second = factories.lesson(), factories.lesson(starts_at=factories.START + timedelta(days=10))
    put(first)
    put(second)

    with pytest.raises(IntegrityError):
        moved(second, starts_at=first.starts_at, ends_at=first.ends_at)
    moved(second, starts_at=first.ends_at, ends_at=first.ends_at + timedelta(hours=1))
    with pytest.raises(IntegrityError):
        moved(first, ends_at=first.ends_at + timedelta(minutes=1))


def test_of_two_staff_who_edit_one_lesson_the_second_sees_what_the_first_saved(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson = factories.lesson(least=1)
    for round_ in range(ROUNDS):
        db.session.expire_all()
        with transaction():
            as_it_was = as_typed.data_of(timetable.lesson(lesson.id))
            version = timetable.lesson(lesson.id).version
        edits = [replace(as_it_was, note=f"{round_}回目", least=1 + n) for n in range(1, 3)]
        with clients(app, 2) as several:
            answers = several.act_at_once(
                [
                    lambda edit=edit, seen=version: actions.edit_lesson(lesson.id, edit, seen, by=by, now=now)
                    for edit in edits
                ]
            )

        assert came_of(answers) == {"in": 1, "changed-meanwhile": 1}
