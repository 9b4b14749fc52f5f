"""How a resident is told about a booking, for programs: GET /api/v1/bookings/{id}/messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.rules import Wish
from supportdesk.reminders import actions, planning
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, PersonOutcome
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.reminders.test_queries import TUESDAY_NOON, WEDNESDAY
from tests.statements import count_queries


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, factories.token())


def chain(program: Program, booking: Booking, at: datetime = NOW, language: str = "en") -> dict[str, Any]:
    with time_machine.travel(at, tick=False):
        reply = program.send("GET", f"/bookings/{booking.id}/messages", headers={"Accept-Language": language})
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.body
    return body


def steps(body: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(step["step"], step["way"], step["status"], step["state"]) for step in body["steps"]]


def test_what_the_bookings_ask_for_is_told_before_anything_is_planned(program: Program, lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)

    body = chain(program, booking)

    assert steps(body) == [
        ("first", "text", "to-come", "Not sent yet"), ("last", "text", "to-come", "Not sent yet"),
        ("by-call", "call", "only-if", "Only if the text does not arrive."),
        ("last-again", "call", "only-if", "Only if nobody takes the call before."),
    ]  # fmt: skip
    assert body["light"] == {
        "kind": "confirmed", "state": "Confirmed", "next_at": "2026-07-10T10:00:00+09:00", "why": None, "by": None,
        "urgent": False, "confirmed": {
            "how": "read-back", "state": "read back at booking", "at": body["light"]["confirmed"]["at"],
            "who": booking.booked_by_user, "comes": True,
        },
    }  # fmt: skip


def test_each_step_has_its_way_state_times_tries_and_cost_and_only_the_end_of_the_number(
    program: Program, lesson: Lesson
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(NOW)
    sent_at = datetime(2026, 7, 10, 1, 0, 5, tzinfo=UTC)
    with transaction() as session:
        sent = sa.update(Message).where(Message.step == "first")
        session.execute(
            sent.values(status=MessageStatus.SENT, tries=1, segments=1, handed_over_at=sent_at, ended_at=sent_at)
        )

    body = chain(program, booking, TUESDAY_NOON - timedelta(days=1), "ja")

    first = db.session.scalars(sa.select(Message).where(Message.step == "first")).one()
    assert body["steps"][0] == {
        "matter": "reminder", "step": "first", "way": "text", "language": "ja", "status": "sent",
        "state": "送信済（返事なし）",
        "number_ends_in": "0001", "due_at": "2026-07-10T10:00:00+09:00",
        "not_after": body["steps"][0]["not_after"], "message_id": first.id,
        "handed_over_at": "2026-07-10T10:00:05+09:00", "ended_at": "2026-07-10T10:00:05+09:00", "attempts": 1,
        "segments": 1, "code": None, "problem": "",
    }  # fmt: skip
    assert [(step["status"], step["segments"]) for step in body["steps"][:2]] == [("sent", 1), ("planned", 1)]
    assert first.number not in str(body) and first.body not in str(body)
    assert body["light"]["kind"] == "sent"


def test_a_person_s_step_says_why_and_what_was_left_out_says_so_too(program: Program, lesson: Lesson) -> None:
    booking = factories.booking(factories.resident(number="+81957000002", wish=Wish.PERSON), lesson)
    couple = [factories.reminded_by_call(kana, "+81957000003") for kana in ("モリ イチ", "モリ ニ")]
    together = [factories.booking(each, lesson, party="モリ") for each in couple]

    assert ("person", "person", "by-person", "Wishes to be told by a person") in steps(chain(program, booking))
    assert {status for _, _, status, _ in steps(chain(program, together[1]))} == {"left-out", "only-if"}
    assert chain(program, together[1])["steps"][0]["state"].startswith("Told together")


def test_what_people_noted_stands_beside_the_steps(program: Program, lesson: Lesson, by: factories.Actor) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        contact = actions.note_contact(booking.id, PersonOutcome.TALKED, "息子さんが出た", by=by, now=NOW)

    body = chain(program, booking)

    assert body["contacts"] == [
        {"id": contact.id, "booking_id": booking.id, "outcome": "talked", "note": "息子さんが出た",
         "at": "2026-07-06T10:00:00+09:00", "by_name": by.name, "way": None, "with_family": False},
    ]  # fmt: skip
    assert (body["light"]["kind"], body["light"]["confirmed"]["how"]) == ("confirmed", "talked")


def test_what_they_answered_themselves_stands_there_too(program: Program, lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        actions.note_answer(booking.id, AnswerKind.WILL_COME, AnsweredBy.RANG_US, "call:1", by=HOUSE, now=NOW)

    body = chain(program, booking)

    assert body["answers"] == [{"kind": "will-come", "how": "rang-us", "at": "2026-07-06T10:00:00+09:00"}]
    assert (body["light"]["kind"], body["light"]["confirmed"]["how"]) == ("confirmed", "rang-us")


def test_of_a_cancelled_booking_what_was_taken_back_is_told(program: Program, lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(NOW)
    with time_machine.travel(NOW, tick=False):
        program.post(f"/bookings/{booking.id}/cancel", {"reason": "体調"})

    body = chain(program, booking)

    assert {step["status"] for step in body["steps"]} == {"withdrawn"}
    assert [step["segments"] for step in body["steps"]] == [None, None]
    assert body["light"]["kind"] == "cancelled"


def test_only_staff_may_read_it_as_on_the_page_and_there_is_none_of_no_booking(
    app: Flask, program: Program, lesson: Lesson
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)

    for role in (Role.COORDINATOR, Role.MANAGER):
        assert Program(app, factories.token(role)).get(f"/bookings/{booking.id}/messages").status == 403
    assert program.get("/bookings/77/messages").status == 404


def test_a_full_lesson_costs_no_more_queries(program: Program, lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(NOW)
    few = count_queries(lambda: chain(program, booking))
    for n in range(2, 6):
        factories.booking(factories.reminded_by_text(number=f"+81900000000{n}"), lesson)
    planning.plan(NOW)

    assert count_queries(lambda: chain(program, booking)) <= few
