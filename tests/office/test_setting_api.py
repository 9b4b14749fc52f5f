from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.office import setting_actions, settings
from supportdesk.office.setting_actions import NOT_NAMED
from supportdesk.office.settings import OfficeSettings
from tests import factories
from tests.conftest import NOW
from tests.programs import Program

NAME = {"town": "南島原市", "sender": "南島原市", "telephone": "０９５７ー７３ー００００"}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(Role.MANAGER, name="設定係"))


def stored() -> OfficeSettings:
    db.session.rollback()
    return settings.current()


# ---- settings


def test_all_settings_are_read_with_the_version_of_each_part(program: Program) -> None:
    office = program.get("/office-settings").body

    assert set(office) == {"name", "windows", "steps", "chain", "caps", "fees", "made_up"}
    assert office["made_up"] == ["town", "telephone"]
    assert office["steps"]["notice_time"] == "10:00" and office["caps"]["most_per_booking"] == 5
    assert office["windows"]["call_window"] == [
        {"start": "10:00", "end": "12:00"}, {"start": "13:30", "end": "18:00"},
    ]  # fmt: skip
    assert {office[part]["version"] for part in ("name", "windows", "steps", "chain", "caps")} == {1}


def test_a_part_is_changed_and_keeps_what_is_left_out(program: Program) -> None:
    before = program.get("/office-settings").body

    edited = program.patch("/office-settings/name", NAME | {"version": 1})

    assert edited.status == 200
    assert edited.body == before["name"] | {
        "town": "南島原市", "sender": "【南島原市】", "telephone": "0957-73-0000", "version": 2,
        "changed_at": "2026-07-06T10:00:00+09:00",
    }  # fmt: skip
    assert stored().sender == "【南島原市】"
    assert program.get("/office-settings").body == before | {"name": edited.body, "made_up": []}
    (row,) = history.of("office:name")
    assert (row.action, row.actor_name) == ("office.changed", "設定係")


def test_windows_are_sent_as_spans_in_any_writing_and_any_order(program: Program) -> None:
    spans = [{"start": "１３時半", "end": "午後5時"}, {"start": "9:30", "end": "12:00"}]

    edited = program.patch("/office-settings/windows", {"version": 1, "text_window": spans})
    same = program.patch("/office-settings/windows", {"version": 1, "text_window": spans})
    late = program.patch("/office-settings/windows", {"version": 1, "text_window": spans[1:]})

    assert (edited.status, stored().text_window) == (200, (("09:30", "12:00"), ("13:30", "17:00")))
    assert edited.body["text_window"][0] == {"start": "09:30", "end": "12:00"}
    assert (same.status, same.body) == (200, edited.body)
    assert (late.status, late.body["code"], late.body["params"]) == (409, "changed-meanwhile", {"version": 2})


def test_what_supporters_get_is_set_and_said(program: Program) -> None:
    edited = program.patch("/office-settings/fees", {"version": 1, "fee_yen": 1000, "fee_per": "hour"})

    assert (edited.status, edited.body["fee_per"], edited.body["travel_yen"]) == (200, "hour", 0)
    assert (stored().fee_yen, stored().fee_per, stored().travel_yen) == (1000, "hour", 0)


