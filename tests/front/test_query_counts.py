"""How often each main page asks the database: the same for two people, lessons and bookings as for thirty.

A number that went down is written down here; one that went up needs its reason in the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Course, LessonSupporter, LessonThing
from supportdesk.lessons.rules import BookedBy, BookingChannel
from supportdesk.lessons.waiting import join
from supportdesk.places.models import Permit, Room
from supportdesk.reminders import change_actions
from tests import factories
from tests.conftest import NOW
from tests.statements import noted
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    """Which days and hours lie between now and a lesson decides what a page must ask."""
    with time_machine.travel(NOW, tick=False):
        yield


PAGES = {
    # In the first three, one asks which offers stand, one which results of draws are to be told, one which duties are
    # near, and residents and lessons are asked apart, since an item is of a booking, an offer or a draw. In the first
    # two and on the board one asks what is to be decided about lessons.
    # One for the lessons whose lights are shown (they are read with the items), five for the gaps of the rota, one for
    # duties without papers.
    "/": 40,
    # Three for those that somebody who cannot come has left, seven for what is over, three for who has what, districts,
    # call tasks and wrong numbers.
    "/action-items": 36,
    "/messages": 6,  # one for the channels in trouble
    "/outgoing": 21,  # one of them for the words that the office has chosen, one for its prices, one for turns
    "/desk": 10,
    "/desk?resident=1": 33,  # one asks what a person waits for
    "/desk/people/1": 26,
    "/residents/1": 30,  # one as above, three for the story of it
    "/residents/1/telephones/1/trial": 5,
    "/residents?q=ヒト": 4,
    "/changes": 18,
    "/changes/1": 24,
    "/changes/new?lesson=1": 22,
    "/changes/not-reached": 17,
    "/lessons": 7,
    "/lessons/1": 21,  # twelve of them for the one check, on what stands against the lesson; one asks who waited
    "/lessons/1/book?resident=1": 6,
    # Thirteen of them for the one check on all lessons shown; a supporter's board reads no venues and closures.
    "/board": 24,
    "/board?rows=venue": 24,
    "/board?rows=supporter": 22,
    "/board?span=month": 24,
    "/requests": 6,
    "/permits": 5,
    "/practice": 7,
    "/practice/rehearsal": 7,
    "/things": 6,
    "/venues/1": 10,
    "/sheet": 4,
}


def fill(first: int, last: int) -> None:
    """People with bookings in lessons of tomorrow and the days after, some reached by text, some by a person alone."""
    for n in range(first, last):
        person = (
            factories.reminded_by_text(f"ヒト {n:02d}", f"+8190000001{n:02d}")
            if n % 2
            else factories.resident(f"ヒト {n:02d}", f"+8195700010{n:02d}"[:13])
        )
        lesson = factories.lesson(starts_at=clock.now() + timedelta(days=1, minutes=n))
        factories.booking(person, lesson)
        factories.save(LessonThing(lesson_id=lesson.id, thing_id=factories.thing(f"ルーター{n}").id))
        day = clock.local_date(lesson.starts_at)
        factories.save(Permit(room_id=lesson.room_id, first=day, last=day))


def asked(web: Web, path: str) -> int:
    web.get(path)  # the first look at a person is written down
    with noted() as seen:
        assert web.get(path).status == 200
    return len(seen)


def wait_for(lesson_id: int, count: int) -> None:
    for _ in range(count):
        who = [factories.resident().id, factories.resident().id]
        with transaction():
            join(
                lesson_id, who, booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, by=HOUSE, now=clock.now()
            )  # fmt: skip


def test_a_long_queue_asks_as_often_as_a_short_one(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.STAFF))
    lesson = factories.lesson(starts_at=clock.now() + timedelta(days=9), seats=2)
    for _ in range(2):
        factories.booking(factories.resident(), lesson)
    wait_for(lesson.id, 2)
    paths = (f"/lessons/{lesson.id}", f"/lessons/{lesson.id}/book?resident=1", f"/desk?lesson={lesson.id}")
    few = [asked(web, path) for path in paths]
    wait_for(lesson.id, 10)

    assert [asked(web, path) for path in paths] == few


def test_pages_ask_as_often_for_few_as_for_many(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.STAFF))
    fill(0, 2)
    change_some()
    few = {path: asked(web, path) for path in PAGES}
    fill(2, 30)

    assert {path: asked(web, path) for path in PAGES} == few == PAGES


def change_some() -> None:
    """A lesson that was cancelled, in a manager's name."""
    lesson = factories.lesson(starts_at=clock.now() + timedelta(days=2))
    factories.booking(factories.resident("モリ イチ", "+819000000900"), lesson)
    manager = factories.actor_of(factories.user(Role.MANAGER))
    with transaction():
        change = change_actions.cancel_together([lesson.id], "台風", {}, by=manager, now=clock.now())
        assert change is not None
        change_actions.release(change.id, by=manager, now=clock.now())


