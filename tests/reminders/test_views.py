"""The page "what would go out until …", and the sample town's button."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.messages import switchboard
from supportdesk.messages.delivery import Desk
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Outcome, Outgoing, Receipt
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.rules import Wish
from supportdesk.reminders import planning
from tests import factories
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

WEDNESDAY = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)


class Shelf:
    """A provider that only remembers."""

    name = "practice"
    reaches_telephones = False

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Receipt:
        self.sent.append(outgoing)
        return Receipt(Outcome.ACCEPTED, sid=f"SM{len(self.sent):032d}", segments=1)


@pytest.fixture(autouse=True)
def hour(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def shelf(app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    desk = Desk(shelf, planning.unwanted, lambda: now, None)  # type: ignore[arg-type]
    # Taken back afterwards: the app is the whole run's.
    monkeypatch.setitem(app.extensions, switchboard.EXTENSION, desk)
    return shelf


@pytest.fixture
def staff(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


@pytest.fixture
def bookings(app: Flask) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY)
    factories.booking(factories.reminded_by_text(), lesson)
    factories.booking(factories.reminded_by_call(), lesson)
    factories.booking(factories.resident("モリ イチ", "+81957000005", wish=Wish.PERSON), lesson)


def until(web: Web, day: str = "2026-07-14", time: str = "18:00") -> Page:
    return web.get("/outgoing").form("#until").send(day=day, time=time)


def test_the_page_shows_time_person_way_and_words_of_what_would_go_out(staff: Web, bookings: None) -> None:
    page = until(staff)

    assert page.status == 200
    rows = [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]
    assert "7月10日(金)午前10時" in rows[0]
    assert "ホンダ ハル" in rows[0]
    assert "090-0000-0001" in rows[0]
    assert "スマホ教室のご案内 7月15日(水)午前10時から 口之津公民館" in rows[0]
    assert any("自動のお電話です" in row for row in rows)
    assert len(rows) == 5


def test_the_page_without_a_choice_looks_a_week_ahead(staff: Web, bookings: None) -> None:
    page = staff.get("/outgoing")

    assert page.form("#until").values == {"day": "2026-07-13", "time": "18:00"}


@pytest.mark.parametrize(("day", "time"), [("令和8年7月14日", "午後6時"), ("２０２６/７/１４", "1800")])
def test_day_and_hour_may_be_written_in_any_usual_way(staff: Web, bookings: None, day: str, time: str) -> None:
    assert until(staff, day, time).soup.select("tbody tr")


@pytest.mark.parametrize(
    ("day", "time", "field"),
    [("", "18:00", "day"), ("あした", "18:00", "day"), ("2026-07-14", "25:00", "time"), ("2026-09-14", "18:00", "day"),
     ("2026-07-01", "18:00", "day"), ("2026-02-30", "18:00", "day"), ("2026-07-14", "<b>", "time"),
     ("9999-12-31", "23:59", "day"), ("x" * 3000, "18:00", "day")],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused_at_its_field_and_kept(
    staff: Web, day: str, time: str, field: str
) -> None:
    page = until(staff, day, time)

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error") is not None
    assert page.form("#until").values == {"day": day, "time": time}


def test_a_step_that_is_left_out_is_shown_with_the_reason(staff: Web, now: datetime) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY)
    factories.booking(factories.reminded_by_text(), lesson, booked_at=now)

    page = until(staff)

    assert page.soup.select_one("tbody .status-off") is not None
    assert "予約が数日前" in page.text


def test_nothing_to_send_is_said_kindly(staff: Web) -> None:
    assert until(staff).soup.select_one(".empty") is not None


def test_a_long_plan_comes_in_pages(staff: Web) -> None:
    lesson = factories.lesson(starts_at=WEDNESDAY, seats=60)
    for n in range(100, 130):
        factories.booking(factories.reminded_by_text(number=f"+81900000{n:04d}"), lesson)

    page = until(staff)

    assert len(page.soup.select("tbody tr")) == 50
    assert len(page.link("次の").soup.select("tbody tr")) == 10


def test_elsewhere_than_in_the_sample_town_nothing_is_delivered_by_hand(
    staff: Web, bookings: None, shelf: Shelf
) -> None:
    page = until(staff)
    assert page.soup.select_one("#deliver") is None
    token = page.soup.select("input[name=csrf_token]")[0]["value"]

    answer = staff.client.post(
        "/outgoing/deliver", data={"csrf_token": token, "day": "2026-07-14", "time": "18:00"}
    )

    assert answer.status_code == 403
    assert shelf.sent == []


def test_in_the_sample_town_the_plan_is_delivered_at_once(staff: Web, bookings: None, shelf: Shelf) -> None:
    with transaction():
        office_settings.change(sample_town=True)

    page = until(staff).form("#deliver").send()

    assert page.status == 200
    assert len(shelf.sent) == 4
    statuses = db.session.scalars(sa.select(Message.status)).all()
    assert set(statuses) == {MessageStatus.ACCEPTED}
    assert len(page.soup.select("tbody tr")) == 1


def test_looking_beyond_the_lessons_start_takes_nothing_back(staff: Web, bookings: None, shelf: Shelf) -> None:
    with transaction():
        office_settings.change(sample_town=True)

    until(staff, "2026-07-16").form("#deliver").send()

    assert len(shelf.sent) == 4


def test_where_no_provider_is_chosen_nothing_is_delivered_and_the_page_says_so(
    app: Flask, staff: Web, bookings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        office_settings.change(sample_town=True)
    monkeypatch.setitem(app.extensions, "supportdesk.delivery", None)

    page = until(staff).form("#deliver").send()

    assert page.status == 200
    assert "0件" in page.text


def test_delivering_twice_sends_nothing_twice(staff: Web, bookings: None, shelf: Shelf) -> None:
    with transaction():
        office_settings.change(sample_town=True)
    form = until(staff).form("#deliver")

    form.send()
    form.send()

    assert len(shelf.sent) == 4


@pytest.mark.parametrize(
    ("role", "status"), [(Role.COORDINATOR, 200), (Role.MANAGER, 200), (Role.VOLUNTEER, 403), (Role.ADMIN, 403)]
)
def test_who_may_see_the_plan(web: Web, role: Role, status: int) -> None:
    assert web.sign_in(factories.user(role)).get("/outgoing").status == status


def test_a_stop_of_all_sending_is_shown(staff: Web, now: datetime) -> None:
    with transaction():
        office_settings.change(sending_hold="by a person")

    assert staff.get("/outgoing").soup.select_one("main .status-stop") is not None


def test_a_coordinator_sees_no_button_to_deliver(web: Web, bookings: None) -> None:
    with transaction():
        office_settings.change(sample_town=True)

    page = until(web.sign_in(factories.user(Role.COORDINATOR)))

    assert page.soup.select_one("#deliver") is None


def test_the_plan_of_a_later_hour_has_more_in_it(staff: Web, bookings: None, now: datetime) -> None:
    early = until(staff, "2026-07-10", "12:00").soup.select("tbody tr")

    assert len(early) == 3 < len(until(staff).soup.select("tbody tr"))
