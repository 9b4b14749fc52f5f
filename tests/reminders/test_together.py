"""One message for one number and day, turns, and hours of one's own: on both databases, through the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages.delivery import deliver_due
from supportdesk.messages.models import Message, MessageAlso
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Resident
from supportdesk.reminders import going_out_queries, light_queries, planning, queries
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import Why
from tests import factories
from tests.messages.sending import Clock, Scripted, desk

S = MessageStatus
WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
LAST = datetime(2026, 7, 14, 1, 0, tzinfo=UTC)
LINE = "+819000000001"


def decide(**values: Any) -> None:
    with transaction():
        office_settings.change(**values)


def change(row: Lesson | Booking | Resident | Message, **values: object) -> None:
    with transaction():
        fresh = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(fresh, name, value)


def last(*statuses: MessageStatus) -> Sequence[Message]:
    """The messages of the last notice."""
    db.session.rollback()
    db.session.expire_all()
    which = [Message.step == "last", *([Message.status.in_(statuses)] if statuses else [])]
    return db.session.scalars(sa.select(Message).where(*which).order_by(Message.id)).all()


def deliver(now: datetime, provider: Scripted | None = None) -> Scripted:
    provider = provider or Scripted()
    deliver_due(desk(provider, Clock(now), planning.unwanted))
    return provider


def lights(booking_ids: Sequence[int], now: datetime) -> list[LightKind]:
    found = light_queries.lights(booking_ids, now)
    return [found[booking_id].kind for booking_id in booking_ids]


@pytest.fixture
def couple(app: Flask) -> list[Booking]:
    """Two people of two parties on one mobile, in two lessons of one day."""
    morning = factories.lesson(starts_at=WEDNESDAY)
    afternoon = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=3.5))
    return [
        factories.booking(factories.reminded_by_text("ホンダ ハル"), morning),
        factories.booking(factories.reminded_by_text("ホンダ タダシ"), afternoon),
    ]


def test_two_bookings_of_a_day_on_one_number_are_one_text_that_names_nobody(
    couple: list[Booking], now: datetime
) -> None:
    planning.plan(now)

    (text,) = last()
    assert text.about == f"booking:{couple[0].id}"
    assert "7月15日(水)午前10時から" in text.body
    assert "、午後1時30分から" in text.body
    assert "ホンダ" not in text.body
    assert [row.about for row in db.session.scalars(sa.select(MessageAlso))] == [f"booking:{couple[1].id}"] * 2
    assert planning.plan(now) == {}


def test_the_light_of_each_is_that_of_the_message_and_nobody_is_told_twice(
    couple: list[Booking], now: datetime
) -> None:
    planning.plan(now)
    both = [each.id for each in couple]
    assert lights(both, now) == [LightKind.CONFIRMED] * 2
    provider = deliver(LAST)
    assert len(provider.accepted) == 1

    assert planning.plan(LAST) == {}
    assert lights(both, LAST + timedelta(minutes=1)) == [LightKind.SENT] * 2
    chain = light_queries.chain(both[1], LAST + timedelta(minutes=1))
    assert [link.message.status for link in chain.links if link.message][-1] is S.ACCEPTED


def test_when_the_message_fails_each_of_them_is_a_persons(couple: list[Booking], now: datetime) -> None:
    with transaction():
        office_settings.change(call_after_text=False)
    planning.plan(now)
    change(last()[0], status=S.FAILED)

    items = queries.needs_person(LAST + timedelta(minutes=1))

    assert [(item.booking_id, item.why) for item in items] == [(each.id, Why.FAILED) for each in couple]
    assert lights([each.id for each in couple], LAST) == [LightKind.NOT_REACHED] * 2


@pytest.mark.parametrize("who", [0, 1])
def test_who_cancels_is_not_told_of_any_more_and_the_other_is(
    couple: list[Booking], now: datetime, who: int
) -> None:
    planning.plan(now)
    change(couple[who], cancelled_at=now)
    planning.plan(now)
    planning.plan(now)

    (text,) = last(S.PLANNED)
    assert text.about == f"booking:{couple[1 - who].id}"
    assert ("午前10時" in text.body, "午後1時30分" in text.body) == (who == 1, who == 0)
    assert planning.plan(now) == {}


@pytest.mark.parametrize("who", [0, 1])
def test_nothing_leaves_that_tells_of_a_booking_cancelled_after_the_plan(
    couple: list[Booking], now: datetime, who: int
) -> None:
    planning.plan(now)
    change(couple[who], cancelled_at=LAST)
    assert deliver(LAST).accepted == []
    assert last()[0].status is S.WITHDRAWN

    planning.plan(LAST)
    (text,) = deliver(LAST).accepted
    assert ("午前10時" in text.body, "午後1時30分" in text.body) == (who == 1, who == 0)


def test_who_books_after_it_left_gets_a_message_of_their_own(couple: list[Booking], now: datetime) -> None:
    planning.plan(now)
    deliver(LAST)
    later = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=6))
    third = factories.booking(factories.reminded_by_text("ホンダ ソラ"), later, booked_at=LAST - timedelta(days=1))
    planning.plan(LAST)

    assert [message.about for message in last(S.PLANNED)] == [f"booking:{third.id}"]


def test_what_does_not_fit_into_two_parts_goes_in_two_texts(app: Flask, now: datetime) -> None:
    for hour in range(9):
        lesson = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=hour))
        factories.booking(factories.reminded_by_text(f"ホンダ {'アイウエオカキクケ'[hour]}"), lesson)

    planning.plan(now)

    assert len(last()) == 2
    assert all(len(message.body) <= 134 for message in last())


def test_other_days_other_numbers_and_the_switch_keep_them_apart(couple: list[Booking], now: datetime) -> None:
    decide(one_message_a_day=False)
    planning.plan(now)
    assert len(last()) == 2

    decide(one_message_a_day=True)
    thursday = WEDNESDAY + timedelta(days=1)
    change(couple[1].lesson, starts_at=thursday, ends_at=thursday + timedelta(hours=1))
    planning.plan(now)
    planning.plan(now)
    assert len(last(S.PLANNED)) == 2


def test_a_call_tells_both_lessons_in_kana(app: Flask, now: datetime) -> None:
    for hours in (0, 5):
        lesson = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=hours))
        factories.booking(factories.reminded_by_call(f"ホンダ {'アイ'[hours > 0]}"), lesson)

    planning.plan(now)

    (call,) = last()
    assert call.sentences[2].count("から、") == 2
    assert call.sentences[2].endswith("スマホ教室があります。")


# Turns


def test_many_of_one_hour_get_their_turns_and_keep_them(app: Flask, now: datetime) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=20)
    for n in range(5):
        factories.booking(factories.reminded_by_text(f"ヒト {'アイウエオ'[n]}", f"+8190000010{n:02}"), lesson)
    planning.plan(now)
    turns = [message.due_at for message in last()]
    assert turns == [LAST + timedelta(seconds=n) for n in range(5)]

    factories.booking(factories.reminded_by_text("ヒト カ", "+819000001099"), lesson)
    assert planning.plan(now) == {"put": 2}
    assert [message.due_at for message in last()] == [*turns, LAST + timedelta(seconds=5)]
    assert planning.plan(now) == {}
    assert {message.wished_at for message in last()} == {LAST}


def test_whose_turn_does_not_come_in_its_day_is_a_persons_from_the_hour_of_the_notice_on(
    app: Flask, now: datetime
) -> None:
    decide(calls_per_minute=1, call_window=(("10:00", "10:02"), ("15:00", "15:01")))
    lesson = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=4))
    people = [factories.reminded_by_call(f"ヒト {'アイウエ'[n]}", f"+8195700001{n}") for n in range(4)]
    for person in people:
        factories.booking(person, lesson)
    planning.plan(now)
    assert [message.reason for message in last()] == [None, None, None, "cap-rate"]

    items = queries.needs_person(LAST + timedelta(minutes=1))
    assert [(item.resident_id, item.why) for item in items] == [(people[3].id, Why.CAPPED)]


def test_who_waits_for_a_turn_is_not_late(app: Flask, now: datetime) -> None:
    decide(texts_per_minute=1)
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=40)
    bookings = [
        factories.booking(factories.reminded_by_text(f"ヒト {n}", f"+8190000011{n:02}"), lesson) for n in range(20)
    ]
    planning.plan(now)
    with transaction():
        db.session.execute(sa.update(Message).where(Message.due_at <= LAST).values(status=S.ACCEPTED))

    assert [item.booking_id for item in queries.needs_person(LAST + timedelta(minutes=17))] == [
        each.id for each in bookings[1:3]
    ]


# Hours of one's own


def test_a_notice_keeps_to_the_residents_hours_in_the_plan_and_at_sending(app: Flask, now: datetime) -> None:
    person = factories.reminded_by_text(contact_from="15:00")
    factories.booking(person, factories.lesson(starts_at=WEDNESDAY))
    planning.plan(now)
    assert last()[0].due_at == LAST + timedelta(hours=5)

    # As after an outage: due long ago, and it is morning.
    assert deliver(LAST + timedelta(hours=22, minutes=30)).accepted == []
    assert len(deliver(LAST + timedelta(hours=5)).accepted) == 1


def test_not_on_tuesdays_means_the_working_day_before(app: Flask, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(contact_not_on="1"), factories.lesson(starts_at=WEDNESDAY))
    planning.plan(now)

    assert last()[0].due_at == LAST - timedelta(days=1)


def test_whose_hours_never_meet_ours_is_told_by_a_person(app: Flask, now: datetime) -> None:
    person = factories.reminded_by_text(contact_from="20:00")
    factories.booking(person, factories.lesson(starts_at=WEDNESDAY))

    planning.plan(now)
    assert last() == []
    assert [item.why for item in queries.needs_person(LAST)] == [Why.OUTSIDE_HOURS]


def test_what_would_go_out_says_the_turns_and_for_whom_none_comes(app: Flask, now: datetime) -> None:
    decide(calls_per_minute=1, call_window=(("10:00", "10:02"), ("15:00", "15:01")))
    lesson = factories.lesson(starts_at=WEDNESDAY + timedelta(hours=4))
    for n in range(4):
        factories.booking(factories.reminded_by_call(f"ヒト {'アイウエ'[n]}", f"+8195700001{n}"), lesson)

    before = [one for one in going_out_queries.going_out(LAST, LAST + timedelta(hours=9)) if one.step.left_out is None]
    planning.plan(LAST)
    after = [one for one in going_out_queries.going_out(LAST, LAST + timedelta(hours=9)) if one.step.left_out is None]

    assert [one.step.due_at - LAST for one in before if not one.late] == [
        timedelta(0), timedelta(minutes=1), timedelta(hours=5)
    ]  # fmt: skip
    assert [one.late for one in before].count(True) == 1
    assert [(one.about, one.step.due_at, one.late) for one in after] == [
        (one.about, one.step.due_at, one.late) for one in before
    ]  # fmt: skip
