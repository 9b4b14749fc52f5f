from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.visits.models import Visit
from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply
from tests.statements import count_queries
from tests.visits import rows

KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(autouse=True)
def _just_begun() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=NOW, course=factories.course(practised="写真をとる\n写真を消す"))


@pytest.fixture
def booking(lesson: Lesson) -> Booking:
    return rows.booking(lesson, companions=1)


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="名簿システム"))


def send(program: Program, lesson: Lesson, act: str, once: str | None = None, **body: Any) -> Reply:
    return program.post(f"/lessons/{lesson.id}/visits/{act}", body, once)


def sheet(program: Program, lesson: Lesson) -> dict[str, Any]:
    reply = program.get(f"/lessons/{lesson.id}/visits")
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.body
    return body


def visits() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Visit)) or 0


# ---- the sheet


def test_the_sheet_has_everybody_with_a_booking_and_the_walk_ins_by_id(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    marked = send(program, lesson, "mark", booking_id=booking.id, attendance="came").body
    other = rows.booking(lesson, factories.resident("アオキ ヨシ"))
    walked_in = send(program, lesson, "walk-in", name="飛田 花").body

    body = sheet(program, lesson)

    no_words = {"walk_in_name": "", "practised": "", "note": ""}
    assert body == {
        "lesson_id": lesson.id, "state": "open", "booked": 3, "came": 2, "unmarked": 1, "walk_ins": 1,
        "people": [
            {"booking_id": other.id, "resident_id": other.resident_id, "companions": 0, "booking_cancelled": False,
             "visit": None},
            {"booking_id": booking.id, "resident_id": booking.resident_id, "companions": 1,
             "booking_cancelled": False, "visit": marked | no_words},
            {"booking_id": None, "resident_id": None, "companions": 0, "booking_cancelled": False,
             "visit": walked_in | no_words | {"walk_in_name": "飛田 花"}},
        ],
    }  # fmt: skip
    assert "アオキ" not in str(body)


def test_reading_a_sheet_is_recorded_once_an_hour_for_each_program(
    app: Flask, program: Program, lesson: Lesson
) -> None:
    for reader in (program, program, Program(app, factories.token(name="別のシステム"))):
        sheet(reader, lesson)

    looks = [row.actor_name for row in history.of(f"lesson:{lesson.id}") if row.action == "sheet.opened"]
    assert sorted(looks) == ["別のシステム", "名簿システム"]


@pytest.mark.one_database
def test_there_is_no_sheet_of_a_lesson_that_was_not_announced_or_is_none(program: Program) -> None:
    draft = factories.lesson(state=LessonState.DRAFT)

    assert program.get(f"/lessons/{draft.id}/visits").status == 404
    assert program.get("/lessons/77/visits").status == 404
    assert send(program, draft, "mark", booking_id=1, attendance="came").status == 404


@pytest.mark.one_database
def test_a_coordinator_may_too_and_a_manager_may_not_as_on_the_pages(app: Flask, lesson: Lesson) -> None:
    statuses = [
        Program(app, factories.token(role)).get(f"/lessons/{lesson.id}/visits").status
        for role in (Role.COORDINATOR, Role.MANAGER)
    ]

    assert statuses == [200, 403]


@pytest.mark.one_database
def test_a_longer_sheet_takes_no_more_queries(program: Program, lesson: Lesson) -> None:
    sheet(program, lesson)
    counts = []
    for _ in range(2):
        for _ in range(3):
            rows.booking(lesson)
        counts.append(count_queries(lambda: sheet(program, lesson)))

    assert counts[0] == counts[1] <= 5


# ---- taps


def test_the_last_mark_counts_and_null_takes_it_back(program: Program, lesson: Lesson, booking: Booking) -> None:
    came = send(program, lesson, "mark", booking_id=booking.id, attendance="came")
    absent = send(program, lesson, "mark", booking_id=booking.id, attendance="no_show")
    undone = send(program, lesson, "mark", booking_id=booking.id, attendance=None)

    assert [reply.body["attendance"] for reply in (came, absent, undone)] == ["came", "no_show", None]
    assert came.body["made_by"] == "名簿システム"
    assert {reply.body["key"] for reply in (came, absent, undone)} == {came.body["key"]}
    assert visits() == 1


def test_whoever_cancelled_and_came_all_the_same_is_marked(
    program: Program, lesson: Lesson, by: factories.Actor
) -> None:
    booking = rows.booking(lesson)
    with transaction():
        cancel_booking(booking.id, "体調", by=by, now=NOW - timedelta(days=1))

    assert send(program, lesson, "mark", booking_id=booking.id, attendance="came").body["attendance"] == "came"
    assert [row["booking_cancelled"] for row in sheet(program, lesson)["people"]] == [True]


def test_who_practised_came_and_somebody_absent_did_not_practise(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    rated = send(program, lesson, "rate", booking_id=booking.id, how_it_went="with_help")
    send(program, lesson, "mark", booking_id=booking.id, attendance="no_show")
    refused = send(program, lesson, "rate", booking_id=booking.id, how_it_went="alone")

    assert (rated.body["how_it_went"], rated.body["attendance"]) == ("with_help", "came")
    assert (refused.status, refused.body["code"]) == (422, "absent")


def test_all_came_marks_those_who_are_not_marked(program: Program, lesson: Lesson, booking: Booking) -> None:
    other = rows.booking(lesson)
    send(program, lesson, "mark", booking_id=booking.id, attendance="absent_notified")

    reply = send(program, lesson, "all-came")
    again = program.send("POST", f"/lessons/{lesson.id}/visits/all-came", headers={"Idempotency-Key": KEY})

    assert [(row["booking_id"], row["attendance"]) for row in reply.body["visits"]] == [(other.id, "came")]
    assert (again.status, again.body) == (200, {"visits": []})


# ---- walk-ins and the log


def test_a_walk_in_is_added_once_for_its_key_and_marked_by_it(program: Program, lesson: Lesson) -> None:
    first, again = (send(program, lesson, "walk-in", key=KEY, name="飛田 花") for _ in range(2))
    other = send(program, lesson, "walk-in", key=KEY, name="別人")
    marked = send(program, lesson, "mark", key=KEY, attendance="no_show")

    assert (first.status, again.status, first.body["key"], again.body) == (201, 201, KEY, first.body)
    assert (other.status, other.body["code"]) == (409, "other-body")
    [person] = sheet(program, lesson)["people"]
    assert (person["visit"]["walk_in_name"], marked.body["attendance"]) == ("飛田 花", "no_show")
    assert visits() == 1


def test_a_resident_walks_in_once_and_not_beside_their_booking(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    person = factories.resident()
    first = send(program, lesson, "walk-in", resident_id=person.id)
    again = send(program, lesson, "walk-in", resident_id=person.id)
    booked = send(program, lesson, "walk-in", resident_id=booking.resident_id)

    assert (first.status, first.body["resident_id"]) == (201, person.id)
    assert [(reply.status, reply.body["code"]) for reply in (again, booked)] == [(409, "already-here")] * 2
    assert set(send(program, lesson, "walk-in", resident_id=77).errors) == {"resident_id"}
    assert set(send(program, lesson, "walk-in").errors) == {"name"}


def test_what_is_left_out_of_the_log_stays(program: Program, lesson: Lesson, booking: Booking) -> None:
    first = send(
        program, lesson, "log", booking_id=booking.id, version=0, practised="写真をとる", minutes="６０",
        how_it_went="referred", referred_to="shop",
    )  # fmt: skip
    second = send(program, lesson, "log", booking_id=booking.id, version=first.body["version"], note="契約のこと")

    assert (first.body["attendance"], first.body["minutes"], first.body["referred_to"]) == ("came", 60, "shop")
    assert second.body == first.body | {"version": second.body["version"]}
    [written] = [row["visit"] for row in sheet(program, lesson)["people"]]
    assert (written["practised"], written["note"]) == ("写真をとる", "契約のこと")


def test_the_second_of_two_writers_learns_the_version_that_is_there(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    first = send(program, lesson, "log", booking_id=booking.id, version=0, note="一人目")
    second = send(program, lesson, "log", booking_id=booking.id, version=0, note="二人目")

    assert (second.status, second.body["code"]) == (409, "changed-meanwhile")
    assert second.body["params"] == {"version": first.body["version"]}
    assert sheet(program, lesson)["people"][0]["visit"]["note"] == "一人目"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("mark", {"booking_id": 1, "attendance": "late"}, "attendance"), ("mark", {"booking_id": 1}, "attendance"),
        ("mark", {"attendance": "came"}, "booking_id"), ("mark", {"key": "x", "attendance": "came"}, "key"),
        ("mark", {"key": 7, "attendance": "came"}, "key"), ("rate", {"booking_id": 1, "how_it_went": 1}, "how_it_went"),
        ("rate", {"booking_id": 1, "how_it_went": "referred"}, "referred_to"),
        ("log", {"booking_id": 1}, "version"), ("log", {"booking_id": 1, "version": 0, "minutes": 481}, "minutes"),
        ("log", {"booking_id": 1, "version": 0, "note": "あ" * 2001}, "note"),
        ("log", {"booking_id": 1, "version": 0, "practised": "1234 5678 9018"}, "practised"),
        ("log", {"booking_id": 1, "version": 0, "referred_to": "shop"}, "referred_to"),
        ("walk-in", {"name": " \u200b"}, "name"), ("walk-in", {"name": "あ" * 81}, "name"),
        ("walk-in", {"name": "花", "key": KEY + "0"}, "key"), ("close", {"really": True}, "really"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(
    program: Program, lesson: Lesson, booking: Booking, act: str, body: dict[str, Any], field: str
) -> None:
    reply = send(program, lesson, act, **body)

    assert reply.status == 422, reply.body
    assert set(reply.errors) == {field}
    assert visits() == 0


@pytest.mark.one_database
def test_whoever_is_not_on_this_sheet_is_not_found(program: Program, lesson: Lesson) -> None:
    elsewhere = rows.booking(factories.lesson(starts_at=NOW))

    assert send(program, lesson, "mark", booking_id=elsewhere.id, attendance="came").status == 404
    assert send(program, lesson, "mark", key=str(uuid.uuid4()), attendance="came").status == 404
    assert visits() == 0


# ---- when, and the end


def test_before_the_half_hour_nothing_is_written_and_days_later_the_office_still_may(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    with time_machine.travel(NOW - timedelta(minutes=31), tick=False):
        early = send(program, lesson, "mark", booking_id=booking.id, attendance="came")
    with time_machine.travel(NOW + timedelta(days=9), tick=False):
        late = send(program, lesson, "mark", booking_id=booking.id, attendance="came")

    assert (early.status, early.body["code"], late.status) == (409, "too-early", 200)


def test_closing_tells_how_many_are_unmarked_and_records_the_lesson_when_nobody_is(
    program: Program, lesson: Lesson, booking: Booking
) -> None:
    first = send(program, lesson, "close")
    send(program, lesson, "all-came")
    second = send(program, lesson, "close")

    assert (first.body, second.body) == ({"unmarked": 1, "state": "held"}, {"unmarked": 0, "state": "recorded"})
    [written] = [row["visit"] for row in sheet(program, lesson)["people"]]
    assert (written["practised"], written["minutes"]) == ("写真をとる\n写真を消す", 60)


def test_a_cancelled_lesson_is_shown_and_takes_no_record(program: Program, lesson: Lesson, booking: Booking) -> None:
    program.post(f"/lessons/{lesson.id}/state", {"seen": "open", "to": "closed"})
    program.post(f"/lessons/{lesson.id}/cancel", {"reason": "台風"})

    reply = send(program, lesson, "all-came")

    assert (reply.status, reply.body["code"]) == (409, "lesson-cancelled")
    assert sheet(program, lesson)["state"] == "cancelled"


def test_the_same_key_twice_is_one_walk_in_though_no_name_of_the_record_was_chosen(
    program: Program, lesson: Lesson
) -> None:
    first, again = (send(program, lesson, "walk-in", KEY, name="飛田 花") for _ in range(2))

    assert first.body == again.body
    assert visits() == 1
