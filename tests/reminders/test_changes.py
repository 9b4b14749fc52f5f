"""Changes of lessons on both databases: who hears what, once, after a release by name, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotAllowed, Refusal
from supportdesk.lessons import actions as lessons
from supportdesk.lessons import as_typed, cancelling, timetable
from supportdesk.lessons import change_queries as lesson_changes
from supportdesk.lessons.bookings import cancel_booking, move_booking
from supportdesk.lessons.change_models import Change
from supportdesk.lessons.models import Lesson
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders import actions, change_actions, change_queries, light_queries, planning, queries
from supportdesk.reminders.change_rules import Reached
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, PersonOutcome, Why
from tests import factories
from tests.factories import Actor
from tests.statements import count_queries

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
MONDAY = datetime(2026, 7, 13, 1, 0, tzinfo=UTC)


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


@pytest.fixture
def manager(app: Flask) -> Actor:
    return factories.actor_of(factories.user(Role.MANAGER))


def cancel(*lesson_ids: int, by: Actor, now: datetime = MONDAY, **more: object) -> int:
    with transaction():
        change = cancelling.cancel_together(lesson_ids, "台風の見込みのため", by=by, now=now, **more)  # type: ignore[arg-type]
    assert change is not None
    return change.id


def move(lesson_id: int, to: datetime, by: Actor, now: datetime = MONDAY) -> int:
    with transaction():
        row = timetable.lesson(lesson_id)
        data = replace(as_typed.data_of(row), day=to.date(), booking_opens_at=None, booking_closes_at=None)
        lessons.edit_lesson(lesson_id, data, row.version, by=by, now=now)
    found = lesson_changes.unreleased_of([lesson_id])
    assert found is not None
    return found


def release(change_id: int, by: Actor, now: datetime = MONDAY) -> None:
    with transaction():
        change_actions.release(change_id, by=by, now=now)


def change_place(lesson: Lesson, by: Actor, now: datetime = MONDAY) -> None:
    elsewhere = factories.room(factories.venue(short_name="加津佐公民館", name_kana="カヅサコウミンカン"))
    with transaction():
        row = timetable.lesson(lesson.id)
        data = replace(as_typed.data_of(row), room_id=elsewhere.id)
        lessons.edit_lesson(lesson.id, data, row.version, by=by, now=now)


def hold_after_all(lesson_id: int, by: Actor, now: datetime = MONDAY) -> int:
    with transaction():
        change = cancelling.take_place_after_all([lesson_id], by=by, now=now)
    assert change is not None
    return change.id


def said(*statuses: MessageStatus) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    wanted = [Message.status.in_(statuses)] if statuses else [Message.status != MessageStatus.WITHDRAWN]
    rows: Sequence[Message] = db.session.scalars(
        sa.select(Message).where(Message.matter == "change", *wanted).order_by(Message.id)
    ).all()
    return [row.body or row.sentences[1] for row in rows]


def ended(status: MessageStatus, number: str | None = None) -> None:
    which = [Message.number == number] if number else []
    with transaction() as session:
        changed = sa.update(Message).where(Message.matter == "change", Message.status == MessageStatus.PLANNED, *which)
        session.execute(changed.values(status=status))


def reached(lesson_id: int, now: datetime = MONDAY) -> list[Reached]:
    db.session.rollback()
    people = change_queries.people_of([lesson_id], now)
    return [person.reached for person in sorted(people, key=lambda one: one.booking_id)]


def waiting(now: datetime = MONDAY) -> list[tuple[int | None, Why]]:
    db.session.rollback()
    return [(item.booking_id, item.why) for item in queries.needs_person(now)]


def test_an_unreleased_change_contacts_nobody_but_stands_for_each_of_them(lesson: Lesson, by: Actor) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    cancel(lesson.id, by=by)

    planning.plan(MONDAY)

    assert said() == []
    assert waiting() == [(booking.id, Why.LESSON_CANCELLED)]
    assert [item.of_change for item in queries.needs_person(MONDAY)] == [True]
    assert reached(lesson.id) == [Reached.NOT_RELEASED]


def test_a_released_cancelling_is_told_once_by_each_way(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    factories.booking(factories.reminded_by_call(), lesson)
    by_hand = factories.booking(factories.resident(number="+81957000009", wish=Wish.PERSON), lesson)
    release(cancel(lesson.id, by=by), manager)

    planning.plan(MONDAY)
    planning.plan(MONDAY)

    assert said() == [
        "【スマホ相談】7月15日(水)午前10時からのスマホ教室は中止になりました。お問い合わせは0957-00-0000",
        "しちがつじゅうごにち、すいようび、ごぜんじゅうじからの、クチノツコウミンカンのスマホ教室は、ちゅうしになりました。",
    ]
    assert waiting() == [(by_hand.id, Why.WISH)]
    assert reached(lesson.id) == [Reached.WAITING, Reached.WAITING, Reached.NEEDS_PERSON]


def test_only_a_manager_releases_and_only_once(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    change_id = cancel(lesson.id, by=by)

    with pytest.raises(NotAllowed), transaction():
        change_actions.release(change_id, by=by, now=MONDAY)
    release(change_id, manager)
    with pytest.raises(Refusal, match="released this already"):
        release(change_id, manager)

    change = db.session.get_one(Change, change_id)
    assert (change.released_by, change.released_at) == (manager.name, MONDAY)


def test_a_release_of_what_is_not_any_more_as_it_was_looked_at_sends_nothing(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    leaves = factories.booking(factories.reminded_by_call(), lesson)
    change_id = cancel(lesson.id, by=by)
    seen = change_actions.preview_of(lesson_changes.change(change_id), None, MONDAY)[0].seen
    with transaction():
        cancel_booking(leaves.id, "かぜ", by=by, now=MONDAY)

    with pytest.raises(change_actions.LookAgain), transaction():
        change_actions.release(change_id, seen=seen, by=manager, now=MONDAY)

    planning.plan(MONDAY)
    assert said() == []


def test_released_in_the_evening_leaves_at_seven_on_any_day_if_it_still_helps(
    app: Flask, by: Actor, manager: Actor
) -> None:
    sunday = factories.lesson(starts_at=datetime(2026, 7, 12, 0, 30, tzinfo=UTC))
    early = factories.lesson(starts_at=datetime(2026, 7, 11, 22, 10, tzinfo=UTC))  # 07:10 on that Sunday
    factories.booking(factories.reminded_by_text(), sunday)
    late = factories.booking(factories.reminded_by_call(), early)
    evening = datetime(2026, 7, 11, 11, 30, tzinfo=UTC)  # Saturday, 20:30
    release(cancel(sunday.id, early.id, by=by, now=evening), manager, evening)

    planning.plan(evening)

    rows = db.session.scalars(sa.select(Message).where(Message.matter == "change")).all()
    assert [(row.due_at, row.window) for row in rows] == [(datetime(2026, 7, 11, 22, 0, tzinfo=UTC), "urgent")]
    assert waiting(evening) == [(late.id, Why.MISSED)]


def test_held_after_all_is_told_to_those_alone_who_may_have_heard_otherwise(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    for number in range(1, 5):
        factories.booking(factories.reminded_by_text(number=f"+81900000000{number}"), lesson)
    told = factories.booking(factories.resident(number="+81957000009", wish=Wish.PERSON), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    ended(MessageStatus.SENT, "+819000000001")
    ended(MessageStatus.UNKNOWN, "+819000000002")
    ended(MessageStatus.FAILED, "+819000000003")
    with transaction():
        actions.note_contact(told.id, PersonOutcome.TALKED, "", by=by, now=MONDAY + timedelta(minutes=5))

    later = MONDAY + timedelta(minutes=10)
    release(hold_after_all(lesson.id, by, later), manager, later)
    planning.plan(later)

    rows = db.session.scalars(
        sa.select(Message).where(Message.matter == "change", Message.status == MessageStatus.PLANNED)
    ).all()
    assert [row.number for row in rows] == ["+819000000001", "+819000000002"]
    assert {row.body for row in rows} == {
        "【スマホ相談】中止とお伝えした教室は開きます。7月15日(水)午前10時から 口之津公民館。電話0957-00-0000"
    }
    assert reached(lesson.id, later) == [
        Reached.WAITING, Reached.WAITING, Reached.NOTHING_NEW, Reached.NOTHING_NEW, Reached.NEEDS_PERSON,
    ]  # fmt: skip


def test_cancelled_again_before_anybody_heard_of_the_reopening_says_nothing_twice(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    ended(MessageStatus.SENT)
    hold_after_all(lesson.id, by, MONDAY + timedelta(minutes=1))
    again = MONDAY + timedelta(minutes=2)

    release(cancel(lesson.id, by=by, now=again), manager, again)
    planning.plan(again)

    assert len(said()) == 1
    assert reached(lesson.id, again) == [Reached.SENT]


def test_after_an_unknown_message_a_person_tells_them_and_no_machine_says_it_again(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    ended(MessageStatus.UNKNOWN)

    assert planning.plan(MONDAY) == {}
    assert waiting() == [(booking.id, Why.UNKNOWN)]


def test_moved_twice_before_it_left_is_one_message_with_the_last_state(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    first = move(lesson.id, WEDNESDAY + timedelta(days=1), by)
    release(first, manager)
    planning.plan(MONDAY)
    second = move(lesson.id, WEDNESDAY + timedelta(days=2), by, MONDAY + timedelta(minutes=1))
    assert said(MessageStatus.PLANNED) == []  # taken back: it is not so any more

    release(second, manager, MONDAY + timedelta(minutes=2))
    planning.plan(MONDAY + timedelta(minutes=2))

    assert said(MessageStatus.PLANNED) == [
        "【スマホ相談】7月15日(水)の教室は7月17日(金)午前10時、口之津公民館に変わりました。電話0957-00-0000"
    ]


def test_moved_and_moved_back_before_anybody_heard_is_nothing_to_tell(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    move(lesson.id, WEDNESDAY + timedelta(days=1), by)
    assert waiting() == [(booking.id, Why.LESSON_CHANGED)]

    move(lesson.id, WEDNESDAY, by, MONDAY + timedelta(minutes=1))

    assert waiting() == []
    assert reached(lesson.id) == [Reached.NOTHING_NEW]


@pytest.mark.parametrize("office_takes_it", [False, True])
def test_what_was_read_back_confirms_no_other_day_or_lesson(
    lesson: Lesson, by: Actor, office_takes_it: bool
) -> None:
    with transaction():
        office_settings.change(read_back_confirms=office_takes_it)
    booking, other = factories.booking(factories.reminded_by_text(), lesson), factories.lesson(starts_at=WEDNESDAY)
    assert light_of(booking.id) is LightKind.CONFIRMED

    move(lesson.id, WEDNESDAY + timedelta(days=1), by)
    assert light_of(booking.id) is LightKind.WAITING
    assert planning.plan(MONDAY)["put"]

    with transaction():
        elsewhere = move_booking(booking.id, other.id, by=by, now=MONDAY)
    assert light_of(elsewhere.id) is LightKind.WAITING


def light_of(booking_id: int) -> LightKind:
    db.session.rollback()
    return light_queries.lights([booking_id], MONDAY)[booking_id].kind


def test_who_booked_after_a_move_knows_the_new_day(lesson: Lesson, by: Actor, manager: Actor) -> None:
    release(move_with_somebody(lesson, by), manager)
    after = MONDAY + timedelta(minutes=5)
    factories.booking(factories.reminded_by_text(number="+819000000002"), lesson, booked_at=after, text_wished=False)
    planning.plan(after)

    rows = db.session.scalars(sa.select(Message).where(Message.matter == "change")).all()
    assert [row.number for row in rows] == ["+819000000001"]


def move_with_somebody(lesson: Lesson, by: Actor) -> int:
    factories.booking(factories.reminded_by_text(), lesson)
    return move(lesson.id, WEDNESDAY + timedelta(days=1), by)


def test_another_venue_is_told_with_the_new_place(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    change_place(lesson, by)
    change_id = lesson_changes.unreleased_of([lesson.id])
    assert change_id is not None
    release(change_id, manager)
    planning.plan(MONDAY)

    assert said() == [
        "【スマホ相談】7月15日(水)午前10時の教室は会場が加津佐公民館に変わりました。電話0957-00-0000"
    ]


@pytest.mark.parametrize("answered", [False, True])
def test_who_was_told_of_the_old_hall_is_no_more_confirmed_for_the_new_one(
    lesson: Lesson, by: Actor, answered: bool
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        if answered:
            actions.note_answer(booking.id, AnswerKind.WILL_COME, AnsweredBy.RANG_US, "call:1", by=by, now=MONDAY)
        else:
            actions.note_contact(booking.id, PersonOutcome.TALKED, "", by=by, now=MONDAY)
    assert light_of(booking.id) is LightKind.CONFIRMED

    change_place(lesson, by, MONDAY + timedelta(minutes=1))

    assert light_of(booking.id) is LightKind.WAITING
    assert waiting(MONDAY + timedelta(minutes=2)) == [(booking.id, Why.LESSON_CHANGED)]
    with transaction():
        actions.note_contact(booking.id, PersonOutcome.TALKED, "", by=by, now=MONDAY + timedelta(minutes=2))
    assert light_of(booking.id) is LightKind.CONFIRMED


def test_those_on_one_number_are_told_by_one_call_be_they_of_one_party_or_not(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    first = factories.booking(factories.reminded_by_call("ホンダ タダシ"), lesson)
    factories.booking(factories.reminded_by_call("ホンダ ハル"), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    assert len(said()) == 1

    ended(MessageStatus.ANSWERED)
    assert planning.plan(MONDAY) == {}
    assert reached(lesson.id) == [Reached.ANSWERED, Reached.ANSWERED]

    with transaction():
        cancel_booking(first.id, "かぜ", by=by, now=MONDAY)
    assert planning.plan(MONDAY) == {}
    assert reached(lesson.id) == [Reached.ANSWERED]


def test_a_call_that_nobody_took_is_one_persons_call_for_those_on_the_number(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    first = factories.booking(factories.reminded_by_call("ホンダ タダシ"), lesson)
    second = factories.booking(factories.reminded_by_call("ホンダ ハル"), lesson)
    with transaction():
        office_settings.change(short_notice_hours=72)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    ended(MessageStatus.NOT_ANSWERED)
    assert waiting() == [(first.id, Why.NOT_PICKED_UP)]

    with transaction():
        actions.note_contact(first.id, PersonOutcome.TALKED, "", by=by, now=MONDAY)

    assert waiting() == [(second.id, Why.NOT_PICKED_UP)]  # of another party: they may not speak with each other


def test_while_there_is_time_those_on_a_number_are_called_once_more_before_a_person_rings(
    lesson: Lesson, by: Actor, manager: Actor
) -> None:
    first = factories.booking(factories.reminded_by_call("ホンダ タダシ"), lesson)
    factories.booking(factories.reminded_by_call("ホンダ ハル"), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    ended(MessageStatus.NOT_ANSWERED)

    assert planning.plan(MONDAY) == {"put": 1}
    assert waiting() == []
    assert planning.plan(MONDAY) == {}

    ended(MessageStatus.NOT_ANSWERED)

    assert waiting() == [(first.id, Why.NOT_ANSWERED)]


def test_contact_that_was_stopped_gets_nothing(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(stopped_at=MONDAY), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)

    assert (said(), waiting(), reached(lesson.id)) == ([], [], [Reached.STOPPED])


def test_who_moves_to_another_lesson_is_not_told_any_more(lesson: Lesson, by: Actor, manager: Actor) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    other = factories.lesson(starts_at=WEDNESDAY + timedelta(days=5))
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)

    with transaction():
        move_booking(booking.id, other.id, by=by, now=MONDAY)

    assert said(MessageStatus.PLANNED) == []
    assert reached(lesson.id) == []


def test_the_alternative_is_named_while_it_has_a_seat(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    other = factories.lesson(starts_at=WEDNESDAY + timedelta(days=5), seats=1)
    change_id = cancel(lesson.id, by=by)
    with transaction():
        change_actions.release(change_id, {lesson.id: other.id}, by=manager, now=MONDAY)
    planning.plan(MONDAY)
    assert said() == [
        "【スマホ相談】7月15日(水)の教室は中止です。振替7月20日(月)午前10時 口之津公民館。電話0957-00-0000"
    ]

    factories.booking(factories.resident("モリ イチ"), other)
    assert planning.plan(MONDAY) == {"amended": 1}

    assert said() == [
        "【スマホ相談】7月15日(水)午前10時からのスマホ教室は中止になりました。お問い合わせは0957-00-0000"
    ]


def test_a_slot_is_called_a_booking_and_nothing_else(app: Flask, by: Actor, manager: Actor) -> None:
    slot = factories.slot(starts_at=WEDNESDAY, seats=2, least=1)
    factories.booking(factories.reminded_by_text(), slot)
    release(cancel(slot.id, by=by), manager)
    planning.plan(MONDAY)

    assert said() == [
        "【スマホ相談】7月15日(水)午前10時からのご予約は中止になりました。お問い合わせは0957-00-0000"
    ]


def test_what_left_is_asked_once_more_right_before_the_call(lesson: Lesson, by: Actor, manager: Actor) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    release(cancel(lesson.id, by=by), manager)
    planning.plan(MONDAY)
    message = db.session.scalars(sa.select(Message).where(Message.matter == "change")).one()
    assert planning.unwanted([message], MONDAY) == {}

    hold_after_all(lesson.id, by, MONDAY + timedelta(minutes=1))

    assert planning.unwanted([message], MONDAY) == {message.id: "told-already"}


def test_a_call_about_a_lesson_that_changed_meanwhile_is_not_noted(lesson: Lesson, by: Actor) -> None:
    booking = factories.booking(factories.resident(number="+81957000009", wish=Wish.PERSON), lesson)
    cancel(lesson.id, by=by)

    with pytest.raises(Refusal, match="changed since you opened") as refused, transaction():
        actions.note_contact(booking.id, PersonOutcome.TALKED, "", seen=0, by=by, now=MONDAY)

    assert refused.value.code == "changed-meanwhile"
    assert waiting() == [(booking.id, Why.LESSON_CANCELLED)]


def test_a_lesson_without_bookings_needs_no_change(lesson: Lesson, by: Actor) -> None:
    with transaction():
        assert cancelling.cancel_together([lesson.id], "台風", by=by, now=MONDAY) is None

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


def test_what_was_taken_meanwhile_cannot_be_held_after_all(app: Flask, by: Actor) -> None:
    hall = factories.room()
    mine = factories.lesson(starts_at=WEDNESDAY, room=hall)
    factories.booking(factories.reminded_by_text(), mine)
    cancel(mine.id, by=by)
    factories.lesson(starts_at=WEDNESDAY, room=hall)

    with pytest.raises(Refusal), transaction():
        cancelling.take_place_after_all([mine.id], by=by, now=MONDAY)

    db.session.rollback()
    assert db.session.get_one(Lesson, mine.id, populate_existing=True).cancelled_at is not None


def test_transport_is_put_right_once(lesson: Lesson, by: Actor) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    cancel(lesson.id, by=by)
    [person] = change_queries.people_of([lesson.id], MONDAY)

    for _twice in range(2):
        with transaction():
            change_actions.settle_transport(booking.id, person.event_id, by=by, now=MONDAY)

    [person] = change_queries.people_of([lesson.id], MONDAY)
    assert person.transport_settled


def test_the_list_asks_the_same_number_of_queries_for_two_bookings_and_for_twenty(app: Flask, by: Actor) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=30)
    for number in range(2):
        factories.booking(factories.resident(number=f"+8195700010{number}"), lesson)
    cancel(lesson.id, by=by)

    few = count_queries(lambda: change_queries.not_reached(MONDAY))
    for number in range(10, 28):
        factories.booking(factories.resident(number=f"+819570002{number}"), lesson)

    assert count_queries(lambda: change_queries.not_reached(MONDAY)) == few == 12
