"""What is taken back while it leaves: no call to the provider after the answer to a cancellation, a move, a stop or a
change of the number, unless that answer itself said that one is just leaving; then a person puts it right."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.lessons.models import Lesson
from supportdesk.messages.delivery import Desk, deliver_due
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Outgoing, Receipt
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.reminders import corrections, planning
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import BASE, Scripted
from tests.programs import Program, Reply
from tests.races.clients import ROUNDS, Clients, clients
from tests.web import Web

pytestmark = pytest.mark.race

S = MessageStatus
# Friday 10 July 2026, 10:00 in Tokyo: the first notice of the lessons on the 15th is due.
FIRST = NOW + timedelta(days=4)
ACTS = ("cancel", "move", "stop", "number", "wrong")


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(FIRST, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    with transaction():
        office_settings.change(most_per_hour=10_000, most_per_day=10_000)
    program = Program(app, factories.token())
    program.get("/bookings")  # its use is noted, so that no client writes that in between
    return program


@pytest.fixture
def lessons(app: Flask) -> tuple[int, int]:
    """One that people are reminded of, and one of the same course to which they may go instead."""
    first = factories.lesson(starts_at=NOW + timedelta(days=9), seats=2000)
    other = factories.lesson(starts_at=NOW + timedelta(days=30), seats=2000, course=db.session.merge(first).course)
    return first.id, other.id


class Booked(NamedTuple):
    """A booking by its ids, for all threads."""

    id: int
    resident_id: int
    number: str


def book(lessons: tuple[int, int], number: str = "+819000000001") -> Booked:
    person = factories.reminded_by_text(number=number, consent_how="paper")
    booking = factories.booking(person, db.session.get(Lesson, lessons[0]))
    return Booked(booking.id, booking.resident_id, number)


def taking_back(program: Program, act: str, booking: Booked, other: int) -> Reply:
    resident = f"/residents/{booking.resident_id}"
    match act:
        case "cancel":
            return program.post(f"/bookings/{booking.id}/cancel", {"reason": "通院のため"})
        case "move":
            return program.post(f"/bookings/{booking.id}/move", {"lesson_id": other})
        case "stop":
            return program.post(f"{resident}/stop-contact", {"reason": "wish"})
        case "wrong":
            return program.post(f"{resident}/wrong-number", {"number": booking.number, "wrong": True})
        case _:
            number = f"+8190099{booking.id:05}"
            return program.patch(resident, {"version": 1, "telephones": [{"number": number}]})


def sender(provider: Any) -> Desk:
    return Desk(provider, planning.unwanted, clock.now, BASE)


def message_of(booking: Booked) -> Message:
    db.session.rollback()
    query = sa.select(Message).where(Message.about == f"booking:{booking.id}", Message.step == "first")
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def tasks() -> dict[str, CallTask]:
    db.session.rollback()
    return {task.origin: task for task in db.session.scalars(sa.select(CallTask))}


def act_while_it_leaves(act: Callable[[], object]) -> Scripted:
    """One message is planned and leaves; right before the provider takes it somebody acts."""
    planning.plan(clock.now())

    def too_late(outgoing: Outgoing) -> Receipt:
        act()
        return provider.accept(outgoing)

    provider = Scripted(too_late)
    deliver_due(sender(provider))
    return provider


@pytest.mark.parametrize("act", ACTS)
def test_what_is_taken_back_while_the_provider_is_called_is_said_at_once_and_put_right_by_a_person(
    app: Flask, program: Program, lessons: tuple[int, int], act: str
) -> None:
    booking = book(lessons)
    answers: list[Reply] = []

    act_while_it_leaves(lambda: answers.append(taking_back(program, act, booking, lessons[1])))

    message = message_of(booking)
    assert answers[0].status in (200, 201)
    assert answers[0].body["just_leaving"] == [{"message_id": message.id, "channel": "sms", "number_ends_in": "0001"}]
    assert (corrections.raise_corrections(clock.now()), corrections.raise_corrections(clock.now())) == (1, 0)
    [task] = tasks().values()
    assert (task.kind, task.booking_id, task.due_at) == (
        CallTaskKind.CORRECTION, booking.id, FIRST + timedelta(hours=1)
    )  # fmt: skip
    # The number that was taken out is not offered to be rung.
    assert task.number == ("" if act in ("number", "wrong") else "+819000000001")
    assert "7月10日(金)午前10時" in task.note and "0001" in task.note


@pytest.mark.parametrize("act", ACTS)
def test_who_is_told_by_anothers_message_of_the_day_is_said_and_put_right_too(
    app: Flask, program: Program, lessons: tuple[int, int], act: str
) -> None:
    first = book(lessons)
    afternoon = factories.lesson(starts_at=NOW + timedelta(days=9, hours=3), seats=20)
    second = book((afternoon.id, lessons[1]))
    answers: list[Reply] = []

    provider = act_while_it_leaves(lambda: answers.append(taking_back(program, act, second, lessons[1])))

    message = message_of(first)
    assert len(provider.accepted) == 1
    assert answers[0].body["just_leaving"] == [{"message_id": message.id, "channel": "sms", "number_ends_in": "0001"}]
    assert (corrections.raise_corrections(clock.now()), corrections.raise_corrections(clock.now())) == (1, 0)
    [task] = tasks().values()
    assert (task.resident_id, task.booking_id) == (second.resident_id, second.id)


def test_a_page_says_it_in_words(app: Flask, lessons: tuple[int, int]) -> None:
    booking = book(lessons)
    web = Web(app).sign_in(factories.user(Role.STAFF))
    said: list[str] = []

    def cancel() -> None:
        with app.app_context():
            form = web.get(f"/bookings/{booking.id}/cancel").form()
            said.append(form.send(reason="通院のため").text)

    act_while_it_leaves(cancel)

    assert "お知らせがちょうど送信中です" in said[0]


def test_who_stops_all_sending_hears_what_is_leaving_at_that_moment_all_the_same(
    app: Flask, lessons: tuple[int, int]
) -> None:
    booking = book(lessons)
    web, program = Web(app).sign_in(factories.user(Role.MANAGER)), Program(app, factories.token(Role.MANAGER))
    release = {"seen": "偽の電話が出ています"}
    answers: list[Reply] = []
    said: list[str] = []

    def stop() -> None:
        answers.append(program.post("/hold/stop", {"reason": "偽の電話が出ています", "seen": ""}))
        answers.append(program.post("/hold/release", release))
        with app.app_context():
            said.append(web.get("/office/sending").form("form[action$=stop]").send(reason="偽の電話が出ています").text)

    act_while_it_leaves(stop)
    later = [program.post("/hold/release", release), program.post("/hold/stop-today", {"reason": ""})]

    assert [one.status for one in [*answers, *later]] == [200] * 4
    assert [one["message_id"] for one in answers[0].body["just_leaving"]] == [message_of(booking).id]
    assert "1件のお知らせがちょうど送信中です" in said[0]
    assert all("just_leaving" not in one.body for one in [answers[1], later[0]])
    # They were wanted: nothing is to be put right.
    assert corrections.raise_corrections(clock.now()) == 0


def test_what_is_taken_back_in_time_is_not_sent_and_says_nothing(
    app: Flask, program: Program, lessons: tuple[int, int]
) -> None:
    bookings = [book(lessons, f"+8190000100{n:02}") for n in range(len(ACTS))]
    planning.plan(clock.now())

    replies = [
        taking_back(program, act, booking, lessons[1]) for act, booking in zip(ACTS, bookings, strict=True)
    ]
    planning.plan(clock.now())
    provider = Scripted()
    deliver_due(sender(provider))

    assert all("just_leaving" not in reply.body for reply in replies)
    # The sender was not tried in the new telephone yet, so that a person tells that one too.
    assert provider.accepted == []
    assert corrections.raise_corrections(clock.now()) == 0


def test_a_reminder_that_left_before_the_cancellation_is_nothing_to_put_right(
    app: Flask, program: Program, lessons: tuple[int, int]
) -> None:
    booking = book(lessons)
    planning.plan(clock.now())
    deliver_due(sender(Scripted()))

    with time_machine.travel(FIRST + timedelta(minutes=1), tick=False):
        reply = taking_back(program, "cancel", booking, lessons[1])
        assert corrections.raise_corrections(clock.now()) == 0

    assert (reply.status, "just_leaving" in reply.body) == (200, False)


class Ordered(Scripted):
    """Writes down which calls began, in one order with the answers that the acts were given."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[str, str]] = []
        self.lock = threading.Lock()

    def note(self, what: str, name: str) -> None:
        with self.lock:
            self.events.append((what, name))

    def send(self, outgoing: Outgoing) -> Receipt:
        self.note("called", outgoing.token)
        return super().send(outgoing)


