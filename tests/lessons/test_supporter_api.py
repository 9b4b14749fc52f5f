"""Supporters for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.lessons.models import LessonSupporter
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.COORDINATOR))


def test_a_supporter_is_added_changed_and_found_again_by_the_external_id(program: Program) -> None:
    factories.topic("LINE")
    body = {
        "external_id": "S1", "name": "支援 花子", "kana": "しえん はなこ", "telephone": "０９０-0000-0001",
        "wish": "text", "skills": ["LINE"], "hours": [{"weekday": 2, "from_time": "9:00", "until_time": "正午"}],
    }  # fmt: skip

    added = program.post("/supporters", body)
    again = program.post("/supporters", body | {"badge": "B-1"})
    one = program.get(f"/supporters/{added.body['id']}").body

    assert (added.status, again.status, again.body["id"]) == (201, 200, added.body["id"])
    assert (one["kana"], one["number"], one["number_kind"], one["badge"]) == (
        "シエン ハナコ", "+819000000001", "mobile", "B-1",
    )  # fmt: skip
    assert one["hours"] == [{"weekday": 2, "from_time": "09:00", "until_time": "12:00"}]
    edited = program.patch(f"/supporters/{one['id']}", {"version": one["version"], "kind": "staff"})
    assert (edited.body["kind"], edited.body["skills"]) == ("staff", ["LINE"])
    stale = program.patch(f"/supporters/{one['id']}", {"version": one["version"], "kind": "volunteer"})
    assert (stale.status, stale.body["code"]) == (409, "changed-meanwhile")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"district": "XXX"}, "district"), ({"telephone": "110"}, "telephone"), ({"wish": "card"}, "wish"),
        ({"hours": [{"weekday": 2, "from_time": "12:00", "until_time": "9:00"}]}, "hours"),
        ({"skills": ["XXX"]}, "skills"), ({"trained_on": "2027-01-01"}, "trained_on"), ({"note": "x"}, "note"),
        ({"badge": "1234 5678 9018"}, "badge"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_as_it_was_sent(program: Program, more: dict[str, object], field: str) -> None:
    refused = program.post("/supporters", {"name": "支援 花子", "kana": "シエン", "telephone": "0957-00-0001"} | more)

    assert refused.status in (409, 422)
    assert list(refused.errors) == [field]


def test_a_list_is_asked_by_papers_and_holds_no_numbers(program: Program) -> None:
    bare = factories.supporter(terms=[])
    factories.supporter(number="+819000000001")

    missing = program.get("/supporters", papers="missing").body["items"]
    pages = program.get("/supporters", limit=1).body

    assert [row["id"] for row in missing] == [bare.id]
    assert "number" not in missing[0]
    assert len(pages["items"]) == 1 and pages["next"]


def test_terms_and_dates_off_come_and_go(program: Program) -> None:
    one = factories.supporter(terms=[]).id

    renewed = program.post("/supporters/renew", {"supporter_ids": [one], "fiscal_year": 2026})
    term = program.post(f"/supporters/{one}/term", {"fiscal_year": 2026, "insured_on": "2026-04-01"})
    off = program.post(f"/supporters/{one}/off", {"from_day": "2026-07-20"})
    gone = program.post(f"/supporters/{one}/off/take-back", {"off_id": off.body["off"][0]["id"]})
    back = program.post(f"/supporters/{one}/term/take-back", {"fiscal_year": 2026})

    assert renewed.body == {"changed": 1}
    assert term.body["terms"] == [
        {"fiscal_year": 2026, "from_day": "2026-04-01", "until_day": "2027-03-31", "insured_on": "2026-04-01"}
    ]
    assert (off.status, off.body["off"][0]["until_day"], gone.body["off"]) == (201, "2026-07-20", [])
    assert back.body["terms"] == []


def test_the_last_day_names_the_duties_that_have_to_be_seen(program: Program) -> None:
    one = factories.supporter(terms=[factories.term(2026, until_day=date(2026, 7, 10))]).id
    lesson = factories.lesson(starts_at=NOW + timedelta(days=9)).id
    factories.save(LessonSupporter(lesson_id=lesson, supporter_id=one))
    assert program.get("/supporters/without-papers").body == {
        "duties": [{"lesson_id": lesson, "supporter_id": one, "why": ["no_term"]}]
    }

    first = program.post(f"/supporters/{one}/end", {"version": 1, "left_on": "2026-07-10"})
    second = program.post(f"/supporters/{one}/end", {"version": 1, "left_on": "2026-07-10", "seen": [lesson]})

    assert (first.body["code"], first.body["params"]["lesson_ids"]) == ("duties-first", [lesson])
    assert (second.status, second.body["left_on"]) == (200, "2026-07-10")
    assert program.get(f"/lessons/{lesson}").body["supporter_ids"] == []
    assert program.post(f"/supporters/{one}/come-back", {}).body["left_on"] is None


def test_staff_read_alone(app: Flask) -> None:
    staff = Program(app, factories.token(Role.STAFF))
    one = factories.supporter().id

    assert staff.get(f"/supporters/{one}").status == 200
    assert staff.post(f"/supporters/{one}/come-back", {}).status == 403
