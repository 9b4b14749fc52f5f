"""The last seats asked for by many programs at once, below /api: never oversold, and one key is one booking. (The
control that shows the race without the guard is in test_seats.py.)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask

from tests import factories
from tests.conftest import NOW
from tests.programs import Program, Reply
from tests.races.clients import ROUNDS, clients
from tests.races.test_seats import active_seats, assert_counters_tell_the_truth, people

pytestmark = pytest.mark.race
CLIENTS, SEATS = 16, 5


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def program(app: Flask) -> Program:
    program = Program(app, factories.token())
    program.get("/bookings")  # its use is noted, so that no client writes that in between
    return program


def booking(program: Program, lesson_id: int, resident_id: int, key: str | None) -> Callable[[], Reply]:
    body = {"resident_ids": [resident_id], "booked_by": "self", "channel": "other"}
    return lambda: program.post(f"/lessons/{lesson_id}/bookings", body, key)


@pytest.mark.parametrize("keyed", [False, True])
def test_sixteen_clients_for_the_last_five_seats_get_exactly_five(app: Flask, program: Program, keyed: bool) -> None:
    with clients(app, CLIENTS) as many:
        for _ in range(ROUNDS):
            lesson = factories.lesson(seats=SEATS)
            acts = [booking(program, lesson.id, each, f"k-{each}" if keyed else None) for each in people(CLIENTS)]
            replies: list[Reply] = many.at_once(acts)

            codes = Counter(reply.body.get("code", "booked") for reply in replies)
            assert codes == {"booked": SEATS, "lesson-full": CLIENTS - SEATS}
            assert active_seats(lesson.id) == SEATS
            assert_counters_tell_the_truth(lesson.id)


def test_each_key_sent_twice_at_once_is_one_booking_and_one_answer(app: Flask, program: Program) -> None:
    with clients(app, CLIENTS) as many:
        for _ in range(ROUNDS):
            lesson = factories.lesson(seats=SEATS)
            acts = [booking(program, lesson.id, each, f"k-{each}") for each in people(CLIENTS // 2)]
            replies: list[Reply] = many.at_once(acts * 2)

            booked = [reply.body["bookings"][0]["id"] for reply in replies if reply.status == 201]
            refused = {reply.body["code"] for reply in replies if reply.status != 201}
            assert len(set(booked)) == SEATS
            assert refused <= {"lesson-full", "in-progress"}
            assert active_seats(lesson.id) == SEATS
            assert_counters_tell_the_truth(lesson.id)


def test_one_person_booked_by_sixteen_clients_at_once_is_booked_once_and_all_learn_by_which(
    app: Flask, program: Program
) -> None:
    with clients(app, CLIENTS) as many:
        for _ in range(ROUNDS):
            lesson, [person] = factories.lesson(seats=SEATS), people(1)
            replies: list[Reply] = many.at_once([booking(program, lesson.id, person, None)] * CLIENTS)

            [made] = [reply.body["bookings"][0]["id"] for reply in replies if reply.status == 201]
            told = [reply.body["params"] for reply in replies if reply.status == 409]
            assert told == [{"booking_ids": [made]}] * (CLIENTS - 1)
            assert_counters_tell_the_truth(lesson.id)
