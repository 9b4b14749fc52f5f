"""What happens to the waiting list and its offers, on both databases."""

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
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.lessons import actions, as_typed, offers, waiting
from supportdesk.lessons import waiting_queries as queries
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.seats import hold_seats
from supportdesk.lessons.waiting_models import Offer, Waiting, WaitingMember
from supportdesk.lessons.waiting_rules import OfferState, WaitEnd
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


def full_lesson(seats: int = 2, **values: Any) -> tuple[Lesson, list[Booking]]:
    lesson = factories.lesson(seats=seats, **values)
    return lesson, [factories.booking(factories.resident(), lesson) for _ in range(seats)]


def people(count: int) -> list[int]:
    return [factories.resident().id for _ in range(count)]


def join(lesson: Lesson, *who: int, by: Actor, now: datetime, **more: Any) -> int:
    return int(act(lambda: waiting.join(lesson.id, who, **PHONE, **more, by=by, now=now)).id)


def cancel(booking: Booking, by: Actor, now: datetime) -> None:
    act(lambda: cancel_booking(booking.id, "体調", by=by, now=now))


def row(waiting_id: int) -> Waiting:
    db.session.rollback()
    db.session.expire_all()
    return queries.get_waiting(waiting_id)


def offer_of(waiting_id: int) -> Offer:
    found = row(waiting_id).offer
    assert found is not None
    return found


def fresh(lesson: Lesson) -> Lesson:
    db.session.rollback()
    return db.session.get_one(Lesson, lesson.id, populate_existing=True)


def test_people_wait_in_the_order_in_which_they_joined(app: Flask, by: Actor, now: datetime) -> None:
    lesson, _ = full_lesson(3)
    husband, wife, other = people(3)

    first = join(lesson, husband, wife, by=by, now=now, companions=1, caller="長女")
    second = join(lesson, other, by=by, now=now)

    turns = queries.queue_of(fresh(lesson), now)
    assert [(turn.waiting.id, turn.position, turn.waiting.seats) for turn in turns] == [(first, 1, 3), (second, 2, 1)]
    assert [each.resident_id for each in turns[0].waiting.staying] == [husband, wife]
    assert fresh(lesson).waiting == 2
    assert [each.action for each in history.of(f"waiting:{first}")] == ["waiting.joined"]


