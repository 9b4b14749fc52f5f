from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from tests import factories
from tests.conftest import NOW
from tests.front.test_handover import duty_of, in_charge, on_duty, request_of, series_of
from tests.programs import Program


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER))


def test_a_program_looks_hands_over_and_reads_what_went(program: Program) -> None:
    giver, taker = factories.user(Role.STAFF, name="前任"), factories.user(Role.STAFF, name="後任")
    old, new = factories.supporter(giver), factories.supporter(taker, name="支援 太郎")
    request_id = request_of(factories.actor_of(giver), NOW)
    free, busy = duty_of(old.id, NOW + timedelta(days=2)), duty_of(old.id, NOW + timedelta(days=3))
    duty_of(new.id, NOW + timedelta(days=3))
    sent = {"from_id": giver.id, "to_id": taker.id}

    seen = program.post("/hand-overs/preview", sent)
    assert seen.status == 200
    assert seen.body["counts"] == {"request": 1, "call-back": 0, "series": 0, "duty": 2, "regular-duty": 0}
    assert [(one["lesson_id"], one["may_go"]) for one in seen.body["duties"]] == [(free, True), (busy, False)]
    refused = program.post("/hand-overs", sent)
    assert (refused.status, refused.body["code"]) == (409, "unsettled")

    choice = {"duties": [{"lesson_id": busy, "choice": "open"}], "note": "鍵は金庫", "seen": seen.body["seen"]}
    made = program.post("/hand-overs", sent | choice, key="once-and-for-all")
    again = program.post("/hand-overs", sent | choice, key="once-and-for-all")

    assert made.status == 201
    assert again.body == made.body
    assert (made.body["state"], made.body["from_name"], made.body["on"]) == ("done", "前任", "2026-07-06")
    items = program.get(f"/hand-overs/{made.body['id']}/items").body["items"]
    assert {(one["kind"], one["about_id"], one["outcome"]) for one in items} == {
        ("request", request_id, "handed-over"), ("duty", free, "handed-over"), ("duty", busy, "opened"),
    }  # fmt: skip
    assert (in_charge(request_id), on_duty(free), on_duty(busy)) == (taker.id, [new.id], [])
    assert [one["id"] for one in program.get("/hand-overs", user_id=giver.id).body["items"]] == [made.body["id"]]


def test_a_prepared_one_is_taken_back_once(program: Program) -> None:
    giver, taker = factories.user(Role.STAFF), factories.user(Role.STAFF)
    made = program.post("/hand-overs", {"from_id": giver.id, "to_id": taker.id, "on": "2026-07-20"}).body
    assert made["state"] == "prepared"

    back = program.post(f"/hand-overs/{made['id']}/withdraw", {})
    late = program.post(f"/hand-overs/{made['id']}/withdraw", {})

    assert (back.status, back.body["state"]) == (200, "withdrawn")
    assert (late.status, late.body["code"]) == (409, "not-prepared")
    assert program.get(f"/hand-overs/{made['id']}").body["state"] == "withdrawn"


def test_what_staff_may_not_do_for_others_their_programs_may_not(app: Flask) -> None:
    giver, taker = factories.user(Role.STAFF), factories.user(Role.STAFF)
    staff = Program(app, factories.token(Role.STAFF))

    assert staff.post("/hand-overs", {"from_id": giver.id, "to_id": taker.id}).status == 403


def test_requests_and_series_are_given_to_somebody_and_asked_for_by_who_has_them(app: Flask) -> None:
    person, other = factories.user(Role.STAFF), factories.user(Role.STAFF)
    auditor = factories.user(Role.AUDITOR)
    request_id = request_of(factories.actor_of(person), NOW)
    series_id = series_of(factories.actor_of(person), NOW)
    staff = Program(app, factories.token(Role.STAFF))

    for path, row_id in (("/help-requests", request_id), ("/series", series_id)):
        given = staff.post(f"{path}/{row_id}/in-charge", {"user_id": other.id, "seen": person.id})
        late = staff.post(f"{path}/{row_id}/in-charge", {"user_id": None, "seen": person.id})
        unfit = staff.post(f"{path}/{row_id}/in-charge", {"user_id": auditor.id, "seen": other.id})

        assert (given.status, given.body["in_charge_id"]) == (200, other.id)
        assert (late.status, late.body["code"]) == (409, "changed-meanwhile")
        assert (unfit.status, unfit.body["code"]) == (422, "not-in-service")
        assert [one["id"] for one in staff.get(path, in_charge_id=other.id).body["items"]] == [row_id]
        assert staff.get(path, in_charge_id=0).body["items"] == []
