from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons import series_queries
from supportdesk.lessons.models import Booking, Lesson, Series
from supportdesk.lessons.rules import LessonState
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def desk(web: Web) -> Web:
    factories.room(name="研修室")
    factories.course(learners_per_supporter=8)
    return web.sign_in(factories.user(Role.COORDINATOR, Role.STAFF, name="佐藤"))


def look(desk: Web, **typed: str) -> Page:
    course = db.session.scalars(sa.select(factories.Course)).first()
    room = db.session.scalars(sa.select(factories.Room)).first()
    answers = {"room_id": str(room.id), "first_day": "令和8年7月14日", "times": "４", "start": "午前10時"}
    answers |= {"act": "look"} | typed
    return desk.get(f"/series/new?course={course.id}").form("main form").send(**answers)  # type: ignore[union-attr]


def save(page: Page, **typed: str) -> Page:
    return page.form("main form").send(act="save", **typed)


def rows(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.soup.select("main table tbody tr")]


def count(model: type) -> int:
    db.session.rollback()  # what was read before the request is not what is there now
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def lessons_of(series_id: int) -> list[Lesson]:
    db.session.rollback()
    return list(series_queries.lessons_of(series_id))


def test_a_series_is_typed_looked_at_and_planned(desk: Web) -> None:
    page = look(desk)
    assert (page.status, count(Series), len(rows(page))) == (200, 0, 4)
    assert "令和8年7月14日（火）午前10時" in rows(page)[0]

    planned = save(page)

    assert planned.status == 200 and planned.path == "/series/1"
    assert "全4回" in planned.text and "毎週火曜日" in planned.text and "第4回 8月4日(火)午前10時" in planned.text
    assert count(Lesson) == 4


def test_two_clicks_plan_one_series(desk: Web) -> None:
    form = look(desk).form("main form")
    for _click in range(2):
        assert form.send(act="save").path == "/series/1"
    assert (count(Series), count(Lesson)) == (1, 4)


def test_what_was_changed_after_the_look_is_looked_at_first(desk: Web) -> None:
    page = save(look(desk), times="3")

    assert page.status == 422 and count(Series) == 0
    assert len(rows(page)) == 3 and "もう一度確かめてください" in page.text
    assert save(page).path == "/series/1"


def test_a_taken_room_is_named_at_its_date_and_what_was_typed_stays(desk: Web) -> None:
    room = db.session.scalars(sa.select(factories.Room)).first()
    factories.lesson(room=room, starts_at=clock.at(date(2026, 7, 21), time(10, 30)))
    page = look(desk)
    assert "10:30–11:30" in rows(page)[1] and page.status == 200

    refused = save(page)

    assert refused.status == 422 and count(Series) == 0
    assert refused.soup.select_one("[id='field-row-2026-07-21-choice-error']")
    assert refused.form("main form").values["first_day"] == "令和8年7月14日"
    moved = save(refused, **{"row-2026-07-21-choice": "move", "row-2026-07-21-day": "２０２６-７-２３"})
    assert moved.path == "/series/1" and "第2回 7月23日(木)午前10時" in moved.text


def test_all_dates_with_something_against_them_are_left_out_by_one_press(desk: Web) -> None:
    page = look(desk, first_day="2026-12-22", times="3").form("main form").send(act="leave-out")
    assert "行わない" in rows(page)[1]

    planned = save(page)

    assert "全2回" in planned.text and "1月5日(火)" in planned.text


def test_a_holiday_is_held_with_a_reason(desk: Web) -> None:
    page = look(desk, rule="listed", listed="7/20", first_day="", times="")
    assert "海の日" in rows(page)[0]
    assert save(page).status == 422

    planned = save(page, **{"row-2026-07-20-reason": "海の日の催し"})

    assert planned.path == "/series/1"
    assert count(Lesson) == 1
    assert db.session.scalars(sa.select(Lesson.override_reason)).one() == "海の日の催し"


