"""The main job, once for real: call → booking → reminder → class → record. The clock is moved between the steps; what a
person does goes through the pages, what the jobs do through `jobs.run_once`, and callbacks through the addresses that
a provider posts to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk import jobs
from supportdesk.accounts.models import User
from supportdesk.accounts.passwords import hashed
from supportdesk.core import clock
from supportdesk.core.access import Actor, Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.bookings import cancel_booking, move_booking
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.messages import switchboard
from supportdesk.messages.models import Message, PracticeExchange, PracticeLine
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from supportdesk.people.actions import add_resident, resume_contact, stop_contact
from supportdesk.people.models import Resident
from supportdesk.people.rules import ConsentHow, ResidentData, StopReason, TelephoneData, Wish
from supportdesk.places.models import VenueSupporter
from supportdesk.reminders import planning
from tests import factories
from tests.web import Page, Web

BASE = "http://localhost"
PASSWORD = "うみのみえる まどぐち 7"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On that day of July 2026, by the clock on the wall. The lesson is on Wednesday the 15th, without a holiday near:
    three working days before is Friday the 10th, one is Tuesday the 14th."""
    return clock.at(date(2026, 7, day), time(hour, minute))


@pytest.fixture(autouse=True)
def travel() -> Iterator[Callable[[datetime], None]]:
    """The clock: it stands still, and is moved."""
    with time_machine.travel(at(1, 10), tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture(autouse=True)
def _callbacks_reach_us(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = replace(app.extensions[switchboard.EXTENSION], public_base_url=BASE)
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk)

    def post(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        with app.app_context():
            path = url.removeprefix(BASE)
            return app.test_client().post(path, data=dict(form), headers=dict(headers)).status_code

    monkeypatch.setattr(switchboard, "post", post)


@pytest.fixture
def tick(app: Flask) -> Callable[[], None]:
    def run() -> None:
        db.session.remove()
        assert jobs.run_once(jobs.WORK, app) == 0

    return run


@pytest.fixture
def lesson(app: Flask) -> Lesson:
    return factories.lesson(starts_at=at(15, 13, 30))


def messages(*statuses: MessageStatus) -> list[Message]:
    db.session.rollback()
    query = sa.select(Message).order_by(Message.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query.where(Message.status.in_(statuses)) if statuses else query))


def left() -> list[PracticeExchange]:
    """What the provider accepted, in the order of time."""
    db.session.rollback()
    query = sa.select(PracticeExchange).order_by(PracticeExchange.created_at, PracticeExchange.number)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def works_here(role: Role, name: str) -> User:
    return factories.user(role, name=name, password=hashed(PASSWORD))


def signed_in(app: Flask, person: User) -> Web:
    """A day's work begins at the sign-in page."""
    web = Web(app)
    page = web.get("/login").form("main form").send(username=person.username, password=PASSWORD)
    assert page.status == 200 and not page.path.startswith("/login"), page.text
    return web


def telephone(web: Web, number: str) -> Page:
    db.session.rollback()
    line = db.session.scalars(sa.select(PracticeLine.id).filter_by(number=number)).one()
    return web.get(f"/practice/{line}")


def known(family_kana: str, given_kana: str, family: str, given: str, number: TelephoneData, wish: Wish) -> Resident:
    """Somebody whom the office knows, and who may be reminded by machine."""
    data = ResidentData(
        family_kana=family_kana, given_kana=given_kana, family_name=family, given_name=given, telephones=(number,),
        wish=wish, consent_on=date(2026, 6, 1), consent_how=ConsentHow.SPOKEN,
    )  # fmt: skip
    by = factories.staff()
    with transaction():
        return add_resident(data, by=by, now=clock.now())


def test_from_the_call_to_the_record(
    app: Flask, lesson: Lesson, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    place = lesson.venue_id
    factories.district()
    haru = known("ホンダ", "ハル", "本多", "ハル", TelephoneData("090-0000-0001", tried_on=date(2026, 6, 1)), Wish.TEXT)
    tadashi = known("マツオ", "タダシ", "松尾", "正", TelephoneData("0957-00-0002", whose="家"), Wish.CALL)
    ichiro, jiro = works_here(Role.STAFF, "受付 一郎"), works_here(Role.STAFF, "支所 二郎")
    helper = works_here(Role.VOLUNTEER, "支援 花子")
    factories.save(VenueSupporter(venue_id=place, supporter_id=factories.supporter(helper).id))
    clerk, other = signed_in(app, ichiro), signed_in(app, jiro)

    # Wednesday 1 July: both call. The clerk finds them by kana, holds a seat while talking, books, reads back.
    for person, typed in ((haru, "ほんだ"), (tadashi, "ﾏﾂｵ")):
        found = clerk.get(f"/desk?q={typed}")
        screen = found.link(person.name)
        answers = {"resident": str(person.id), "lesson": str(lesson.id)}
        held = screen.form("form#call").send(**answers, act="hold")
        assert "7月15日" in held.soup.select_one(".read-back").text  # type: ignore[union-attr]
        assert "受付 一郎" in other.get(f"/desk?lesson={lesson.id}").text, "the other clerk sees the hold"
        done = held.form("form#call").send(**answers, act="book", read_back="y")
        assert "15日" in done.soup.select_one(".read-back").text  # type: ignore[union-attr]
        assert "予約番号" in done.text
    assert "受付 一郎" not in other.get(f"/desk?lesson={lesson.id}").soup.select_one("[name=lesson]").parent.text  # type: ignore[union-attr]
    tick()
    assert left() == [], "nothing leaves before its hour"

    # Friday the 10th, 10:00: one tick. The mobile has its text, the landline rings and speaks.
    travel(at(10, 9, 59))
    tick()
    assert left() == []
    travel(at(10, 10))
    tick()
    assert [(one.channel, one.number) for one in left()] == [
        (Channel.SMS, "+819000000001"), (Channel.VOICE, "+81957000002"),
    ]  # fmt: skip
    clerk = signed_in(app, ichiro)
    text = telephone(clerk, "+819000000001").text
    assert "7月15日" in text and "口之津公民館" in text and "写真" not in text, "no course stands in a text"
    call = telephone(clerk, "+81957000002")
    call = call.form('form[action*="/calls/"]').send(act="answer")
    assert "ボタンを押す必要はありません" in str(left()[1].twiml)
    call.form('form[action$="/calls/' + left()[1].sid + '"]').send(act="hang-up")
    tick()
    assert [one.step for one in messages(MessageStatus.DELIVERED)] == ["first"]
    assert [one.step for one in messages(MessageStatus.ANSWERED)] == ["first"]

    # Tuesday the 14th: the last notice. Nobody takes the call, nor the second try by 15:00.
    travel(at(14, 10))
    tick()
    assert len(left()) == 4
    clerk = signed_in(app, ichiro)
    telephone(clerk, "+81957000002").form('form[action*="/calls/"]').send(act="leave")
    assert [one.step for one in messages(MessageStatus.NOT_ANSWERED)] == ["last"]
    assert "松尾" not in clerk.get("/action-items").text, "the second try comes first"
    travel(at(14, 15))
    tick()
    tick()
    assert len(left()) == 5, "one second try, however often the jobs come round"
    telephone(clerk, "+81957000002").form('form[action*="/calls/"]').send(act="leave")

    # So a person must: 要対応 names him, a colleague calls, notes it, and he is off the list.
    items = clerk.get("/action-items")
    assert "松尾 正" in items.text and "本多 ハル" not in items.text
    noted = items.form("form.outcomes").send(outcome="talked", note="娘さんに伝えた")
    assert "松尾 正" not in " ".join(line.text for line in noted.soup.select(".items li"))

    # Wednesday the 15th: the volunteer opens the sheet, marks who came, logs what was practised.
    travel(at(15, 13, 35))
    tablet = signed_in(app, helper)
    sheet = tablet.get("/sheet").link("写真")
    assert "本多 ハル" in sheet.text and "松尾 正" in sheet.text
    sheet = sheet.form("form.sheet-all").send()
    record = next(
        anchor["href"] for anchor in sheet.soup.select("a[href]") if str(_booking_of(haru)) == _last(anchor["href"])
    )
    saved = tablet.get(str(record)).form("main form").send(
        how_it_went="alone", practised="写真をとった", minutes="50", note="とても楽しそうだった"
    )  # fmt: skip
    assert saved.status == 200 and saved.path.startswith("/sheet/"), saved.text
    assert tablet.get(f"/residents/{haru.id}").status == 403

    # The resident's page tells the whole story.
    clerk = signed_in(app, ichiro)
    story = clerk.get(f"/residents/{haru.id}").text
    told = ("口之津公民館", "受付 一郎", "スマホ教室のご案内", "写真をとった", "とても楽しそうだった", "支援 花子")
    assert [part for part in told if part not in story] == []
    assert "娘さんに伝えた" in clerk.get(f"/residents/{tadashi.id}").text
    tick()
    assert len(left()) == 5, "after the lesson nothing more leaves"


def _booking_of(person: Resident) -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Booking.id).filter_by(resident_id=person.id, cancelled_at=None)).one()


