"""A town that nothing outside can reach (no public address): what became of texts and calls is learned by asking,
and whoever was not reached stands on a list of people to be told, as anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk import jobs
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages.models import Message, PracticeExchange, PracticeLine, ProviderReport
from supportdesk.messages.rules import LineBehaviour, MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.reminders import queries
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

S = MessageStatus
OFFICE = {"town": "南島原市", "sender": "【南島原市】", "telephone": "0957-00-0001", "sample_town": True}
HOME, MOBILE, OFF = "+81957000002", "+819000000001", "+819000000003"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On that day of July 2026, by the clock on the wall. Wednesday the 15th has no holiday near."""
    return clock.at(date(2026, 7, day), time(hour, minute))


@pytest.fixture(autouse=True)
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(14, 9), tick=False) as traveller:
        yield traveller


@pytest.fixture
def tick(app: Flask, travel: time_machine.Traveller) -> Callable[[datetime], None]:
    def run(until: datetime) -> None:
        """One beat of the jobs at that time."""
        travel.move_to(until)
        db.session.remove()
        assert jobs.run_once(jobs.WORK, app) == 0

    return run


def stands(number: str) -> list[MessageStatus]:
    db.session.rollback()
    rows = sa.select(Message.status).where(Message.number == number).order_by(Message.due_at, Message.id)
    return list(db.session.scalars(rows))


def test_what_became_of_each_message_is_asked_for_and_whoever_was_not_reached_is_a_persons(
    app: Flask, web: Web, travel: time_machine.Traveller, tick: Callable[[datetime], None]
) -> None:
    assert app.config["SUPPORTDESK"].public_base_url is None
    with transaction():
        office_settings.change(**OFFICE)
    factories.save(PracticeLine(number=OFF, behaviour=LineBehaviour.OFF))
    lesson = factories.lesson(starts_at=at(15, 13, 30))
    reached, nobody, switched_off = (
        factories.booking(person, lesson, booked_at=at(13, 9))
        for person in (
            factories.reminded_by_text("ホンダ ハル", MOBILE),
            factories.reminded_by_call("ホンダ タダシ", HOME),
            factories.reminded_by_text("モリ イチ", OFF),
        )
    )

    tick(at(14, 10))
    tick(at(14, 10) + timedelta(seconds=5))  # texts leave one a second
    assert [stands(number) for number in (MOBILE, HOME, OFF)] == [[S.ACCEPTED]] * 3
    # Nothing is asked of the provider that it could not do: no address to report to.
    assert set(db.session.scalars(sa.select(PracticeExchange.callback_url))) == {None}

    for minute in (1, 2, 4, 11):
        tick(at(14, 10, minute))
    assert [stands(number)[0] for number in (MOBILE, HOME, OFF)] == [S.DELIVERED, S.NOT_ANSWERED, S.FAILED]
    assert set(db.session.scalars(sa.select(ProviderReport.moved))) >= {True}

    # The second call of the afternoon rings in vain as well.
    tick(at(14, 15))
    for minute in (1, 2, 4, 11):
        tick(at(14, 15, minute))
    assert stands(HOME) == [S.NOT_ANSWERED, S.NOT_ANSWERED]
    tick(at(14, 16))
    waiting = {item.booking_id for item in queries.needs_person(at(14, 16))}
    assert waiting == {nobody.id, switched_off.id} and reached.id not in waiting

    # The next morning nothing more leaves, and the pages say how it is known.
    tick(at(15, 10))
    on_the_way = sa.select(sa.func.count(Message.id)).where(Message.status.in_((S.ACCEPTED, S.SENT, S.PLANNED)))
    assert db.session.scalar(on_the_way) == 0
    travel.shift(timedelta(minutes=1))
    page = web.sign_in(factories.user(Role.STAFF)).get("/outgoing").text
    assert "外部から届くアドレスがないため" in page