def test_what_comes_up_between_look_and_press_is_shown_and_nothing_is_half_made(desk: Web) -> None:
    page = look(desk)
    room = db.session.scalars(sa.select(factories.Room)).first()
    factories.lesson(room=room, starts_at=clock.at(date(2026, 7, 28), time(10)))

    refused = save(page)

    assert refused.status == 422 and (count(Series), count(Lesson)) == (0, 1)
    assert "10:00–11:00" in rows(refused)[2]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("first_day", ""), ("first_day", "あした"), ("first_day", "2026-07-05"), ("first_day", "2206-07-15"),
        ("times", ""), ("times", "0"), ("times", "501"), ("times", "二"), ("every_weeks", "0"), ("until", "2026-07-01"),
        ("start", "午前12時"), ("start", "0:00"), ("start", "23:30"), ("minutes", "0"), ("seats", "９９９９"),
        ("note", "1234 5678 9018"), ("first_day", "x" * 10_000), ("room_id", "x"), ("rule", "daily"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_and_nothing_typed_is_lost(desk: Web, field: str, typed: str) -> None:
    page = look(desk, **{field: typed})

    assert page.status == 422
    wrong = page.soup.select_one(".errors li")
    assert wrong is not None and wrong.get_text(strip=True)
    if field not in ("room_id", "rule"):
        assert page.form("main form").values[field].strip() == typed.strip()
    assert rows(page) == [] and count(Series) == 0


def test_lines_of_a_list_that_cannot_be_read_are_named(desk: Web) -> None:
    page = look(desk, rule="listed", listed="7/15\nあした\n2/30\n7/16(水)")

    said = page.soup.select_one("#field-listed-error").get_text(" ")
    assert page.status == 422
    assert "2行目「あした」" in said and "3行目「2/30」" in said and "4行目「7/16(水)」" in said and "木曜日" in said
    assert page.form("main form").values["listed"] == "7/15\nあした\n2/30\n7/16(水)"


def test_a_list_of_days_is_no_my_number_and_a_my_number_is_no_day(desk: Web) -> None:
    # Its digits in a row would be one: 712 713 722 724.
    assert look(desk, rule="listed", listed="10-12\n10-14\n10-20\n10-28").status == 200
    page = look(desk, rule="listed", listed="7/15\n1234 5678 9018")
    assert page.status == 422 and "マイナンバー" in page.soup.select_one("#field-listed-error").get_text()
    empty = look(desk, rule="listed", listed="  \n ")
    assert empty.status == 422 and empty.soup.select_one("#field-listed-error")


def test_months_without_the_day_are_named(desk: Web) -> None:
    page = look(desk, rule="month_day", first_day="2026-07-31", times="3")
    assert "2026年9月" in page.soup.select_one(".note-wait").get_text()
    assert len(rows(page)) == 3


def test_the_reason_of_a_date_is_asked_for_a_my_number_too(desk: Web) -> None:
    page = look(desk, rule="listed", listed="7/20")
    refused = save(page, **{"row-2026-07-20-reason": "1234 5678 9018"})
    assert refused.status == 422 and count(Series) == 0
    assert "マイナンバー" in refused.soup.select_one("[id='field-row-2026-07-20-reason-error']").get_text()


def test_a_date_moved_to_午前12時_gets_its_sentence(desk: Web) -> None:
    answers = {"row-2026-07-14-choice": "move", "row-2026-07-14-start": "午前12時"}
    refused = save(look(desk), **answers)
    assert refused.status == 422
    assert "正午" in refused.soup.select_one("[id='field-row-2026-07-14-start-error']").get_text()


def test_five_hundred_dates_are_one_page(desk: Web) -> None:
    days = "\n".join(f"{date(2026, 7, 7) + timedelta(days=n):%Y-%m-%d}" for n in range(500))
    page = look(desk, rule="listed", listed=days)
    assert page.status == 200 and len(rows(page)) == 500

    planned = save(page.form("main form").send(act="leave-out"))

    assert planned.path == "/series/1" and count(Lesson) > 300


# ---- the series itself


@pytest.fixture
def series(desk: Web) -> Series:
    save(look(desk))
    assert count(Series) == 1
    return db.session.scalars(sa.select(Series)).one()


def test_all_lessons_are_opened_by_one_press(desk: Web, series: Series) -> None:
    forms = desk.get("/series/1").soup.select(".acts form")
    assert any("受付中" in form.get_text() for form in forms)

    moved = desk.get("/series/1").form(".acts form").send(to="open")

    assert "4回の状態を変えました" in moved.text
    assert {one.state for one in lessons_of(series.id)} == {LessonState.OPEN}
    assert desk.get("/series/1").form(".acts form").send(to="nonsense").status == 422


def test_a_change_says_what_happens_first(desk: Web, series: Series) -> None:
    second = lessons_of(series.id)[1]
    factories.booking(course_date=second)
    form = desk.get(f"/series/1/change?lesson={second.id}").form("main form")
    assert form.values["lesson_id"] == str(second.id)

    page = form.send(act="look", start="13時")

    assert page.status == 200
    assert "3回の教室が変わります" in page.text and "1席分の予約があります" in page.text
    assert "第2回" in rows(page)[0] and "午後1時" in rows(page)[0]
    assert {clock.local(one.starts_at).hour for one in lessons_of(series.id)} == {10}
    assert save(page).path == "/changes/1"  # people are booked: the page on which they are told
    assert [clock.local(one.starts_at).hour for one in lessons_of(series.id)] == [10, 13, 13, 13]


def test_the_second_of_two_who_change_a_series_is_told_by_whom(desk: Web, series: Series) -> None:
    mine = desk.get("/series/1/change").form("main form").send(act="look", start="13時")
    theirs = desk.get("/series/1/change").form("main form").send(act="look", seats="6")
    assert save(theirs).path == "/series/1"

    page = save(mine)

    assert page.status == 422 and page.soup.select_one("section.conflict") and "佐藤" in page.text
    assert page.form("main form").values["start"] == "13時"
    assert save(page).path == "/series/1"


def test_fewer_seats_than_booked_are_refused_at_the_lesson(desk: Web, series: Series) -> None:
    first = lessons_of(series.id)[0]
    for n in range(2):
        factories.booking(factories.resident(number=f"+81900000000{n}"), first)
    page = desk.get("/series/1/change").form("main form").send(act="look", scope="all", seats="1")

    refused = save(page)

    assert refused.status == 422
    assert "2席" in refused.soup.select_one(f"[id='field-row-{first.id}-choice-error']").get_text()
    left = save(refused.form("main form").send(act="leave-out"))
    assert left.path == "/series/1"
    assert [one.seats for one in lessons_of(series.id)] == [8, 1, 1, 1]


def test_lessons_are_cancelled_after_it_was_said_who_is_booked(desk: Web, series: Series) -> None:
    last = lessons_of(series.id)[3]
    factories.booking(course_date=last)
    form = desk.get(f"/series/1/cancel?lesson={last.id}").form("main form")
    assert form.send(act="look", cancel_reason="").status == 422

    page = form.send(act="look", cancel_reason="台風")
    assert "1回の教室を中止します" in page.text and "1席分" in page.text

    assert save(page).path == "/changes/1"
    assert db.session.get_one(Lesson, last.id, populate_existing=True).cancel_reason == "台風"


def test_a_series_that_is_over_cannot_be_changed(desk: Web, series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=60))
    later = Web(desk.app).sign_in(factories.user(Role.STAFF))
    assert later.get("/series/1/change").status == 404
    assert "変更する" not in later.get("/series/1").text


