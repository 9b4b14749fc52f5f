"""Who comes together takes one table: booking, holding, moving, cancelling, waiting, offers, and people taken on the
spot; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons import booking_queries, offers, waiting
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.seats import hold_seats
from supportdesk.lessons.slot_rules import LessonKind
from supportdesk.lessons.waiting_models import Offer, Waiting
from supportdesk.lessons.walk_ins import squeeze_in
from supportdesk.office.models import Topic
from supportdesk.people.actions import stop_contact
from supportdesk.people.rules import StopReason
from tests import factories

PHONE: dict[str, Any] = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE}


def act(what: Callable[[], Any]) -> Any:
    with transaction():
        return what()


def people(count: int) -> list[int]:
    return [factories.resident().id for _ in range(count)]


def book(slot: Lesson, *who: int, by: Actor, now: datetime, **more: Any) -> list[Booking]:
    return list(act(lambda: book_party(slot.id, who, **PHONE, **more, by=by, now=now)))


def code_of(action: Callable[..., Any], *args: Any, **more: Any) -> str:
    try:
        act(lambda: action(*args, **more))
    except Refusal as refusal:
        return refusal.code
    return ""


def squeeze(slot: Lesson, who: list[int], *, by: Actor, now: datetime, **more: Any) -> list[Booking]:
    return list(act(lambda: squeeze_in(slot.id, who, by=by, now=now, **more)))


def seats(slot: Lesson) -> tuple[int, int, int]:
    """Taken, held, offered."""
    columns = (Lesson.seats_taken, Lesson.seats_held, Lesson.seats_offered)
    return tuple(db.session.execute(sa.select(*columns).where(Lesson.id == slot.id)).one())  # type: ignore[return-value]


def join(slot: Lesson, who: list[int], *, by: Actor, now: datetime, **more: Any) -> Waiting:
    entry: Waiting = act(lambda: waiting.join(slot.id, who, **PHONE, **more, by=by, now=now))
    return entry


# ---- one table for a party


def test_a_couple_with_their_daughter_takes_one_table(app: Flask, by: Actor, now: datetime) -> None:
    slot = factories.slot(seats=2)

    book(slot, *people(2), companions=1, by=by, now=now)
    book(slot, *people(1), by=by, now=now)

    assert seats(slot) == (2, 0, 0)
    assert code_of(book_party, slot.id, people(1), **PHONE, by=by, now=now) == "lesson-full"


def test_the_table_is_free_when_the_last_of_the_party_cancels(app: Flask, by: Actor, now: datetime) -> None:
    slot = factories.slot()
    first, second = book(slot, *people(2), companions=3, by=by, now=now)

    act(lambda: cancel_booking(first.id, "体調", by=by, now=now))
    assert seats(slot) == (1, 0, 0)
    act(lambda: cancel_booking(second.id, "体調", by=by, now=now))
    assert seats(slot) == (0, 0, 0)


def test_a_couple_moved_one_after_the_other_sits_at_one_table_again(app: Flask, by: Actor, now: datetime) -> None:
    course = factories.course(category="consult")
    old, new = factories.slot(course=course), factories.slot(course=course)
    first, second = book(old, *people(2), by=by, now=now)

    act(lambda: move_booking(first.id, new.id, by=by, now=now))
    assert (seats(old), seats(new)) == ((1, 0, 0), (1, 0, 0))
    act(lambda: move_booking(second.id, new.id, by=by, now=now))
    assert (seats(old), seats(new)) == ((0, 0, 0), (1, 0, 0))


def test_from_a_class_a_couple_moves_to_one_table_and_back_to_two_seats(app: Flask, by: Actor, now: datetime) -> None:
    lesson, slot = factories.lesson(), factories.slot()
    [booking] = book(lesson, *people(1), companions=2, by=by, now=now)
    assert seats(lesson) == (3, 0, 0)

    moved = act(lambda: move_booking(booking.id, slot.id, by=by, now=now))
    assert (seats(lesson), seats(slot)) == ((0, 0, 0), (1, 0, 0))
    act(lambda: move_booking(moved.id, lesson.id, by=by, now=now))
    assert (seats(lesson), seats(slot)) == ((3, 0, 0), (0, 0, 0))


def test_a_hold_for_three_people_keeps_one_table(app: Flask, by: Actor, now: datetime) -> None:
    slot = factories.slot(seats=2)

    act(lambda: hold_seats(slot.id, 3, by=by, now=now))
    assert seats(slot) == (0, 1, 0)
    book(slot, *people(3), by=by, now=now)
    assert seats(slot) == (1, 0, 0)


def test_a_couple_that_waits_is_offered_one_table_and_takes_it(app: Flask, by: Actor, now: datetime) -> None:
    slot = factories.slot(starts_at=now + timedelta(days=9))
    [booked] = book(slot, *people(1), by=by, now=now)
    entry = join(slot, people(2), companions=1, by=by, now=now)
    entry_id = entry.id
    assert db.session.get_one(Waiting, entry_id).seats == 1

    act(lambda: cancel_booking(booked.id, "体調", by=by, now=now))
    act(lambda: offers.settle(slot.id, now))
    assert seats(slot) == (0, 0, 1)
    offer = db.session.scalars(sa.select(Offer)).one()
    act(lambda: offers.accept(offer.id, by=by, now=now))

    assert seats(slot) == (1, 0, 0)


def test_when_one_of_a_couple_with_an_offer_is_not_contacted_any_more_the_table_stays_offered(
    app: Flask, by: Actor, now: datetime
) -> None:
    slot = factories.slot(starts_at=now + timedelta(days=9), seats=2)
    booked = [book(slot, *people(1), by=by, now=now)[0] for _ in range(2)]
    couple = people(2)
    act(lambda: waiting.join(slot.id, couple, **PHONE, by=by, now=now))
    act(lambda: cancel_booking(booked[0].id, "体調", by=by, now=now))
    act(lambda: offers.settle(slot.id, now))
    assert seats(slot) == (1, 0, 1)
    act(lambda: stop_contact(couple[0], StopReason.WISH, by=by, now=now))
    act(lambda: offers.settle(slot.id, now))

    assert seats(slot) == (1, 0, 1)
    assert db.session.scalars(sa.select(Waiting)).one().resident_ids == [couple[1]]


# ---- on the spot


@pytest.fixture
def today(app: Flask, now: datetime) -> Lesson:
    """A slot that began ten minutes ago; booking has closed."""
    return factories.slot(starts_at=now - timedelta(minutes=10), state=LessonState.CLOSED)


def test_who_stands_at_the_counter_takes_the_free_table_though_booking_has_closed(
    app: Flask, by: Actor, now: datetime, today: Lesson
) -> None:
    [booking] = squeeze(today, people(1), allowed_by="課長", by=by, now=now)

    assert (booking.channel, booking.allowed_by) == (BookingChannel.COUNTER, "")
    assert seats(today) == (1, 0, 0)


def test_when_all_tables_are_taken_somebody_must_allow_it(app: Flask, by: Actor, now: datetime, today: Lesson) -> None:
    squeeze(today, people(1), by=by, now=now)

    assert code_of(squeeze_in, today.id, people(1), by=by, now=now) == "tables-taken"
    [booking] = squeeze(today, people(1), allowed_by=" 課長 ", by=by, now=now)

    assert booking.allowed_by == "課長"
    assert seats(today) == (1, 0, 0)
    [told] = [row for row in history.of(f"booking:{booking.id}") if row.action == "booking.made"]
    assert (told.details["squeezed"], told.details["on_the_spot"]) == (1, 1)
    assert "課長" not in str(told.details)


def test_a_squeezed_booking_that_is_cancelled_gives_no_table_back(app: Flask, by: Actor, now: datetime) -> None:
    later = factories.slot(starts_at=now + timedelta(hours=2))
    book(later, *people(1), by=by, now=now, override_reason="当日")
    [squeezed] = squeeze(later, people(1), allowed_by="課長", by=by, now=now)

    act(lambda: cancel_booking(squeezed.id, "帰宅", by=by, now=now))

    assert seats(later) == (1, 0, 0)


def test_a_squeezed_booking_that_moves_takes_a_table_there(app: Flask, by: Actor, now: datetime) -> None:
    course = factories.course(category="consult")
    later, other = (factories.slot(course=course, starts_at=now + timedelta(hours=2)) for _ in range(2))
    other = factories.slot(course=course, starts_at=now + timedelta(days=9))
    book(later, *people(1), by=by, now=now, override_reason="当日")
    [squeezed] = squeeze(later, people(1), allowed_by="課長", by=by, now=now)

    new = act(lambda: move_booking(squeezed.id, other.id, by=by, now=now))

    assert new.allowed_by == ""
    assert (seats(later), seats(other)) == ((1, 0, 0), (1, 0, 0))


def test_the_table_that_is_due_to_somebody_who_waits_is_not_taken_on_the_spot(
    app: Flask, by: Actor, now: datetime
) -> None:
    later = factories.slot(starts_at=now + timedelta(hours=6))
    long_ago = now - timedelta(days=20)
    [booked] = book(later, *people(1), by=by, now=long_ago)
    join(later, people(1), by=by, now=long_ago)
    act(lambda: cancel_booking(booked.id, "体調", by=by, now=now))

    assert code_of(squeeze_in, later.id, people(1), by=by, now=now) == "tables-taken"


@pytest.mark.parametrize("kind", ["class", "visit"])
def test_nobody_is_squeezed_into_a_class_or_a_visit(app: Flask, by: Actor, now: datetime, kind: str) -> None:
    lesson = (
        factories.lesson(starts_at=now)
        if kind == "class"
        else factories.slot(starts_at=now, course=factories.course(category="visit"))
    )

    assert code_of(squeeze_in, lesson.id, people(1), by=by, now=now) == "not-on-the-spot"


def test_nobody_is_taken_twice_on_the_spot(app: Flask, by: Actor, now: datetime, today: Lesson) -> None:
    [person] = people(1)
    squeeze(today, [person], by=by, now=now)

    assert code_of(squeeze_in, today.id, [person], allowed_by="課長", by=by, now=now) == "already-booked"


# ---- what reception offers


def day_of_slots(now: datetime, topic: Topic | None = None, **values: Any) -> list[Lesson]:
    course = values.pop("course", None) or factories.course(category="consult")
    room = factories.room()
    start = now + timedelta(days=9)
    times = [start + timedelta(minutes=30 * n) for n in range(6)]
    return [factories.slot(course=course, room=room, starts_at=time, **values) for time in times]


def test_of_a_day_of_slots_the_next_free_one_is_offered(app: Flask, by: Actor, now: datetime) -> None:
    topic = factories.topic("APP", first_route="desk")
    slots, lesson = day_of_slots(now), factories.lesson()
    book(slots[0], *people(1), by=by, now=now)

    found = booking_queries.next_fitting(topic_code=topic.code, now=now)
    assert [one.lesson.id for one in found] == [slots[1].id]
    everything = booking_queries.next_fitting(now=now)
    assert {one.lesson.id for one in everything} == {slots[1].id, lesson.id}


def test_whoever_moves_a_booking_sees_every_time(app: Flask, by: Actor, now: datetime) -> None:
    slots = day_of_slots(now)

    found = booking_queries.next_fitting(course_id=slots[0].course_id, now=now, limit=11, every_time=True)

    assert [one.lesson.id for one in found] == [one.id for one in slots]


def test_a_day_that_is_full_is_named_once_with_why(app: Flask, by: Actor, now: datetime) -> None:
    slots = day_of_slots(now)
    for slot in slots:
        book(slot, *people(1), by=by, now=now)

    [found] = booking_queries.next_fitting(course_id=slots[0].course_id, now=now)

    assert (found.lesson.id, found.bookable, found.why_not) == (slots[0].id, False, "This lesson is full.")


def test_the_counter_is_offered_to_who_asks_for_it_alone(app: Flask, now: datetime) -> None:
    slots = day_of_slots(now, course=factories.course(category="counter", counter_matter="renew", owner="市民課"))

    assert booking_queries.next_fitting(now=now) == []
    [found] = booking_queries.next_fitting(course_id=slots[0].course_id, now=now)
    assert found.lesson.kind is LessonKind.COUNTER
