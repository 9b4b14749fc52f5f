from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.office import list_actions, queries
from supportdesk.office.list_actions import DistrictData
from supportdesk.office.models import District, Topic
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

DISTRICT = {"name": "口之津", "name_kana": "くちのつ", "latitude": 32.611, "longitude": "１３０．１８７"}
TOPIC = {"label": "Wi-Fiにつながらない", "group": "基本", "first_route": "class"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="地区台帳"))


def stored(model: type[Any]) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(sa.select(model.code).order_by(model.code)))


def test_a_district_is_added_read_and_listed(program: Program) -> None:
    added = program.post("/districts", DISTRICT | {"code": "ｋｃｎ"})

    assert added.status == 201
    assert added.body == {
        "code": "KCN", "name": "口之津", "name_kana": "クチノツ", "town_name": "", "latitude": 32.611,
        "longitude": 130.187, "sort_order": 1, "retired_at": None, "version": 1,
    }  # fmt: skip
    assert program.get("/districts/KCN").body == added.body
    assert program.get("/districts").body == {"items": [added.body], "next": None}
    (row,) = history.of("district:KCN")
    assert (row.action, row.actor_name, row.actor_id) == ("district.added", "地区台帳", None)


def test_without_a_code_the_entry_gets_one(program: Program) -> None:
    for code in ("D1", "D2"):
        assert program.post("/districts", DISTRICT).body["code"] == code
    assert program.post("/topics", TOPIC).body["code"] == "T1"


def test_the_same_code_again_changes_the_entry_and_keeps_what_is_left_out(program: Program) -> None:
    first = program.post("/topics", TOPIC | {"code": "WIFI", "staff_note": "ルーターを見る", "sort_order": 7})

    again = program.post("/topics", TOPIC | {"code": "wifi", "urgent": True})
    same = program.post("/topics", TOPIC | {"code": "WIFI", "urgent": True})

    assert (first.status, again.status, same.status) == (201, 200, 200)
    assert again.body == first.body | {"urgent": True, "version": 2}
    assert same.body == again.body
    assert stored(Topic) == ["WIFI"]


