from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Course, Lesson
from supportdesk.lessons.rules import LessonState
from supportdesk.office.models import ClosedDay
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def desk(web: Web) -> Web:
    return web.sign_in(factories.user(Role.COORDINATOR, name="佐藤"))


def test_a_course_is_added_and_a_lesson_of_it_planned(desk: Web) -> None:
    factories.topic("PHOTO")
    room = factories.room(name="研修室")
    helper = factories.supporter()
    course = desk.get("/courses/new").form("main form").send(
        title="写真をとる", minutes="９０", seats="8", learners_per_supporter="4", topics="PHOTO"
    )

    planned = course.link("日程を追加").form("main form").send(
        room_id=str(room.id), day="令和8年7月15日", start="午後1時半", supporter_ids=str(helper.id)
    )

    assert planned.status == 200
    lesson = db.session.query(Lesson).one()
    assert lesson.starts_at == datetime(2026, 7, 15, 4, 30, tzinfo=UTC)
    assert (lesson.ends_at - lesson.starts_at, lesson.seats) == (timedelta(minutes=90), 8)
    assert "準備中" in planned.text and "支援 花子" in planned.text
    assert "支援員が2人必要です" in planned.text


def test_a_lesson_on_a_closed_day_is_planned_with_a_reason_that_is_asked_for(desk: Web) -> None:
    factories.save(ClosedDay(day=date(2026, 7, 15), reason="設備点検"))
    asked = plan(desk)
    assert (asked.status, "この日は閉庁日です（設備点検）" in asked.text) == (422, True)

    saved = asked.form().send(override_reason="館長に確認済み")

    assert (saved.status, "館長に確認済み" in saved.text) == (200, True)
    assert "この日は閉庁日です" not in saved.text


def plan(desk: Web, **answers: str):  # type: ignore[no-untyped-def]
    room = db.session.query(factories.Room).first() or factories.room(name="研修室")
    course = db.session.query(Course).first() or factories.course()
    given = {"room_id": str(room.id), "day": "2026-07-15", "start": "10:00"} | answers
    return desk.get(f"/lessons/new?course={course.id}").form("main form").send(**given)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("day", ""), ("day", "2026-02-30"), ("day", "あした"), ("day", "2026-07-05"), ("day", "<b>15</b>"),
        ("start", "午前12時"), ("start", "25:00"), ("start", "0:00"), ("start", "1000000000000000000"),
        ("minutes", "abc"), ("minutes", "0"), ("minutes", "99999999999"), ("seats", "-1"), ("seats", " "),
        ("least", "9"), ("booking_closes_at", "きのう"), ("booking_opens_at", "2026-07-14 25:00"),
        ("booking_closes_at", "2026-07-16 10:00"), ("room_id", "x"), ("course_id", "999999"),
        ("note", "1234 5678 9018"), ("note", "あ" * 2001),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_at_its_field_and_nothing_typed_is_lost(
    desk: Web, field: str, typed: str
) -> None:
    page = plan(desk, **({"booking_closes_at": "2026-07-14 12:00"} | {field: typed}))

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error").get_text(strip=True)
    if field not in ("room_id", "course_id"):
        assert page.form("main form").values[field].strip() == typed.strip()
    assert "<b>15</b>" not in page.html
    assert db.session.query(Lesson).count() == 0


def test_a_room_in_use_is_refused_in_words_that_name_the_lesson(desk: Web) -> None:
    plan(desk)
    page = plan(desk, start="10:30")
    assert page.status == 422
    assert "10:00–11:00" in page.soup.select_one("#field-room_id-error").text
    assert page.form("main form").values["start"] == "10:30"


def test_the_second_editor_of_a_lesson_sees_what_changed(desk: Web) -> None:
    lesson = factories.lesson()
    mine, theirs = desk.get(f"/lessons/{lesson.id}/edit"), desk.get(f"/lessons/{lesson.id}/edit")
    assert theirs.form("main form").send(start="13:00").status == 200

    page = mine.form("main form").send(seats="6", note="鍵は事務室")

    assert page.status == 422
    conflict = page.soup.select_one("section.conflict").get_text(" ")
    assert "13:00" in conflict and "10:00" in conflict and "佐藤" in page.text
    assert page.form("main form").values["note"].strip() == "鍵は事務室"