def slots_with_somebody(first: int, last: int) -> None:
    """Half hours of one day in one room, each with a couple at one of its tables."""
    for n in range(first, last):
        slot = factories.slot(
            starts_at=factories.START + timedelta(days=2, minutes=30 * n), seats=2, least=1,
            course=db.session.get(Course, 1), room=db.session.get(Room, 1),
        )  # fmt: skip
        for _ in range(2):
            factories.save(
                Booking(
                    lesson_id=slot.id, resident_id=factories.resident().id, party=f"party{n}",
                    booked_by=BookedBy.SELF, channel=BookingChannel.PHONE, booked_at=factories.START,
                    booked_by_user="職員",
                )
            )  # fmt: skip


def test_a_day_of_slots_asks_as_often_for_few_as_for_many(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.STAFF))
    factories.course(category="consult", minutes=30), factories.room()
    slots_with_somebody(0, 2)
    day = f"{clock.local_date(factories.START + timedelta(days=2))}"
    pages = {"/slots": 6, f"/slots/{day}/1": 8, f"/slots/{day}/1/paper": 8}
    few = {path: asked(web, path) for path in pages}
    slots_with_somebody(2, 20)

    assert {path: asked(web, path) for path in pages} == few == pages


# Signed out; each answers thousands of readers the same.
PUBLIC_PAGES = {
    "/timetable": 6,
    "/timetable?kana=1&large=1": 6,
    "/timetable/1": 3,
    "/timetable/print": 5,
    "/timetable.txt": 5,
    "/timetable.ics": 6,
    "/timetable/1/poster": 3,
    "/timetable/1/flyer": 3,
    "/senders": 1,
    "/open-data/": 1,
    "/open-data/events.csv": 3,
    "/open-data/facilities.csv": 4,
}


def test_public_pages_ask_as_often_for_few_as_for_many(app: Flask, web: Web) -> None:
    fill(0, 2)
    few = {path: asked(web, path) for path in PUBLIC_PAGES}
    fill(2, 30)

    assert {path: asked(web, path) for path in PUBLIC_PAGES} == few == PUBLIC_PAGES


# With somebody whose duties lack papers, whom they ask about; the board reads three kinds of facts of supporters more.
OF_SUPPORTERS = {
    "/supporters": 9,
    "/supporters/1": 17,
    "/supporters/without-papers": 8,
    "/supporters/renew": 6,
    "/": 51,  # with the gaps of the rota, what is over, duties that are near, changes, and what is to be decided
    "/board": 33,
}


def put_on_duty(count: int) -> None:
    for _ in range(count):
        helper = factories.supporter(terms=[])
        for each in {helper.id, 1}:
            lesson = factories.lesson(starts_at=clock.now() + timedelta(days=1, hours=2 * helper.id))
            factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=each))


def test_pages_of_supporters_ask_as_often_for_few_as_for_many(app: Flask, web: Web) -> None:
    web.sign_in(factories.user(Role.COORDINATOR))
    put_on_duty(2)
    few = {path: asked(web, path) for path in OF_SUPPORTERS}
    put_on_duty(20)

    assert {path: asked(web, path) for path in OF_SUPPORTERS} == few == OF_SUPPORTERS
