"""中止・変更 as an office lives it: a typhoon closes a hall for two days, with five lessons and sixty bookings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.change_models import Change
from supportdesk.lessons.models import Lesson
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.models import ResidentNeed
from supportdesk.people.rules import Need, Wish
from supportdesk.places.models import Venue
from supportdesk.reminders import planning
from tests import factories
from tests.web import Page, Web

NOW = datetime(2026, 7, 6, 23, 0, tzinfo=UTC)  # Tuesday, 8:00 in Tokyo
FIRST = datetime(2026, 7, 9, 1, 0, tzinfo=UTC)  # Thursday, 10:00


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hall(app: Flask) -> Venue:
    """Five lessons with sixty bookings in one hall: texts, landlines, no telephone, contact stopped, fetched."""
    name = "布津保健福祉センター"
    hall = factories.venue(name=name, short_name=name, name_kana="フツホケンフクシセンター")
    course = factories.course(seats=12)
    for number in range(5):
        starts_at = FIRST + timedelta(days=number % 2, hours=number // 2 * 2)
        lesson = factories.lesson(starts_at=starts_at, seats=12, room=factories.room(hall), course=course)
        for seat in range(12):
            ending = f"{number}{seat:02d}"
            match seat % 6:
                case 0 | 1:
                    person = factories.reminded_by_text(number=f"+819000000{ending}")
                case 2 | 3:
                    person = factories.reminded_by_call(number=f"+81957000{ending}")
                case 4:
                    person = factories.resident(wish=Wish.PERSON, town="布津町甲")
                case _:
                    person = factories.resident(
                        number=f"+81957000{ending}", wish=Wish.PERSON, stopped_at=NOW if seat == 11 else None
                    )
            if seat == 0:
                factories.save(ResidentNeed(resident_id=person.id, need=Need.TRANSPORT))
            factories.booking(person, lesson)
    factories.lesson(starts_at=FIRST + timedelta(days=7), seats=4, course=course)
    return hall


def close(web: Web, hall: Venue) -> Page:
    page = web.get(f"/venues/{hall.id}/closures/new")
    form = {"first": "2026-07-09", "last": "2026-07-10", "reason": "台風のため"}
    page = page.form().send(**form)
    assert "5回" in page.text
    return page.form().send(**form, anyway="y")


def outbox(*statuses: MessageStatus) -> int:
    db.session.rollback()
    of_change = sa.select(sa.func.count()).select_from(Message).where(Message.matter == "change")
    return db.session.scalar(of_change.where(Message.status.in_(statuses)) if statuses else of_change) or 0


def tick(now: datetime) -> None:
    db.session.rollback()
    planning.plan(now)


def end(status: MessageStatus, *which: sa.ColumnElement[bool]) -> None:
    with transaction() as session:
        planned = sa.update(Message).where(Message.matter == "change", Message.status == MessageStatus.PLANNED)
        session.execute(planned.where(*which).values(status=status))


def test_a_closed_hall_is_handled_on_one_page_and_the_list_reaches_zero(
    app: Flask, hall: Venue, at: time_machine.Traveller
) -> None:
    clerk, manager = Web(app).sign_in(factories.user(Role.STAFF)), Web(app).sign_in(factories.user(Role.MANAGER))

    page = close(clerk, hall)
    assert page.path.startswith("/changes/new?venue=")
    assert "SMS 20人 自動電話 20人 職員から 15人 連絡を止めている（何も送りません） 5人" in page.text
    assert "中止にして連絡する" not in page.text  # a manager's
    tick(NOW)
    assert outbox() == 0

    other = db.session.scalar(sa.select(Lesson.id).order_by(Lesson.id.desc()).limit(1))
    chosen = {name: str(other) for name in page.form().values if name.startswith("instead-")}
    looked = page.form().send(act="look", **chosen)
    assert "空き席より51人多く" in looked.text and "振替7月16日(木)午前10時" in looked.text

    shown = looked.form().send(act="cancel", reason="台風のため")
    assert shown.path.startswith("/changes/1") and "連絡がまだです" in shown.text
    tick(NOW)
    assert outbox() == 0
    assert "中止" in Web(app).get("/timetable?month=2026-07").text

    shown = manager.get("/changes/1").form().send(act="release")
    assert "55人のうち" not in shown.text and "60人のうち55人" in shown.text
    tick(NOW)
    assert outbox(MessageStatus.PLANNED) == 40

    end(MessageStatus.SENT, Message.channel == "sms")
    end(MessageStatus.ANSWERED, Message.number.like("%02"))
    end(MessageStatus.NOT_ANSWERED)
    at.shift(timedelta(minutes=30))
    listed = clerk.get("/changes/not-reached")
    assert "30人" in listed.text  # 15 by hand, and the calls that nobody took
    assert "0957-00-" in clerk.get("/changes/paper?change=1").text
    while (page := clerk.get("/changes/1")).soup.select(".outcomes"):
        page.form(".outcomes").send(outcome="talked")
    assert "全員に伝わっています" in clerk.get("/changes/not-reached").text
    assert "電話を待っている方はいません" in clerk.get("/action-items").text

    while (page := clerk.get("/changes/1")).soup.select("#transport form"):
        page.form("#transport form").send()
    assert page.text.count("手配済み") == 5


def test_closed_twice_and_opened_again_tells_each_only_what_is_new(
    app: Flask, hall: Venue, at: time_machine.Traveller
) -> None:
    manager = Web(app).sign_in(factories.user(Role.MANAGER))
    ids = db.session.scalars(sa.select(Lesson.id).where(Lesson.venue_id == hall.id)).all()
    page = manager.get("/changes/new?" + "&".join(f"lesson={each}" for each in ids))
    page.form().send(act="release", reason="台風のため")
    tick(NOW)
    end(MessageStatus.SENT, Message.number.like("%00"))
    end(MessageStatus.UNKNOWN, Message.number.like("%01"))

    again = manager.get("/changes/new?" + "&".join(f"lesson={each}" for each in ids))
    refused = again.form().send(act="release", reason="もう一度")
    assert refused.status == 422
    at.shift(timedelta(minutes=5))
    reopened = manager.get("/changes/1").form("details form").send()
    assert "開くことにしました" in reopened.text and reopened.path.startswith("/changes/")
    assert "SMS 10人 職員から 0人" in reopened.text.replace("自動電話 0人 ", "")
    reopened.form().send(act="release")
    tick(NOW + timedelta(minutes=5))

    assert outbox(MessageStatus.PLANNED) == 10
    assert outbox(MessageStatus.WITHDRAWN) == 30  # what had not left says nothing any more
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Change)) == 2


def test_a_page_that_is_older_than_the_bookings_sends_nothing_and_is_shown_again(
    app: Flask, hall: Venue, at: time_machine.Traveller
) -> None:
    manager = Web(app).sign_in(factories.user(Role.MANAGER))
    lesson = db.session.scalars(sa.select(Lesson).where(Lesson.venue_id == hall.id)).first()
    assert lesson is not None
    page = manager.get(f"/changes/new?lesson={lesson.id}")
    with transaction():
        db.session.get_one(Lesson, lesson.id).seats = 13
    factories.booking(factories.reminded_by_text(number="+819000000999"), lesson)

    again = page.form().send(act="release", reason="台風のため")

    assert (again.status, outbox()) == (422, 0)
    assert "画面を開いたあとに、連絡する人か文面が変わりました" in again.text
    done = again.form().send(act="release", reason="台風のため")
    assert done.path.startswith("/changes/1") and "連絡を始めました" in done.text


def test_two_presses_of_release_are_one(app: Flask, hall: Venue, at: time_machine.Traveller) -> None:
    manager = Web(app).sign_in(factories.user(Role.MANAGER))
    lesson = db.session.scalars(sa.select(Lesson).where(Lesson.venue_id == hall.id)).first()
    assert lesson is not None
    form = manager.get(f"/changes/new?lesson={lesson.id}").form()

    first = form.send(act="release", reason="台風のため")
    second = form.send(act="release", reason="台風のため")

    assert first.path == second.path
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Change)) == 1