def test_the_list_asks_as_often_for_many_series_as_for_one(desk: Web, series: Series) -> None:
    def queries() -> int:
        asked: list[str] = []
        note = lambda *args: asked.append(args[2])  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", note)
        assert desk.get("/series").status == 200
        sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    few = queries()
    for hour in ("11:00", "12:00", "13:00"):
        assert save(look(desk, start=hour)).status == 200
    assert queries() == few <= 11  # one for the things of each, which programs read in the same list


# ---- booked as a whole


def test_a_series_booked_as_a_whole_is_one_thing_to_the_desk(desk: Web) -> None:
    save(look(desk, registration="whole", minutes="60"))
    desk.get("/series/1").form(".acts form").send(to="open")
    person = factories.resident(number="+81957000001")
    lessons = lessons_of(1)

    booking = desk.get(f"/lessons/{lessons[0].id}/book?resident={person.id}")
    assert "4回すべてに席を取ります" in booking.text
    booked = booking.form("main form").send()
    assert "連続教室を予約しました（4回分）" in booked.text
    assert count(Booking) == 4

    story = desk.get(f"/residents/{person.id}").text
    assert "連続教室、全4回。これから4回の予約" in story and story.count("予約済") == 1
    assert "これから4回" in desk.get(f"/desk?resident={person.id}").text

    cancel = desk.get(f"/bookings/{db.session.scalars(sa.select(Booking.id)).all()[1]}/cancel").form("main form")
    assert cancel.send(reason="通院").status == 422, "which lessons?"
    cancel.send(reason="通院", scope="later")
    assert [one.seats_taken for one in lessons_of(1)] == [1, 0, 0, 0]


def test_reception_offers_a_series_booked_as_a_whole_once(desk: Web) -> None:
    save(look(desk, registration="whole"))
    desk.get("/series/1").form(".acts form").send(to="open")

    page = desk.get("/desk")

    assert len(page.soup.select("label.lesson")) == 1
    assert "連続教室: 4回まとめて" in page.text


# ---- a month copied


def test_a_month_is_copied_and_copied_again(desk: Web) -> None:
    factories.lesson(starts_at=clock.at(date(2026, 7, 15), time(10)))
    page = desk.get("/lessons/copy-month?month=2026-07").form("main form").send(act="look")
    assert "令和8年8月19日（水）午前10時" in rows(page)[0]

    copied = save(page)

    assert copied.path == "/lessons?month=2026-08" and "1回の日程を追加しました" in copied.text
    again = desk.get("/lessons/copy-month?month=2026-07").form("main form").send(act="look")
    assert "翌月にすでにある1回" in again.text and "写す教室はありません" in again.text


@pytest.mark.parametrize("typed", ["", "7月", "2026-13", "x" * 10_000])
def test_a_month_that_cannot_be_read_gets_its_sentence(desk: Web, typed: str) -> None:
    page = desk.get("/lessons/copy-month").form("main form").send(act="look", month=typed)
    assert page.status == 422 and page.soup.select_one("#field-month-error")


def test_a_manager_looks_and_a_volunteer_does_not(web: Web, desk: Web, series: Series) -> None:
    manager = Web(web.app).sign_in(factories.user(Role.MANAGER))
    assert [manager.get(path).status for path in ("/series", "/series/1", "/series/new")] == [200, 200, 403]
    assert Web(web.app).sign_in(factories.user(Role.VOLUNTEER)).get("/series").status == 403
