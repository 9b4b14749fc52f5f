from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import LessonSupporter
from supportdesk.people import supporter_queries as queries
from supportdesk.people.models import Supporter
from tests import factories
from tests.conftest import NOW
from tests.web import Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Web:
    return Web(app).sign_in(factories.user(Role.COORDINATOR, name="調整"))


def stored(supporter_id: int) -> Supporter:
    db.session.rollback()
    return queries.get(supporter_id)


def test_a_supporter_is_typed_in_every_width_and_kept(desk: Web) -> None:
    factories.topic("LINE")
    form = desk.get("/supporters/new").form("#supporter")

    page = form.send(
        name="支援　花子", kana="ｼｴﾝ ﾊﾅｺ", telephone="０９０－００００－０００１", wish="text", skills="LINE",
        trained_on="令和8年4月1日", pledged_on="2026-04-01", from_2="９時", until_2="正午",
    )  # fmt: skip

    assert page.status == 200
    assert all(word in page.text for word in ("支援 花子", "090-0000-0001", "水曜 9:00〜12:00", "委嘱なし"))


def test_two_clicks_add_one_and_nothing_typed_is_lost(desk: Web) -> None:
    form = desk.get("/supporters/new").form("#supporter")
    wrong = form.send(name="支援 花子", kana="花子", badge="B-1", from_0="9:00")
    again = wrong.form("#supporter")

    assert wrong.status == 422
    assert (again.values["badge"], again.values["kana"], again.values["from_0"]) == ("B-1", "花子", "9:00")
    paths = {again.send(kana="シエン", until_0="12:00").path for _click in range(2)}
    assert (len(paths), db.session.scalar(sa.select(sa.func.count()).select_from(Supporter))) == (1, 1)


@pytest.mark.parametrize(
    "bad", ["あ" * 10_000, "\0x", "<script>", "1234 5678 9012", "１２３４５６７８９０１８", "25:00"]
)
def test_bad_input_is_answered_in_words(desk: Web, bad: str) -> None:
    one = factories.supporter().id

    for form, fields in (("#term", ("from_day", "insured_on")), ("#off", ("from_day", "until_day"))):
        page = desk.get(f"/supporters/{one}")
        assert page.form(form).send(**dict.fromkeys(fields, bad)).status == 422
    edited = desk.get(f"/supporters/{one}/edit").form("#supporter")
    assert edited.send(telephone=bad, from_1=bad, until_1=bad, trained_on=bad).status == 422
    assert desk.get(f"/supporters/{one}/end").form("#end").send(left_on=bad, seen=bad).status == 422
    assert desk.get("/supporters?kind=x&papers=%00&district=あ&skill=1&page=９").status == 200


def test_the_second_editor_sees_what_the_first_saved(desk: Web) -> None:
    one = factories.supporter().id
    first, second = (desk.get(f"/supporters/{one}/edit").form("#supporter") for _ in range(2))
    first.send(badge="A-1")

    page = second.send(badge="B-2")

    assert (page.status, "A-1" in page.text, page.form("#supporter").values["badge"]) == (422, True, "B-2")
    assert page.form("#supporter").send().status == 200
    assert stored(one).badge == "B-2"


def test_a_term_is_entered_and_the_warning_goes(desk: Web) -> None:
    one = factories.supporter(terms=[]).id

    page = desk.get(f"/supporters/{one}").form("#term").send(insured_on="令和8年4月1日")

    assert (page.status, "令和8年4月1日〜令和9年3月31日" in page.text, "委嘱なし" in page.text) == (200, True, False)
    back = page.form("form[action$='/term/take-back']").send()
    assert "委嘱なし" in back.text


def test_terms_are_renewed_for_those_who_are_ticked(desk: Web) -> None:
    ticked, other = factories.supporter(name="甲", terms=[]).id, factories.supporter(name="乙", terms=[]).id
    factories.supporter(name="丙", terms=[factories.term(2026), factories.term(2027)])

    page = desk.get("/supporters/renew?year=2026")
    none = page.form("#renew").send()
    assert (none.status, "丙" in page.text) == (422, False)
    assert set(desk.get("/supporters/renew?year=2026&all=1").form("#renew").values["supporter_ids"]) == {
        str(ticked), str(other),
    }  # fmt: skip

    done = page.form("#renew").send(supporter_ids=str(ticked), insured_on="2026-04-01")

    assert (done.status, "1人の委嘱を登録しました" in done.text) == (200, True)
    assert (len(stored(ticked).terms), len(stored(other).terms)) == (1, 0)
    assert desk.get("/supporters/renew?year=1999").status == 200


def test_dates_off_say_how_many_duties_still_stand(desk: Web) -> None:
    one = factories.supporter()
    lesson = factories.lesson()
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))

    page = desk.get(f"/supporters/{one.id}").form("#off").send(from_day="2026-07-15", until_day="7月16日")
    assert page.status == 422, "a day without its year is not guessed"
    page = page.form("#off").send(until_day="2026-07-16", reason="旅行")

    assert "担当1件はそのまま" in page.text and "都合のつかない日です" in page.text
    assert "旅行" in page.text
    assert desk.get(f"/supporters/{one.id}").form("form[action$='/off/take-back']").send().status == 200
    assert stored(one.id).off == []


def test_a_supporter_enters_their_own_dates_off_and_nobody_else_s(app: Flask, web: Web) -> None:
    person, other = factories.user(Role.VOLUNTEER), factories.supporter()
    me = factories.supporter(person).id
    tablet = web.sign_in(person)

    page = tablet.get("/my-days-off").form("#off").send(from_day="2026-07-20")
    desk = Web(app).sign_in(factories.user(Role.COORDINATOR))
    desk.get(f"/supporters/{other.id}").form("#off").send(from_day="2026-07-21")

    assert (page.status, [row.from_day for row in stored(me).off]) == (200, [date(2026, 7, 20)])
    theirs = stored(other.id).off[0].id
    assert page.form("form[action$='/take-back']").send(off_id=str(theirs)).status == 404
    assert len(stored(other.id).off) == 1
    assert tablet.get("/supporters").status == 403


def test_an_account_that_is_no_supporters_is_told_so(web: Web) -> None:
    page = web.sign_in(factories.user(Role.VOLUNTEER)).get("/my-days-off")

    assert (page.status, "スマホ支援員として登録されていません" in page.text) == (404, True)


def test_the_last_day_takes_off_duties_with_the_second_press(desk: Web) -> None:
    one = factories.supporter()
    lesson = factories.lesson(starts_at=NOW + timedelta(days=9))
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))

    told = desk.get(f"/supporters/{one.id}/end").form("#end").send(left_on="2026-07-10")
    assert (told.status, stored(one.id).left_on) == (422, None)
    assert f"/lessons/{lesson.id}" in told.html

    done = told.form("#end").send()

    assert (done.status, "外した担当：1件" in done.text) == (200, True)
    assert stored(one.id).left_on == date(2026, 7, 10)
    assert one.name not in desk.get(f"/lessons/{lesson.id}").text
    back = done.form("#come-back").send()
    assert (back.status, stored(one.id).left_on) == (200, None)


def test_staff_read_and_change_nothing(app: Flask) -> None:
    one = factories.supporter().id
    staff = Web(app).sign_in(factories.user(Role.STAFF))

    page = staff.get(f"/supporters/{one}")

    assert (page.status, page.soup.select("main form")) == (200, [])
    assert {staff.get(path).status for path in (f"/supporters/{one}/edit", "/supporters/renew")} == {403}
