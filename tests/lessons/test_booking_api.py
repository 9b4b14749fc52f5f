from __future__ import annotations

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
from supportdesk.core.operations import Operation
from supportdesk.lessons import seats
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.people import actions as people
from supportdesk.people.rules import StopReason
from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply
from tests.statements import noted

BY_PHONE = {"booked_by": "self", "channel": "phone"}
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token(name="窓口システム"))


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(seats=3)


@pytest.fixture
def couple(app: Flask) -> list[int]:
    return [factories.resident("ホンダ ハル").id, factories.resident("ホンダ タダシ").id]


def book(program: Program, lesson: Lesson, *resident_ids: int, key: str | None = None, **more: Any) -> Reply:
    body = {"resident_ids": list(resident_ids)} | BY_PHONE | more
    return program.post(f"/lessons/{lesson.id}/bookings", body, key)


def booked(program: Program, lesson: Lesson, *resident_ids: int, **more: Any) -> dict[str, Any]:
    reply = book(program, lesson, *resident_ids, **more)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.body["bookings"][0]
    return made


def taken(lesson: Lesson) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Lesson.seats_taken).where(Lesson.id == lesson.id)).one()


def count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Booking)) or 0


# ---- book


def test_a_party_is_booked_whole_with_its_companions_on_the_first(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    reply = book(program, lesson, *couple, companions=1, booked_by="family", caller="長女", read_back=True)

    assert reply.status == 201
    first, second = reply.body["bookings"]
    assert [row["resident_id"] for row in (first, second)] == couple
    assert (first["companions"], second["companions"]) == (1, 0)
    assert first["party"] == second["party"]
    number = db.session.get_one(Booking, first["id"]).number
    assert first["number"] == f"{number[:4]}-{number[4:]}"
    assert (first["booked_by"], first["channel"], first["read_back"]) == ("family", "phone", True)
    assert (first["booked_at"], first["booked_by_user"]) == ("2026-07-06T10:00:00+09:00", "窓口システム")
    assert taken(lesson) == 3
    words = {"caller": "長女", "override_reason": "", "cancel_reason": "", "allowed_by": ""}
    assert program.get(f"/bookings/{first['id']}").body == first | words


def test_who_may_only_write_reads_nobody_s_words_and_none_are_kept_for_the_key(
    app: Flask, lesson: Lesson, couple: list[int]
) -> None:
    writer = Program(app, factories.token(scopes={"write:bookings"}))
    made = book(writer, lesson, couple[0], key=KEY, booked_by="family", caller="長女 花子").body["bookings"][0]
    writer.post(f"/bookings/{made['id']}/cancel", {"reason": "入院のため"}, "k-2")

    kept = str(db.session.scalars(sa.select(Operation.result)).all())
    assert "booked" in kept and "花子" not in kept and "入院" not in kept


def test_the_history_names_the_program(program: Program, lesson: Lesson, couple: list[int]) -> None:
    made = booked(program, lesson, couple[0])
    program.post(f"/bookings/{made['id']}/cancel", {"reason": "体調"})

    assert [(row.action, row.actor_name, row.actor_id) for row in history.of(f"booking:{made['id']}")] == [
        ("booking.cancelled", "窓口システム", None), ("booking.made", "窓口システム", None),
    ]  # fmt: skip


def test_a_couple_for_the_last_seat_gets_none_and_learns_that_they_can_wait(
    program: Program, couple: list[int]
) -> None:
    lesson = factories.lesson(seats=1)

    reply = book(program, lesson, *couple)

    assert (reply.status, reply.body["code"]) == (409, "lesson-full")
    assert reply.body["params"] == {"free": 1, "choice": "waiting-list"}
    assert (taken(lesson), count()) == (0, 0)


def test_whoever_is_booked_already_is_answered_with_the_booking_and_no_name(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    made = booked(program, lesson, couple[1])

    reply = book(program, lesson, *couple)

    assert (reply.status, reply.body["code"]) == (409, "already-booked")
    assert reply.body["params"] == {"booking_ids": [made["id"]]}
    assert "ホンダ" not in reply.response.get_data(as_text=True)
    assert taken(lesson) == 1


def test_whose_contact_is_stopped_is_not_booked_and_not_named(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    by = factories.staff()
    with transaction():
        people.stop_contact(couple[0], StopReason.WISH, by=by, now=NOW)

    reply = book(program, lesson, *couple)

    assert (reply.status, reply.body["code"]) == (409, "contact-stopped")
    assert reply.body["params"] == {"resident_ids": [couple[0]]}
    assert "ホンダ" not in reply.response.get_data(as_text=True)


def test_outside_the_booking_period_only_a_reason_books(program: Program, couple: list[int]) -> None:
    lesson = factories.lesson(booking_opens_at=NOW + timedelta(days=1))

    refused = book(program, lesson, couple[0])
    allowed = book(program, lesson, couple[0], override_reason="前の教室が中止になったため")

    assert (refused.status, refused.body["code"]) == (409, "booking-not-open-yet")
    made = allowed.body["bookings"][0]
    assert program.get(f"/bookings/{made['id']}").body["override_reason"] == "前の教室が中止になったため"


def test_what_a_clerk_holds_is_not_given_to_a_program(program: Program, couple: list[int]) -> None:
    lesson = factories.lesson(seats=1)
    clerk = factories.staff()
    with transaction():
        seats.hold_seats(lesson.id, 1, by=clerk, now=NOW)

    assert book(program, lesson, couple[0]).body["code"] == "lesson-full"
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        assert book(program, lesson, couple[0]).status == 201


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("field", "value"),
    [("resident_ids", []), ("resident_ids", [1, 1]), ("resident_ids", [99]), ("resident_ids", 1),
     ("resident_ids", [1, "x"]), ("resident_ids", [0]), ("resident_ids", list(range(1, 202))),
     ("companions", 6), ("companions", -1), ("booked_by", "neighbour"), ("channel", "fax"), ("channel", None),
     ("caller", "あ" * 81), ("read_back", "maybe"), ("override_reason", "あ" * 201), ("external_id", ""), ("seat", 3)],
)  # fmt: skip
def test_a_booking_that_makes_no_sense_is_refused_at_its_field(
    program: Program, lesson: Lesson, couple: list[int], field: str, value: Any
) -> None:
    reply = program.post(f"/lessons/{lesson.id}/bookings", {"resident_ids": couple} | BY_PHONE | {field: value})

    assert reply.status == 422, reply.body
    assert {name.split(".")[0] for name in reply.errors} == {field}
    assert (taken(lesson), count()) == (0, 0)


@pytest.mark.one_database
def test_there_is_nothing_to_book_in_a_lesson_that_does_not_exist(program: Program, couple: list[int]) -> None:
    body = {"resident_ids": couple} | BY_PHONE

    assert program.post("/lessons/77/bookings", body).status == 404
    assert program.get("/lessons/77/bookings").status == 404


# ---- sent again


def test_the_same_key_twice_is_one_booking_and_one_answer(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    first, again = (book(program, lesson, couple[0], key=KEY) for _ in range(2))

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert (taken(lesson), count()) == (1, 1)


def test_the_same_external_id_again_books_nobody_twice_whatever_became_of_the_booking(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    first = book(program, lesson, *couple, external_id="b-1")
    one, two = first.body["bookings"]
    again = book(program, lesson, *couple, external_id="b-1")
    program.post(f"/bookings/{one['id']}/cancel", {"reason": "体調"})
    moved = program.post(f"/bookings/{two['id']}/move", {"lesson_id": factories.lesson().id})
    program.post(f"/bookings/{moved.body['id']}/move", {"lesson_id": lesson.id})
    later = book(program, lesson, *couple, external_id="b-1")

    assert (one["external_id"], two["external_id"]) == ("b-1", None)
    assert (again.status, again.body) == (200, first.body)
    assert [row["id"] for row in later.body["bookings"]] == [one["id"], two["id"]]
    assert [bool(row["cancelled_at"]) for row in later.body["bookings"]] == [True, True]


def test_an_external_id_of_another_booking_is_refused(program: Program, lesson: Lesson, couple: list[int]) -> None:
    booked(program, lesson, couple[0], external_id="b-1")

    for reply in (
        book(program, lesson, couple[1], external_id="b-1"),
        book(program, factories.lesson(), couple[0], external_id="b-1"),
    ):
        assert (reply.status, reply.body["code"]) == (409, "other-body")
    assert count() == 1


# ---- cancel and move


def test_cancelling_gives_the_seats_back_and_leaves_the_rest_of_the_party(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    made = booked(program, lesson, *couple, companions=1)

    reply = program.post(f"/bookings/{made['id']}/cancel", {"reason": " 体調 "})

    assert reply.status == 200
    assert reply.body == made | {
        "cancelled_at": "2026-07-06T10:00:00+09:00", "cancelled_by": "窓口システム",
    }  # fmt: skip
    assert program.get(f"/bookings/{made['id']}").body["cancel_reason"] == "体調"
    assert taken(lesson) == 1
    again = program.post(f"/bookings/{made['id']}/cancel", {"reason": "体調"})
    assert (again.status, again.body["code"]) == (409, "already-cancelled")


def test_moving_keeps_who_called_and_names_the_new_booking_on_the_old(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    other = factories.lesson()
    made = booked(program, lesson, couple[0], companions=1, booked_by="family", caller="長男")

    reply = program.post(f"/bookings/{made['id']}/move", {"lesson_id": other.id})

    new = reply.body
    assert (reply.status, new["lesson_id"], new["companions"]) == (201, other.id, 1)
    assert program.get(f"/bookings/{new['id']}").body["caller"] == "長男"
    old = program.get(f"/bookings/{made['id']}").body
    assert (old["moved_to_id"], old["cancelled_at"]) == (new["id"], new["booked_at"])
    assert (taken(lesson), taken(other)) == (0, 2)


def test_a_move_that_cannot_be_changes_nothing(program: Program, lesson: Lesson, couple: list[int]) -> None:
    full = factories.lesson(seats=1)
    booked(program, full, couple[1])
    made = booked(program, lesson, couple[0])
    address = f"/bookings/{made['id']}/move"

    assert program.post(address, {"lesson_id": full.id}).body["params"] == {"free": 0, "choice": "waiting-list"}
    assert set(program.post(address, {"lesson_id": lesson.id}).errors) == {"lesson_id"}
    assert set(program.post(address, {"lesson_id": 77}).errors) == {"lesson_id"}
    assert program.post("/bookings/77/move", {"lesson_id": full.id}).status == 404
    assert made.items() <= program.get(f"/bookings/{made['id']}").body.items()
    assert (taken(lesson), taken(full)) == (1, 1)


def test_once_the_lesson_has_begun_a_booking_stays_as_it_is(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    made, other = booked(program, lesson, couple[0]), factories.lesson(starts_at=NOW + timedelta(days=20))
    with time_machine.travel(lesson.starts_at, tick=False):
        cancelled = program.post(f"/bookings/{made['id']}/cancel", {"reason": "体調"})
        moved = program.post(f"/bookings/{made['id']}/move", {"lesson_id": other.id})

    assert [(reply.status, reply.body["code"]) for reply in (cancelled, moved)] == [(409, "lesson-begun")] * 2


@pytest.mark.one_database
@pytest.mark.parametrize("reason", ["", "   ", "あ" * 201, None])
def test_a_booking_is_not_cancelled_without_a_reason(
    program: Program, lesson: Lesson, couple: list[int], reason: str | None
) -> None:
    made = booked(program, lesson, couple[0])

    assert set(program.post(f"/bookings/{made['id']}/cancel", {"reason": reason}).errors) == {"reason"}
    assert taken(lesson) == 1


# ---- lists


def test_bookings_are_listed_by_lesson_and_by_resident_and_cancelled_ones_only_if_asked_for(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    one, two = book(program, lesson, *couple).body["bookings"]
    elsewhere = booked(program, factories.lesson(), couple[0])
    program.post(f"/bookings/{two['id']}/cancel", {"reason": "体調"})

    def listed(path: str, **query: Any) -> list[int]:
        return [row["id"] for row in program.get(path, **query).body["items"]]

    of_lesson = f"/lessons/{lesson.id}/bookings"
    assert listed(of_lesson) == [one["id"]]
    assert listed(of_lesson, cancelled="true") == [one["id"], two["id"]]
    assert listed("/bookings", resident_id=couple[0]) == [one["id"], elsewhere["id"]]
    assert listed("/bookings", resident_id=couple[1]) == []
    assert listed("/bookings") == [one["id"], elsewhere["id"]]


def test_whoever_reads_the_bookings_of_one_person_is_recorded_as_on_that_person_s_page(
    program: Program, lesson: Lesson, couple: list[int]
) -> None:
    booked(program, lesson, couple[0])

    for _ in range(2):
        program.get("/bookings", resident_id=couple[0])
    program.get("/bookings")
    program.get(f"/lessons/{lesson.id}/bookings")

    looks = [row for each in couple for row in history.of(f"resident:{each}") if row.action == "resident.looked-at"]
    assert [(row.subject, row.actor_name) for row in looks] == [(f"resident:{couple[0]}", "窓口システム")]


@pytest.mark.one_database
def test_a_list_goes_on_where_the_page_before_ended(program: Program, couple: list[int]) -> None:
    lesson = factories.lesson()
    made = [booked(program, lesson, factories.resident().id)["id"] for _ in range(3)]

    first = program.get(f"/lessons/{lesson.id}/bookings", limit=2)
    rest = program.get(first.body["next"])

    assert [row["id"] for row in first.body["items"] + rest.body["items"]] == made
    assert rest.body["next"] is None


@pytest.mark.one_database
def test_others_than_staff_see_the_bookings_of_a_lesson_alone_as_on_the_pages(
    app: Flask, program: Program, lesson: Lesson, couple: list[int]
) -> None:
    made = booked(program, lesson, couple[0])
    paths = [f"/lessons/{lesson.id}/bookings", "/bookings", f"/bookings/{made['id']}"]

    seen = {
        role: [Program(app, token).get(path).status for path in paths]
        for role in (Role.STAFF, Role.COORDINATOR, Role.MANAGER)
        for token in [factories.token(role)]
    }

    assert seen == {
        Role.STAFF: [200, 200, 200], Role.COORDINATOR: [200, 403, 403], Role.MANAGER: [200, 403, 403],
    }  # fmt: skip


# ---- what one booking costs


@pytest.mark.parametrize(("key", "most"), [(None, 9), (KEY, 11)])
def test_a_booking_takes_few_statements(
    program: Program, lesson: Lesson, couple: list[int], key: str | None, most: int
) -> None:
    """Token; what is booked together; lesson queued for; resident and booking; seats; number; booking; history (and for
    the key its claim and its answer)."""
    booked(program, factories.lesson(), couple[1])  # notes the use of the token

    with noted() as asked:
        reply = book(program, lesson, couple[0], key=key)

    kinds = [one.split()[0] for one in asked]
    assert reply.status == 201
    assert len(kinds) <= most, asked
