"""What happens to a lesson that is given by lot, on both databases."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.lessons import actions, as_typed, cancelling, lottery, lottery_queries, offers, waiting
from supportdesk.lessons import waiting_queries as queries
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.lottery_models import Draw, DrawnEntry
from supportdesk.lessons.lottery_rules import Admission, lot
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.lessons.seats import hold_seats
from supportdesk.lessons.waiting_models import Waiting
from supportdesk.lessons.waiting_rules import WaitEnd
from supportdesk.people.actions import stop_contact
from supportdesk.people.models import Resident
from supportdesk.people.rules import StopReason
from tests import factories

PHONE: dict[str, Any] = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE}


def act(what: Callable[[], Any]) -> Any:
    with transaction():
        return what()


def code_of(what: Callable[[], Any]) -> str:
    try:
        act(what)
    except Refusal as refusal:
        return refusal.code
    return ""


def nobody_came(residents: Collection[int], before: datetime) -> set[int]:
    return set()


def lot_lesson(seats: int = 3, **values: Any) -> Lesson:
    return factories.lesson(seats=seats, admission=Admission.LOTTERY, **values)


def people(count: int) -> list[int]:
    return [factories.resident().id for _ in range(count)]


def enter(lesson: Lesson, *who: int, by: Actor, now: datetime, **more: Any) -> Waiting:
    made: Waiting = act(lambda: lottery.enter(lesson.id, who, **PHONE, **more, by=by, now=now))
    return made


def draw(lesson: Lesson, by: Actor, now: datetime | None = None, came: lottery.Came = nobody_came) -> Draw:
    act(lambda: lottery.draw(lesson.id, came, by=by, now=now or lesson.booking_closes_at))
    db.session.rollback()
    found: Draw = lottery_queries.get_draw(lesson.id)
    return found


def fresh(lesson: Lesson) -> Lesson:
    db.session.rollback()
    return db.session.get_one(Lesson, lesson.id, populate_existing=True)


def booked(lesson: Lesson) -> list[int]:
    db.session.rollback()
    active = sa.select(Booking.resident_id).where(Booking.lesson_id == lesson.id, Booking.cancelled_at.is_(None))
    return sorted(db.session.scalars(active))


def test_an_entry_takes_a_number_and_no_seat(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    husband, wife, other = people(3)

    first = enter(lesson, husband, wife, by=by, now=now, companions=1, caller="長女")
    second = enter(lesson, other, by=by, now=now)

    assert [(each.place, each.seats, each.entered) for each in (first, second)] == [(1, 3, True), (2, 1, True)]
    assert (fresh(lesson).seats_taken, fresh(lesson).waiting) == (0, 2)
    assert [each.id for each in lottery_queries.entries(fresh(lesson))] == [first.id, second.id]
    assert [each.action for each in history.of(f"waiting:{first.id}")] == ["lottery.entered"]
    assert offers.settle_all(now) == 0, "before the draw nothing is offered, though all seats are free"


def test_nobody_enters_twice_nor_after_contact_was_stopped(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    person, gone = people(2)
    entry = enter(lesson, person, by=by, now=now)
    act(lambda: stop_contact(gone, StopReason.MOVED_AWAY, by=by, now=now))

    with pytest.raises(Refusal) as refused:
        enter(lesson, person, by=by, now=now)
    assert (refused.value.code, refused.value.waiting_ids) == ("already-entered", [entry.id])  # type: ignore[attr-defined]
    assert code_of(lambda: lottery.enter(lesson.id, [gone], **PHONE, by=by, now=now)) == "contact-stopped"
    assert code_of(lambda: lottery.enter(lesson.id, [person, person], **PHONE, by=by, now=now)) == "twice-in-party"
    assert code_of(lambda: lottery.enter(9999, [person], **PHONE, by=by, now=now)) == "not-found"


def test_before_the_draw_no_seat_is_booked_held_waited_for_or_moved_into(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    [person] = people(1)
    elsewhere = factories.booking(factories.resident(), factories.lesson())
    entry = enter(lesson, *people(1), by=by, now=now)

    for what in (
        lambda: book_party(lesson.id, [person], **PHONE, override_reason="急ぎ", by=by, now=now),
        lambda: hold_seats(lesson.id, 1, by=by, now=now),
        lambda: waiting.join(lesson.id, [person], **PHONE, by=by, now=now),
        lambda: move_booking(elsewhere.id, lesson.id, by=by, now=now),
        lambda: waiting.move_up(entry.id, "先に", by=by, now=now),
    ):
        assert code_of(what) == "by-lottery"


def test_an_entry_outside_the_period_needs_a_reason_that_stays_with_it(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    late = lesson.booking_closes_at + timedelta(seconds=1)
    first, second = people(2)

    assert code_of(lambda: lottery.enter(lesson.id, [first], **PHONE, by=by, now=late)) == "booking-closed"
    entry = enter(lesson, first, by=by, now=late, override_reason="郵便が遅れた")
    assert (entry.override_reason, entry.joined_at) == ("郵便が遅れた", late)
    slip = enter(lesson, second, by=by, now=late, asked_at=lesson.booking_closes_at - timedelta(seconds=1))
    assert (slip.override_reason, slip.joined_at) == ("", lesson.booking_closes_at - timedelta(seconds=1))
    [row] = history.of(f"waiting:{slip.id}")
    assert row.details["asked_at"] == slip.joined_at.isoformat()


def test_an_entry_is_withdrawn_with_a_reason_and_its_number_is_not_given_again(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson = lot_lesson()
    [first] = people(1)
    entry = enter(lesson, first, by=by, now=now)

    act(lambda: waiting.take_out(entry.id, "入院", by=by, now=now))
    again = enter(lesson, first, by=by, now=now)

    assert again.place == 2
    assert fresh(lesson).waiting == 1
    assert [each.action for each in history.of(f"waiting:{entry.id}")] == ["lottery.withdrawn", "lottery.entered"]
    drawn = draw(lesson, by)
    assert [line.waiting_id for line in drawn.entries] == [again.id]


def test_the_draw_books_who_won_and_lets_the_others_wait_in_drawn_order(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=3)
    entries = [enter(lesson, *people(size), by=by, now=now) for size in (1, 2, 1, 1, 2, 1)]

    drawn = draw(lesson, by)

    assert (drawn.seats, drawn.drawn_by, drawn.drawn_at) == (3, by.name, lesson.booking_closes_at)
    assert [line.number for line in drawn.entries] == sorted(range(1, 7), key=lambda number: lot(drawn.seed, number))
    winners = [line for line in drawn.entries if line.won]
    people_won = sorted(each.resident_id for line in winners for each in line.waiting.members)
    assert booked(lesson) == people_won
    assert fresh(lesson).seats_taken == len(people_won) == sum(line.seats for line in winners) <= 3
    turns = queries.queue_of(fresh(lesson), lesson.booking_closes_at)
    assert [turn.waiting.id for turn in turns] == [line.waiting_id for line in drawn.entries if not line.won]
    assert fresh(lesson).waiting == len(entries) - len(winners)
    for line in winners:
        assert line.waiting.ended_how is WaitEnd.BOOKED
        mine = Booking.resident_id == line.waiting.resident_ids[0]
        parties = set(db.session.scalars(sa.select(Booking.party).where(mine)))
        assert parties == {line.waiting.party}
    [done] = [row for row in history.of(f"lesson:{lesson.id}") if row.action == "lottery.drawn"]
    assert (done.details["seed"], done.details["entries"], done.actor_name) == (drawn.seed, 6, by.name)


def test_nobody_draws_before_the_deadline_and_twice_is_once(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=2)
    for _ in range(4):
        enter(lesson, *people(1), by=by, now=now)

    early = lesson.booking_closes_at - timedelta(seconds=1)
    assert code_of(lambda: lottery.draw(lesson.id, nobody_came, by=by, now=early)) == "not-closed-yet"
    first = draw(lesson, by)
    list_of_first = [(line.number, line.won) for line in first.entries]
    seed, winners = first.seed, booked(lesson)
    again = draw(lesson, factories.staff(), lesson.booking_closes_at + timedelta(minutes=5))

    assert (again.seed, again.drawn_by, again.drawn_at) == (seed, by.name, lesson.booking_closes_at)
    assert [(line.number, line.won) for line in again.entries] == list_of_first
    assert booked(lesson) == winners
    [late] = people(1)
    assert code_of(lambda: lottery.enter(lesson.id, [late], **PHONE, by=by, now=now)) == "drawn-already"


def test_a_draw_without_entries_leaves_the_seats_to_first_come(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()

    assert draw(lesson, by).entries == []
    late = lesson.booking_closes_at + timedelta(minutes=1)
    who = people(1)
    made = act(lambda: book_party(lesson.id, who, **PHONE, override_reason="空きあり", by=by, now=late))
    assert len(made) == 1


def test_first_timers_are_those_who_neither_came_nor_are_booked_before(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=1, first_timers_first=True)
    came, is_booked, cancelled, later = people(4)
    factories.booking(db.session.get_one(Resident, is_booked), factories.lesson(starts_at=now + timedelta(days=1)))
    factories.booking(
        db.session.get_one(Resident, cancelled), factories.lesson(starts_at=now + timedelta(days=2)),
        cancelled_at=now,
    )  # fmt: skip
    factories.booking(
        db.session.get_one(Resident, later), factories.lesson(starts_at=lesson.starts_at + timedelta(days=1))
    )
    for person in (came, is_booked, cancelled, later):
        enter(lesson, person, by=by, now=now)
    asked: list[Any] = []

    def who_came(residents: Collection[int], before: datetime) -> set[int]:
        asked.append((sorted(residents), before))
        return {came}

    drawn = draw(lesson, by, came=who_came)

    assert asked == [(sorted([came, is_booked, cancelled, later]), lesson.starts_at)]
    first_timers = {line.waiting.resident_ids[0] for line in drawn.entries if line.first_timers}
    assert first_timers == {cancelled, later}
    assert [line.first_timers for line in drawn.entries] == [True, True, False, False]


def test_a_freed_seat_goes_to_those_who_lost_in_drawn_order(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=2)
    for _ in range(5):
        enter(lesson, *people(1), by=by, now=now)
    drawn = draw(lesson, by)
    lost = [line.waiting_id for line in drawn.entries if not line.won]
    after = now  # long before the lesson, so that there is time to answer

    winner = db.session.scalars(sa.select(Booking.id).where(Booking.lesson_id == lesson.id)).first()
    act(lambda: cancel_booking(winner, "体調", by=by, now=after))
    offers.settle_all(after)

    turns = queries.queue_of(fresh(lesson), after)
    assert [turn.waiting.id for turn in turns] == lost
    assert [turn.offer is not None for turn in turns] == [True, False, False]


def test_who_must_not_be_contacted_any_more_is_not_drawn(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=8)
    gone, widow, alone = people(3)
    couple = enter(lesson, gone, widow, by=by, now=now)
    single = enter(lesson, alone, by=by, now=now)
    for each in (gone, alone):
        act(lambda each=each: stop_contact(each, StopReason.DIED, by=by, now=now))

    drawn = draw(lesson, by)

    assert [(line.waiting_id, line.seats) for line in drawn.entries] == [(couple.id, 1)]
    assert booked(lesson) == [widow]
    assert queries.get_waiting(single.id).ended_how is WaitEnd.CONTACT_STOPPED


def test_a_person_notes_who_was_told_and_the_second_is_told_so(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=1)
    entry = enter(lesson, *people(1), by=by, now=now)
    assert code_of(lambda: lottery.note_told(entry.id, True, by=by, now=now)) == "not-found"
    draw(lesson, by)

    act(lambda: lottery.note_told(entry.id, False, by=by, now=now))
    act(lambda: lottery.note_told(entry.id, True, by=by, now=now))

    line = db.session.get_one(DrawnEntry, entry.id)
    assert (line.tries, line.told_by, line.told_at) == (1, by.name, now)
    assert code_of(lambda: lottery.note_told(entry.id, True, by=by, now=now)) == "told-already"
    with pytest.raises(NotFound):
        act(lambda: lottery.note_told(99999, True, by=by, now=now))


def test_how_seats_are_given_is_fixed_with_the_first_entry_or_booking(app: Flask, by: Actor, now: datetime) -> None:
    lot, first_come, free = lot_lesson(), factories.lesson(), factories.lesson()
    entry = enter(lot, *people(1), by=by, now=now)
    factories.booking(factories.resident(), first_come)

    def change(lesson: Lesson, **values: Any) -> str:
        def edit() -> Lesson:
            stored = db.session.get_one(Lesson, lesson.id)
            return actions.edit_lesson(
                lesson.id, as_typed.lesson_with(stored, values), stored.version, by=by, now=now
            )

        return code_of(edit)

    assert change(lot, admission=Admission.FIRST_COME) == "admission-fixed"
    assert change(lot, first_timers_first=True) == "admission-fixed"
    assert change(first_come, admission=Admission.LOTTERY) == "admission-fixed"
    assert change(first_come, first_timers_first=True) == "admission-fixed"
    assert change(free, first_timers_first=True) == "no-lottery"
    assert change(free, admission=Admission.LOTTERY, first_timers_first=True) == ""
    assert (fresh(free).admission, fresh(free).first_timers_first) == (Admission.LOTTERY, True)
    act(lambda: waiting.take_out(entry.id, "取消", by=by, now=now))
    assert change(lot, admission=Admission.FIRST_COME) == ""
    assert code_of(lambda: actions.move_state(lot.id, LessonState.AWAITING_NOTICE, by=by, now=now)) == ""


def test_a_lesson_with_entries_does_not_go_back_into_preparation(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    enter(lesson, *people(1), by=by, now=now)

    assert (
        code_of(lambda: actions.move_state(lesson.id, LessonState.AWAITING_NOTICE, by=by, now=now)) == "has-bookings"
    )


def test_the_entries_of_a_cancelled_lesson_end_with_it(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson()
    entry = enter(lesson, *people(1), by=by, now=now)

    act(lambda: actions.cancel_lesson(lesson.id, "台風", by=by, now=now))
    assert offers.settle_all(now) == 1

    assert queries.get_waiting(entry.id).ended_how is WaitEnd.LESSON_OVER
    assert fresh(lesson).waiting == 0
    late = lesson.booking_closes_at
    assert code_of(lambda: lottery.draw(lesson.id, nobody_came, by=by, now=late)) == "lesson-cancelled"


def test_who_had_entered_has_entered_still_when_it_is_held_after_all(app: Flask, by: Actor, now: datetime) -> None:
    lesson, (alone, first, second) = lot_lesson(), people(3)
    stays, gone = enter(lesson, first, second, by=by, now=now), enter(lesson, alone, by=by, now=now)
    act(lambda: waiting.take_out(gone.id, "通院のため", by=by, now=now))
    act(lambda: actions.cancel_lesson(lesson.id, "台風", by=by, now=now))
    offers.settle_all(now + timedelta(minutes=1))

    act(lambda: cancelling.take_place_after_all([lesson.id], by=by, now=now + timedelta(minutes=2)))

    assert (fresh(lesson).waiting, queries.get_waiting(gone.id).ended_how) == (1, WaitEnd.TAKEN_OUT)
    assert queries.get_waiting(stays.id).resident_ids == [first, second]
    draw(lesson, by)
    assert sorted(booked(lesson)) == [first, second]


def test_the_draw_can_be_repeated_with_nothing_but_what_is_kept(app: Flask, by: Actor, now: datetime) -> None:
    lesson = lot_lesson(seats=4, first_timers_first=True)
    for size in (1, 2, 1, 2, 1):
        enter(lesson, *people(size), by=by, now=now)
    drawn = draw(lesson, by)

    lots = {line.number: hashlib.sha256(f"{drawn.seed}-{line.number}".encode()).hexdigest() for line in drawn.entries}
    again = sorted(drawn.entries, key=lambda line: (not line.first_timers, lots[line.number]))
    assert [line.number for line in again] == [line.number for line in drawn.entries]
