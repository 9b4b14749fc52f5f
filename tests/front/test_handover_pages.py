"""引き継ぎ on its pages, and the turn of the year: 31 March to 1 April through the browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.accounts.models import User
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.front.handover_models import HandOver
from supportdesk.jobs import WORK, run_once
from supportdesk.lessons.models import LessonSupporter
from tests import factories
from tests.conftest import NOW
from tests.front.test_handover import duty_of, in_charge, on_duty, request_of
from tests.front.test_query_counts import asked
from tests.web import Web

pytestmark = pytest.mark.one_database

AS_A_BROWSER = {"headers": {"Accept": "text/html"}, "follow_redirects": True}


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def giver(app: Flask) -> User:
    return factories.user(Role.STAFF, name="前任の人")


@pytest.fixture
def taker(app: Flask) -> User:
    return factories.user(Role.STAFF, name="後任の人")


def looking(web: Web, giver: User, taker: User, on: str = "") -> str:
    return f"/hand-overs/new?from_id={giver.id}&to_id={taker.id}&on={on}"


def test_a_clerk_hands_over_their_own_and_both_can_print_the_paper(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    request_id = request_of(factories.actor_of(giver), now, "秘密の話")
    web.sign_in(giver)

    page = web.get("/hand-overs/new")
    assert [option.text for option in page.soup.select("#field-from_id option")] == ["前任の人"]
    looked = web.get(looking(web, giver, taker))
    assert "対応中の相談受付（1件）" in looked.text
    shown = looked.form("form#found").send(note="鍵は金庫にあります")

    assert in_charge(request_id) == taker.id
    assert "引き継ぎ済み" in shown.text
    paper = shown.link("引継書を印刷する")
    number = f"相談受付 {request_id}番"
    for words in ("前任の人", "後任の人", "令和8年7月6日", "鍵は金庫にあります", "署名または印", number):
        assert words in paper.text
    assert "秘密の話" not in paper.html
    other = Web(web.app).sign_in(taker)
    assert other.get(paper.path).status == 200


def test_nobody_hands_over_what_a_colleague_has_or_reads_the_paper(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    request_id = request_of(factories.actor_of(giver), now)
    web.sign_in(factories.user(Role.STAFF))

    page = web.get(looking(web, giver, taker))
    assert page.status == 422
    sent = web.get("/hand-overs/new").form('form[method="get"]')
    answer = web.request("post", "/hand-overs/new", {**sent.values, "from_id": giver.id, "to_id": taker.id}, False)

    assert answer.status in (400, 422)
    assert in_charge(request_id) == giver.id
    done = Web(web.app).sign_in(giver).get(looking(web, giver, taker)).form("form#found").send()
    assert done.path.startswith("/hand-overs/")
    assert web.get(done.path).status == 403
    assert web.get(f"{done.path}/paper").status == 403


def test_two_clicks_hand_over_once(web: Web, giver: User, taker: User, now: datetime) -> None:
    request_of(factories.actor_of(giver), now)
    web.sign_in(factories.user(Role.MANAGER))
    form = web.get(looking(web, giver, taker)).form("form#found")

    first, second = form.send(), form.send()

    assert (first.status, second.status) == (200, 200)
    assert first.path == second.path
    assert db.session.query(HandOver).count() == 1


def test_a_conflict_is_named_at_its_duty_and_what_was_typed_stays(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    old, new = factories.supporter(giver, name="支援 前"), factories.supporter(taker, name="支援 後")
    lesson_id = duty_of(old.id, now + timedelta(days=3))
    duty_of(new.id, now + timedelta(days=3, minutes=30))
    web.sign_in(factories.user(Role.MANAGER))

    page = web.get(looking(web, giver, taker))
    refused = page.form("form#found").send(note="大事なこと")
    assert refused.status == 422
    assert "このままでは引き継げないものが1件あります。" in refused.text
    assert "支援 後" in refused.text
    assert refused.form("form#found").values["note"] == "大事なこと"

    done = refused.form("form#found").send(**{f"duty-{lesson_id}-choice": "open"})
    assert done.status == 200
    assert on_duty(lesson_id) == []
    assert "担当なし" in done.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": "きのう"}, "日付"),
        ({"on": "2026-07-05"}, "この日はすでに過ぎています"),
        ({"to_id": ""}, "選んでください"),
        ({"note": "1" * 2001}, "2000"),
        ({"note": "123456789018"}, "マイナンバー"),
        ({"duty": "nonsense"}, "選"),
    ],
)
def test_bad_answers_are_said_at_their_field_and_hand_over_nothing(
    web: Web, giver: User, taker: User, now: datetime, changes: dict[str, str], words: str
) -> None:
    request_id = request_of(factories.actor_of(giver), now)
    web.sign_in(factories.user(Role.MANAGER))

    page = web.get(looking(web, giver, taker)).form("form#found").send(**changes)

    assert page.status == 422
    assert words in page.text
    assert in_charge(request_id) == giver.id


def test_a_manager_who_may_not_open_residents_reads_no_names_on_the_paper(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    person = factories.resident("ヒミツ ハナ")
    request_id = request_of(factories.actor_of(giver), now)
    with transaction():
        db.session.get_one(HelpRequest, request_id).resident_id = person.id
    web.sign_in(factories.user(Role.MANAGER))

    looked = web.get(looking(web, giver, taker))
    paper = looked.form("form#found").send().link("引継書を印刷する")

    for page in (looked, paper):
        assert "ヒミツ" not in page.text
    assert "ヒミツ" in Web(web.app).sign_in(taker).get(paper.path).text


def test_the_lists_show_who_is_in_charge_and_are_narrowed_to_mine(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    request_of(factories.actor_of(giver), now, "わたしの相談")
    other_id = request_of(factories.actor_of(taker), now, "ほかの人の相談")
    web.sign_in(giver)

    mine = web.get("/requests").form("main form").send(whose="mine")
    assert "わたしの相談" in mine.text
    assert "ほかの人の相談" not in mine.text

    shown = web.get(f"/requests/{other_id}").form(f'form[action="/requests/{other_id}/in-charge"]').send(user_id="")
    assert shown.status == 200
    assert in_charge(other_id) is None
    assert "ほかの人の相談" in web.get("/requests?whose=nobody").text


def test_of_two_who_give_a_request_away_the_second_is_told(web: Web, giver: User, taker: User, now: datetime) -> None:
    request_id = request_of(factories.actor_of(giver), now)
    web.sign_in(taker)
    form = web.get(f"/requests/{request_id}").form(f'form[action="/requests/{request_id}/in-charge"]')
    form.send(user_id=str(taker.id))

    late = form.send(user_id="")

    assert late.status == 422
    assert in_charge(request_id) == taker.id


def test_from_31_march_to_1_april(app: Flask, web: Web) -> None:
    """February: April is planned for a newcomer whose account begins on 1 April. 31 March: the old one still works.
    1 April: everything is the newcomer's, the old account opens nothing and says why."""
    with time_machine.travel(clock.at(date(2027, 2, 15), time(10)), tick=False) as traveller:
        old = factories.user(Role.STAFF, name="三月まで", last_day=date(2027, 3, 31))
        new = factories.user(Role.STAFF, name="四月から", first_day=date(2027, 4, 1))
        leaves, comes = factories.supporter(old, name="支援 三月"), factories.supporter(new, name="支援 四月")
        april = factories.lesson(starts_at=clock.at(date(2027, 4, 14), time(10)))
        factories.save(LessonSupporter(lesson_id=april.id, supporter_id=leaves.id))
        manager = Web(app).sign_in(factories.user(Role.MANAGER))
        page = manager.get(f"/hand-overs/new?from_id={old.id}&to_id={new.id}&on=令和9年4月1日")
        prepared = page.form("form#found").send()
        assert "準備済み" in prepared.text

        traveller.move_to(clock.at(date(2027, 3, 31), time(17)))
        web.sign_in(old)
        last_request = request_of(factories.actor_of(old), clock.now(), "最後の日の相談")
        assert web.get("/requests").status == 200
        too_early = Web(app).sign_in(new).get("/requests", **AS_A_BROWSER)
        assert "このアカウントは令和9年4月1日から使えます。" in too_early.text
        assert run_once([one for one in WORK if one.name == "hand-overs"], app) == 0
        assert in_charge(last_request) == old.id

        traveller.move_to(clock.at(date(2027, 4, 1), time(0, 1)))
        assert run_once([one for one in WORK if one.name == "hand-overs"], app) == 0
        assert in_charge(last_request) == new.id
        assert on_duty(april.id) == [comes.id]
        turned_away = web.get("/requests", **AS_A_BROWSER)
        assert turned_away.path.startswith("/login")
        assert "このアカウントの最終日は令和9年3月31日でした。" in turned_away.text
        assert "最後の日の相談" in Web(app).sign_in(new).get("/requests?whose=mine").text
        manager.sign_in(factories.user(Role.MANAGER))
        paper = manager.get(prepared.path + "/paper")
        assert "令和9年4月1日" in paper.text
        assert "三月まで" in paper.text

        traveller.move_to(clock.at(date(2027, 9, 1), time(9)))
        later = Web(app).sign_in(factories.user(Role.MANAGER)).get(prepared.path + "/paper")
        assert later.soup.select_one("main").text == paper.soup.select_one("main").text


def test_a_hand_over_asks_as_often_for_many_things_as_for_few(
    web: Web, giver: User, taker: User, now: datetime
) -> None:
    """36 of them for the one check, on the duties as they are and as they would be; thirteen for those to be told."""
    old = factories.supporter(giver, name="支援 前")
    factories.supporter(taker, name="支援 後")
    web.sign_in(factories.user(Role.MANAGER))

    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            request_of(factories.actor_of(giver), now)
            duty_of(old.id, now + timedelta(days=2 + n))

    fill(0, 2)
    few = asked(web, looking(web, giver, taker))
    fill(2, 30)

    assert asked(web, looking(web, giver, taker)) == few == 68
    shown = web.get(looking(web, giver, taker)).form("form#found").send()
    assert (asked(web, shown.path), asked(web, f"{shown.path}/paper")) == (9, 5)
