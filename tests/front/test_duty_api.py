"""Supporters' duties for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.core.operations import Operation
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.people.models import Supporter
from supportdesk.people.rules import Wish
from supportdesk.reminders.rules import Why
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.COORDINATOR))


def on_duty(who: Supporter, days: int = 9, state: LessonState = LessonState.OPEN) -> Lesson:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=days), state=state)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=who.id))
    return lesson


def test_duties_are_listed_from_today_on_and_from_any_day(program: Program) -> None:
    who = factories.supporter()
    past, coming = on_duty(who, -9, LessonState.HELD), on_duty(who)
    on_duty(factories.supporter(name="支援 太郎"), 3)

    reply = program.get(f"/supporters/{who.id}/duties")

    assert [(row["lesson_id"], row["seats_taken"]) for row in reply.body["items"]] == [(coming.id, 0)]
    listed = program.get(f"/supporters/{who.id}/duties", first_day="2026-06-01").body["items"]
    assert [row["lesson_id"] for row in listed] == [past.id, coming.id]
    assert program.get("/supporters/999/duties").status == 404


def test_the_address_is_told_once_and_kept_nowhere(app: Flask, program: Program) -> None:
    who = factories.supporter()
    assert program.get(f"/supporters/{who.id}/feed").body["made_at"] is None

    made = program.post(f"/supporters/{who.id}/feed", {}, key="one")

    path = made.body["path"]
    assert (made.status, Web(app).get(path).status) == (201, 200)
    again = program.post(f"/supporters/{who.id}/feed", {}, key="one")
    assert (again.status, again.body["path"], Web(app).get(path).status) == (201, None, 200)
    assert program.get(f"/supporters/{who.id}/feed").body["path"] is None
    kept = str([row.result for row in db.session.scalars(sa.select(Operation))])
    assert path.removeprefix("/calendars/").removesuffix(".ics") not in kept

    assert program.post(f"/supporters/{who.id}/feed/revoke", {}).body["made_at"] is None
    assert Web(app).get(path).status == 404


def test_staff_reads_and_the_coordinator_alone_makes_addresses(app: Flask) -> None:
    who, clerk = factories.supporter(), Program(app, factories.token(Role.STAFF))

    assert clerk.get(f"/supporters/{who.id}/feed").status == 200
    assert clerk.post(f"/supporters/{who.id}/feed", {}).status == 403


def test_the_record_of_activity_of_one_and_of_all(program: Program) -> None:
    who, other = factories.supporter(), factories.supporter(name="支援 太郎")
    done, open_still = on_duty(who, -9, LessonState.RECORDED), on_duty(who, -8)
    on_duty(other, -7, LessonState.HELD)

    one = program.get(f"/supporters/{who.id}/activity/2026-06").body

    assert (one["supporter_id"], one["hours"], one["fee"], one["travel"]) == (who.id, 1.0, None, None)
    assert [row["lesson_id"] for row in one["counted"]] == [done.id]
    assert [(row["lesson_id"], row["why"]) for row in one["not_counted"]] == [(open_still.id, "not-recorded")]
    first = program.get("/supporters/activity/2026-06", limit=1).body
    second = program.get(first["next"]).body
    assert [row["supporter_id"] for row in first["items"] + second["items"]] == [who.id, other.id]
    assert second["next"] is None
    assert program.get("/supporters/activity/2026-13").status == 404


def calls(program: Program) -> list[dict[str, Any]]:
    """Whom a person must tell; that nobody has booked these lessons is to be decided, and is another item."""
    return [one for one in program.get("/action-items").body["items"] if one["supporter_id"]]


def test_who_needs_a_person_is_named_by_supporter_and_lesson_and_ended_by_its_outcome(app: Flask) -> None:
    program = Program(app, factories.token())
    who = factories.supporter(wish=Wish.PERSON, number="+81957000022")
    lesson = on_duty(who, 1)

    [item] = calls(program)
    assert (item["supporter_id"], item["lesson_id"], item["resident_id"], item["booking_id"]) == (
        who.id, lesson.id, None, None
    )  # fmt: skip
    assert (item["why"], item["number_ends_in"]) == (Why.WISH, "0022")

    noted = program.post(f"/action-items/duties/{lesson.id}/{who.id}/outcome", {"outcome": "talked"})
    assert (noted.status, noted.body["by_name"] != "") == (201, True)
    assert calls(program) == []
    assert program.post(f"/action-items/duties/{lesson.id}/999/outcome", {"outcome": "talked"}).status == 404


def test_items_of_two_supporters_in_one_lesson_are_paged_without_a_gap(app: Flask) -> None:
    program = Program(app, factories.token())
    lesson = factories.lesson(starts_at=NOW + timedelta(days=1))
    for n in range(3):
        one = factories.supporter(wish=Wish.PERSON, name=f"支援 {n}")
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))

    seen, path = [], "/action-items?limit=1"
    while path:
        body = program.get(path).body
        seen += [row["supporter_id"] for row in body["items"] if row["supporter_id"]]
        path = body["next"]

    assert seen == sorted(seen) and len(seen) == 3
