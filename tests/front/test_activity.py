"""The record of activity on paper and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.clock import TOKYO
from supportdesk.core.db import db, transaction
from supportdesk.lessons import activity_queries
from supportdesk.lessons.models import LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.office import settings as office_settings
from supportdesk.people.models import Supporter
from tests import factories
from tests.web import Page, Web

MAY = datetime(2027, 5, 20, 9, 0, tzinfo=TOKYO)
MARCH = datetime(2027, 3, 10, 10, 0, tzinfo=TOKYO)
pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_may() -> Iterator[None]:
    with time_machine.travel(MAY, tick=False):
        yield


def did(who: Supporter, start: datetime = MARCH, state: LessonState = LessonState.RECORDED, minutes: int = 75) -> None:
    lesson = factories.lesson(starts_at=start, ends_at=start + timedelta(minutes=minutes), state=state)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=who.id))


@pytest.fixture
def helper(app: Flask) -> Supporter:
    factories.district()
    return factories.supporter(factories.user(Role.VOLUNTEER), district_code="KCN")


@pytest.fixture
def clerk(app: Flask, web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF))


def rows(page: Page) -> list[list[str]]:
    lines = [[" ".join(cell.text.split()) for cell in row.select("td, th")] for row in page.soup.select("tbody tr")]
    return [line for line in lines if any(line)]


def test_march_that_is_entered_in_may_stands_in_march_of_the_old_fiscal_year(clerk: Web, helper: Supporter) -> None:
    did(helper)

    page = clerk.get(f"/activity/2027-03/{helper.id}")

    heading = page.soup.select_one(".sheet h2")
    assert heading is not None
    assert " ".join(heading.get_text(" ").split()) == "令和8年度 スマホ支援員活動実績簿 令和9年3月分"
    assert "口之津" in page.text
    assert rows(page) == [
        ["10日（水）", "10:00 〜11:15", "1.25", "口之津公民館", "写真をとる・見る・消す", "", "", ""],
        ["計 1回", "1.25", "", "", "", "", ""],
    ]
    assert len(page.soup.select(".blank-row")) >= 3
    assert rows(clerk.get(f"/activity/2027-05/{helper.id}"))[0][0] == "計 0回"


def test_what_the_office_pays_is_printed_and_added_up(clerk: Web, helper: Supporter) -> None:
    with transaction():
        office_settings.change(fee_yen=1000, fee_per="hour", travel_yen=500)
    did(helper)
    did(helper, MARCH + timedelta(days=1), minutes=60)

    assert [row[-3:-1] for row in rows(clerk.get(f"/activity/2027-03/{helper.id}"))] == [
        ["500", "1,250"], ["500", "1,000"], ["1,000", "2,250"],
    ]  # fmt: skip


def test_what_was_not_held_is_named_below_the_sum(clerk: Web, helper: Supporter) -> None:
    did(helper, MARCH, LessonState.CANCELLED)
    did(helper, MARCH + timedelta(days=1), LessonState.CLOSED)

    page = clerk.get(f"/activity/2027-03/{helper.id}")

    assert rows(page)[0][0] == "計 0回"
    assert "数えていない回：" in page.text
    assert ("中止" in page.text, "実施の記録がまだ" in page.text) == (True, True)


def test_all_sheets_of_a_month_are_one_print_job_in_the_order_of_their_kana(clerk: Web, helper: Supporter) -> None:
    other = factories.supporter(name="青木 一", kana="アオキ イチ")
    factories.supporter(name="休み 中", kana="ヤスミ チュウ")
    did(helper)
    did(other, MARCH + timedelta(hours=3))

    page = clerk.get("/activity/2027-03/print")

    names = [found.text for found in page.soup.select(".sheet dl div:first-child dd")]
    assert names == ["青木 一", "支援 花子"]


def test_a_month_of_many_is_read_block_by_block(clerk: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity_queries, "AT_ONCE", 4)
    for n in range(10):
        did(factories.supporter(name=f"支援 {n}", kana=f"シエン {n}"), MARCH + timedelta(hours=n))

    assert len(clerk.get("/activity/2027-03/print").soup.select(".sheet")) == 10
    assert clerk.client.get("/activity/2027-03/print").is_streamed


def test_the_list_of_a_month_leads_to_the_sheets_and_asks_as_often_for_many(clerk: Web, helper: Supporter) -> None:
    def asked() -> int:
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            seen.append(statement)

        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            clerk.get("/activity?month=2027-03")
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    did(helper)
    asked()  # the browser's first page writes down that it was seen
    few = asked()
    for n in range(12):
        did(factories.supporter(name=f"支援 {n}", kana=f"シエン {n}"), MARCH + timedelta(hours=n))

    assert asked() == few
    page = clerk.get("/activity?month=2027-03").link("この人の分を印刷")
    assert page.status == 200


def test_the_file_holds_every_duty_and_no_cell_that_a_spreadsheet_would_run(clerk: Web, helper: Supporter) -> None:
    with transaction():
        db.session.get_one(Supporter, helper.id).name = "=1+1"
    did(helper)
    did(helper, MARCH + timedelta(days=1), LessonState.CANCELLED)

    answer = clerk.client.get("/activity/2027-03.csv")

    assert answer.headers["Content-Disposition"] == "attachment; filename=activity-2027-03.csv"
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    first, second = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (first["氏名"], first["日付"], first["開始"], first["終了"]) == ("'=1+1", "2027-03-10", "10:00", "11:15")
    assert (first["時間"], first["区分"], second["区分"], second["時間"]) == ("1.25", "実施", "中止", "")


@pytest.mark.parametrize("month", ["2027-13", "2027-3", "x", "2027-03-01", "９９", "2027-03%00"])
def test_a_month_that_is_none_is_not_found(clerk: Web, helper: Supporter, month: str) -> None:
    assert clerk.get(f"/activity/{month}/print").status == 404
    assert clerk.get(f"/activity/{month}/{helper.id}").status == 404
    assert clerk.get(f"/activity/{month}.csv").status == 404
    assert clerk.get(f"/activity?month={month}").status == 200


def test_a_supporter_prints_the_own_sheet_and_no_others(app: Flask, helper: Supporter) -> None:
    other = factories.supporter(factories.user(Role.VOLUNTEER), name="支援 太郎")
    did(other)
    did(helper, MARCH + timedelta(days=1))
    account = db.session.get_one(type(factories.user(Role.VOLUNTEER)), helper.user_id)
    mine = Web(app).sign_in(account)

    page = mine.get("/my-duties/2027-03")

    assert [row[0] for row in rows(page)] == ["11日（木）", "計 1回"]
    assert mine.get(f"/activity/2027-03/{other.id}").status == 403
    assert mine.get("/activity/2027-03/print").status == 403
    assert mine.get("/my-duties").link("令和9年3月").status == 200


def test_a_sheet_of_nobody_is_not_found(clerk: Web) -> None:
    assert clerk.get("/activity/2027-03/999").status == 404
    assert "当番だった支援員はいません" in clerk.get("/activity/2027-03/print").text