@pytest.mark.parametrize(
    ("part", "sent", "field"),
    [
        ("name", {"town": " "}, "town"),
        ("name", {"sender": "あ" * 9}, "sender"),
        ("name", {"sender_spoken": "市役所"}, "sender_spoken"),
        ("name", {"telephone": "0120-000-000"}, "telephone"),
        ("name", {"hours": "私の番号は1234-5678-9018"}, "hours"),
        ("windows", {"call_window": []}, "call_window"),
        ("windows", {"call_window": "10:00-12:00"}, "call_window"),
        ("windows", {"call_window": [{"start": "10:00", "end": "9:00"}]}, "call_window"),
        ("windows", {"call_window": [{"start": "10:00", "end": "25:00"}]}, "call_window"),
        ("windows", {"call_window": [{"start": "10:00"}]}, "call_window.0.end"),
        ("windows", {"urgent_window": [{"start": "10:00", "end": "12:00"}]}, "urgent_window"),
        ("steps", {"notice_time": "noon"}, "notice_time"),
        ("steps", {"notice_time": "19:00", "second_try_time": "19:30"}, "notice_time"),
        ("steps", {"last_notice_working_days": 3}, "first_notice_working_days"),
        ("steps", {"first_notice_working_days": 6}, "first_notice_working_days"),
        ("caps", {"most_per_day": 10}, "most_per_day"),
        ("caps", {"most_per_hour": "many"}, "most_per_hour"),
        ("caps", {"most_per_hour": 10**30}, "most_per_hour"),
        ("caps", {"sending_hold": ""}, "sending_hold"),
        ("fees", {"fee_yen": 100_001}, "fee_yen"),
        ("fees", {"fee_per": "month"}, "fee_per"),
        ("fees", {"travel_yen": -1}, "travel_yen"),
        ("caps", {"sample_town": True}, "sample_town"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused_at_its_field(
    program: Program, part: str, sent: dict[str, Any], field: str
) -> None:
    reply = program.patch(f"/office-settings/{part}", sent | {"version": 1})

    assert reply.status == 422
    assert set(reply.errors) == {field}
    assert stored() == OfficeSettings()


# ---- the hold


def test_a_program_stops_sending_until_the_next_morning(program: Program) -> None:
    stopped = program.post("/hold/stop-today", {"reason": ""})

    assert (stopped.status, stopped.body["reason"]) == (200, "for-today")
    assert stopped.body["ends_at"] == "2026-07-07T09:30:00+09:00"


def test_sending_is_stopped_and_released_by_who_saw_it_as_it_is(program: Program) -> None:
    free = {"stopped": False, "reason": "", "told": "", "ends_at": None, "since": None, "by": None}
    assert program.get("/hold").body == free

    stopped = program.post("/hold/stop", {"reason": "なりすましの電話", "seen": ""}, "key")
    again = program.post("/hold/stop", {"reason": "なりすましの電話", "seen": ""}, "key")
    blind = program.post("/hold/stop", {"reason": "別の理由", "seen": ""})

    assert stopped.body == {
        "stopped": True, "reason": "なりすましの電話", "told": "なりすましの電話",
        "ends_at": None, "since": "2026-07-06T10:00:00+09:00", "by": "設定係",
    }  # fmt: skip
    assert (again.body, program.get("/hold").body) == (stopped.body, stopped.body)
    assert (blind.status, blind.body["code"]) == (409, "changed-meanwhile")
    assert program.post("/hold/release", {"seen": ""}).status == 409
    assert program.post("/hold/release", {"seen": "なりすましの電話"}).body == free
    assert [row.action for row in history.of("office:sending")] == ["sending.released", "sending.stopped"]


def test_the_house_s_own_stop_is_not_released_while_the_town_has_no_name(program: Program) -> None:
    with transaction():
        setting_actions.stop_sending(NOT_NAMED, "", by=HOUSE, now=NOW)

    assert program.get("/hold").body["reason"] == NOT_NAMED
    assert program.post("/hold/release", {"seen": NOT_NAMED}).body["code"] == "office-not-named"
    program.patch("/office-settings/name", NAME | {"version": 1})
    assert program.post("/hold/release", {"seen": NOT_NAMED}).body["stopped"] is False


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reason": "理由"}, "seen"), ({"seen": ""}, "reason"), ({"reason": "", "seen": ""}, "reason"),
        ({"reason": " ", "seen": ""}, "reason"), ({"reason": "理" * 201, "seen": ""}, "reason"),
        ({"reason": "1234-5678-9018", "seen": ""}, "reason"),
    ],
)  # fmt: skip
def test_a_stop_has_its_reason(program: Program, sent: dict[str, Any], field: str) -> None:
    assert set(program.post("/hold/stop", sent).errors) == {field}
    assert stored().sending_hold == ""


@pytest.mark.one_database
@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_others_of_the_office_read_and_change_nothing(app: Flask, role: Role) -> None:
    other = Program(app, factories.token(role))

    assert (other.get("/office-settings").status, other.get("/hold").status) == (200, 200)
    for reply in (
        other.patch("/office-settings/name", NAME | {"version": 1}),
        other.patch("/office-settings/caps", {"version": 1, "most_per_day": 3000}),
        other.post("/hold/stop", {"reason": "理由", "seen": ""}),
        other.post("/hold/release", {"seen": ""}),
    ):
        assert (reply.status, reply.body["code"]) == (403, "role-missing")
    assert stored() == OfficeSettings()
