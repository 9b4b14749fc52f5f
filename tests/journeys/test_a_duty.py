"""A supporter's duty, from the plan to the record: reminded once, moved and reminded anew, cancelled and left in peace;
the calendar shows it all the while, until its address is revoked. The clock is moved between the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from icalendar import Calendar, Event

from supportdesk import jobs
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.messages.models import Message, PracticeExchange
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Supporter
from supportdesk.people.rules import NumberKind, Wish
from tests import factories
from tests.web import Web

OFFICE = {"town": "南島原市", "sender": "【南島原市】", "telephone": "0957-00-0001", "sample_town": True}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On that day of July 2026, by the clock on the wall. Wednesday the 15th has no holiday near."""
    return clock.at(date(2026, 7, day), time(hour, minute))


@pytest.fixture(autouse=True)
def travel() -> Iterator[Callable[[datetime], None]]:
    with time_machine.travel(at(6, 9), tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def tick(app: Flask) -> Callable[[], None]:
    def run() -> None:
        db.session.remove()
        assert jobs.run_once(jobs.WORK, app) == 0

    return run


@pytest.fixture
def helper(app: Flask) -> Supporter:
    with transaction():
        office_settings.change(**OFFICE)
    account = factories.user(Role.VOLUNTEER)
    return factories.supporter(account, number="+819000000021", number_kind=NumberKind.MOBILE, wish=Wish.TEXT)


@pytest.fixture
def lesson(app: Flask, helper: Supporter) -> Lesson:
    made = factories.lesson(starts_at=at(15, 13, 30))
    factories.save(LessonSupporter(lesson_id=made.id, supporter_id=helper.id))
    return made


def texts() -> list[str]:
    """What arrived at the supporter's telephone."""
    db.session.rollback()
    rows = sa.select(PracticeExchange.body).where(PracticeExchange.number == "+819000000021")
    return list(db.session.scalars(rows.order_by(PracticeExchange.created_at)))


def event(app: Flask, path: str) -> Event:
    answer = Web(app).client.get(path)
    [found] = Calendar.from_ical(answer.get_data()).walk("VEVENT")
    return found


def test_reminded_once_then_anew_then_left_in_peace(
    app: Flask, lesson: Lesson, helper: Supporter, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    coordinator = factories.user(Role.COORDINATOR)

    def office() -> Web:  # the night ends every sign-in
        return Web(app).sign_in(coordinator)

    shown = office().get(f"/supporters/{helper.id}/duties").form("form[action$='/feed']").send()
    address = shown.soup.select_one("#feed-address")
    assert address is not None
    feed = "/calendars/" + address.text.rpartition("/")[2]
    first = event(app, feed)
    assert (first.decoded("DTSTART"), str(first["STATUS"])) == (at(15, 13, 30), "CONFIRMED")

    # Tuesday the 14th, 10:00, and as many ticks as one likes.
    travel(at(14, 9, 59))
    tick()
    assert texts() == []
    travel(at(14, 10))
    for _ in range(3):
        tick()
    assert texts() == [
        "【南島原市】スマホ教室の当番 7月15日(水)午後1時30分から 口之津公民館。ご都合が悪いときは0957-00-0001"
    ]
    travel(at(14, 16))
    tick()
    assert len(texts()) == 1

    # It is moved by two days: told anew on the working day before, and the calendar moves along under the same name.
    page = office().get(f"/lessons/{lesson.id}/edit")
    page.form("main form").send(day="2026-07-17")
    moved = event(app, feed)
    assert (moved.decoded("DTSTART"), str(moved["UID"])) == (at(17, 13, 30), str(first["UID"]))
    assert int(moved["SEQUENCE"]) > int(first["SEQUENCE"])
    travel(at(16, 10))
    tick()
    tick()
    assert [text[len("【南島原市】スマホ教室の当番 ") :][:8] for text in texts()] == ["7月15日(水)", "7月17日(金)"]

    # And moved once more, and cancelled before its hour: no machine says a word, a person does.
    office().get(f"/lessons/{lesson.id}/edit").form("main form").send(day="2026-07-22")
    tick()
    office().get(f"/lessons/{lesson.id}/cancel").form("main form").send(cancel_reason="台風のため")
    travel(at(21, 10))
    tick()
    assert len(texts()) == 2
    waiting = office().get("/action-items")
    assert helper.name in waiting.text
    waiting.form(f"#duty-{lesson.id}-{helper.id} form").send(outcome="talked")
    assert helper.name not in office().get("/action-items").text
    over = event(app, feed)
    assert (str(over["STATUS"]), int(over["SEQUENCE"]) > int(moved["SEQUENCE"])) == ("CANCELLED", True)

    office().get(f"/supporters/{helper.id}/duties").form("form[action$='/revoke']").send()
    assert Web(app).get(feed).status == 404
    db.session.rollback()
    statuses = db.session.scalars(sa.select(Message.status).where(Message.matter == "duty")).all()
    assert (len(statuses), statuses.count(MessageStatus.WITHDRAWN)) == (3, 1)


def test_whoever_did_not_pick_up_is_called_by_a_person_and_the_day_counts_in_the_record(
    app: Flask, lesson: Lesson, helper: Supporter, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    with transaction():
        who = db.session.get_one(Supporter, helper.id)
        who.number, who.number_kind, who.wish = "+81957000022", NumberKind.LANDLINE, Wish.CALL
    travel(at(14, 10))
    tick()
    with transaction() as session:
        session.execute(sa.update(Message).values(status=MessageStatus.NOT_ANSWERED))
    clerk = Web(app).sign_in(factories.user(Role.STAFF))
    items = clerk.get("/action-items")
    assert "自動音声の電話に出ませんでした" in items.text
    assert "0957-00-0022" in items.text
    items.form(f"#duty-{lesson.id}-{helper.id} form").send(outcome="talked", note="来られる")
    assert helper.name not in clerk.get("/action-items").text

    travel(at(15, 15))
    clerk = Web(app).sign_in(factories.user(Role.STAFF))
    assert "計 0回" in clerk.get(f"/activity/2026-07/{helper.id}").text
    assert clerk.get(f"/sheet/{lesson.id}/close").form("main form").send().status == 200
    assert "計 1回" in clerk.get(f"/activity/2026-07/{helper.id}").text