def test_the_second_editor_of_a_course_sees_what_changed(desk: Web) -> None:
    course = factories.course()
    mine, theirs = desk.get(f"/courses/{course.id}/edit"), desk.get(f"/courses/{course.id}/edit")
    assert theirs.form("main form").send(title="写真のしまい方").status == 200

    page = mine.form("main form").send(seats="6")

    assert page.status == 422
    assert "写真のしまい方" in page.soup.select_one("section.conflict").get_text(" ")


def test_the_state_moves_by_its_button_and_a_stale_button_is_told(desk: Web) -> None:
    lesson = factories.lesson(state=LessonState.DRAFT)
    page = desk.get(f"/lessons/{lesson.id}")
    buttons = {str(form.select_one("button").text).strip(): form for form in page.soup.select(".acts form")}
    assert set(buttons) == {"「会場申請中」にする", "「広報掲載待ち」にする", "「受付中」にする"}

    moved = page.form(".acts form").send()
    stale = page.form(".acts form").send()

    assert "会場申請中" in moved.text
    assert stale.status == 422 and "先に変えました" in stale.text
    assert desk.request("post", f"/lessons/{lesson.id}/state", page.form(".acts form").values | {"to": "x"}, True)


def test_a_lesson_is_cancelled_with_a_reason(desk: Web) -> None:
    lesson = factories.lesson()
    form = desk.get(f"/lessons/{lesson.id}/cancel").form("main form")

    assert form.send(cancel_reason="").status == 422
    page = form.send(cancel_reason="台風のため")

    assert "台風のため" in page.text and "中止" in page.text
    assert db.session.get_one(Lesson, lesson.id, populate_existing=True).cancelled_at == NOW


def test_the_list_goes_month_by_month_or_from_a_day_on_and_can_be_narrowed(desk: Web) -> None:
    factories.district()
    near = factories.course(title="七月の教室")
    far = factories.course(title="八月の教室")
    factories.lesson(course=near, room=factories.room(factories.venue(district_code="KCN")))
    factories.lesson(course=far, starts_at=NOW + timedelta(days=30), state=LessonState.DRAFT)

    def listed(path: str) -> str:
        page = desk.get(path)
        assert page.status == 200
        return " ".join(cell.get_text() for cell in page.soup.select("tbody"))

    assert "七月" in listed("/lessons") and "八月" not in listed("/lessons")
    assert "八月" in listed("/lessons?month=2026-08")
    assert "七月" not in listed("/lessons?start_day=2026-07-16") and "八月" in listed("/lessons?start_day=2026-07-16")
    assert "八月" not in listed("/lessons?start_day=2026-07-01&district=KCN")
    assert "七月" not in listed("/lessons?start_day=2026-07-01&state=draft")
    assert "七月" not in listed(f"/lessons?start_day=2026-07-01&course={far.id}")
    for nonsense in ("month=9999-99", "month=9999-12", "start_day=nothing", "course=x&state=y&district=%00&page=-1"):
        assert desk.get(f"/lessons?{nonsense}").status == 200


def test_a_long_list_asks_the_database_as_often_as_a_short_one(desk: Web) -> None:
    def queries() -> int:
        asked: list[str] = []
        engine = db.engine
        count = lambda *args: asked.append(args[2])  # noqa: E731
        sa.event.listen(engine, "before_cursor_execute", count)
        try:
            assert desk.get("/lessons").status == 200
        finally:
            sa.event.remove(engine, "before_cursor_execute", count)
        return len(asked)

    factories.lesson()
    queries()
    few = queries()
    for _ in range(12):
        factories.lesson()

    assert queries() == few <= 12


def test_a_volunteer_plans_no_lessons(web: Web) -> None:
    web.sign_in(factories.user(Role.VOLUNTEER))
    for path in ("/lessons", "/lessons/new", "/courses", "/import/lessons"):
        assert web.get(path).status == 403
