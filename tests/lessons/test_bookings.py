from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from supportdesk.core import history
from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.lessons import seats
from supportdesk.lessons.booking_rules import AlreadyBooked, LessonFull
from supportdesk.lessons.bookings import book_party, cancel_booking, move_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel, LessonState
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.models import Resident
from supportdesk.people.rules import StopReason
from tests import factories

DAY = timedelta(days=1)


def book(lesson: Lesson, *people: Resident, by: Actor, now: datetime, **more: Any) -> Sequence[Booking]:
    details = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE} | more
    with transaction():
        return book_party(lesson.id, [each.id for each in people], by=by, now=now, **details)


def cancel(booking: Booking, reason: str = "体調", *, by: Actor, now: datetime) -> Booking:
    with transaction():
        return cancel_booking(booking.id, reason, by=by, now=now)


def move(booking: Booking, to: Lesson, *, by: Actor, now: datetime) -> Booking:
    with transaction():
        return move_booking(booking.id, to.id, by=by, now=now)


def taken(lesson: Lesson) -> int:
    return db.session.scalars(sa.select(Lesson.seats_taken).where(Lesson.id == lesson.id)).one()


def active_in(lesson: Lesson) -> int:
    active = sa.select(sa.func.count()).where(Booking.lesson_id == lesson.id, Booking.cancelled_at.is_(None))
    return db.session.scalars(active).one()


def reread(booking: Booking) -> Booking:
    return db.session.get_one(Booking, booking.id, populate_existing=True)


def plan_message(about: str, now: datetime) -> None:
    with transaction():
        outbox.put(
            recipient="resident:1",
            about=about,
            matter="reminder",
            step="last",
            occasion="",
            channel=Channel.SMS,
            number="+818000000000",
            body="",
            sentences=[],
            window="text",
            due_at=now,
            not_after=now + DAY,
            now=now,
        )


def test_a_booking_keeps_who_called_and_how(app, by, now):
    lesson, person = factories.lesson(), factories.resident()
    [booking] = book(
        lesson,
        person,
        booked_by=BookedBy.FAMILY,
        caller="長女",
        channel=BookingChannel.COUNTER,
        read_back=True,
        text_wished=True,
        by=by,
        now=now,
    )
    kept = reread(booking)
    assert (kept.booked_by, kept.caller, kept.channel) == (BookedBy.FAMILY, "長女", BookingChannel.COUNTER)
    assert (kept.read_back, kept.text_wished) == (True, True)
    assert (kept.booked_at, kept.booked_by_user) == (now, by.name)
    assert [row.action for row in history.of(f"booking:{booking.id}")] == ["booking.made"]


def test_a_full_lesson_refuses_the_ninth_resident(app, by, now):
    lesson = factories.lesson(seats=8)
    for _ in range(8):
        book(lesson, factories.resident(), by=by, now=now)
    with pytest.raises(LessonFull) as full:
        book(lesson, factories.resident(), by=by, now=now)
    assert full.value.free == 0
    assert (taken(lesson), active_in(lesson)) == (8, 8)


def test_a_party_takes_its_seats_together_and_companions_count_on_the_first(app, by, now):
    lesson = factories.lesson()
    wife, husband = factories.resident(), factories.resident("ホンダ タダシ")
    bookings = book(lesson, wife, husband, companions=2, by=by, now=now)
    assert [(each.resident_id, each.companions) for each in bookings] == [(wife.id, 2), (husband.id, 0)]
    assert len({each.party for each in bookings}) == 1
    assert taken(lesson) == 4


def test_a_couple_for_the_last_seat_gets_none(app, by, now):
    lesson = factories.lesson(seats=1)
    with pytest.raises(LessonFull) as full:
        book(lesson, factories.resident(), factories.resident(), by=by, now=now)
    assert full.value.free == 1
    assert (taken(lesson), active_in(lesson)) == (0, 0)


def test_nobody_is_booked_twice_and_the_refusal_names_the_booking(app, by, now):
    lesson, wife, husband = factories.lesson(), factories.resident(), factories.resident()
    [first] = book(lesson, wife, by=by, now=now)
    with pytest.raises(AlreadyBooked) as refused:
        book(lesson, husband, wife, by=by, now=now)
    assert refused.value.booking_ids == [first.id]
    assert (taken(lesson), active_in(lesson)) == (1, 1)


def test_the_database_itself_refuses_a_second_active_booking(app, by, now):
    lesson, person = factories.lesson(), factories.resident()
    [booking] = book(lesson, person, by=by, now=now)
    twin = {c.name: getattr(booking, c.name) for c in Booking.__table__.columns if c.name not in ("id", "number")}
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(sa.insert(Booking).values(twin))


def test_who_cancelled_may_book_again(app, by, now):
    lesson, person = factories.lesson(), factories.resident()
    [booking] = book(lesson, person, by=by, now=now)
    cancel(booking, by=by, now=now)
    book(lesson, person, by=by, now=now)
    assert (taken(lesson), active_in(lesson)) == (1, 1)


