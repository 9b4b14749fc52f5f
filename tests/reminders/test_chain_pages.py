"""The chain on pages: step by step, the lights of a lesson, the family, and what is told on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.lessons.models import Lesson
from supportdesk.office import settings as office_settings
from supportdesk.people.models import FamilyContact, Resident
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, Wish
from supportdesk.reminders import actions, light_queries, planning, queries
from supportdesk.reminders.light_rules import LightKind
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, ConfirmedBy, PersonOutcome, Why
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
CARD_DAY = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 7, 14, 1, 5, tzinfo=UTC)


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=WEDNESDAY)


@pytest.fixture
def staff(app: Flask, web: Web) -> Iterator[Web]:
    with time_machine.travel(CARD_DAY, tick=False):
        yield web.sign_in(factories.user(Role.STAFF))


def with_daughter(person: Resident, timing: ContactTiming) -> Resident:
    factories.save(
        FamilyContact(
            resident_id=person.id, name="本田 恵", relation="娘", number="+819000000005", kind=NumberKind.MOBILE,
            scope=ContactScope.PLACE_AND_TIME, timing=timing,
        )
    )  # fmt: skip
    return person


def note(booking_id: int, outcome: PersonOutcome, now: datetime = CARD_DAY, **more: object) -> None:
    with transaction():
        actions.note_contact(booking_id, outcome, "", by=HOUSE, now=now, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", AnsweredBy)
@pytest.mark.parametrize(("kind", "words"), [(AnswerKind.WILL_COME, "予定どおり"), (AnswerKind.CANNOT_COME, "お休み")])
def test_what_they_answered_is_read_whichever_way_it_came(
    lesson: Lesson, staff: Web, how: AnsweredBy, kind: AnswerKind, words: str
) -> None:
    booking = factories.booking(factories.resident(), lesson)
    with transaction():
        actions.note_answer(booking.id, kind, how, "a", by=HOUSE, now=CARD_DAY)

    chain, seat = staff.get(f"/bookings/{booking.id}/contact"), staff.get(f"/bookings/{booking.id}")

    assert words in chain.soup.find("h2", string="ご本人の返事").find_next("li").text
    assert words in seat.text


def test_the_family_told_at_the_same_time_stands_in_the_list_and_the_residents_own_chain_goes_on(
    lesson: Lesson, now: datetime
) -> None:
    person = with_daughter(factories.reminded_by_text(), ContactTiming.TOGETHER)
    booking = factories.booking(person, lesson, read_back=False)
    planning.plan(now)

    [item] = queries.needs_person(TUESDAY)
    assert (item.why, item.number, item.family[0].relation) == (Why.FAMILY_TOGETHER, "+819000000005", "娘")
    note(booking.id, PersonOutcome.TALKED, TUESDAY - timedelta(minutes=20), with_family=True)

    assert [item.why for item in queries.needs_person(TUESDAY)] == []
    assert planning.plan(TUESDAY - timedelta(minutes=20)) == {}, "nothing of the resident's own is taken back"
    assert light_queries.lights([booking.id], TUESDAY)[booking.id].kind is not LightKind.CONFIRMED


def test_family_told_instead_confirms_for_the_resident_and_is_rung_under_its_own_number(lesson: Lesson) -> None:
    booking = factories.booking(with_daughter(factories.reminded_by_text(), ContactTiming.INSTEAD), lesson)

    [item] = queries.needs_person(TUESDAY)
    assert (item.why, item.number) == (Why.FAMILY_INSTEAD, "+819000000005")
    note(booking.id, PersonOutcome.TALKED, TUESDAY, with_family=True)

    light = light_queries.lights([booking.id], TUESDAY)[booking.id]
    assert light.confirmed is not None and light.confirmed.how is ConfirmedBy.FAMILY


def test_family_nobody_wrote_down_cannot_have_been_told(lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)

    with pytest.raises(Refusal, match="No family contact"):
        note(booking.id, PersonOutcome.TALKED, with_family=True)


def test_a_card_is_printed_posted_and_noted_and_confirms_nothing(lesson: Lesson, staff: Web) -> None:
    person = factories.resident("モリ イチ", wish=Wish.CARD)
    booking = factories.booking(person, lesson)
    title = lesson.course.title

    assert person.name in staff.get("/papers").text and title in staff.get("/papers").text
    assert title not in staff.get(f"/bookings/{booking.id}/papers/postcard").text
    page = staff.get("/action-items").form('form:has(input[name="way"])').send(outcome="handed-over")

    assert page.status == 200
    db.session.rollback()
    assert queries.needs_person(CARD_DAY) == []
    assert light_queries.lights([booking.id], CARD_DAY)[booking.id].kind is LightKind.TOLD


def test_after_the_posting_day_a_card_is_a_call_or_a_visit(lesson: Lesson) -> None:
    factories.booking(factories.resident("モリ イチ", "+81957000002", wish=Wish.CARD), lesson)

    [item] = queries.needs_person(TUESDAY)

    assert (item.why, item.way, item.number, item.card_in_time) == (
        Why.CARD_TOO_LATE, Wish.PERSON, "+81957000002", False,
    )  # fmt: skip


def test_nothing_leaves_on_paper_for_whom_contact_is_stopped(lesson: Lesson, staff: Web) -> None:
    booking = factories.booking(factories.resident("モリ イチ", wish=Wish.CARD, stopped_at=CARD_DAY), lesson)

    assert staff.get(f"/bookings/{booking.id}/papers/card").status == 409
    assert "モリ" not in staff.get("/papers").text
    with pytest.raises(Refusal, match="stopped"):
        note(booking.id, PersonOutcome.HANDED_OVER, way=Wish.CARD)


def test_the_pages_say_who_knows_how_and_since_when(lesson: Lesson, staff: Web) -> None:
    knows = factories.booking(factories.reminded_by_text("モリ イチ"), lesson)
    factories.booking(factories.reminded_by_text("ホンダ ハル", "+819000000009"), lesson, read_back=False)
    with transaction():
        actions.note_answer(knows.id, AnswerKind.WILL_COME, AnsweredBy.KEY, "call:1", by=HOUSE, now=CARD_DAY)

    lights, chain = staff.get(f"/lessons/{lesson.id}/contact").text, staff.get(f"/bookings/{knows.id}/contact").text

    assert "確認済" in lights and "電話のボタン操作で" in lights and "まだ送っていません" in lights
    assert "ボタン1" in chain and "ご本人から返事がありました。" in chain
    assert queries.today(TUESDAY).lights == {
        WEDNESDAY.date(): {LightKind.CONFIRMED: 1, LightKind.WAITING: 1}
    }  # fmt: skip


def test_an_answer_that_they_cannot_come_waits_for_somebody_until_the_booking_is_cancelled(lesson: Lesson) -> None:
    booking = factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        actions.note_answer(booking.id, AnswerKind.CANNOT_COME, AnsweredBy.KEY, "call:1", by=HOUSE, now=CARD_DAY)

    assert [item.why for item in queries.needs_person(CARD_DAY)] == [Why.CANNOT_COME]
    note(booking.id, PersonOutcome.TALKED, CARD_DAY + timedelta(minutes=5))
    assert queries.needs_person(TUESDAY) == []


def test_where_the_office_says_so_what_was_read_back_needs_no_reminder(lesson: Lesson, now: datetime) -> None:
    factories.booking(factories.reminded_by_text(), lesson)
    with transaction():
        office_settings.change(read_back_confirms=True)

    assert planning.plan(now) == {}
