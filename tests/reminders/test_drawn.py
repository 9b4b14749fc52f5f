"""How residents hear what came of a draw, from the rules to the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db, transaction
from supportdesk.lessons import actions, as_typed, lottery, offers, waiting
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.lottery_rules import Admission
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office.settings import OfficeSettings
from supportdesk.people.actions import stop_contact
from supportdesk.people.models import Resident
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, OwnChain, StopReason, Wish
from supportdesk.reminders import drawn_rules, going_out_queries, light_queries, planning, queries
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import Facts, Family, Matter, Number, StepName, Why
from tests import factories
from tests.conftest import NOW

OFFICE = OfficeSettings()
LESSON = datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO)
MOBILE = Number("+819000000001", NumberKind.MOBILE, tried=True)
HOME = Number("+81957000002", NumberKind.LANDLINE)


DAUGHTER = Family(1, "娘", "+819000000005", ContactScope.PLACE_AND_TIME, ContactTiming.INSTEAD)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def step(wish: Wish, *numbers: Number, drawn: str = "2026-07-06 10:00", **values: Any) -> Any:
    one = Facts(1, 1, "p", LESSON, NOW, wish, numbers, **values)
    return drawn_rules.steps(Matter.WON, one, at(drawn), 1, OFFICE, (), NOW)[0]


@pytest.mark.parametrize(
    ("asked", "way"),
    [
        (step(Wish.TEXT, MOBILE), Wish.TEXT),
        (step(Wish.CALL, HOME), Wish.CALL),
        # A text that they wished when they entered goes before their usual way, where one may be sent.
        (step(Wish.CALL, HOME, MOBILE, text_wished=True), Wish.TEXT),
        (step(Wish.CALL, HOME, text_wished=True), Wish.CALL),
    ],
)
def test_they_hear_of_it_once_by_their_own_way_within_two_working_days(asked: Any, way: Wish) -> None:
    assert (asked.step, asked.way) == (StepName.ONCE, way)
    assert (asked.due_at, asked.not_after) == (at("2026-07-06 10:00"), at("2026-07-08 17:15"))


def test_a_draw_in_the_evening_is_told_in_the_morning_and_a_late_one_before_the_lesson() -> None:
    assert step(Wish.TEXT, MOBILE, drawn="2026-07-06 20:00").due_at == at("2026-07-07 09:30")
    assert step(Wish.TEXT, MOBILE, drawn="2026-07-14 12:00").not_after == at("2026-07-15 09:00")
    late = step(Wish.TEXT, MOBILE, drawn="2026-07-15 09:30")
    assert (late.step, late.why) == (StepName.PERSON, Why.MISSED)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (step(Wish.NONE, HOME), Why.WISH),
        (step(Wish.PERSON, HOME), Why.WISH),
        (step(Wish.CALL, HOME, do_not_call=True), Why.DO_NOT_CALL),
        (step(Wish.TEXT, MOBILE, family=(DAUGHTER,), text_wished=True), Why.FAMILY_INSTEAD),
    ],
)
def test_whom_no_machine_may_tell_a_person_tells(asked: Any, why: Why) -> None:
    assert (asked.step, asked.why, asked.not_after) == (StepName.PERSON, why, at("2026-07-08 17:15"))


# ---- from the draw to the outbox


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def drawn(seats: int, *parties: list[Resident], **values: Any) -> tuple[Lesson, list[int]]:
    """A lesson of so many seats, entered by these and drawn now; gives the entries."""
    lesson = factories.lesson(
        starts_at=LESSON, seats=seats, admission=Admission.LOTTERY, booking_closes_at=NOW - timedelta(minutes=1)
    )
    with transaction():
        ids = [
            lottery.enter(
                lesson.id, [each.id for each in party], booked_by=BookedBy.SELF, channel=BookingChannel.PHONE,
                by=HOUSE, now=NOW - timedelta(days=1), **values,
            ).id
            for party in parties
        ]  # fmt: skip
        lottery.draw(lesson.id, lambda _who, _before: set(), by=HOUSE, now=NOW)
    return lesson, ids


def messages() -> list[Message]:
    db.session.rollback()
    found = sa.select(Message).where(Message.matter.in_(["won", "lost"])).order_by(Message.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def booking_of(person: Resident) -> int:
    found = db.session.scalars(sa.select(Booking.id).where(Booking.resident_id == person.id)).one()
    db.session.rollback()
    return found


def test_who_won_is_told_once_in_their_own_words_and_gets_no_confirmation_besides(app: Flask, now: datetime) -> None:
    person = factories.reminded_by_text()
    _lesson, [entry] = drawn(8, [person], text_wished=True)

    planning.plan(now)
    assert planning.plan(now)["put"] == 0

    assert "confirmation" not in db.session.scalars(sa.select(Message.matter)).all()
    [message] = messages()
    assert (message.about, message.channel, message.number) == (f"entry:{entry}", Channel.SMS, "+819000000001")
    assert "抽選で席をご用意できました" in message.body and "7月15日(水)午前10時から 口之津公民館" in message.body
    assert "写真" not in message.body and "http" not in message.body


def test_who_has_no_seat_hears_that_they_wait(app: Flask, now: datetime) -> None:
    couples = [
        [factories.reminded_by_call(f"ヒト {n}", f"+8195700{n:04d}"), factories.resident()] for n in (1, 2)
    ]
    drawn(3, *couples)  # seats for one of the two

    planning.plan(now)

    message, _won = sorted(messages(), key=lambda each: each.matter)
    assert (message.matter, message.channel) == ("lost", Channel.VOICE)
    assert "キャンセルまちになりました" in "".join(message.sentences)
    assert "おふたりぶんの、ちゅうせん" in "".join(message.sentences)


def test_a_lesson_that_moves_after_the_draw_is_told_in_new_words_and_not_twice(app: Flask, now: datetime) -> None:
    lesson, _ = drawn(8, [factories.reminded_by_text()])
    planning.plan(now)
    with transaction():
        db.session.execute(sa.update(Message).values(status=MessageStatus.SENT))
        stored = db.session.get_one(Lesson, lesson.id)
        moved = as_typed.lesson_with(stored, {"day": (LESSON + timedelta(days=1)).date()})
        actions.edit_lesson(lesson.id, moved, stored.version, by=HOUSE, now=now)

    planning.plan(now)

    assert [each.status for each in messages()] == [MessageStatus.SENT]


@pytest.mark.parametrize("how", ["cancelled", "stopped", "told", "lesson-cancelled"])
def test_who_need_not_be_told_any_more_is_not_told_that_they_won(app: Flask, now: datetime, how: str) -> None:
    person = factories.reminded_by_text()
    lesson, [entry] = drawn(8, [person])
    planning.plan(now)
    [message] = messages()
    booking = booking_of(person)

    with transaction():
        if how == "cancelled":
            cancel_booking(booking, "体調", by=HOUSE, now=now)
        elif how == "stopped":
            stop_contact(person.id, StopReason.WISH, by=HOUSE, now=now)
        elif how == "told":
            lottery.note_told(entry, True, by=HOUSE, now=now)
        else:
            actions.cancel_lesson(lesson.id, "台風", by=HOUSE, now=now)

    assert planning.unwanted([message], now), "asked right before the call"
    assert queries.needs_person(now) == [] or how == "lesson-cancelled"


def test_of_a_couple_the_one_who_still_comes_is_told(app: Flask, now: datetime) -> None:
    wife, husband = factories.reminded_by_text(), factories.reminded_by_call()
    drawn(8, [wife, husband])
    with transaction():
        cancel_booking(booking_of(wife), "体調", by=HOUSE, now=now)

    planning.plan(now)

    [message] = messages()
    assert (message.recipient, message.channel) == (f"resident:{husband.id}", Channel.VOICE)


def test_who_left_the_list_or_is_offered_a_seat_since_hears_nothing_of_the_draw(app: Flask, now: datetime) -> None:
    winner, first, second = (factories.reminded_by_text(f"ヒト {n}", f"+81900000000{n}") for n in range(3))
    _lesson, entries = drawn(1, [winner], [first], [second])
    booking = db.session.scalars(sa.select(Booking.id)).one()
    db.session.rollback()
    with transaction():
        cancel_booking(booking, "体調", by=HOUSE, now=now)
    offers.settle_all(now)
    last = db.session.scalars(
        sa.select(waiting.Waiting.id).where(waiting.Waiting.ended_at.is_(None)).order_by(waiting.Waiting.place.desc())
    ).first()
    db.session.rollback()
    assert last in entries
    with transaction():
        waiting.take_out(last, "入院", by=HOUSE, now=now)

    planning.plan(now)

    assert messages() == []


def test_a_person_tells_whom_no_machine_reaches_with_a_deadline_and_the_list_shows_it(
    app: Flask, now: datetime
) -> None:
    asks = factories.resident("ホンダ タダシ", "+81957000002", wish=Wish.PERSON)
    texts = factories.reminded_by_text(own_chain=OwnChain.ONE_WAY)
    lesson, [by_person, by_text] = drawn(8, [asks], [texts])
    planning.plan(now)

    [item] = queries.needs_person(now)
    assert (item.entry_id, item.won, item.why, item.deadline) == (by_person, True, Why.WISH, at("2026-07-08 17:15"))
    lights = light_queries.told_of_draw(lesson.id, now)
    assert (lights[by_person].kind, lights[by_text].kind) == (LightKind.BY_PERSON, LightKind.WAITING)
    with transaction():
        db.session.execute(sa.update(Message).values(status=MessageStatus.FAILED))
    failed = light_queries.told_of_draw(lesson.id, now)[by_text]
    assert (failed.kind, failed.why) == (LightKind.NOT_REACHED, Why.FAILED)
    later = [item.entry_id for item in queries.needs_person(at("2026-07-10 10:00")) if item.entry_id]
    assert later == [by_person, by_text], "they stay when the deadline is over"
    with transaction():
        lottery.note_told(by_person, True, by=HOUSE, now=now)
        lottery.note_told(by_text, True, by=HOUSE, now=now)
    assert [item for item in queries.needs_person(now) if item.entry_id] == []
    assert light_queries.told_of_draw(lesson.id, now) == {}


def test_what_would_go_out_names_the_result(app: Flask, now: datetime) -> None:
    person = factories.reminded_by_text()
    drawn(8, [person])

    [going] = [one for one in going_out_queries.going_out(now, now) if one.step.matter is Matter.WON]

    assert (going.resident_id, going.segments) == (person.id, 1)