def _last(address: object) -> str:
    return str(address).partition("?")[0].rpartition("/")[2]


# ---- what ends or changes a reminder on its way


@pytest.fixture
def booked(lesson: Lesson) -> Booking:
    """Haru, who is reminded by text; booked long ago."""
    return factories.booking(factories.reminded_by_text(), lesson)


def test_after_a_cancellation_nothing_more_leaves(
    by: Actor, booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    travel(at(10, 10))
    tick()
    travel(at(13, 16))
    tick()
    with transaction():
        cancel_booking(booked.id, "かぜ", by=by, now=clock.now())

    for day, hour in ((14, 10), (14, 15), (15, 9)):
        travel(at(day, hour))
        tick()

    assert len(left()) == 1, "the one of before the cancellation"
    assert [one.reason for one in messages(MessageStatus.WITHDRAWN)] == ["booking-cancelled"]


def test_after_a_move_only_the_new_date_is_announced(
    by: Actor, booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    later = factories.lesson(starts_at=at(22, 13, 30))
    travel(at(9, 10))
    tick()
    with transaction():
        move_booking(booked.id, later.id, by=by, now=clock.now())

    for day in range(10, 23):
        travel(at(day, 10))
        tick()

    texts = [one.body for one in left()]
    assert len(texts) == 2
    assert all("7月22日" in text for text in texts)


def test_when_contact_is_stopped_nothing_leaves_until_it_is_resumed(
    by: Actor, booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    tick()
    with transaction():
        stop_contact(booked.resident_id, StopReason.WISH, by=by, now=clock.now())
    travel(at(10, 10))
    tick()
    assert left() == []

    travel(at(13, 10))
    with transaction():
        resume_contact(booked.resident_id, by=by, now=clock.now())
    travel(at(14, 10))
    tick()

    assert len(left()) == 1


def test_a_step_whose_hour_had_passed_at_booking_is_left_out_and_shown_so(
    app: Flask, lesson: Lesson, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    travel(at(14, 11))
    factories.booking(factories.reminded_by_text(), lesson, booked_at=clock.now())
    tick()
    travel(at(14, 12))
    tick()

    assert left() == []
    page = Web(app).sign_in(factories.user(Role.STAFF)).get("/outgoing")
    assert "ホンダ ハル" in page.text
    assert "送らない" in page.text or "過ぎて" in page.text


def test_two_job_processes_at_once_send_each_message_once(
    app: Flask, lesson: Lesson, travel: Callable[[datetime], None]
) -> None:
    for n in range(8):
        factories.booking(factories.reminded_by_text(f"ホンダ ハル{chr(0x30A2 + n)}", f"+81900000000{n}"), lesson)
    travel(at(10, 10))
    planning.plan(at(10, 10))
    # By then each has had its turn, one a second.
    travel(at(10, 10, 1))
    db.session.remove()
    together = threading.Barrier(2)
    ended: list[int] = []

    def process() -> None:
        together.wait(30)
        # Sealing the same rows may fail in one of the two, which the next tick makes good.
        ended.append(jobs.run_once(jobs.WORK, app))

    processes = [threading.Thread(target=process) for _ in range(2)]
    for one in processes:
        one.start()
    for one in processes:
        one.join(60)

    assert len(ended) == 2
    numbers = [one.number for one in left()]
    assert sorted(numbers) == sorted(set(numbers))
    assert len(numbers) == 8


def test_jobs_that_were_down_over_the_hour_send_late_if_it_still_helps(
    booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    travel(at(9, 18))
    tick()

    travel(at(10, 16))
    tick()

    assert [one.created_at for one in left()] == [at(10, 16)]


def test_jobs_that_come_back_in_the_night_wait_for_the_morning(
    booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    travel(at(11, 2, 30))
    tick()
    assert left() == []

    # The 11th is a Saturday, on which the office sends nothing that can wait.
    travel(at(13, 9, 30))
    tick()

    assert len(left()) == 1


def test_jobs_that_come_back_after_the_lesson_began_send_nothing_and_say_so(
    booked: Booking, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    travel(at(9, 18))
    tick()
    planned = messages(MessageStatus.PLANNED)

    travel(at(15, 14))
    tick()

    assert left() == []
    assert planned and {one.status for one in messages()} == {MessageStatus.MISSED}


def test_who_wishes_a_card_is_on_the_list_of_persons_and_no_machine_reaches_out(
    app: Flask, lesson: Lesson, travel: Callable[[datetime], None], tick: Callable[[], None]
) -> None:
    factories.booking(factories.resident("ナカムラ スミ", "+81957000003", wish=Wish.CARD), lesson)
    for day, hour in ((10, 10), (14, 10), (14, 15)):
        travel(at(day, hour))
        tick()

    assert left() == []
    travel(at(10, 11))
    assert "ナカムラ スミ" in Web(app).sign_in(factories.user(Role.STAFF)).get("/action-items").text
