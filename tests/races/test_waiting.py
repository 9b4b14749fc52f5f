"""Seats that are freed, ticks and answers, all at the same moment: no seat is lost and none is offered twice; with a
control that shows the race without the lock."""

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

from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import offers, queue, waiting
from supportdesk.lessons import waiting_rules as rules
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.waiting_models import Offer
from supportdesk.lessons.waiting_rules import OfferState
from tests import factories
from tests.races.clients import ROUNDS, Clients, clients
from tests.races.test_seats import booking_of, people

pytestmark = pytest.mark.race

SEATS = 5
# Twelve parties; the second and the fifth are couples.
SIZES = (1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1)


@pytest.fixture(scope="module")
def ten(town: Any) -> Iterator[Clients]:
    with clients(town.app, 10) as many:
        yield many


def full_with_twelve_waiting(by: Actor, now: datetime, sizes: tuple[int, ...] = SIZES) -> tuple[int, list[int]]:
    """A full lesson; gives its id and those of the parties in their order."""
    lesson_id, seated = factories.lesson(seats=SEATS).id, people(SEATS)
    with transaction():
        booking_of(lesson_id, *seated, by=by, now=now)()
    entries = []
    for size in sizes:
        who = people(size)
        with transaction():
            made = waiting.join(
                lesson_id, who, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=by, now=now
            )
            entries.append(made.id)
    return lesson_id, entries


def bookings_of(lesson_id: int) -> list[int]:
    active = sa.select(Booking.id).where(Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None))
    return list(db.session.scalars(active.order_by(Booking.id)))


def offered(lesson_id: int, *states: OfferState) -> list[int]:
    """The parties with an offer in such a state, in their order."""
    db.session.rollback()
    found = sa.select(Offer.waiting_id).where(Offer.lesson_id == lesson_id, Offer.state.in_(states))
    return sorted(db.session.scalars(found))


def assert_no_seat_is_lost(lesson_id: int) -> None:
    db.session.rollback()
    lesson = db.session.get_one(Lesson, lesson_id, populate_existing=True)
    standing = sa.select(sa.func.coalesce(sa.func.sum(Offer.seats), 0)).where(
        Offer.lesson_id == lesson_id, Offer.state == OfferState.STANDING
    )
    assert lesson.seats_offered == db.session.scalar(standing)
    assert lesson.seats_taken == len(bookings_of(lesson_id))
    assert lesson.waiting == len(queue.parties(lesson_id))


def as_on_paper(entries: list[int], sizes: tuple[int, ...], free: int) -> list[int]:
    """The first whole parties that fit, as anybody would tick them off on a list."""
    chosen = []
    for entry, size in zip(entries, sizes, strict=True):
        if size <= free:
            chosen.append(entry)
            free -= size
    return chosen


def cancelling(booking_id: int, by: Actor, now: datetime) -> Callable[[], Any]:
    return lambda: cancel_booking(booking_id, "体調", by=by, now=now)


def settling(lesson_id: int, now: datetime) -> Callable[[], Any]:
    return lambda: offers.settle(lesson_id, now)


def test_five_cancellations_at_once_with_twelve_waiting_end_as_on_paper(
    app: Flask, by: Actor, now: datetime, ten: Clients
) -> None:
    for _ in range(ROUNDS):
        lesson_id, entries = full_with_twelve_waiting(by, now)
        ten.act_at_once([cancelling(each, by, now) for each in bookings_of(lesson_id)])
        came = ten.act_at_once([settling(lesson_id, now)] * 5)

        assert not [each for each in came if isinstance(each, Exception)]
        assert sum(bool(each) for each in came) == 1, "the other ticks find nothing to do"
        assert offered(lesson_id, OfferState.STANDING) == as_on_paper(entries, SIZES, SEATS)
        assert_no_seat_is_lost(lesson_id)


def test_cancellations_and_ticks_in_any_order_offer_the_seats_to_the_first_in_the_queue(
    app: Flask, by: Actor, now: datetime, ten: Clients
) -> None:
    for number in range(ROUNDS):
        lesson_id, entries = full_with_twelve_waiting(by, now, (1,) * 12)
        acts = [cancelling(each, by, now) for each in bookings_of(lesson_id)] + [settling(lesson_id, now)] * 5
        random.Random(number).shuffle(acts)
        came = ten.act_at_once(acts)
        offers.settle_all(now)

        assert not [each for each in came if isinstance(each, Exception)]
        assert offered(lesson_id, OfferState.STANDING) == entries[:SEATS]
        assert_no_seat_is_lost(lesson_id)


def test_answers_ticks_and_callers_at_once_leave_no_seat_lost_and_none_sold_twice(
    app: Flask, by: Actor, now: datetime, ten: Clients
) -> None:
    """Each of five offers is accepted and declined at once; one of the two wins. Callers without an offer get none of
    the seats."""
    for number in range(ROUNDS):
        lesson_id, entries = full_with_twelve_waiting(by, now, (1,) * 12)
        for each in bookings_of(lesson_id):
            with transaction():
                cancel_booking(each, "体調", by=by, now=now)
        offers.settle_all(now)
        ids = list(db.session.scalars(sa.select(Offer.id).where(Offer.lesson_id == lesson_id).order_by(Offer.id)))
        acts: list[Callable[[], Any]] = []
        for offer_id in ids[:3]:
            acts += [lambda one=offer_id: offers.accept(one, by=by, now=now)]
            acts += [lambda one=offer_id: offers.decline(one, by=by, now=now)]
        acts += [settling(lesson_id, now)] * 2
        acts += [booking_of(lesson_id, each, by=by, now=now) for each in people(2)]
        random.Random(number).shuffle(acts)
        came = ten.act_at_once(acts)

        refusals = [each for each in came if isinstance(each, Exception)]
        assert all(isinstance(each, Refusal) for each in refusals), refusals
        assert {each.code for each in refusals} <= {"offer-over", "lesson-full", "waiting-first"}
        assert len([each for each in refusals if each.code == "offer-over"]) == 3
        accepted = offered(lesson_id, OfferState.ACCEPTED)
        assert len(accepted) == len(bookings_of(lesson_id))
        offers.settle_all(now)
        declined = offered(lesson_id, OfferState.DECLINED)
        assert offered(lesson_id, OfferState.STANDING) == entries[3 : SEATS + len(declined)]
        assert_no_seat_is_lost(lesson_id)


def test_control_ticks_that_look_before_they_write_choose_the_same_party(
    app: Flask, by: Actor, now: datetime, ten: Clients
) -> None:
    """What the lock is for: every tick looks before any of them writes. The unique key of the party is then all that
    keeps it from being offered seats five times."""
    lesson_id, entries = full_with_twelve_waiting(by, now)
    with transaction():
        cancel_booking(bookings_of(lesson_id)[0], "体調", by=by, now=now)
    everybody_has_looked = threading.Barrier(5)

    def naive() -> int:
        with app.app_context():
            parties = [queue.facts(each) for each in queue.parties(lesson_id)]
            [chosen] = rules.whole_parties(db.session.get_one(Lesson, lesson_id).seats_free, parties)
        everybody_has_looked.wait(timeout=60)
        with app.app_context(), transaction() as session:
            session.add(Offer(waiting_id=chosen.id, lesson_id=lesson_id, seats=chosen.seats, made_at=now, until=now))
        return chosen.id

    came = ten.at_once([naive] * 5)

    assert [each for each in came if isinstance(each, int)] == entries[:1]
    assert len([each for each in came if isinstance(each, IntegrityError)]) == 4
