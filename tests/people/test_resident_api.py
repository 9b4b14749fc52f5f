from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.core.operations import Operation
from supportdesk.people.models import Resident, Telephone
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

HARU = {
    "family_kana": "ほんだ",
    "given_kana": "ﾊﾙ",
    "family_name": "本多",
    "birth_year": "昭和１６",
    "telephones": [{"number": "0957-00-1234"}, {"number": "090-0000-0012(娘)"}],
    "family": [{"name": "本多 花子", "relation": "娘", "number": "090-0000-0034", "scope": "may-change"}],
    "needs": ["hearing"],
    "house_name": "油屋",
}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="住民台帳"))


def _count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Resident.id))) or 0


def _record(program: Program, resident_id: int) -> dict[str, Any]:
    body: dict[str, Any] = program.get(f"/residents/{resident_id}").body
    return body


def test_a_person_is_added_with_all_that_the_form_asks_and_read_again(program: Program) -> None:
    factories.district()
    more = {
        "district_code": "KCN", "postal_code": "８５９２５０２", "town": "口之津町丙", "street": "1", "building": "2号",
        "landmark": "港の前", "wish": "text", "consent_on": "令和8年7月1日", "consent_how": "spoken",
        "do_not_call": True, "do_not_call_reason": "耳が遠い", "note": "一行目\n二行目", "age_band": None,
        "keys": True,
    }  # fmt: skip

    added = program.post("/residents", HARU | more | {"external_id": "R1"})

    assert added.status == 201
    assert added.body == {
        "id": added.body["id"], "external_id": "R1", "district_code": "KCN", "stopped_at": None, "stop_reason": None,
        "version": 1,
    }  # fmt: skip
    record = _record(program, added.body["id"])
    assert (record["family_kana"], record["given_kana"], record["birth_year"]) == ("ホンダ", "ハル", 1941)
    assert record["telephones"] == [
        {"number": "+81957001234", "kind": "landline", "whose": "", "tried_on": None, "texts_agreed_on": None},
        {"number": "+819000000012", "kind": "mobile", "whose": "娘", "tried_on": None, "texts_agreed_on": None},
    ]
    assert record["family"] == [
        {"name": "本多 花子", "relation": "娘", "number": "+819000000034", "scope": "may-change", "timing": "after"}
    ]
    assert (record["needs"], record["postal_code"], record["consent_on"]) == (["hearing"], "859-2502", "2026-07-01")
    plain = set(more) - {"postal_code", "consent_on"}
    assert {name: record[name] for name in plain} == {name: more[name] for name in plain}
    assert record["created_at"] == "2026-07-06T10:00:00+09:00"


def test_a_record_read_and_sent_back_changes_nothing(program: Program) -> None:
    resident_id = program.post("/residents", HARU).body["id"]
    with transaction() as session:
        session.execute(sa.update(Telephone).values(tried_on=date(2026, 7, 1)))
    record = _record(program, resident_id)
    kept = {"id", "external_id", "stopped_at", "stop_reason", "created_at"}

    sent = program.patch(f"/residents/{resident_id}", {name: record[name] for name in record if name not in kept})

    assert (sent.status, sent.body["version"]) == (200, 1)


