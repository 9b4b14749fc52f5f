"""How residents hear of a seat that is kept for them, from the rules to the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db, transaction
from supportdesk.core.japan.calendar import spoken_when
from supportdesk.lessons import actions, offers, waiting
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Lesson
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.waiting_models import Offer
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.office.settings import OfficeSettings
from supportdesk.people.actions import stop_contact
from supportdesk.people.models import Resident
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, OwnChain, StopReason, Wish
from supportdesk.reminders import chain_rules, going_out_queries, offer_rules, planning, queries
from supportdesk.reminders.rules import Facts, Family, Matter, Number, StepName, Tried, Why
from tests import factories
from tests.conftest import NOW

OFFICE = OfficeSettings()
LESSON = datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO)
MOBILE = Number("+819000000001", NumberKind.MOBILE, tried=True)
HOME = Number("+81957000002", NumberKind.LANDLINE)
S = MessageStatus

DAUGHTER = Family(1, "娘", "+819000000005", ContactScope.PLACE_AND_TIME, ContactTiming.INSTEAD)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def facts(wish: Wish = Wish.TEXT, *numbers: Number, **values: Any) -> Facts:
    return Facts(1, 1, "p", LESSON, NOW, wish, numbers or (MOBILE,), **values)


def steps(one: Facts, made: str = "2026-07-06 10:00", until: str = "2026-07-07 10:00", now: datetime = NOW) -> Any:
    return offer_rules.steps(one, at(made), at(until), 1, OFFICE, (), now)


def step(one: Facts, made: str = "2026-07-06 10:00", until: str = "2026-07-07 10:00") -> Any:
    return steps(one, made, until)[0]


def why(one: Facts, status: MessageStatus | None, now: datetime = NOW, **more: Any) -> Why | None:
    tried = {(Matter.OFFER, StepName.ONCE): Tried(status)} if status else {}
    one = replace(one, own_chain=OwnChain.ONE_TRY, tried=tried)
    found = chain_rules.why_person(steps(one, now=now), one, now, more.pop("office", OFFICE), **more)
    return found[0] if found else None


# ---- rules


@pytest.mark.parametrize(
    ("one", "way", "number"),
    [
        (facts(), Wish.TEXT, "+819000000001"),
        (facts(Wish.CALL, HOME), Wish.CALL, "+81957000002"),
    ],
)
def test_they_hear_of_it_by_their_own_way_as_soon_as_its_window_is_open(one: Facts, way: Wish, number: str) -> None:
    asked = step(one)

    assert (asked.matter, asked.step, asked.way, asked.number) == (Matter.OFFER, StepName.ONCE, way, number)
    assert asked.due_at == at("2026-07-06 10:00")
    assert asked.not_after == at("2026-07-07 09:00"), "an hour is left to ring"
    assert step(one, "2026-07-06 20:00", "2026-07-07 17:15").due_at >= at("2026-07-07 09:30")


@pytest.mark.parametrize(
    ("one", "way", "why"),
    [
        (facts(Wish.PERSON, HOME), Wish.PERSON, Why.WISH),
        (facts(Wish.NONE, HOME), Wish.PERSON, Why.WISH),  # wishes no reminder, but waits for a seat
        (facts(Wish.CALL, HOME, do_not_call=True), Wish.CARD, Why.DO_NOT_CALL),
        (facts(Wish.TEXT, MOBILE, consent=False), Wish.PERSON, Why.NO_CONSENT),
        (facts(Wish.CALL, HOME, family=(DAUGHTER,)), Wish.PERSON, Why.FAMILY_INSTEAD),
    ],
)
def test_whom_no_machine_may_tell_is_a_persons_at_once_until_the_deadline(one: Facts, way: Wish, why: Why) -> None:
    asked = step(one)

    assert (asked.step, asked.way, asked.why) == (StepName.PERSON, way, why)
    assert (asked.due_at, asked.not_after) == (at("2026-07-06 10:00"), at("2026-07-07 10:00"))
    assert chain_rules.why_person([asked], one, NOW, OFFICE) == (why, asked)


def test_where_no_window_opens_in_time_a_person_tells_them() -> None:
    asked = step(facts(), "2026-07-06 08:30", "2026-07-06 10:00")

    assert (asked.step, asked.way, asked.why) == (StepName.PERSON, Wish.PERSON, Why.MISSED)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, None), (S.PLANNED, None), (S.ACCEPTED, None), (S.DELIVERED, None), (S.ANSWERED, None),
        (S.NOT_ANSWERED, Why.NOT_PICKED_UP), (S.FAILED, Why.FAILED), (S.REFUSED, Why.REFUSED),
        (S.UNKNOWN, Why.UNKNOWN), (S.MISSED, Why.MISSED),
    ],
)  # fmt: skip
def test_a_message_that_came_of_no_avail_is_a_persons(
    status: MessageStatus | None, reason: Why | None
) -> None:
    assert why(facts(), status) is reason


def test_what_is_held_back_is_a_persons_too() -> None:
    assert why(facts(), S.PLANNED, office=replace(OFFICE, sending_hold="台風")) is Why.SENDING_STOPPED
    assert why(facts(), S.PLANNED, capped={(Matter.OFFER, StepName.ONCE)}) is Why.CAPPED
    assert why(facts(), S.PLANNED, NOW + timedelta(minutes=15)) is Why.LATE


# ---- the outbox


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def offered(person: Resident, *along: Resident) -> tuple[Lesson, Offer]:
    """A full lesson in which seats are offered to this person, who asked first, and those who come along."""
    lesson = factories.lesson(starts_at=LESSON, seats=2)
    bookings = [factories.booking(factories.resident(), lesson) for _ in range(2)]
    with transaction():
        waiting.join(
            lesson.id, [person.id, *(each.id for each in along)], booked_by=BookedBy.SELF,
            channel=BookingChannel.PHONE, by=HOUSE, now=NOW,
        )  # fmt: skip
        for each in bookings[: 1 + len(along)]:
            cancel_booking(each.id, "体調", by=HOUSE, now=NOW)
    offers.settle_all(NOW)
    return lesson, db.session.scalars(sa.select(Offer)).one()


def messages() -> list[Message]:
    db.session.rollback()
    found = sa.select(Message).where(Message.matter == "offer").order_by(Message.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def test_an_offer_is_told_once_by_text_with_the_last_hour_to_ring(app: Flask, now: datetime) -> None:
    _lesson, offer = offered(factories.reminded_by_text())

    assert planning.plan(now)["put"] == 1
    assert planning.plan(now)["put"] == 0

    [message] = messages()
    assert (message.about, message.channel, message.number) == (f"offer:{offer.id}", Channel.SMS, "+819000000001")
    assert message.body.startswith("【") and "7月15日(水)午前10時から 口之津公民館、お一人分" in message.body
    assert "7月7日(火)午前10時までに0957" in message.body
    assert "写真" not in message.body and "http" not in message.body


def test_an_offer_is_told_by_call_in_words_that_a_voice_can_read(app: Flask, now: datetime) -> None:
    offered(factories.reminded_by_call())
    planning.plan(now)

    [message] = messages()
    assert message.channel is Channel.VOICE
    said = "".join(message.sentences)
    assert "あきのごれんらく" in said
    assert f"{spoken_when(at('2026-07-07 10:00'))}までに" in said
    assert "ボタンを押す必要はありません" in said


def test_a_couple_is_told_once_by_the_way_of_the_one_who_asked_first(app: Flask, now: datetime) -> None:
    offered(factories.reminded_by_text(), factories.reminded_by_call())
    planning.plan(now)

    [message] = messages()
    assert "お二人分" in message.body


@pytest.mark.parametrize("how", ["declined", "stopped", "lesson-cancelled"])
def test_what_has_not_left_is_withdrawn_when_the_offer_ends(app: Flask, now: datetime, how: str) -> None:
    person = factories.reminded_by_text()
    lesson, offer = offered(person)
    planning.plan(now)
    [message] = messages()

    with transaction():
        if how == "declined":
            offers.decline(offer.id, by=HOUSE, now=now)
        elif how == "stopped":
            stop_contact(person.id, StopReason.WISH, by=HOUSE, now=now)
        else:
            actions.cancel_lesson(lesson.id, "台風", by=HOUSE, now=now)
    assert planning.unwanted([message], now), "asked right before the call"
    offers.settle_all(now)
    planning.plan(now)

    assert [each.status for each in messages()] == [MessageStatus.WITHDRAWN]


def test_a_message_about_an_offer_that_stands_is_wanted(app: Flask, now: datetime) -> None:
    offered(factories.reminded_by_text())
    planning.plan(now)

    assert planning.unwanted(messages(), now) == {}


def test_what_would_go_out_names_the_offer(app: Flask, now: datetime) -> None:
    person = factories.reminded_by_text()
    offered(person)

    [going] = [one for one in going_out_queries.going_out(now, now) if one.step.matter is Matter.OFFER]

    assert (going.resident_id, going.segments) == (person.id, 2)
    assert queries.shown([going]).residents[person.id].kana == "ホンダ ハル"


def test_whom_no_machine_tells_is_an_item_with_the_deadline_of_the_offer(app: Flask, now: datetime) -> None:
    person = factories.resident(number="+81957000002", wish=Wish.PERSON)
    lesson, offer = offered(person)

    [item] = queries.needs_person(now)
    assert (item.offer_id, item.booking_id, item.resident_id, item.lesson_id) == (offer.id, None, person.id, lesson.id)
    assert (item.why, item.deadline, item.numbers) == (Why.WISH, offer.until, ("+81957000002",))

    with transaction():
        offers.not_reached(offer.id, by=HOUSE, now=now)
    [item] = queries.needs_person(now)
    assert item.attempts == 1
    with transaction():
        offers.accept(offer.id, by=HOUSE, now=now)
    assert queries.needs_person(now) == []


def test_a_message_that_failed_makes_an_item_and_a_sent_one_does_not(app: Flask, now: datetime) -> None:
    _lesson, offer = offered(factories.reminded_by_text(own_chain=OwnChain.ONE_WAY))
    planning.plan(now)
    for status, items in ((S.SENT, []), (S.FAILED, [(offer.id, Why.FAILED)])):
        with transaction():
            db.session.execute(sa.update(Message).values(status=status))
        assert [(item.offer_id, item.why) for item in queries.needs_person(now)] == items


def test_while_all_sending_is_stopped_offers_are_told_by_persons(app: Flask, now: datetime) -> None:
    offered(factories.reminded_by_text())
    planning.plan(now)
    with transaction():
        office_settings.change(sending_hold="点検")

    [item] = queries.needs_person(now)
    assert item.why is Why.SENDING_STOPPED
