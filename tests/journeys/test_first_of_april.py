"""February plans April before the year's terms exist; 1 April comes, and the duty that nobody renewed is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time

import pytest
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from tests import factories
from tests.web import Web


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return clock.at(date(year, month, day), time(hour))


@pytest.fixture(autouse=True)
def travel() -> Iterator[Callable[[datetime], None]]:
    with time_machine.travel(at(2027, 2, 15), tick=False) as traveller:
        yield traveller.move_to


def test_february_plans_april_and_april_asks_for_the_papers(
    app: Flask, travel: Callable[[datetime], None]
) -> None:
    coordinator, volunteer = factories.user(Role.COORDINATOR), factories.user(Role.VOLUNTEER)
    hanako = factories.supporter(name="支援 花子", terms=[factories.term(2026)])
    taro = factories.supporter(volunteer, name="支援 太郎", terms=[factories.term(2026)])
    course, room = factories.course(learners_per_supporter=4), factories.room()
    desk = Web(app).sign_in(coordinator)

    planned = desk.get(f"/lessons/new?course={course.id}").form().send(
        room_id=str(room.id), day="2027-04-14", start="10:00", supporter_ids=[str(hanako.id), str(taro.id)]
    )  # fmt: skip
    assert planned.status == 200, planned.text
    assert "支援 花子さんの令和9年度の委嘱・誓約・保険が、まだそろっていません" in planned.text
    assert "新年度の委嘱待ち" in desk.get("/board?day=2027-04-14").text
    assert "すべて書類がそろっています" in desk.get("/supporters/without-papers").text

    travel(at(2027, 3, 20))
    desk = Web(app).sign_in(coordinator)
    renew = desk.get("/supporters/renew")
    assert "令和9年度" in renew.text
    done = renew.form("#renew").send(supporter_ids=str(hanako.id), insured_on="令和9年4月1日")
    assert "1人の委嘱を登録しました" in done.text

    travel(at(2027, 4, 1))
    desk = Web(app).sign_in(coordinator)
    assert "委嘱・誓約書・保険がそろっていない担当：1件" in desk.get("/").text
    listed = desk.get("/supporters/without-papers")
    assert ("支援 太郎" in listed.text, "支援 花子" in listed.text) == (True, False)
    other = desk.get(f"/lessons/new?course={course.id}").form().send(
        room_id=str(room.id), day="2027-04-21", start="10:00", supporter_ids=str(taro.id), override_reason="急ぎ"
    )  # fmt: skip
    assert (other.status, "支援 太郎さんは、この日の委嘱がありません" in other.text) == (422, True)

    travel(at(2027, 4, 14))
    lesson = planned.path.rsplit("/", 1)[-1]
    desk = Web(app).sign_in(coordinator)
    desk.get(f"/lessons/{lesson}").form("form[action$='/state']:has(input[value=open])").send()
    tablet = Web(app).sign_in(volunteer)
    assert "委嘱なし" in tablet.get(f"/sheet/{lesson}").text
    desk.get(f"/supporters/{taro.id}").form("#term").send(insured_on="2027-04-14")
    assert tablet.get(f"/sheet/{lesson}").status == 200