def test_an_edit_changes_only_what_it_names_and_a_number_that_stays_keeps_what_is_known_of_it(program: Program) -> None:
    resident_id = program.post("/residents", HARU).body["id"]
    with transaction() as session:
        session.execute(sa.update(Telephone).values(tried_on=date(2026, 7, 1)))
    before = _record(program, resident_id)

    edited = program.patch(
        f"/residents/{resident_id}",
        {"version": 1, "telephones": [{"number": "+819000000012"}, {"number": "0957000099", "kind": "fax"}]},
    )

    assert (edited.status, edited.body["version"]) == (200, 2)
    after = _record(program, resident_id)
    assert [(row["kind"], row["whose"], row["tried_on"]) for row in after["telephones"]] == [
        ("mobile", "娘", "2026-07-01"), ("fax", "", None),
    ]  # fmt: skip
    same = set(before) - {"telephones", "version"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_the_same_external_id_again_changes_the_record_and_asks_about_nobody(program: Program) -> None:
    first = program.post("/residents", HARU | {"external_id": "R1"})
    again = program.post("/residents", {"family_kana": "ホンダ", "external_id": "R1", "town": "加津佐町己"})
    same = program.post("/residents", HARU | {"external_id": "R1"})

    assert (first.status, again.status, same.status) == (201, 200, 200)
    assert (again.body["version"], same.body["version"]) == (2, 2)
    assert _record(program, first.body["id"])["town"] == "加津佐町己"
    assert _count() == 1


def test_who_may_be_there_already_is_named_and_added_only_if_confirmed(program: Program) -> None:
    there = program.post("/residents", HARU).body["id"]

    asked = program.post("/residents", HARU | {"external_id": "R1"}, key="k")
    confirmed = program.post("/residents", HARU | {"external_id": "R1", "confirmed": True}, key="k")

    assert (asked.status, asked.body["code"]) == (409, "likely-duplicate")
    assert asked.body["params"] == {
        "residents": [{"id": there, "why": ["name-and-year", "number-and-given-name"]}]
    }  # fmt: skip
    assert confirmed.status == 201
    assert _count() == 2


def test_contact_is_stopped_with_a_reason_and_resumed(program: Program) -> None:
    resident_id = program.post("/residents", HARU).body["id"]
    path = f"/residents/{resident_id}"

    assert set(program.post(f"{path}/stop-contact", {}).errors) == {"reason"}
    stopped = program.post(f"{path}/stop-contact", {"reason": "care-home"})
    again = program.post(f"{path}/stop-contact", {"reason": "died"})
    resumed = program.post(f"{path}/resume-contact", {})
    resumed_again = program.send("POST", f"{path}/resume-contact", headers={"Idempotency-Key": "k"})

    assert (stopped.body["stopped_at"], stopped.body["stop_reason"]) == ("2026-07-06T10:00:00+09:00", "care-home")
    assert (again.status, again.body["code"]) == (409, "already-stopped")
    assert (resumed.body["stopped_at"], resumed.body["stop_reason"]) == (None, None)
    assert (resumed_again.status, resumed_again.body["code"]) == (409, "not-stopped")


def test_the_second_of_two_editors_learns_the_version_that_is_there(program: Program) -> None:
    resident_id = program.post("/residents", HARU).body["id"]
    program.patch(f"/residents/{resident_id}", {"version": 1, "landmark": "港の前"})

    late = program.patch(f"/residents/{resident_id}", {"version": 1, "landmark": "学校の前"})

    assert (late.status, late.body["code"], late.body["params"]) == (409, "changed-meanwhile", {"version": 2})


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"family_kana": ""}, "family_kana", "kana-missing"),
        ({"family_kana": "本多"}, "family_kana", "not-kana"),
        ({"telephones": [{"number": "0957-00-1234"}, {"number": "110"}]}, "telephones.1.number", "phone-short"),
        ({"telephones": [{"number": "86-1234"}]}, "telephones.0.number", "phone-incomplete"),
        ({"telephones": [{"number": "090-0000-0012", "kind": "fax"}]}, "telephones.0.kind", "mobile-fax"),
        ({"telephones": [{"number": "090-0000-0012", "tried_on": "2027-01-01"}]}, "telephones.0.tried_on",
         "future-day"),
        ({"telephones": [{"kind": "fax"}]}, "telephones.0.number", "invalid"),
        ({"family": [{"name": "娘", "number": "1"}]}, "family.0.number", "phone-invalid"),
        ({"family": [{"number": "090-0000-0034"}]}, "family.0.name", "family-name-missing"),
        ({"family": [{"name": "娘", "kind": "mobile"}]}, "family.0.kind", "invalid"),
        ({"telephones": [], "family": []}, "no_telephone", "no-way-of-contact"),
        ({"telephones": [{"number": f"090-0000-00{n}"} for n in range(10, 23)]}, "telephones", "invalid"),
        ({"birth_year": "昭和99年"}, "birth_year", "invalid"),
        ({"birth_year": 2027}, "birth_year", "birth-year"),
        ({"birth_year": True}, "birth_year", "invalid"),
        ({"age_band": "80"}, "age_band", "invalid"),
        ({"district_code": "XXX"}, "district_code", "no-district"),
        ({"consent_on": "2026-07-01"}, "consent_how", "consent"),
        ({"needs": ["hearing", "money"]}, "needs.1", "invalid"),
        ({"wish": None}, "wish", "invalid"),
        ({"note": "x" * 2001}, "note", "invalid"),
        ({"note": "番号は１２３４-５６７８-９０１８"}, "note", "invalid"),
        ({"family": [{"name": "123456789018"}]}, "family.0.name", "invalid"),
        ({"mynumber": "1"}, "mynumber", "invalid"),
    ],
)  # fmt: skip
def test_what_the_form_refuses_is_refused_here_at_its_field(
    program: Program, more: dict[str, Any], field: str, code: str
) -> None:
    reply = program.post("/residents", HARU | more)

    assert (reply.status, reply.body["code"], set(reply.errors)) == (422, code, {field})
    assert _count() == 0


@pytest.mark.one_database
def test_a_missing_area_code_is_offered_and_not_put_in(program: Program) -> None:
    reply = program.post("/residents", HARU | {"telephones": [{"number": "86-1234"}]})

    assert reply.body["params"] == {"suggestion": "0957-86-1234"}


# ---- finding