def test_before_the_booking_period_only_a_reason_books_and_it_is_kept(app, by, now):
    lesson = factories.lesson(booking_opens_at=now + DAY)
    with pytest.raises(Refusal) as refused:
        book(lesson, factories.resident(), by=by, now=now)
    assert refused.value.code == "booking-not-open-yet"
    [booking] = book(lesson, factories.resident(), override_reason="窓口の案内ちがい", by=by, now=now)
    assert reread(booking).override_reason == "窓口の案内ちがい"
    assert history.of(f"booking:{booking.id}")[0].details["passed_over"] == "booking-not-open-yet"


def test_a_reason_that_was_not_needed_is_not_kept(app, by, now):
    [booking] = book(factories.lesson(), factories.resident(), override_reason="念のため", by=by, now=now)
    assert reread(booking).override_reason == ""


def test_a_lesson_that_has_begun_or_was_cancelled_takes_no_booking_even_with_a_reason(app, by, now):
    begun = factories.lesson(starts_at=now)
    cancelled = factories.lesson(state=LessonState.CANCELLED, cancelled_at=now)
    for lesson in (begun, cancelled):
        with pytest.raises(Refusal):
            book(lesson, factories.resident(), override_reason="どうしても", by=by, now=now)
        assert taken(lesson) == 0


def test_a_person_whose_contact_is_stopped_is_not_booked(app, by, now):
    lesson = factories.lesson()
    stopped = factories.resident(stopped_at=now, stop_reason=StopReason.DIED)
    with pytest.raises(Refusal) as refused:
        book(lesson, factories.resident(), stopped, by=by, now=now)
    assert refused.value.code == "contact-stopped"
    assert taken(lesson) == 0


def test_an_unknown_person_or_lesson_is_not_found(app, by, now):
    lesson, person = factories.lesson(), factories.resident()
    details = {"booked_by": BookedBy.SELF, "channel": BookingChannel.PHONE, "by": by, "now": now}
    with pytest.raises(NotFound), transaction():
        book_party(lesson.id, [person.id, person.id + 1], **details)
    with pytest.raises(NotFound), transaction():
        book_party(lesson.id + 1, [person.id], **details)
    with pytest.raises(NotFound), transaction():
        cancel_booking(1, "体調", by=by, now=now)
    assert taken(lesson) == 0


def test_cancelling_gives_seat_and_companions_back_and_leaves_the_rest_of_the_party(app, by, now):
    lesson = factories.lesson()
    first, second = book(lesson, factories.resident(), factories.resident(), companions=2, by=by, now=now)
    cancel(first, "  体調  ", by=by, now=now + DAY)
    kept = reread(first)
    assert (kept.cancelled_at, kept.cancelled_by, kept.cancel_reason) == (now + DAY, by.name, "体調")
    assert reread(second).cancelled_at is None
    assert taken(lesson) == 1
    assert [row.action for row in history.of(f"booking:{first.id}")] == ["booking.cancelled", "booking.made"]


def test_a_cancelled_booking_takes_back_its_messages_and_no_others(app, by, now):
    lesson = factories.lesson()
    first, second = book(lesson, factories.resident(), factories.resident(), by=by, now=now)
    for booking in (first, second):
        plan_message(f"booking:{booking.id}", now)
    cancel(first, by=by, now=now)
    states = dict(db.session.execute(sa.select(Message.about, Message.status)).all())
    assert states == {
        f"booking:{first.id}": MessageStatus.WITHDRAWN,
        f"booking:{second.id}": MessageStatus.PLANNED,
    }


def test_cancelling_twice_says_so_and_gives_one_seat_back(app, by, now):
    lesson = factories.lesson()
    first, _ = book(lesson, factories.resident(), factories.resident(), by=by, now=now)
    cancel(first, by=by, now=now)
    with pytest.raises(Refusal) as refused:
        cancel(first, by=by, now=now)
    assert refused.value.code == "already-cancelled"
    assert taken(lesson) == 1


def test_a_booking_is_not_cancelled_without_a_reason_or_after_the_start(app, by, now):
    lesson = factories.lesson()
    [booking] = book(lesson, factories.resident(), by=by, now=now)
    with pytest.raises(Refusal, match="write why"):
        cancel(booking, " ", by=by, now=now)
    with pytest.raises(Refusal) as refused:
        cancel(booking, by=by, now=lesson.starts_at)
    assert refused.value.code == "lesson-begun"
    assert taken(lesson) == 1


