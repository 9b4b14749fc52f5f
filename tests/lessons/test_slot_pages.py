"""The pages of slots through HTTP: planning a day, the day itself, paper, system days, people taken on the spot."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from supportdesk.core import clock, history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Booking, Lesson
from supportdesk.lessons.rules import BookingChannel, LessonState
from supportdesk.office.models import Branch, SystemDay
from supportdesk.places import queries as places
from supportdesk.places.actions import make_home_room
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

pytestmark = pytest.mark.one_database
WEDNESDAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def desk(web: Web) -> Web:
    return web.sign_in(factories.user(Role.STAFF, Role.COORDINATOR, name="佐藤"))


@pytest.fixture
def course(desk: Web) -> Any:
    return factories.course(title="なんでもスマホ相談", category="consult", minutes=30, learners_per_supporter=1)


@pytest.fixture
def room(desk: Web) -> Any:
    return factories.room(name="相談室")


def look(desk: Web, course: Any, room: Any, **typed: str) -> Page:
    answers = {"room_id": str(room.id) if room else "", "listed": "7/15", "start": "午前9時", "end": "１２：００",
               "tables": "２", "act": "look"}  # fmt: skip
    return desk.get(f"/slots/new?course={course.id}").form("main form").send(**(answers | typed))


def rows(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.soup.select("main table tbody tr")]


def slots() -> list[Lesson]:
    db.session.rollback()
    found = sa.select(Lesson).where(Lesson.slot_day.is_not(None)).order_by(Lesson.starts_at, Lesson.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def error_at(page: Page, field: str) -> str:
    found = page.soup.select_one(f"#field-{field}-error") or page.soup.select_one(f"[id^=field-{field}] ~ .field-error")
    assert found is not None, page.text[:400]
    return found.get_text(" ")


def test_a_day_is_looked_at_then_planned_opened_and_shown(desk: Web, course: Any, room: Any) -> None:
    seen = look(desk, course, room)
    assert len(rows(seen)) == 6
    assert slots() == []

    day = seen.form("main form").send(act="save")
    assert day.path == f"/slots/2026-07-15/{room.id}"
    assert "6枠を登録しました" in day.text
    assert [one.seats for one in slots()] == [2] * 6

    opened = day.form('form:has(input[value="open"])').send()
    assert {one.state for one in slots()} == {LessonState.OPEN}
    assert len(rows(opened)) == 6
    assert "予約する" in opened.text


def test_the_same_form_twice_makes_nothing_twice(desk: Web, course: Any, room: Any) -> None:
    seen = look(desk, course, room)
    seen.form("main form").send(act="save")
    seen.form("main form").send(act="save")

    assert len(slots()) == 6
    again = look(desk, course, room, end="12:30")
    assert "6枠は同じ内容で登録済み" in again.text
    assert len(rows(again)) == 1


def test_answers_that_changed_are_looked_at_once_more(desk: Web, course: Any, room: Any) -> None:
    seen = look(desk, course, room)

    refused = seen.form("main form").send(act="save", end="13:00")

    assert refused.status == 422
    assert slots() == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"end": "8:00"}, "end"),
        ({"start": "23:00", "end": "1:00"}, "end"),
        ({"end": "12:10"}, "end"),
        ({"pause_start": "12:30", "pause_end": "13:30"}, "pause_start"),
        ({"pause_start": "10:00"}, "pause_end"),
        ({"tables": "0"}, "tables"),
        ({"tables": "たくさん"}, "tables"),
        ({"start": "8:00", "end": "23:30"}, "minutes"),
        ({"minutes": "0"}, "minutes"),
        ({"listed": "31月31日"}, "listed"),
        ({"listed": ""}, "listed"),
        ({"listed": "あ" * 10_001}, "listed"),
        ({"start": "午前12時"}, "start"),
        ({"note": "あ" * 401}, "note"),
        ({"room_id": ""}, "room_id"),
        ({"room_id": "999"}, "room_id"),
    ],
)
def test_what_cannot_be_planned_is_refused_at_its_field_and_stays_typed(
    desk: Web, course: Any, room: Any, typed: dict[str, str], field: str
) -> None:
    refused = look(desk, course, room, **typed)

    assert refused.status == 422
    assert error_at(refused, field)
    assert refused.form("main form").values["end"] == typed.get("end", "１２：００")


def test_a_my_number_in_the_note_is_turned_away(desk: Web, course: Any, room: Any) -> None:
    refused = look(desk, course, room, note="1234 5678 9018")

    assert refused.status == 422
    assert slots() == []


def test_a_time_that_is_taken_is_left_out_with_one_press(desk: Web, course: Any, room: Any) -> None:
    factories.lesson(starts_at=datetime(2026, 7, 15, 1, tzinfo=NOW.tzinfo), room=room)

    seen = look(desk, course, room)
    assert "この日にちは" in seen.text or "使われています" in seen.text or "10:00–11:00" in seen.text
    refused = seen.form("main form").send(act="save")
    assert refused.status == 422
    refused.form("main form").send(act="leave-out").form("main form").send(act="save")

    assert [f"{clock.local(one.starts_at):%H:%M}" for one in slots()] == ["09:00", "09:30", "11:00", "11:30"]


def test_a_visit_shows_the_two_who_go_and_the_slip_names_homes(desk: Web) -> None:
    with transaction():
        make_home_room()
    visit = factories.course(title="訪問相談", category="visit", minutes=60)
    pair = [factories.supporter(name=name).id for name in ("支援 花子", "支援 太郎")]
    seen = look(desk, visit, None, tables="1", minutes="60", supporter_ids=[str(one) for one in pair])  # type: ignore[arg-type]
    seen.form("main form").send(act="save")
    home = places.home_room()
    desk.get(f"/slots/2026-07-15/{home.id}").form('form:has(input[value="open"])').send()
    person = factories.resident("ホンダ ハル", "+81957000001", town="口之津町甲", street="1-2", house_name="浜屋")
    factories.booking(person, slots()[0])

    slip = desk.get("/slots/2026-07-15/visits")

    assert slip.status == 200
    for told in ("支援 太郎・支援 花子", "口之津町甲1-2", "浜屋", "0957-00-0001", "ホンダ ハル 様", "午前9時〜10時"):
        assert told in slip.text, told
    assert [row.action for row in history.of(f"resident:{person.id}")] == ["resident.looked-at"]
    assert "口之津町甲" not in desk.get(f"/slots/2026-07-15/{home.id}").text


def test_a_visit_by_one_is_refused_until_a_reason_is_written(desk: Web) -> None:
    with transaction():
        make_home_room()
    visit = factories.course(title="訪問相談", category="visit", minutes=60)
    helper = str(factories.supporter().id)
    seen = look(desk, visit, None, tables="1", minutes="60", start="9:00", end="10:00", supporter_ids=helper)
    assert "2人でうかがいます" in seen.text

    assert seen.form("main form").send(act="save").status == 422
    seen.form("main form").send(act="save", **{"row-260715-0900-reason": "民生委員が同行"})

    assert [one.override_reason for one in slots()] == ["民生委員が同行"]


# ---- a day


def test_the_day_shows_who_has_which_table_and_paper_the_same(desk: Web, course: Any, room: Any) -> None:
    slot = factories.slot(course=course, room=room, seats=2)
    couple = [factories.resident(f"ホンダ {name}") for name in ("ハル", "タロウ")]
    desk.get(f"/lessons/{slot.id}/book?resident={couple[0].id}&resident={couple[1].id}").form("main form").send()

    day = desk.get(f"/slots/2026-07-15/{room.id}")
    [row] = rows(day)
    assert "ホンダ ハル・ホンダ タロウ" in row.replace(" ・ ", "・")
    assert row.count("空き") == 1
    assert [one.seats_taken for one in slots()] == [1]

    paper = desk.get(f"/slots/2026-07-15/{room.id}/paper")
    assert "ホンダ ハル" in paper.text
    assert "令和8年7月15日（水）" in paper.text


def test_there_is_no_day_without_slots(desk: Web, room: Any) -> None:
    for path in (f"/slots/2026-07-15/{room.id}", f"/slots/7月15日/{room.id}", f"/slots/2026-07-15/{room.id}/paper"):
        assert desk.get(path).status == 404, path


def test_the_manager_sees_the_days_and_no_names(app: Any, web: Web) -> None:
    slot = factories.slot()
    web.sign_in(factories.user(Role.MANAGER))

    assert "7月15日" in web.get("/slots").text
    assert web.get(f"/slots/2026-07-15/{slot.room_id}").status == 403


# ---- the counter


@pytest.fixture
def counter(desk: Web) -> Lesson:
    branch = factories.save(Branch(name="口之津支所"))
    there = factories.room(factories.venue(name="口之津支所 窓口", branch_id=branch.id), seats=2)
    renewing = factories.course(
        title="電子証明書の更新", category="counter", minutes=30, counter_matter="renew", owner="市民課", bring="カード"
    )
    return factories.slot(course=renewing, room=there, seats=2)


def test_whether_the_person_must_come_stands_first_on_page_slip_and_read_back(desk: Web, counter: Lesson) -> None:
    person = factories.resident("ホンダ ハル")
    page = desk.get(f"/lessons/{counter.id}/book?resident={person.id}")
    assert "ご本人がお越しください" in page.text

    booking = page.form("main form").send()
    assert "ご本人がお越しください" in booking.text
    slip = booking.link("お渡しする控えを印刷")
    told = slip.text[slip.text.index("ご予約の控え", 20) :]
    assert told.index("ご本人がお越しください") < told.index("ホンダ ハル 様") < told.index("電子証明書の更新")
    assert "市民課" in told
    said = desk.get(f"/desk?resident={person.id}&lesson={counter.id}").text
    assert "「ご本人にお越しいただきます。7月15日、水曜日、午前10時、口之津支所 窓口、『電子証明書の更新』" in said


def test_a_system_day_over_what_is_planned_names_it_first(app: Any, web: Web, counter: Lesson) -> None:
    factories.booking(factories.resident(), counter)
    web.sign_in(factories.user(Role.MANAGER))
    page = web.get("/office/system-days")

    form = page.form('main form:has([name="first"])')
    refused = form.send(first="7/15", last="", reason="システム更新")
    refused = form.send(first="令和8年7月15日", last="", reason="システム更新")
    assert refused.status == 422
    assert "口之津支所 窓口" in refused.text
    assert "予約1件" in refused.text
    done = refused.form('main form:has([name="first"])').send(anyway="y")

    assert "システム更新" in done.text
    assert db.session.get(SystemDay, WEDNESDAY) is not None
    assert "システムが止まります" in web.get(f"/lessons/{counter.id}").text
    done.form("main table form").send()
    db.session.rollback()
    assert db.session.get(SystemDay, WEDNESDAY) is None


# ---- on the spot


@pytest.fixture
def full(desk: Web) -> Lesson:
    """A slot of today that has begun, its one table taken."""
    slot = factories.slot(starts_at=NOW - timedelta(minutes=10), state=LessonState.CLOSED)
    factories.booking(factories.resident("タナカ ジロウ"), slot)
    return slot


def test_somebody_at_the_counter_is_squeezed_in_when_it_is_said_who_allowed_it(desk: Web, full: Lesson) -> None:
    person = factories.resident("ホンダ ハル")
    day = desk.get(f"/slots/{clock.local_date(NOW)}/{full.room_id}")
    reception = day.link("この場で受ける")
    assert "この時間は満席です" in reception.text

    sent = desk.get(f"/desk?resident={person.id}&lesson={full.id}&channel=counter").form("form:has([name=text])")
    refused = sent.send(act="squeeze", resident=str(person.id))
    assert refused.status == 422
    assert "どなたが認めたか" in refused.text
    done = sent.send(act="squeeze", resident=str(person.id), allowed_by="課長")

    assert "ホンダ ハル" in done.text
    booking = db.session.scalars(sa.select(Booking).where(Booking.resident_id == person.id)).one()
    assert (booking.channel, booking.allowed_by) == (BookingChannel.COUNTER, "課長")
    assert "予約なし（課長が承認）" in desk.get(f"/slots/{clock.local_date(NOW)}/{full.room_id}").text
    assert "ホンダ ハル" in desk.get(f"/sheet/{full.id}").text
    assert "課長" in desk.get(f"/bookings/{booking.id}").text


def test_a_class_offers_nothing_on_the_spot(desk: Web) -> None:
    lesson = factories.lesson(starts_at=NOW - timedelta(minutes=10))

    assert "この場で" not in desk.get(f"/desk?lesson={lesson.id}").text
