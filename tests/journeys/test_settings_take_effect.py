"""What the office decides in the browser holds from the next tick on, without a start anew."""

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
from supportdesk.core.db import db
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from tests import factories
from tests.web import Web


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On that day of July 2026. The lesson is on Wednesday the 15th; its last notice is due on Tuesday the 14th."""
    return clock.at(date(2026, 7, day), time(hour, minute))


@pytest.fixture(autouse=True)
def travel() -> Iterator[Callable[[datetime], None]]:
    with time_machine.travel(at(13, 16), tick=False) as traveller:
        yield traveller.move_to


SignIn = Callable[[], Web]


@pytest.fixture
def manager(app: Flask) -> SignIn:
    """Signs in anew each time: the night ends every sign-in."""
    person = factories.user(Role.MANAGER)
    return lambda: Web(app).sign_in(person)


@pytest.fixture
def clerk(app: Flask) -> SignIn:
    person = factories.user(Role.STAFF)
    return lambda: Web(app).sign_in(person)


@pytest.fixture
def tick(app: Flask) -> Callable[[], Message]:
    """All the jobs' work once; gives the last notice as it then is."""

    def run() -> Message:
        assert jobs.run_once(jobs.WORK, app) == 0
        db.session.rollback()
        query = sa.select(Message).where(Message.step == "last").order_by(Message.id.desc())
        found = db.session.scalars(query.execution_options(populate_existing=True)).first()
        assert found is not None
        db.session.expunge_all()
        return found

    return run


@pytest.fixture
def booked(app: Flask) -> None:
    person = factories.reminded_by_text()
    factories.booking(person, factories.lesson(starts_at=at(15, 10)), booked_at=at(1, 10))


@pytest.mark.usefixtures("booked")
def test_the_plan_and_the_delivery_follow_the_hours_and_steps(
    manager: SignIn, tick: Callable[[], Message], travel: Callable[[datetime], None]
) -> None:
    assert tick().due_at == at(14, 10)

    manager().get("/office/settings/steps").form("main form").send(notice_time="11:00")
    assert tick().due_at == at(14, 11)
    hours = {"text_window": "10:30–18:00", "call_window": "10:30–18:00"}
    assert "保存しました" in manager().get("/office/settings/windows").form("main form").send(**hours).text

    travel(at(14, 10, 59))
    assert tick().status is MessageStatus.PLANNED
    manager().get("/office/settings/steps").form("main form").send(notice_time="10:30")
    assert tick().status is not MessageStatus.PLANNED


@pytest.mark.usefixtures("booked")
def test_a_new_name_stands_in_what_was_planned_before(manager: SignIn, tick: Callable[[], Message]) -> None:
    assert "【スマホ相談】" in tick().body

    manager().get("/office/settings/name").form("main form").send(
        town="南島原市", sender="南島原市", sender_spoken="みなみしまばらし", telephone="0957-00-0001"
    )

    body = tick().body
    assert "【南島原市】" in body and "0957-00-0001" in body


@pytest.mark.usefixtures("booked")
def test_a_day_that_is_closed_moves_the_notice_to_the_working_day_before(
    manager: SignIn, tick: Callable[[], Message]
) -> None:
    assert tick().due_at == at(14, 10)

    manager().get("/office/closed-days").form("main form[action*='year']").send(first="2026-07-14", reason="停電")

    # Its hour on Monday has come and gone already, so it leaves at once.
    assert tick().status is not MessageStatus.PLANNED


@pytest.mark.usefixtures("booked")
def test_what_a_cap_keeps_back_is_a_persons_until_it_is_raised(
    manager: SignIn, clerk: SignIn, tick: Callable[[], Message], travel: Callable[[datetime], None]
) -> None:
    manager().get("/office/settings/caps").form("main form").send(most_per_number_a_day="1")
    manager().get("/office/settings/steps").form("main form").send(one_message_a_day=None)
    other = factories.lesson(starts_at=at(15, 14))
    factories.booking(factories.reminded_by_text("ホンダ ナツ"), other, booked_at=at(1, 10))
    travel(at(14, 10))
    tick()
    travel(at(14, 10) + timedelta(minutes=1))  # texts leave one a second

    assert tick().status is MessageStatus.PLANNED
    listed = clerk().get("/action-items").text
    assert "送信の上限により送れません" in listed and "ホンダ ナツ" in listed

    manager().get("/office/settings/caps").form("main form").send(most_per_number_a_day="2")
    assert tick().status is not MessageStatus.PLANNED
    assert "ホンダ ナツ" not in clerk().get("/action-items").text


@pytest.mark.usefixtures("booked")
def test_what_a_manager_stops_goes_when_it_is_released(
    manager: SignIn, clerk: SignIn, tick: Callable[[], Message], travel: Callable[[datetime], None]
) -> None:
    manager().get("/office/sending").form("main form").send(reason="不審な電話")
    travel(at(14, 10))
    assert tick().status is MessageStatus.PLANNED
    assert "送信停止中" in clerk().get("/action-items").text

    manager().get("/office/sending").form("main form").send()
    assert tick().status is not MessageStatus.PLANNED