def test_a_move_keeps_who_called_and_changes_the_lesson(app, by, now):
    old_lesson, new_lesson, person = factories.lesson(), factories.lesson(), factories.resident()
    [old] = book(
        old_lesson,
        person,
        companions=1,
        booked_by=BookedBy.FAMILY,
        caller="長女",
        text_wished=True,
        by=by,
        now=now,
    )
    plan_message(f"booking:{old.id}", now)
    new = move(old, new_lesson, by=by, now=now + DAY)
    assert (taken(old_lesson), taken(new_lesson)) == (0, 2)
    assert (reread(old).cancelled_at, reread(old).moved_to_id) == (now + DAY, new.id)
    kept = reread(new)
    assert (kept.lesson_id, kept.resident_id, kept.companions) == (new_lesson.id, person.id, 1)
    assert (kept.booked_by, kept.caller, kept.text_wished) == (BookedBy.FAMILY, "長女", True)
    assert kept.booked_at == now + DAY
    assert db.session.scalars(sa.select(Message.status)).all() == [MessageStatus.WITHDRAWN]
    assert [row.action for row in history.of(f"booking:{old.id}")] == ["booking.moved", "booking.made"]
    assert history.of(f"booking:{new.id}")[0].details["moved_from"] == old.id


def test_a_move_into_a_full_lesson_changes_nothing(app, by, now):
    old_lesson, full = factories.lesson(), factories.lesson(seats=1)
    [old] = book(old_lesson, factories.resident(), by=by, now=now)
    book(full, factories.resident(), by=by, now=now)
    plan_message(f"booking:{old.id}", now)
    with pytest.raises(LessonFull):
        move(old, full, by=by, now=now)
    assert reread(old).cancelled_at is None
    assert (taken(old_lesson), taken(full)) == (1, 1)
    assert db.session.scalars(sa.select(Message.status)).all() == [MessageStatus.PLANNED]


def test_a_move_uses_the_seat_its_clerk_holds_there(app, by, now):
    old_lesson, last_seat = factories.lesson(), factories.lesson(seats=1)
    [old] = book(old_lesson, factories.resident(), by=by, now=now)
    with transaction():
        seats.hold_seats(last_seat.id, 1, by=by, now=now)
    move(old, last_seat, by=by, now=now)
    assert (taken(old_lesson), taken(last_seat)) == (0, 1)


def test_a_couple_moved_one_after_the_other_is_a_party_again(app, by, now):
    lesson, other = factories.lesson(), factories.lesson()
    first, second = book(lesson, factories.resident(), factories.resident(), by=by, now=now)
    assert move(first, other, by=by, now=now).party == move(second, other, by=by, now=now).party


@pytest.mark.parametrize("which", ["same", "booked", "closed", "begun"])
def test_a_move_that_cannot_be_changes_nothing(app, by, now, which):
    lesson, person = factories.lesson(), factories.resident()
    [booking] = book(lesson, person, by=by, now=now)
    target = {
        "same": lambda: lesson,
        "booked": factories.lesson,
        "closed": lambda: factories.lesson(booking_closes_at=now),
        "begun": lambda: factories.lesson(starts_at=now),
    }[which]()
    if which == "booked":
        book(target, person, by=by, now=now)
    before = taken(target)
    with pytest.raises(Refusal) as refused:
        move(booking, target, by=by, now=now)
    codes = {
        "same": "same-lesson",
        "booked": "already-booked",
        "closed": "booking-closed",
        "begun": "lesson-begun",
    }
    assert refused.value.code == codes[which]
    assert reread(booking).cancelled_at is None
    assert (taken(lesson), taken(target)) == (1, before)


def test_a_cancelled_booking_is_not_moved_and_a_moved_one_not_cancelled(app, by, now):
    lesson, other = factories.lesson(), factories.lesson()
    cancelled, moved = book(lesson, factories.resident(), factories.resident(), by=by, now=now)
    cancel(cancelled, by=by, now=now)
    move(moved, other, by=by, now=now)
    with pytest.raises(Refusal, match="cancelled already"):
        move(cancelled, other, by=by, now=now)
    with pytest.raises(Refusal, match="cancelled already"):
        cancel(moved, by=by, now=now)
    assert (taken(lesson), taken(other)) == (0, 1)


def test_a_booking_leaves_the_lesson_form_of_a_coordinator_untouched(app, by, now):
    lesson = factories.lesson()
    version = lesson.version
    book(lesson, factories.resident(), by=by, now=now)
    assert db.session.scalars(sa.select(Lesson.version).where(Lesson.id == lesson.id)).one() == version


def test_what_cannot_be_seen_is_not_kept_of_the_caller_and_the_reason(by: Actor, now: datetime) -> None:
    [booking] = book(factories.lesson(), factories.resident(), by=by, now=now, caller="娘\u200b \x07恵子")
    cancel(booking, "体調\x1b不良", by=by, now=now)

    assert (reread(booking).caller, reread(booking).cancel_reason) == ("娘 恵子", "体調不良")


def test_a_booking_gets_a_number_that_no_other_ever_had(app, by, now, monkeypatch):
    lesson, wife, husband = factories.lesson(), factories.resident(), factories.resident()
    [first] = book(lesson, wife, by=by, now=now)
    cancel(first, by=by, now=now)
    drawn = iter([first.number, first.number, "48210937"])
    monkeypatch.setattr("supportdesk.core.chance.booking_number", lambda: next(drawn))
    [second] = book(lesson, husband, by=by, now=now)
    assert second.number == "48210937"