RACING = (*ACTS, "cancel", "move")


def test_no_call_follows_the_answer_to_an_act_unless_that_answer_said_so(
    app: Flask, program: Program, lessons: tuple[int, int]
) -> None:
    """Seven acts race with two senders in each round."""
    with clients(app, len(RACING) + 2) as many:
        for round_ in range(ROUNDS):
            bookings = [book(lessons, f"+81900{round_:03}{n:04}") for n in range(len(RACING))]
            planning.plan(clock.now())
            one_race(app, program, many, bookings, lessons[1])


def one_race(app: Flask, program: Program, many: Clients, bookings: list[Booked], other: int) -> None:
    tokens = [message_of(booking).token for booking in bookings]
    provider = Ordered()

    def take_back(place: int) -> Reply:
        reply = taking_back(program, RACING[place], bookings[place], other)
        provider.note("answered", tokens[place])
        return reply

    def send() -> None:
        with app.app_context():
            deliver_due(sender(provider))

    came = many.at_once([send, *(partial(take_back, place) for place in range(len(RACING))), send])

    assert [one for one in came if isinstance(one, Exception)] == []
    corrections.raise_corrections(clock.now())
    replies: list[Reply] = came[1:-1]
    for booking, token, reply in zip(bookings, tokens, replies, strict=True):
        assert reply.status in (200, 201)
        called = [place for place, event in enumerate(provider.events) if event == ("called", token)]
        assert len(called) <= 1
        if called:
            assert f"message:{message_of(booking).id}" in tasks()
        if called and called[0] > provider.events.index(("answered", token)):
            assert reply.body.get("just_leaving"), "a call followed an answer that promised there would be none"
