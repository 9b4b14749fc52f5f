"""Several at one table, or at one day of slots, at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import slot_days
from supportdesk.lessons.bookings import book_party
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.slot_days import SlotsData
from supportdesk.lessons.slot_rules import Times
from supportdesk.lessons.walk_ins import squeeze_in
from tests import factories
from tests.races.clients import ROUNDS, Act, clients

pytestmark = pytest.mark.race
CLERKS, TABLES = 12, 3


def told(answers: list[Any]) -> Counter[str]:
    """What came of each: `done`, or the code of the refusal. Anything else is a fault of ours."""
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            raise answer
    return Counter(answer.code if isinstance(answer, Refusal) else "done" for answer in answers)


def taken(slot: Lesson) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Lesson.seats_taken).where(Lesson.id == slot.id)).one()


def parties_of(slot: Lesson) -> int:
    at_tables = sa.select(sa.func.count(sa.distinct(Booking.party))).where(
        Booking.lesson_id == slot.id, Booking.cancelled_at.is_(None), Booking.allowed_by == ""
    )
    return db.session.scalar(at_tables) or 0


def _booking(slot_id: int, people: list[int], by: Actor, now: datetime, **more: Any) -> Act:
    asked = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE} | more
    return lambda: book_party(slot_id, people, **asked, by=by, now=now)[0].id


def _on_the_spot(slot_id: int, people: list[int], by: Actor, now: datetime) -> Act:
    return lambda: squeeze_in(slot_id, people, by=by, now=now)[0].id


def test_of_many_couples_at_once_as_many_get_a_table_as_there_are(app: Flask, by: Actor, now: datetime) -> None:
    couples = [[factories.resident().id for _ in range(2)] for _ in range(CLERKS)]
    with clients(app, CLERKS) as many:
        for _ in range(ROUNDS):
            slot_id = (slot := factories.slot(seats=TABLES)).id
            answers = many.act_at_once([_booking(slot_id, couple, by, now, companions=1) for couple in couples])

            assert told(answers) == {"done": TABLES, "lesson-full": CLERKS - TABLES}
            assert taken(slot) == parties_of(slot) == TABLES


def test_the_last_table_is_taken_once_by_a_booking_or_on_the_spot(app: Flask, by: Actor, now: datetime) -> None:
    people = [factories.resident().id for _ in range(CLERKS)]
    with clients(app, CLERKS) as many:
        for _ in range(ROUNDS):
            slot = factories.slot(starts_at=now + timedelta(hours=1), state=LessonState.CLOSED)
            slot_id = slot.id
            booked = [_booking(slot_id, [one], by, now, override_reason="当日") for one in people[::2]]
            squeezed = [_on_the_spot(slot_id, [one], by, now) for one in people[1::2]]

            answers = told(many.act_at_once([*booked, *squeezed]))

            assert answers["done"] == 1
            assert answers["lesson-full"] + answers["tables-taken"] == CLERKS - 1
            assert taken(slot) == parties_of(slot) == 1


def test_without_the_guard_the_last_table_is_sold_more_than_once(app: Flask, by: Actor, now: datetime) -> None:
    """The control: whoever counts what is free and then takes it, without queueing for the row."""
    slot = factories.slot()
    slot_id = slot.id
    with transaction() as session:  # else the CHECK would refuse what this shows
        session.execute(sa.update(Lesson).where(Lesson.id == slot_id).values(seats=CLERKS))
    ready = threading.Barrier(CLERKS)

    def count_then_take() -> bool:
        free = db.session.scalars(sa.select(1 - Lesson.seats_taken).where(Lesson.id == slot_id)).one() > 0
        db.session.rollback()
        ready.wait(timeout=60)
        if free:
            with transaction() as session:
                session.execute(
                    sa.update(Lesson).where(Lesson.id == slot_id).values(seats_taken=Lesson.seats_taken + 1)
                )
        return free

    def in_app() -> bool:
        with app.app_context():
            return count_then_take()

    with clients(app, CLERKS) as many:
        answers = many.at_once([in_app] * CLERKS)

    assert answers == [True] * CLERKS
    assert taken(slot) == CLERKS


def test_of_eight_who_plan_one_day_at_once_one_makes_it_and_the_others_find_it(
    app: Flask, by: Actor, now: datetime
) -> None:
    course = factories.course(category="consult")
    with clients(app, CLERKS) as many:
        for round_ in range(ROUNDS):
            room_id, day = factories.room().id, date(2026, 7, 14) + timedelta(days=round_)
            data = SlotsData(course.id, room_id, (day,), Times(time(9), time(12)), TABLES)
            answers = many.act_at_once(
                [lambda data=data: len(slot_days.make_slots(data, _ALL_THE_SAME, by=by, now=now))] * CLERKS
            )

            assert sorted(answers) == [0] * (CLERKS - 1) + [6]
            db.session.rollback()
            made = sa.select(sa.func.count(Lesson.id)).where(Lesson.room_id == room_id)
            assert db.session.scalar(made) == 6


class _AllTheSame(dict[str, Any]):
    """Whatever day it falls on."""

    def get(self, key: str, default: Any = None) -> Any:
        return slot_days.Decision(reason="競争のため")


_ALL_THE_SAME = _AllTheSame()
