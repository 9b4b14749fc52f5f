"""Whichever way a lesson is planned: nobody without papers is put on duty, and who is off only with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import copying
from supportdesk.lessons.imports import LessonImporter
from supportdesk.lessons.models import LessonSupporter
from supportdesk.people.models import SupporterOff
from supportdesk.places.models import Room, Venue
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database
DAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Web:
    return Web(app).sign_in(factories.user(Role.COORDINATOR))


@pytest.fixture
def room(app: Flask) -> Room:
    return factories.room()


def test_the_form_names_who_has_no_term_and_asks_a_reason_for_who_is_off(desk: Web, room: Room) -> None:
    bare = factories.supporter(name="林田 久美子", terms=[])
    away = factories.supporter(name="山本 光男", off=[SupporterOff(from_day=DAY, until_day=DAY)])
    course = factories.course()
    typed = {"room_id": str(room.id), "day": "2026-07-15", "start": "10:00", "override_reason": ""}
    form = desk.get(f"/lessons/new?course={course.id}").form()

    refused = form.send(**typed | {"supporter_ids": str(bare.id), "override_reason": "急ぎ"})
    asked = form.send(**typed | {"supporter_ids": str(away.id)})
    planned = asked.form().send(**typed | {"supporter_ids": str(away.id), "override_reason": "本人が来られると言った"})

    assert (refused.status, "林田 久美子さんは、この日の委嘱がありません" in refused.text) == (422, True)
    assert (asked.status, "山本 光男さんは、この日は都合がつきません" in asked.text) == (422, True)
    assert (planned.status, "本人が来られると言った" in planned.text) == (200, True)


def test_a_program_is_refused_and_told_the_same(app: Flask, room: Room) -> None:
    program = Program(app, factories.token(Role.COORDINATOR))
    bare = factories.supporter(terms=[])
    away = factories.supporter(off=[SupporterOff(from_day=DAY, until_day=DAY)])
    body = {
        "course_id": factories.course().id, "room_id": room.id, "day": "2026-07-15", "start": "10:00", "minutes": 60,
        "seats": 8, "supporter_ids": [bare.id],
    }  # fmt: skip

    refused = program.post("/lessons", body)
    asked = program.post("/lessons", body | {"supporter_ids": [away.id]})
    done = program.post("/lessons", body | {"supporter_ids": [away.id], "override_reason": "本人が希望"})

    assert (refused.body["code"], refused.errors.keys()) == ("no-term", {"supporter_ids"})
    assert (asked.body["code"], asked.body["params"]["kinds"]) == ("reason-needed", ["supporter-off"])
    assert done.status == 201


def test_a_file_is_refused_too(app: Flask, room: Room) -> None:
    course = factories.course(external_id="C1")
    factories.supporter(name="林田 久美子", terms=[])
    with transaction() as session:
        session.get_one(Venue, room.venue_id).external_id = "V1"
    row = {
        "external_id": "L1", "course": course.external_id, "venue": "V1", "room": room.name, "day": DAY,
        "start": time(10), "supporters": ("林田 久美子",),
    }  # fmt: skip

    with pytest.raises(Refusal) as refused, transaction():
        LessonImporter(HOUSE, NOW).put(row)

    assert refused.value.code == "no-term"


def test_the_board_and_the_lesson_say_it_of_what_stands_already(desk: Web, room: Room) -> None:
    lesson = factories.lesson(room=room)
    bare = factories.supporter(name="林田 久美子", terms=[])
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=bare.id))

    assert "林田 久美子さんは、この日の委嘱がありません" in desk.get(f"/lessons/{lesson.id}").text
    assert "委嘱なし" in desk.get("/board?day=2026-07-15").text
    listed = desk.get("/supporters/without-papers")
    assert ("林田 久美子" in listed.text, "委嘱なし" in listed.text) == (True, True)
    edited = desk.get(f"/lessons/{lesson.id}/edit").form().send()
    assert (edited.status, "林田 久美子さんは、この日の委嘱がありません" in edited.text) == (422, True)


def test_a_series_names_each_date_on_which_somebody_has_no_papers(desk: Web, room: Room) -> None:
    half = factories.supporter(name="林田 久美子", terms=[factories.term(2026, until_day=DAY)])
    course = factories.course()
    typed = {
        "room_id": str(room.id), "first_day": "2026-07-14", "times": "2", "start": "10:00",
        "supporter_ids": str(half.id), "act": "look",
    }  # fmt: skip

    page = desk.get(f"/series/new?course={course.id}").form("main form").send(**typed)

    said = [str(row) for row in page.soup.select("main table tbody tr")]
    assert ["委嘱がありません" in row for row in said] == [False, True]
    assert page.form("main form").send(act="save").status == 422


def test_who_has_left_is_not_copied_to_the_next_month(app: Flask, room: Room) -> None:
    gone, stays = factories.supporter(left_on=date(2026, 7, 31)), factories.supporter()
    lesson = factories.lesson(room=room)
    for one in (gone, stays):
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))

    with transaction():
        (made,) = copying.copy_month(date(2026, 7, 1), "", {}, by=HOUSE, now=NOW)
        assert [row.supporter_id for row in made.supporters] == [stays.id]
