"""Who waits for a person, and the truth about bookings, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound
from supportdesk.lessons.bookings import cancel_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders import actions, going_out_queries, light_queries, planning, queries
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import PersonOutcome, Why
from tests import factories
from tests.statements import count_queries

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
FRIDAY_BEFORE = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
TUESDAY_NOON = datetime(2026, 7, 14, 3, 0, tzinfo=UTC)


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


def ended(step: str, status: MessageStatus) -> None:
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.step == step).values(status=status))


def waiting(now: datetime) -> list[tuple[int, Why]]:
    db.session.rollback()
    return [(item.booking_id, item.why) for item in queries.needs_person(now)]


def talked(booking: Booking, by: factories.Actor, now: datetime) -> None:
    with transaction():
        actions.note_contact(booking.id, PersonOutcome.TALKED, "", by=by, now=now)


def test_who_wishes_a_person_waits_from_the_third_working_day_before(lesson: Lesson) -> None:
    booking = factories.booking(factories.resident(number="+81957000002", wish=Wish.PERSON), lesson)

    assert waiting(FRIDAY_BEFORE - timedelta(hours=2)) == []
    assert waiting(FRIDAY_BEFORE) == [(booking.id, Why.WISH)]
    assert waiting(WEDNESDAY) == []


def test_an_item_brings_all_a_person_needs_to_call(lesson: Lesson, by: factories.Actor) -> None:
    booking = factories.booking(factories.resident(number="+81957000002", wish=Wish.PERSON), lesson)
    with transaction():
        actions.note_contact(booking.id, PersonOutcome.NO_ANSWER, "", by=by, now=FRIDAY_BEFORE)

    (item,) = queries.needs_person(FRIDAY_BEFORE)

    assert (item.way, item.number, item.numbers) == (Wish.PERSON, "+81957000002", ("+81957000002",))
    assert item.deadline == datetime(2026, 7, 14, 6, 0, tzinfo=UTC)
    assert (item.minutes, item.attempts, item.persons) == (3, 1, 1)
    assert item.booking_id == booking.id


def test_a_mobile_that_was_never_tried_is_called_by_a_person(lesson: Lesson) -> None:
    person = factories.resident(number="+819000000001", wish=Wish.TEXT, consent_on=WEDNESDAY.date())
    booking = factories.booking(person, lesson)

    assert waiting(FRIDAY_BEFORE) == [(booking.id, Why.NOT_TRIED)]


def test_a_text_that_failed_becomes_a_persons_task_and_ends_when_they_talked(
    lesson: Lesson, now: datetime, by: factories.Actor
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    ended("first", MessageStatus.SENT)
    ended("last", MessageStatus.FAILED)
    planning.plan(TUESDAY_NOON - timedelta(hours=2))
    assert waiting(TUESDAY_NOON - timedelta(hours=2)) == []

    ended("by-call", MessageStatus.FAILED)

    assert waiting(TUESDAY_NOON) == [(booking.id, Why.FAILED)]
    talked(booking, by, TUESDAY_NOON)
    assert waiting(TUESDAY_NOON) == []


def test_who_did_not_answer_twice_waits_for_a_person(lesson: Lesson, now: datetime) -> None:
    booking = factories.booking(factories.reminded_by_call(), lesson)
    planning.plan(now)
    ended("last", MessageStatus.NOT_ANSWERED)
    planning.plan(TUESDAY_NOON)
    assert waiting(TUESDAY_NOON) == []

    ended("last-again", MessageStatus.NOT_ANSWERED)

    assert waiting(TUESDAY_NOON + timedelta(hours=4)) == [(booking.id, Why.NOT_ANSWERED)]


def test_when_one_of_a_couple_cancels_the_other_waits_for_a_person_if_their_call_failed(
    lesson: Lesson, now: datetime, by: factories.Actor
) -> None:
    his, hers = (
        factories.booking(factories.reminded_by_call(kana), lesson, party="couple")
        for kana in ("ホンダ タダシ", "ホンダ ハル")
    )
    planning.plan(now)
    ended("last", MessageStatus.UNKNOWN)
    assert waiting(TUESDAY_NOON) == [(his.id, Why.UNKNOWN)]

    with transaction():
        cancel_booking(his.id, "かぜ", by=by, now=TUESDAY_NOON)

    assert waiting(TUESDAY_NOON) == [(hers.id, Why.UNKNOWN)]


def test_people_of_a_lesson_we_cancelled_wait_until_each_was_told(lesson: Lesson, by: factories.Actor) -> None:
    told_before = factories.booking(factories.reminded_by_text(), lesson)
    other = factories.booking(factories.reminded_by_call(), lesson)
    factories.booking(factories.reminded_by_call("モリ イチ", "+81957000003"), lesson, cancelled_at=FRIDAY_BEFORE)
    talked(told_before, by, FRIDAY_BEFORE)
    with transaction() as session:
        session.execute(sa.update(Lesson).values(cancelled_at=TUESDAY_NOON, state=LessonState.CANCELLED))

    assert waiting(TUESDAY_NOON) == [(told_before.id, Why.LESSON_CANCELLED), (other.id, Why.LESSON_CANCELLED)]
    talked(other, by, TUESDAY_NOON)
    assert waiting(TUESDAY_NOON) == [(told_before.id, Why.LESSON_CANCELLED)]


def test_nobody_waits_to_be_told_where_contact_was_stopped(lesson: Lesson) -> None:
    person = factories.resident(number="+81957000002", wish=Wish.PERSON, stopped_at=FRIDAY_BEFORE)
    factories.booking(person, lesson)
    with transaction() as session:
        session.execute(sa.update(Lesson).values(cancelled_at=TUESDAY_NOON))

    assert waiting(TUESDAY_NOON) == []


def test_while_sending_is_stopped_what_is_due_waits_for_a_person(lesson: Lesson, now: datetime) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    with transaction():
        office_settings.change(sending_hold="by a person")

    assert waiting(TUESDAY_NOON) == [(booking.id, Why.SENDING_STOPPED)]


def test_a_moved_lesson_is_to_be_told_anew(lesson: Lesson, by: factories.Actor) -> None:
    booking = factories.booking(factories.resident(number="+81957000002", wish=Wish.PERSON), lesson)
    talked(booking, by, FRIDAY_BEFORE)
    assert waiting(TUESDAY_NOON) == []

    later = WEDNESDAY + timedelta(days=1)
    with transaction() as session:
        session.execute(sa.update(Lesson).values(starts_at=later, ends_at=later + timedelta(hours=1)))

    assert waiting(TUESDAY_NOON) == [(booking.id, Why.WISH)]


def test_a_contact_by_a_person_stands_in_the_history_without_its_note(
    lesson: Lesson, by: factories.Actor, now: datetime
) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        actions.note_contact(booking.id, PersonOutcome.TALKED, "娘さんと話した", by=by, now=now)

    (row,) = history.of(f"booking:{booking.id}")
    assert (row.action, row.actor_name, row.details) == ("booking.contact", by.name, {"outcome": "talked"})


def test_a_contact_needs_a_booking(app: Flask, by: factories.Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        actions.note_contact(4711, PersonOutcome.TALKED, "", by=by, now=now)


def test_lights_tell_each_bookings_truth(lesson: Lesson, now: datetime, by: factories.Actor) -> None:
    texted = factories.booking(factories.reminded_by_text(), lesson)
    told = factories.booking(factories.reminded_by_text("モリ イチ", "+819000000003"), lesson)
    unseen = factories.booking(factories.reminded_by_text("モリ ニ", "+819000000004"), lesson, read_back=False)
    planning.plan(now)
    with transaction() as session:
        session.execute(
            sa.update(Message)
            .where(Message.about == f"booking:{texted.id}", Message.step == "first")
            .values(status=MessageStatus.SENT)
        )
    talked(told, by, now)

    lights = light_queries.lights([texted.id, told.id, unseen.id], FRIDAY_BEFORE)

    assert {key: light.kind for key, light in lights.items()} == {
        texted.id: LightKind.SENT,
        told.id: LightKind.CONFIRMED,
        unseen.id: LightKind.WAITING,
    }
    assert lights[texted.id].next_at == datetime(2026, 7, 14, 1, 0, tzinfo=UTC)


def test_the_light_of_who_is_told_together_is_that_of_the_message(lesson: Lesson, now: datetime) -> None:
    first = factories.booking(factories.reminded_by_call(), lesson, party="couple")
    second = factories.booking(factories.reminded_by_call("ホンダ ハル"), lesson, party="couple")
    planning.plan(now)
    ended("last", MessageStatus.ANSWERED)

    lights = light_queries.lights([first.id, second.id], TUESDAY_NOON)

    assert {light.kind for light in lights.values()} == {LightKind.ANSWERED}


def test_a_text_that_was_sent_is_not_the_call_that_another_of_the_party_did_not_take(
    lesson: Lesson, now: datetime
) -> None:
    number = "+819000000001"
    made = [factories.reminded_by_text("モリ イチ", number), factories.reminded_by_call("モリ ニ", number),
            factories.reminded_by_text("モリ サン", number)]  # fmt: skip
    ids = [factories.booking(person, lesson, party="three", read_back=False).id for person in made]
    planning.plan(now)
    with transaction() as session:
        for channel, status in ((Channel.SMS, MessageStatus.ACCEPTED), (Channel.VOICE, MessageStatus.NOT_ANSWERED)):
            session.execute(
                sa.update(Message).where(Message.channel == channel, Message.step == "last").values(
                    status=status, handed_over_at=TUESDAY_NOON, ended_at=TUESDAY_NOON
                )
            )  # fmt: skip

    found = light_queries.lights(ids, TUESDAY_NOON + timedelta(minutes=5))
    assert [found[each].kind for each in ids] == [LightKind.SENT, LightKind.NOT_REACHED, LightKind.SENT]


def test_lists_ask_the_same_number_of_queries_for_two_bookings_and_for_twenty(lesson: Lesson, now: datetime) -> None:
    ids = [factories.booking(factories.resident(number=f"+8195700010{n}"), lesson).id for n in range(2)]
    acts: list[Callable[[], object]] = [
        lambda: queries.needs_person(FRIDAY_BEFORE),
        lambda: light_queries.lights(ids, FRIDAY_BEFORE),
        lambda: going_out_queries.going_out(now, TUESDAY_NOON),
    ]
    few = [count_queries(act) for act in acts]
    for n in range(10, 28):
        place = lesson if n < 14 else factories.lesson(starts_at=WEDNESDAY + timedelta(minutes=n))
        ids.append(factories.booking(factories.resident(number=f"+819570002{n}"), place).id)

    # some of them look for offers, draws and duties
    assert [count_queries(act) for act in acts] == few == [14, 10, 13]


def test_what_would_go_out_is_derived_without_writing_anything(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    factories.booking(factories.reminded_by_text("モリ イチ", "+819000000003"), lesson, booked_at=now)

    going = going_out_queries.going_out(now, FRIDAY_BEFORE)

    assert [(one.step.step, one.step.left_out) for one in going] == [("first", None), ("first", "just-booked")]
    assert going[0].words.startswith("【")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0


def test_what_has_left_would_not_go_out_again(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    planning.plan(now)
    ended("first", MessageStatus.SENT)

    assert going_out_queries.going_out(now, FRIDAY_BEFORE) == []