def test_whoever_loses_a_race_for_a_code_is_told_to_send_again_and_then_changes_the_entry(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = list_actions.add_district

    def overtaken(code: str, data: DistrictData, **who: Any) -> District:
        real(code, data, **who)  # what the other one committed since this one looked
        return real(code, data, **who)

    with monkeypatch.context() as patch:
        patch.setattr(list_actions, "add_district", overtaken)
        lost = program.post("/districts", DISTRICT | {"code": "KCN"}, "key")
    with transaction():
        list_actions.add_district("KCN", DistrictData("口之津", "クチノツ", 32.6, 130.1), by=HOUSE, now=NOW)
    again = program.post("/districts", DISTRICT | {"code": "KCN"}, "key")

    assert (lost.status, lost.body["code"], lost.response.headers["Retry-After"]) == (409, "in-progress", "1")
    assert (again.status, again.body["latitude"], again.body["version"]) == (200, 32.611, 2)


def test_an_edit_changes_only_what_it_names(program: Program) -> None:
    district = program.post("/districts", DISTRICT | {"code": "KCN"}).body

    edited = program.patch("/districts/KCN", {"version": 1, "town_name": "口之津町"})
    late = program.patch("/districts/KCN", {"version": 1, "town_name": "別"})

    assert edited.status == 200
    assert edited.body == district | {"town_name": "口之津町", "version": 2}
    assert (late.status, late.body["code"], late.body["params"]) == (409, "changed-meanwhile", {"version": 2})
    assert set(program.patch("/topics/WIFI", {"label": "別"}).errors) == {"version"}


def test_an_entry_out_of_use_leaves_the_list_and_comes_back(program: Program) -> None:
    program.post("/topics", TOPIC | {"code": "WIFI"})
    program.post("/districts", DISTRICT | {"code": "KCN"})

    for path in ("/topics/WIFI", "/districts/KCN"):
        noun = path.rpartition("/")[0]
        retired = program.post(f"{path}/retire", {"version": 1})
        assert retired.body["retired_at"] == "2026-07-06T10:00:00+09:00"
        assert program.get(noun).body["items"] == []
        assert program.get(noun, retired="true").body["items"] == [retired.body]
        assert program.post(f"{path}/use", {"version": 1}).status == 409
        used = program.post(f"{path}/use", {"version": 2})
        assert program.get(noun).body["items"] == [used.body]


def test_what_nothing_has_can_be_removed_and_the_answer_is_what_it_was(program: Program) -> None:
    district = program.post("/districts", DISTRICT | {"code": "KCN"}).body
    topic = program.post("/topics", TOPIC | {"code": "WIFI"}).body

    removed = program.post("/districts/KCN/remove", {"version": 1}, "key")

    assert (removed.status, removed.body) == (200, district)
    assert program.post("/districts/KCN/remove", {"version": 1}, "key").body == district
    assert program.post("/districts/KCN/remove", {"version": 1}).status == 404
    assert program.post("/topics/WIFI/remove", {"version": 1}).body == topic
    assert (stored(District), stored(Topic)) == ([], [])


def test_what_is_in_use_cannot_be_removed(program: Program) -> None:
    program.post("/districts", DISTRICT | {"code": "KCN"})
    factories.venue(district_code="KCN")

    reply = program.post("/districts/KCN/remove", {"version": 1})

    assert (reply.status, reply.body["code"]) == (409, "in-use")
    assert stored(District) == ["KCN"]


def test_the_usual_topics_come_once_and_each_is_a_proposal_until_it_is_saved(program: Program) -> None:
    added = program.post("/usual-topics", {}, "key")

    assert (added.status, added.body) == (201, {"added": 31})
    assert program.send("POST", "/usual-topics", headers={"Idempotency-Key": "without a body"}).status == 409
    assert program.post("/usual-topics", {}).body["code"] == "topics-there"
    assert program.get("/topics/POWER").body["proposed"] is True
    assert program.patch("/topics/POWER", {"version": 1}).body["proposed"] is False


def test_pages_go_by_code_and_neither_skip_nor_repeat_an_entry_that_moves_in_the_list(program: Program) -> None:
    for n in range(5):
        program.post("/topics", TOPIC | {"code": f"T{n}", "sort_order": 9 - n})

    first = program.get("/topics", limit=3)
    program.patch("/topics/T4", {"version": 1, "sort_order": 1})
    second = program.get(first.body["next"])

    assert [row["code"] for row in first.body["items"] + second.body["items"]] == ["T0", "T1", "T2", "T3", "T4"]
    assert second.body["next"] is None


@pytest.mark.parametrize("cursor", ["WyJcdTAwMDAiXQ", "WyJcdWQ4MDAiXQ", "WzFd", "W251bGxd"])
def test_a_cursor_that_no_code_can_be_is_refused(program: Program, cursor: str) -> None:
    # ["\u0000"], ["\ud800"], [1], [null]
    reply = program.get("/topics", cursor=cursor)

    assert (reply.status, reply.body["code"]) == (422, "bad-cursor")


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""), ("code", "../../etc"), ("code", "KUCHINOTSU"), ("code", "口" * 10_000), ("code", None),
        ("name", " "), ("name", "口" * 41), ("name_kana", "口之津"), ("latitude", "北"), ("latitude", True),
        ("latitude", None), ("latitude", 91), ("latitude", 130.187), ("latitude", 10**400), ("latitude", "3_2.6"),
        ("longitude", [130.1]), ("longitude", "130.1.1"), ("longitude", "nan"), ("sort_order", 0),
        ("sort_order", 10_000), ("version", 1), ("external_id", "KCN"), ("retired_at", None),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(program: Program, field: str, value: Any) -> None:
    reply = program.post("/districts", DISTRICT | {field: value})

    assert reply.status == 422
    assert set(reply.errors) == {field}
    assert stored(District) == []


@pytest.mark.one_database
@pytest.mark.parametrize("body", [b'{"latitude": 1e999}', b'{"latitude": -1e999}'])
def test_a_number_without_end_is_none(program: Program, body: bytes) -> None:
    reply = program.send("POST", "/districts", data=body, content_type="application/json")

    assert "latitude" in reply.errors


@pytest.mark.one_database
def test_exchanged_degrees_are_recognized(program: Program) -> None:
    reply = program.post("/districts", DISTRICT | {"latitude": 130.187, "longitude": 32.611})

    assert (reply.status, reply.body["code"]) == (422, "point-exchanged")
    assert reply.body["params"] == {"latitude": 32.611, "longitude": 130.187}
    assert set(reply.errors) == {"latitude"}


@pytest.mark.one_database
def test_a_topic_goes_to_a_place_that_there_is(program: Program) -> None:
    assert set(program.post("/topics", TOPIC | {"first_route": "moon"}).errors) == {"first_route"}


@pytest.mark.one_database
@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_others_of_the_office_read_and_change_nothing(app: Flask, role: Role) -> None:
    factories.district()
    other = Program(app, factories.token(role))

    assert other.get("/districts/KCN").status == 200
    for reply in (
        other.post("/districts", DISTRICT),
        other.patch("/districts/KCN", {"version": 1, "name": "別"}),
        other.post("/districts/KCN/retire", {"version": 1}),
        other.post("/usual-topics", {}),
    ):
        assert (reply.status, reply.body["code"]) == (403, "role-missing")
    assert queries.listed(District, "KCN").version == 1


def test_what_is_not_there_is_not_found(program: Program) -> None:
    for noun in ("districts", "topics"):
        for code in ("XYZ", "あ", "X" * 40):
            for reply in (
                program.get(f"/{noun}/{code}"),
                program.patch(f"/{noun}/{code}", {"version": 1}),
                *(program.post(f"/{noun}/{code}/{act}", {"version": 1}) for act in ("retire", "use", "remove")),
            ):
                assert (reply.status, reply.body["code"]) == (404, "not-found")
