"""Clerks draw one lesson at the same moment, and others still enter: one draw, no seat too many; with a control that
shows the race without the lock."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from supportdesk.core import chance
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import lottery
from supportdesk.lessons.lottery_models import Draw, DrawnEntry
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.waiting_models import Waiting
from tests import factories
from tests.races.clients import ROUNDS, Clients, clients
from tests.races.test_seats import people

pytestmark = pytest.mark.race

SEATS = 5


@pytest.fixture(scope="module")
def eight(town: Any) -> Iterator[Clients]:
    with clients(town.app, 8) as many:
        yield many


def entered(by: Actor, now: datetime, sizes: tuple[int, ...] = (1, 2, 1, 1, 2, 1, 1, 1)) -> Lesson:
    lesson = factories.lesson(seats=SEATS, admission=Admission.LOTTERY)
    for size in sizes:
        who = people(size)
        with transaction():
            lottery.enter(
                lesson.id, who, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=now
            )
    return lesson


def nobody(_who: Any, _before: datetime) -> set[int]:
    return set()


def assert_one_draw(lesson_id: int) -> str:
    """All that is kept of the draw fits together; gives its seed."""
    db.session.rollback()
    lesson = db.session.get_one(Lesson, lesson_id, populate_existing=True)
    drawn = db.session.get_one(Draw, lesson_id)
    lines = db.session.scalars(sa.select(DrawnEntry).where(DrawnEntry.lesson_id == lesson_id)).all()
    active = sa.select(Booking).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
    booked = db.session.scalars(active).all()
    assert lesson.seats_taken == len(booked) == sum(line.seats for line in lines if line.won) <= SEATS
    waits = sa.select(sa.func.count()).where(Waiting.lesson_id == lesson_id, Waiting.ended_at.is_(None))
    assert lesson.waiting == db.session.scalar(waits) == sum(not line.won for line in lines)
    return drawn.seed


def drawing(lesson: Lesson, by: Actor) -> Callable[[], str]:
    late = lesson.booking_closes_at
    return lambda: lottery.draw(lesson.id, nobody, by=by, now=late).seed


def entering(lesson: Lesson, who: int, by: Actor) -> Callable[[], int]:
    late = lesson.booking_closes_at
    said: dict[str, Any] = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE}
    return lambda: lottery.enter(lesson.id, [who], **said, override_reason="郵便が遅れた", by=by, now=late).id


def test_clerks_who_draw_at_once_get_one_and_the_same_draw(
    app: Flask, by: Actor, now: datetime, eight: Clients
) -> None:
    for _ in range(ROUNDS):
        lesson = entered(by, now)
        came = eight.act_at_once([drawing(lesson, by)] * 8)

        seed = assert_one_draw(lesson.id)
        assert came == [seed] * 8


def test_who_still_enters_while_it_is_drawn_is_in_the_draw_or_refused(
    app: Flask, by: Actor, now: datetime, eight: Clients
) -> None:
    for number in range(ROUNDS):
        lesson, latecomers = entered(by, now), people(4)
        acts: list[Any] = [drawing(lesson, by)] * 4 + [entering(lesson, who, by) for who in latecomers]
        random.Random(number).shuffle(acts)
        came = eight.act_at_once(acts)

        assert_one_draw(lesson.id)
        refusals = [each for each in came if isinstance(each, Exception)]
        assert all(isinstance(each, Refusal) and each.code == "drawn-already" for each in refusals), refusals
        lines = db.session.scalar(sa.select(sa.func.count()).where(DrawnEntry.lesson_id == lesson.id))
        assert lines == 8 + 4 - len(refusals)


def test_control_clerks_who_look_before_they_write_draw_lots_of_their_own(
    app: Flask, by: Actor, now: datetime, eight: Clients
) -> None:
    """What the lock is for: each finds the lesson undrawn and makes a seed. The key of the draw is then all that keeps
    a second one out, and its clerk meets an error instead of the list."""
    lesson_id = entered(by, now, (1, 1)).id
    everybody_has_looked = threading.Barrier(4)

    def naive() -> str:
        with app.app_context():
            undrawn = db.session.get(Draw, lesson_id) is None
        everybody_has_looked.wait(timeout=60)
        assert undrawn
        seed = chance.seed()
        with app.app_context(), transaction() as session:
            values = {"seats": SEATS, "first_timers_first": False, "drawn_at": now, "drawn_by": by.name}
            session.add(Draw(lesson_id=lesson_id, seed=seed, **values))
        return seed

    came = eight.at_once([naive] * 4)

    assert len([each for each in came if isinstance(each, str)]) == 1
    assert len([each for each in came if isinstance(each, IntegrityError)]) == 3
