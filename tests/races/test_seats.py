"""Seats are never oversold, whoever comes at the same moment; with a control that shows the race without the
guard."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import chance, clock
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import seats
from supportdesk.lessons.booking_rules import LessonFull
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Booking, Hold, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.people.models import Resident
from tests import factories
from tests.races.clients import ROUNDS, Clients, clients
from tests.web import Form, Page, Web

pytestmark = pytest.mark.race

CLIENTS = 40
SEATS = 5


@pytest.fixture(scope="module")
def forty(town: Any) -> Iterator[Clients]:
    with clients(town.app, CLIENTS) as many:
        yield many


def people(count: int) -> list[int]:
    """Ids of new residents."""
    with transaction() as session:
        made = [
            Resident(
                family_kana="ホンダ", given_kana=f"ハル{n}", no_telephone=True, created_at=factories.START
            )
            for n in range(count)
        ]
        session.add_all(made)
        session.flush()
        return [each.id for each in made]


def booking_of(lesson_id: int, *resident_ids: int, by: Actor, now: datetime) -> Callable[[], list[int]]:
    def act() -> list[int]:
        bookings = book_party(
            lesson_id,
            resident_ids,
            booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE,
            by=by,
            now=now,
        )
        return [each.id for each in bookings]

    return act


def active_seats(lesson_id: int) -> int:
    """Seats that the bookings themselves ask for."""
    wanted = sa.select(sa.func.coalesce(sa.func.sum(Booking.companions + 1), 0)).where(
        Booking.lesson_id == lesson_id, Booking.cancelled_at.is_(None)
    )
    return int(db.session.scalars(wanted).one())


def held_seats(lesson_id: int) -> int:
    wanted = sa.select(sa.func.coalesce(sa.func.sum(Hold.seats), 0)).where(Hold.lesson_id == lesson_id)
    return int(db.session.scalars(wanted).one())


def assert_counters_tell_the_truth(*lesson_ids: int) -> None:
    for lesson_id in lesson_ids:
        counters = sa.select(Lesson.seats_taken, Lesson.seats_held, Lesson.seats).where(
            Lesson.id == lesson_id
        )
        taken, held, all_seats = db.session.execute(counters).one()
        assert (taken, held) == (active_seats(lesson_id), held_seats(lesson_id))
        assert taken + held <= all_seats


def kinds(outcome: list[Any]) -> Counter[str]:
    return Counter(type(each).__name__ for each in outcome)


def test_forty_clients_for_five_seats_get_exactly_five(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    for _ in range(ROUNDS):
        lesson = factories.lesson(seats=SEATS)
        outcome = forty.act_at_once([booking_of(lesson.id, each, by=by, now=now) for each in people(CLIENTS)])
        assert kinds(outcome) == {"list": SEATS, "LessonFull": CLIENTS - SEATS}
        assert active_seats(lesson.id) == SEATS
        assert_counters_tell_the_truth(lesson.id)


def test_control_counting_before_inserting_oversells(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    """What the guard is for. Everybody looks before anybody writes, as an ordinary check would."""
    lesson_id = factories.lesson(seats=SEATS).id
    everybody_has_looked = threading.Barrier(CLIENTS)

    def naive(resident_id: int) -> Callable[[], None]:
        def act() -> None:
            with app.app_context():
                free = SEATS - active_seats(lesson_id)
            everybody_has_looked.wait(timeout=60)
            if free < 1:
                raise LessonFull(free)
            with app.app_context(), transaction() as session:
                session.add(
                    Booking(
                        lesson_id=lesson_id,
                        resident_id=resident_id,
                        party="",
                        booked_by=BookedBy.SELF,
                        channel=BookingChannel.PHONE,
                        booked_at=now,
                        booked_by_user=by.name,
                    )
                )

        return act

    forty.at_once([naive(each) for each in people(CLIENTS)])
    assert active_seats(lesson_id) > SEATS


def test_couples_for_an_odd_number_of_seats_are_whole_or_not_there(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    for _ in range(ROUNDS):
        lesson = factories.lesson(seats=SEATS)
        ids = people(2 * 20)
        couples = list(zip(ids[::2], ids[1::2], strict=True))
        outcome = forty.act_at_once([booking_of(lesson.id, *each, by=by, now=now) for each in couples])
        assert kinds(outcome) == {"list": 2, "LessonFull": 18}
        parties = db.session.scalars(sa.select(Booking.party).where(Booking.lesson_id == lesson.id)).all()
        assert sorted(Counter(parties).values()) == [2, 2]
        assert_counters_tell_the_truth(lesson.id)


def test_eight_couples_for_the_last_seat_all_go_without(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    lesson = factories.lesson(seats=1)
    ids = people(16)
    outcome = forty.act_at_once(
        [booking_of(lesson.id, *each, by=by, now=now) for each in zip(ids[::2], ids[1::2], strict=True)]
    )
    assert kinds(outcome) == {"LessonFull": 8}
    assert active_seats(lesson.id) == 0


def test_one_person_booked_by_eight_clerks_at_once_is_booked_once(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    for _ in range(ROUNDS):
        lesson, [person] = factories.lesson(seats=SEATS), people(1)
        outcome = forty.act_at_once([booking_of(lesson.id, person, by=by, now=now)] * 8)
        assert kinds(outcome) == {"list": 1, "AlreadyBooked": 7}
        assert_counters_tell_the_truth(lesson.id)


def test_holds_and_bookings_at_once_share_the_seats(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    clerks = [factories.staff() for _ in range(20)]
    for number in range(ROUNDS):
        lesson, moment = factories.lesson(seats=SEATS), now + number * timedelta(minutes=5)

        def holding(clerk: Actor, lesson_id: int = lesson.id, at: datetime = moment) -> Callable[[], Any]:
            return lambda: seats.hold_seats(lesson_id, 1, by=clerk, now=at)

        acts = [holding(each) for each in clerks]
        acts += [booking_of(lesson.id, each, by=by, now=moment) for each in people(20)]
        random.Random(number).shuffle(acts)
        outcome = kinds(forty.act_at_once(acts))
        assert outcome["Hold"] + outcome["list"] == SEATS
        assert outcome["LessonFull"] == CLIENTS - SEATS
        assert_counters_tell_the_truth(lesson.id)


def test_clerks_who_hold_and_book_at_once_keep_what_they_hold(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    """Five hold the five seats; all forty book. Those five alone get them."""
    clerks = [factories.staff() for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        lesson, moment = factories.lesson(seats=SEATS), now + number * timedelta(minutes=5)
        for clerk in clerks[:SEATS]:
            with transaction():
                seats.hold_seats(lesson.id, 1, by=clerk, now=moment)
        pairs = list(zip(clerks, people(CLIENTS), strict=True))
        outcome = forty.act_at_once(
            [booking_of(lesson.id, who, by=clerk, now=moment) for clerk, who in pairs]
        )
        assert [type(each) for each in outcome] == [list] * SEATS + [LessonFull] * (CLIENTS - SEATS)
        assert_counters_tell_the_truth(lesson.id)


def test_one_clerk_in_many_windows_holds_in_one_lesson(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    for _ in range(ROUNDS):
        lessons = [factories.lesson(seats=SEATS).id for _ in range(4)]
        chosen = itertools.cycle(lessons)

        def holding(lesson_id: int) -> Callable[[], Any]:
            return lambda: seats.hold_seats(lesson_id, 2, by=by, now=now)

        outcome = forty.act_at_once([holding(next(chosen)) for _ in range(16)])
        assert kinds(outcome) == {"Hold": 16}
        assert sum(held_seats(each) for each in lessons) == 2
        assert_counters_tell_the_truth(*lessons)


def test_cancelling_and_moving_at_once_happens_one_way_for_each_booking(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    """Bookings of two lessons are cancelled by one clerk and moved to the other lesson by another, both
    directions at once, which would stand still for ever without an order of locking."""
    for number in range(ROUNDS):
        first, second = factories.lesson(seats=10).id, factories.lesson(seats=10).id
        acts: list[Callable[[], Any]] = []

        def cancelling(booking_id: int) -> Callable[[], Any]:
            return lambda: cancel_booking(booking_id, "体調", by=by, now=now)

        def moving(booking_id: int, to: int) -> Callable[[], Any]:
            return lambda: move_booking(booking_id, to, by=by, now=now)

        for lesson_id, other in ((first, second), (second, first)):
            for person in people(8):
                with transaction():
                    [booking_id] = booking_of(lesson_id, person, by=by, now=now)()
                acts += [cancelling(booking_id), moving(booking_id, other)]
        random.Random(number).shuffle(acts)
        outcome = forty.act_at_once(acts)
        problems = [each for each in outcome if isinstance(each, Exception)]
        # Of each pair one wins; a move may also find the other lesson full for the moment.
        assert all(isinstance(each, Refusal) for each in problems), problems
        assert {each.code for each in problems} <= {"already-cancelled", "lesson-full"}
        assert len([each for each in outcome if isinstance(each, Booking)]) == 16
        assert_counters_tell_the_truth(first, second)


def test_the_tick_and_the_clerks_give_an_expired_hold_back_once(
    app: Flask, by: Actor, now: datetime, forty: Clients
) -> None:
    clerks = [factories.staff() for _ in range(SEATS)]
    for number in range(ROUNDS):
        lesson, moment = factories.lesson(seats=SEATS), now + number * timedelta(minutes=10)
        for clerk in clerks:
            with transaction():
                seats.hold_seats(lesson.id, 1, by=clerk, now=moment)
        later = moment + timedelta(minutes=3)
        acts: list[Callable[[], Any]] = [lambda at=later: seats.expire_holds(at)] * 10
        acts += [booking_of(lesson.id, each, by=by, now=later) for each in people(30)]
        outcome = kinds(forty.act_at_once(acts))
        assert outcome == {"int": 10, "list": SEATS, "LessonFull": 25}
        assert held_seats(lesson.id) == 0
        assert_counters_tell_the_truth(lesson.id)


def send_at_once(many: Clients, windows: list[Web], paths: list[str], **changes: str) -> list[Page]:
    """Each window opens its form and then all send theirs. In the clients' threads from the start: the test's
    own app context would share one CSRF token among them."""

    def opening(window: Web, path: str) -> Callable[[], Form]:
        return lambda: window.get(path).form("main form[method=post][novalidate]")

    def sending(form: Form) -> Callable[[], Page]:
        return lambda: form.send(follow=False, **changes)

    forms = many.at_once([opening(*each) for each in zip(windows, paths, strict=True)])
    return many.at_once([sending(each) for each in forms])


def test_over_http_ten_clerks_for_five_seats_book_five_and_nobody_sees_an_error_page(app: Flask) -> None:
    clerks = [Web(app).sign_in(factories.user(Role.STAFF)) for _ in range(10)]
    with clients(app, len(clerks)) as ten:
        for _ in range(ROUNDS):
            lesson = factories.lesson(seats=SEATS, starts_at=clock.now() + timedelta(days=9))
            paths = [f"/lessons/{lesson.id}/book?resident={each}" for each in people(len(clerks))]
            answers = send_at_once(ten, clerks, paths)
            assert Counter(each.status for each in answers) == {303: SEATS, 422: len(clerks) - SEATS}
            assert_counters_tell_the_truth(lesson.id)


def test_over_http_the_same_form_eight_times_at_once_is_one_booking(app: Flask) -> None:
    clerk = factories.user(Role.STAFF)
    windows = [Web(app).sign_in(clerk) for _ in range(8)]
    with clients(app, len(windows)) as eight:
        for _ in range(ROUNDS):
            lesson, [person] = factories.lesson(starts_at=clock.now() + timedelta(days=9)), people(1)
            paths = [f"/lessons/{lesson.id}/book?resident={person}"] * len(windows)
            answers = send_at_once(eight, windows, paths, operation=chance.operation_key())
            assert {each.status for each in answers} == {303}
            assert len({each.response.location for each in answers}) == 1
            assert active_seats(lesson.id) == 1
            assert_counters_tell_the_truth(lesson.id)