def test_nobody_waits_twice_nor_for_a_lesson_in_which_they_are_booked(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson()
    [person] = people(1)
    entry = join(lesson, person, by=by, now=now)

    with pytest.raises(Refusal) as refused:
        join(lesson, person, by=by, now=now)
    assert (refused.value.code, refused.value.waiting_ids) == ("already-waiting", [entry])  # type: ignore[attr-defined]
    assert code_of(lambda: waiting.join(lesson.id, [booking.resident_id], **PHONE, by=by, now=now)) == "already-booked"
    assert fresh(lesson).waiting == 1


def test_the_database_refuses_a_second_wait_by_whatever_way(app: Flask, by: Actor, now: datetime) -> None:
    lesson, _ = full_lesson()
    person, other = people(2)
    join(lesson, person, by=by, now=now)
    entry = join(lesson, other, by=by, now=now)

    with pytest.raises(sa.exc.IntegrityError):
        factories.save(WaitingMember(waiting_id=entry, resident_id=person, lesson_id=lesson.id, position=1))


def test_who_must_not_be_contacted_cannot_be_put_on_the_list_and_leaves_it(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson, _ = full_lesson()
    gone, widow = people(2)
    entry = join(lesson, gone, widow, by=by, now=now)
    alone = join(lesson, *people(1), by=by, now=now)
    single = row(alone).staying[0].resident_id
    for each in (gone, single):
        act(lambda each=each: stop_contact(each, StopReason.DIED, by=by, now=now))

    assert code_of(lambda: waiting.join(lesson.id, [gone], **PHONE, by=by, now=now)) == "contact-stopped"
    assert offers.settle_all(now) == 1

    assert [each.resident_id for each in row(entry).staying] == [widow]
    assert row(alone).ended_how is WaitEnd.CONTACT_STOPPED
    assert fresh(lesson).waiting == 1
    assert offers.settle_all(now) == 0


def test_who_can_be_booked_is_not_put_on_the_list(app: Flask, by: Actor, now: datetime) -> None:
    lesson = factories.lesson(seats=2)
    first, second = people(2)

    assert code_of(lambda: waiting.join(lesson.id, [first], **PHONE, by=by, now=now)) == "seats-free"
    # What the clerk holds is free for whom the clerk speaks with, and for nobody else.
    act(lambda: hold_seats(lesson.id, 2, by=by, now=now))
    assert code_of(lambda: waiting.join(lesson.id, [first], **PHONE, by=by, now=now)) == "seats-free"
    colleague = factories.staff()
    assert code_of(lambda: waiting.join(lesson.id, [second], **PHONE, by=colleague, now=now)) == ""


def test_staff_take_somebody_out_and_move_somebody_to_the_front_with_a_reason(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson, _ = full_lesson()
    first, second, third = (join(lesson, each, by=by, now=now) for each in people(3))

    assert code_of(lambda: waiting.move_up(third, " ", by=by, now=now)) == "no-reason"
    act(lambda: waiting.move_up(third, "通院の都合", by=by, now=now))
    act(lambda: waiting.take_out(second, "本人の希望", by=by, now=now))

    assert [turn.waiting.id for turn in queries.queue_of(fresh(lesson), now)] == [third, first]
    assert (row(third).moved_up_by, row(third).moved_up_reason) == (by.name, "通院の都合")
    assert (row(second).ended_how, row(second).end_reason) == (WaitEnd.TAKEN_OUT, "本人の希望")
    assert code_of(lambda: waiting.take_out(second, "もう一度", by=by, now=now)) == "not-waiting"
    assert code_of(lambda: waiting.move_up(second, "もう一度", by=by, now=now)) == "not-waiting"
    assert code_of(lambda: waiting.move_up(third, "もう一度", by=by, now=now)) == "first-already"
    # History repeats no free text.
    told = [each.details for each in history.of(f"waiting:{third}") + history.of(f"waiting:{second}")]
    assert "通院" not in str(told) and "希望" not in str(told)


def test_a_freed_seat_is_offered_to_the_first_whole_party_that_fits(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [one, other] = full_lesson()
    couple = join(lesson, *people(2), by=by, now=now)
    single = join(lesson, *people(1), by=by, now=now)

    cancel(one, by, now)
    [_, turn] = queries.queue_of(fresh(lesson), now)
    assert turn.next and not turn.offer
    assert offers.settle_all(now) == 1
    assert offers.settle_all(now) == 0

    assert row(couple).offer is None
    assert offer_of(single).until == now + timedelta(days=1)
    assert (fresh(lesson).seats_offered, fresh(lesson).seats_free) == (1, 0)

    cancel(other, by, now)
    offers.settle_all(now)
    assert row(couple).offer is None, "one of two seats is kept for the other"


def test_while_an_offer_stands_its_seats_are_sold_to_nobody_else(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson()
    join(lesson, *people(1), by=by, now=now)
    cancel(booking, by, now)
    offers.settle_all(now)
    [caller] = people(1)

    full = "lesson-full"
    assert code_of(lambda: book_party(lesson.id, [caller], **PHONE, override_reason="急ぎ", by=by, now=now)) == full
    assert code_of(lambda: hold_seats(lesson.id, 1, by=by, now=now)) == full
    smaller = as_typed.lesson_with(fresh(lesson), {"seats": 1})
    version = fresh(lesson).version
    assert code_of(lambda: actions.edit_lesson(lesson.id, smaller, version, by=by, now=now)) == "seats-in-use"
    with pytest.raises(sa.exc.IntegrityError):
        act(lambda: db.session.execute(sa.update(Lesson).where(Lesson.id == lesson.id).values(seats=1)))


def test_before_the_offer_is_made_the_desk_passes_over_those_who_wait_with_a_reason_alone(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson, [booking, _] = full_lesson()
    join(lesson, *people(1), by=by, now=now)
    cancel(booking, by, now)
    caller, moved = people(2)

    assert code_of(lambda: book_party(lesson.id, [caller], **PHONE, by=by, now=now)) == "waiting-first"
    elsewhere = factories.booking(db.session.get_one(Resident, moved), factories.lesson())
    assert code_of(lambda: move_booking(elsewhere.id, lesson.id, by=by, now=now)) == "waiting-first"
    # A hold is no way around.
    act(lambda: hold_seats(lesson.id, 1, by=by, now=now))
    assert code_of(lambda: book_party(lesson.id, [caller], **PHONE, by=by, now=now)) == "waiting-first"

    [made] = act(lambda: book_party(lesson.id, [caller], **PHONE, override_reason="遠方から", by=by, now=now))

    assert made.override_reason == "遠方から"
    [event] = history.of(f"booking:{made.id}")
    assert event.details["passed_over"] == "waiting-first"


def test_who_is_in_front_books_without_a_reason_and_waits_no_longer(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson()
    husband, wife, other = people(3)
    entry = join(lesson, husband, wife, by=by, now=now)
    single = join(lesson, other, by=by, now=now)
    cancel(booking, by, now)

    act(lambda: book_party(lesson.id, [husband], **PHONE, by=by, now=now))

    assert [each.resident_id for each in row(entry).staying] == [wife]
    assert row(entry).ended_at is None
    assert row(single).ended_at is None
    assert fresh(lesson).waiting == 2


def test_who_accepts_is_booked_with_what_was_said_and_the_wait_ends(app: Flask, by: Actor, now: datetime) -> None:
    lesson, bookings = full_lesson(3)
    husband, wife = people(2)
    entry = join(
        lesson, husband, wife, by=by, now=now, companions=1, caller="長女", text_wished=True
    )
    for each in bookings:
        cancel(each, by, now)
    offers.settle_all(now)
    offer = offer_of(entry)

    made = act(lambda: offers.accept(offer.id, by=by, now=now))

    assert [(each.resident_id, each.companions) for each in made] == [(husband, 1), (wife, 0)]
    assert {each.party for each in made} == {row(entry).party}
    assert {(each.caller, each.text_wished, each.read_back) for each in made} == {("長女", True, True)}
    assert (row(entry).ended_how, offer_of(entry).state) == (WaitEnd.BOOKED, OfferState.ACCEPTED)
    assert (fresh(lesson).seats_taken, fresh(lesson).seats_offered, fresh(lesson).waiting) == (3, 0, 0)
    assert code_of(lambda: offers.accept(offer.id, by=by, now=now)) == "offer-over"


def test_accepting_needs_no_reason_when_booking_has_closed(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson(booking_closes_at=now + timedelta(minutes=1))
    entry = join(lesson, *people(1), by=by, now=now)
    cancel(booking, by, now)
    later = now + timedelta(hours=1)
    offers.settle_all(later)

    [made] = act(lambda: offers.accept(offer_of(entry).id, by=by, now=later))

    [event] = history.of(f"booking:{made.id}")
    assert event.details["passed_over"] == "booking-closed"


def test_declined_expired_and_unreached_move_on_to_the_next_and_nobody_is_offered_twice(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson, [booking, _] = full_lesson(1 + 1)
    who = people(4)
    entries = [join(lesson, each, by=by, now=now) for each in who]
    cancel(booking, by, now)
    offers.settle_all(now)

    act(lambda: offers.decline(offer_of(entries[0]).id, by=by, now=now))
    offers.settle_all(now)
    assert offer_of(entries[1]).state is OfferState.STANDING
    act(lambda: offers.not_reached(offer_of(entries[1]).id, by=by, now=now))
    assert (offer_of(entries[1]).state, offer_of(entries[1]).tries) == (OfferState.STANDING, 1)
    act(lambda: offers.not_reached(offer_of(entries[1]).id, by=by, now=now))
    offers.settle_all(now)
    tomorrow = now + timedelta(days=1)
    assert code_of(lambda: offers.accept(offer_of(entries[2]).id, by=by, now=tomorrow)) == "offer-over"
    offers.settle_all(tomorrow)

    ends = [row(each).ended_how for each in entries]
    assert ends == [WaitEnd.DECLINED, WaitEnd.NOT_REACHED, WaitEnd.EXPIRED, None]
    assert offer_of(entries[3]).state is OfferState.STANDING
    for each in who[:3]:
        again = code_of(lambda each=each: waiting.join(lesson.id, [each], **PHONE, by=by, now=tomorrow))
        assert again == "offered-before"
    assert fresh(lesson).seats_offered == 1


def test_who_has_an_offer_is_not_booked_past_it(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, other] = full_lesson()
    [person] = people(1)
    entry = join(lesson, person, by=by, now=now)
    for each in (booking, other):
        cancel(each, by, now)
    offers.settle_all(now)

    assert code_of(lambda: book_party(lesson.id, [person], **PHONE, by=by, now=now)) == "offer-stands"
    assert offer_of(entry).state is OfferState.STANDING


def test_taking_out_whom_a_seat_is_offered_withdraws_the_offer(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson()
    entry, following = (join(lesson, each, by=by, now=now) for each in people(2))
    cancel(booking, by, now)
    offers.settle_all(now)

    act(lambda: waiting.take_out(entry, "間違い", by=by, now=now))
    assert (offer_of(entry).state, fresh(lesson).seats_offered) == (OfferState.WITHDRAWN, 0)
    offers.settle_all(now)
    assert offer_of(following).state is OfferState.STANDING


def test_one_of_an_offered_couple_whose_contact_stops_gives_one_seat_back(app: Flask, by: Actor, now: datetime) -> None:
    lesson, bookings = full_lesson(2)
    gone, widow = people(2)
    entry = join(lesson, gone, widow, by=by, now=now)
    following = join(lesson, *people(1), by=by, now=now)
    for each in bookings:
        cancel(each, by, now)
    offers.settle_all(now)
    act(lambda: stop_contact(gone, StopReason.DIED, by=by, now=now))

    assert code_of(lambda: offers.accept(offer_of(entry).id, by=by, now=now)) == "contact-stopped"
    offers.settle_all(now)

    assert (offer_of(entry).state, offer_of(entry).seats) == (OfferState.STANDING, 1)
    assert offer_of(following).state is OfferState.STANDING
    [made] = act(lambda: offers.accept(offer_of(entry).id, by=by, now=now))
    assert made.resident_id == widow


@pytest.mark.parametrize("how", ["cancelled", "begun"])
def test_a_lesson_that_is_over_ends_its_queue_and_its_offers(app: Flask, by: Actor, now: datetime, how: str) -> None:
    lesson, [booking, _] = full_lesson()
    offered, waits = (join(lesson, each, by=by, now=now) for each in people(2))
    cancel(booking, by, now)
    offers.settle_all(now)
    later = lesson.starts_at if how == "begun" else now
    if how == "cancelled":
        act(lambda: actions.cancel_lesson(lesson.id, "台風", by=by, now=now))
        code = code_of(lambda: offers.accept(offer_of(offered).id, by=by, now=now))
        assert code == "lesson-cancelled"

    assert offers.settle_all(later) == 1
    assert offers.settle_all(later) == 0

    assert [row(each).ended_how for each in (offered, waits)] == [WaitEnd.LESSON_OVER] * 2
    assert (offer_of(offered).state, fresh(lesson).seats_offered) == (OfferState.WITHDRAWN, 0)


def test_more_seats_and_a_hold_that_is_over_are_offered_too(app: Flask, by: Actor, now: datetime) -> None:
    lesson, _ = full_lesson()
    first, second = (join(lesson, each, by=by, now=now) for each in people(2))
    larger = as_typed.lesson_with(fresh(lesson), {"seats": 3})
    act(lambda: actions.edit_lesson(lesson.id, larger, fresh(lesson).version, by=by, now=now))
    act(lambda: hold_seats(lesson.id, 1, by=by, now=now))
    offers.settle_all(now)
    assert row(first).offer is None, "the clerk holds the seat"

    act(lambda: offers.settle(lesson.id, now + timedelta(minutes=3)))

    assert offer_of(first).state is OfferState.STANDING
    assert row(second).offer is None


def test_a_lesson_that_is_moved_to_an_earlier_day_leaves_less_time_to_answer(
    app: Flask, by: Actor, now: datetime
) -> None:
    lesson, [booking, _] = full_lesson()
    entry = join(lesson, *people(1), by=by, now=now)
    cancel(booking, by, now)
    offers.settle_all(now)
    tomorrow = as_typed.lesson_with(fresh(lesson), {"day": (now + timedelta(days=1)).date()})
    act(lambda: actions.edit_lesson(lesson.id, tomorrow, fresh(lesson).version, by=by, now=now))

    offers.settle_all(now)

    # Ten o'clock tomorrow: no hour of the office is two hours before it but those of today.
    assert offer_of(entry).until == now + timedelta(hours=7, minutes=15)


def test_the_same_key_of_a_program_is_found_again(app: Flask, by: Actor, now: datetime) -> None:
    lesson, _ = full_lesson()
    entry = join(lesson, *people(1), by=by, now=now, external_id="W-1")

    found = queries.waiting_by_external_id("W-1")
    assert found is not None and found.id == entry
    assert queries.waiting_by_external_id(None) is None


def test_what_is_not_there_is_not_found(app: Flask, by: Actor, now: datetime) -> None:
    lesson, [booking, _] = full_lesson()
    for what in (
        lambda: waiting.join(99, [booking.resident_id], **PHONE, by=by, now=now),
        lambda: waiting.join(lesson.id, [9999], **PHONE, by=by, now=now),
        lambda: waiting.take_out(99, "x", by=by, now=now),
        lambda: offers.accept(99, by=by, now=now),
        lambda: queries.get_offer(99),
    ):
        with pytest.raises(NotFound):
            act(what)