@pytest.mark.parametrize("text", ["ほん", "ハル", "本多", "油屋", "1234", "S16", "ホンダ １９４１"])
def test_people_are_found_as_in_the_search_box(program: Program, text: str) -> None:
    resident_id = program.post("/residents", HARU).body["id"]
    program.post("/residents", {"family_kana": "マツモト", "given_kana": "キヨ", "no_telephone": True})

    found = program.post("/residents/search", {"text": text})

    assert [row["id"] for row in found.body["items"]] == [resident_id]
    row = found.body["items"][0]
    assert (row["family_kana"], row["birth_year"], row["house_name"]) == ("ホンダ", 1941, "油屋")
    assert row["telephones"][1] == {"number": "+819000000012", "kind": "mobile", "whose": "娘"}
    assert not {"note", "family", "needs", "street"} & set(row)


@pytest.mark.one_database
def test_the_best_hits_come_first_and_no_more_than_asked_for(program: Program) -> None:
    for family, given in (("ホンダ", "ハル"), ("ハルタ", "シズ"), ("ハルタ", "イネ")):
        program.post("/residents", {"family_kana": family, "given_kana": given, "no_telephone": True})

    found = program.post("/residents/search", {"text": "はる", "limit": 2})

    assert [row["given_kana"] for row in found.body["items"]] == ["イネ", "シズ"]


@pytest.mark.one_database
def test_what_is_sought_stands_in_no_address_and_in_no_log(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        resident_id = program.post("/residents", HARU, key="k").body["id"]
        program.post("/residents/search", {"text": "ホンダ"})
        program.get(f"/residents/{resident_id}")
        refused = program.get("/residents", q="ホンダ")

    assert set(refused.errors) == {"q"}
    for word in ("ホンダ", "本多", "00001234", "0957"):
        assert word not in caplog.text


@pytest.mark.one_database
def test_the_list_tells_who_is_there_and_neither_names_nor_numbers(program: Program) -> None:
    factories.district()
    program.post("/residents", HARU | {"external_id": "R1"})
    inside = program.post("/residents", {"family_kana": "マツモト", "no_telephone": True, "district_code": "KCN"}).body

    first = program.get("/residents", limit=1)

    assert [row["external_id"] for row in first.body["items"]] == ["R1"]
    assert program.get(first.body["next"]).body["items"] == [inside]
    assert program.get("/residents", district="KCN").body["items"] == [inside]
    assert "ホンダ" not in json.dumps(first.body, ensure_ascii=False)


# ---- who looked, and what is kept


def test_each_program_that_looks_at_a_record_is_recorded_once_an_hour(app: Flask, program: Program) -> None:
    person = factories.resident()
    other = Program(app, factories.token(name="見守り"))

    for each in (program, program, other):
        assert each.get(f"/residents/{person.id}").status == 200
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        program.get(f"/residents/{person.id}")

    looks = [row.actor_name for row in history.of(f"resident:{person.id}") if row.action == "resident.looked-at"]
    assert looks == ["住民台帳", "見守り", "住民台帳"]


@pytest.mark.one_database
def test_who_may_only_write_learns_nothing_of_the_record(program: Program) -> None:
    person = program.post("/residents", HARU).body

    edited = program.patch(f"/residents/{person['id']}", {"version": 1})

    assert set(edited.body) == {"id", "external_id", "district_code", "stopped_at", "stop_reason", "version"}


@pytest.mark.one_database
def test_an_answer_that_is_kept_for_a_key_holds_nothing_of_the_person(program: Program) -> None:
    program.post("/residents", HARU, key="k")

    kept = json.dumps(db.session.scalar(sa.select(Operation.result)), ensure_ascii=False)
    assert "version" in kept
    assert "ホンダ" not in kept and "0957" not in kept


@pytest.mark.one_database
def test_a_coordinator_finds_people_and_sees_no_note_and_changes_nobody(app: Flask, program: Program) -> None:
    resident_id = program.post("/residents", HARU | {"note": "夜は電話しない"}).body["id"]
    coordinator = Program(app, factories.token(Role.COORDINATOR))

    assert _record(coordinator, resident_id)["note"] is None
    assert _record(program, resident_id)["note"] == "夜は電話しない"
    assert coordinator.post("/residents/search", {"text": "ホンダ"}).status == 200
    assert coordinator.patch(f"/residents/{resident_id}", {"version": 1}).body["code"] == "role-missing"


@pytest.mark.one_database
def test_who_is_not_there_is_not_found(program: Program) -> None:
    for reply in (
        program.get("/residents/9"),
        program.patch("/residents/9", {"version": 1}),
        program.post("/residents/9/stop-contact", {"reason": "died"}),
        program.post("/residents/9/resume-contact", {}),
    ):
        assert (reply.status, reply.body["code"]) == (404, "not-found")
    assert history.of("resident:9") == []
