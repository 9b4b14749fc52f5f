"""The rota for programs: where somebody is missing, who could help, and the same acts as on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.people.models import Supporter
from tests import factories
from tests.conftest import NOW
from tests.programs import Program


@pytest.fixture(autouse=True)
def in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.COORDINATOR))


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    """On 15 July; two supporters are needed."""
    return factories.lesson()


@pytest.fixture
def hanako(app: Flask) -> Supporter:
    return factories.supporter()


def on_duty(lesson: Lesson) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(LessonSupporter.supporter_id).filter_by(lesson_id=lesson.id)))


def test_gaps_are_listed_by_their_start_until_they_are_filled(
    program: Program, lesson: Lesson, hanako: Supporter
) -> None:
    later = factories.lesson(starts_at=NOW + timedelta(days=20), supporters_needed=1)
    factories.lesson(starts_at=NOW + timedelta(days=29), supporters_needed=1)
    factories.lesson(starts_at=NOW - timedelta(days=1))

    first = program.get("/duties/gaps", limit=1).body
    assert [(one["lesson_id"], one["needed"], one["missing"]) for one in first["items"]] == [(lesson.id, 2, 2)]
    assert [one["lesson_id"] for one in program.get(first["next"]).body["items"]] == [later.id]
    program.post(f"/lessons/{later.id}/duties", {"supporter_id": hanako.id})

    assert [one["lesson_id"] for one in program.get("/duties/gaps").body["items"]] == [lesson.id]
    assert program.get("/duties/gaps", district="KCN").body["items"] == []


def test_a_lesson_tells_whom_to_ask_and_who_may_not(program: Program, lesson: Lesson, hanako: Supporter) -> None:
    gone = factories.supporter(terms=[])

    told = program.get(f"/lessons/{lesson.id}/duties").body

    assert told["lesson"]["missing"] == 2
    (one,) = told["suggestions"]
    assert one["supporter_id"] == hanako.id
    assert (one["turns"], one["turns_this_year"], one["kilometres"], one["unwilling"]) == (0, 0, None, False)
    assert [(each["supporter_id"], each["why"]) for each in told["unable"]] == [(gone.id, ["no_term"])]
    assert "支援" not in str(told), "names stand with the supporters"


def test_putting_on_duty_and_telling_that_one_cannot_come(program: Program, lesson: Lesson, hanako: Supporter) -> None:
    put = program.post(f"/lessons/{lesson.id}/duties", {"supporter_id": hanako.id})
    assert (put.status, put.body["missing"], put.body["supporter_ids"]) == (200, 1, [hanako.id])

    told = program.post(f"/lessons/{lesson.id}/duties/cannot-come", {"supporter_id": hanako.id, "reason": "用事"})

    assert (told.status, told.body["supporter_id"]) == (201, hanako.id)
    assert on_duty(lesson) == []
    (gap,) = program.get(f"/lessons/{lesson.id}/duties").body["cannot_come"]
    assert gap["reason"] == "用事"
    again = program.post(f"/lessons/{lesson.id}/duties/cannot-come", {"supporter_id": hanako.id})
    assert (again.status, again.body["code"]) == (409, "not-on-duty")


def test_what_a_lesson_needs_is_set_and_taken_back(program: Program, lesson: Lesson) -> None:
    assert program.post(f"/lessons/{lesson.id}/duties/needed", {"needed": 0}).body["missing"] == 0
    assert program.post(f"/lessons/{lesson.id}/duties/needed", {"needed": None}).body["missing"] == 2
    assert program.post(f"/lessons/{lesson.id}/duties/needed", {"needed": 51}).status == 422
    assert program.post(f"/lessons/{lesson.id}/duties/needed", {}).status == 422


def test_who_said_no_is_marked(program: Program, lesson: Lesson, hanako: Supporter) -> None:
    for _ in range(2):
        assert program.post(f"/lessons/{lesson.id}/duties/declined", {"supporter_id": hanako.id}).status == 200

    (one,) = program.get(f"/lessons/{lesson.id}/duties").body["suggestions"]
    assert one["unwilling"]


def test_a_proposal_is_put_into_the_rota_and_sent_again_changes_nothing(program: Program, lesson: Lesson) -> None:
    factories.supporter()
    factories.supporter()
    (proposed,) = program.get("/duties/proposal").body["lessons"]
    choices = [{"lesson_id": proposed["lesson_id"], "supporter_id": one["supporter_id"]} for one in proposed["chosen"]]
    assert len(choices) == 2

    for _ in range(2):
        done = program.post("/duties/fill", {"choices": choices})
        assert [(one["on_duty"], one["code"]) for one in done.body["done"]] == [(True, None)] * 2
    assert sorted(on_duty(lesson)) == sorted(one["supporter_id"] for one in choices)
    assert program.get("/duties/proposal").body["lessons"] == []


def test_who_cannot_be_put_is_told_and_keeps_nobody_back(program: Program, lesson: Lesson, hanako: Supporter) -> None:
    without_term = factories.supporter(terms=[])
    choices = [
        {"lesson_id": lesson.id, "supporter_id": without_term.id},
        {"lesson_id": 999, "supporter_id": hanako.id},
        {"lesson_id": lesson.id, "supporter_id": hanako.id},
    ]

    done = program.post("/duties/fill", {"choices": choices}).body["done"]

    assert {(one["lesson_id"], one["supporter_id"]): one["code"] for one in done} == {
        (lesson.id, without_term.id): "no-term", (999, hanako.id): "not-found", (lesson.id, hanako.id): None,
    }  # fmt: skip
    assert on_duty(lesson) == [hanako.id]


def test_a_proposal_for_years_is_refused(program: Program) -> None:
    asked = program.get("/duties/proposal", first_day="2026-07-01", last_day="2027-07-01")

    assert (asked.status, list(asked.errors)) == (422, ["last_day"])


def test_a_manager_reads_the_rota_and_changes_nothing(app: Flask, lesson: Lesson, hanako: Supporter) -> None:
    manager = Program(app, factories.token(Role.MANAGER))

    assert manager.get(f"/lessons/{lesson.id}/duties").status == 200
    assert manager.post(f"/lessons/{lesson.id}/duties", {"supporter_id": hanako.id}).status == 403
    assert on_duty(lesson) == []
