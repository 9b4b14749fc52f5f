from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from supportdesk.core.access import Role
from supportdesk.core.db import transaction
from supportdesk.desk import actions, queries
from supportdesk.desk.rules import RequestChannel, RequestStatus
from tests import factories
from tests.factories import Actor
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture
def clerk(web: Web) -> Actor:
    person = factories.user(Role.STAFF)
    web.sign_in(person)
    return factories.actor_of(person)


def receive(text: str, *, by: Actor, now: datetime, topic: str | None = None) -> int:
    with transaction():
        return actions.receive_request(None, RequestChannel.PHONE, topic, text, False, by=by, now=now).id


def test_the_list_shows_urgent_requests_first_and_then_those_that_wait_longest(
    web: Web, clerk: Actor, now: datetime
) -> None:
    factories.topic("SCAM", label="詐欺", urgent=True)
    receive("二番目", by=clerk, now=now)
    receive("三番目", by=clerk, now=now + timedelta(hours=1))
    receive("一番目", by=clerk, now=now + timedelta(hours=2), topic="SCAM")

    cells = [each.get_text() for each in web.get("/requests").soup.select('td[data-label="困りごと"]')]

    assert cells == ["一番目", "二番目", "三番目"]


def test_what_is_done_leaves_the_list_and_is_found_by_its_status(web: Web, clerk: Actor, now: datetime) -> None:
    request_id = receive("終わった話", by=clerk, now=now)
    receive("続く話", by=clerk, now=now)
    with transaction():
        actions.move_status(request_id, RequestStatus.NEW, RequestStatus.DONE, "解決", by=clerk, now=now)

    assert "終わった話" not in web.get("/requests").text
    done = web.get("/requests").form("main form").send(status="done")
    assert "終わった話" in done.text
    assert "続く話" not in done.text


def test_the_list_is_narrowed_to_a_topic_and_comes_in_pages(web: Web, clerk: Actor, now: datetime) -> None:
    factories.topic("PHOTO")
    for number in range(51):
        receive(f"写真の話{number}", by=clerk, now=now + timedelta(minutes=number), topic="PHOTO")
    receive("ほかの話", by=clerk, now=now)

    first = web.get("/requests?topic=PHOTO")
    second = first.link("次のページ")

    assert "ほかの話" not in first.text
    assert len(first.soup.select("tbody tr")) == 50
    assert "写真の話50" in second.text


def test_a_request_is_not_closed_without_saying_what_came_of_it(web: Web, clerk: Actor, now: datetime) -> None:
    request_id = receive("写真", by=clerk, now=now)

    page = web.get(f"/requests/{request_id}").form("main form").send(status="done", outcome=" ")

    assert page.status == 422
    assert "結果またはつなぎ先を入力してください。" in page.text
    assert queries.get(request_id).status == RequestStatus.NEW


def test_two_clerks_who_move_the_same_request_do_not_overwrite_each_other(
    web: Web, clerk: Actor, now: datetime
) -> None:
    request_id = receive("写真", by=clerk, now=now)
    page = web.get(f"/requests/{request_id}")
    with transaction():
        actions.move_status(request_id, RequestStatus.NEW, RequestStatus.HANDED_OVER, "販売店", by=clerk, now=now)

    page = page.form("main form").send(status="waiting_resident")

    assert page.status == 422
    assert "ほかの人が先に変更しました" in page.text
    assert "販売店" in page.text


@pytest.mark.parametrize("path", ["/requests/7", "/requests?status=x&topic=y&page=z", "/requests?page=99"])
def test_addresses_that_lead_nowhere_are_answered_kindly(web: Web, clerk: Actor, path: str) -> None:
    assert web.get(path).status in (200, 404)
