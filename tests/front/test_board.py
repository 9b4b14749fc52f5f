"""The board: what stands on it, and moving a lesson from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import Tag
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.lessons.models import Lesson, LessonSupporter
from supportdesk.lessons.rules import LessonState
from supportdesk.office.models import ClosedDay
from supportdesk.places.models import Closure, Permit, Room
from supportdesk.places.permit_rules import PermitState
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

WEDNESDAY = date(2026, 7, 15)
WEEK = "/board?day=2026-07-15"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask, web: Web) -> Web:
    return web.sign_in(factories.user(Role.COORDINATOR))


@pytest.fixture
def room(app: Flask) -> Room:
    place = factories.venue(district_code=factories.district().code, name="口之津公民館", needs_permit=False)
    return factories.room(place, name="研修室")


def on(day: date, hour: int = 10) -> datetime:
    return clock.at(day, time(hour))


def lesson_on(day: date, room: Room, hour: int = 10, **values: object) -> Lesson:
    return factories.lesson(starts_at=on(day, hour), room=room, **values)


def card_of(page: Page, lesson: Lesson) -> Tag:
    found = page.soup.select_one(f"#lesson-{lesson.id}")
    assert found is not None, "this lesson has no card"
    return found.find_parent("li")


def cell_of(page: Page, lesson: Lesson) -> str:
    """The name of the row in which the card stands."""
    return card_of(page, lesson).find_parent(class_="board-cell").h3.text


# ---- what stands on it


def test_a_card_tells_hall_course_seats_waiting_state_and_who_is_missing(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room, seats_taken=5, waiting=2)

    said = card_of(desk.get(WEEK), lesson).get_text(" ", strip=True)

    told = ("午前10時〜11時", "写真をとる・見る・消す", "口之津公民館 研修室", "5/8", "待2", "受付中", "支援員 あと2人")
    assert [words for words in told if words not in said] == []


def test_a_lesson_with_its_supporters_has_no_such_mark(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room, seats=4)
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=factories.supporter().id))

    assert "支援員" not in card_of(desk.get(WEEK), lesson).text


def test_a_cancelled_lesson_stays_as_cancelled_and_nothing_stands_against_it(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room, state=LessonState.CANCELLED, cancelled_at=NOW, cancelled_from="open")

    card = card_of(desk.get(WEEK), lesson)

    assert "中止" in card.text and "支援員" not in card.text and "移す" not in card.text


@pytest.mark.parametrize(
    ("state", "words"),
    [(None, "使用許可なし"), (PermitState.REQUESTED, "使用許可：申請済"), (PermitState.GRANTED, "使用許可：許可")],
)
def test_the_permit_stands_where_the_hall_needs_one(desk: Web, state: PermitState | None, words: str) -> None:
    hall = factories.room(factories.venue(needs_permit=True))
    lesson = lesson_on(WEDNESDAY, hall)
    if state is not None:
        factories.save(Permit(room_id=hall.id, first=WEDNESDAY, last=WEDNESDAY, state=state))

    assert words in card_of(desk.get(WEEK), lesson).text


def test_a_hall_that_needs_no_permit_has_no_word_of_it(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)

    assert "使用許可" not in card_of(desk.get(WEEK), lesson).text


def test_what_stands_against_a_lesson_is_named_until_somebody_gave_a_reason(desk: Web, room: Room) -> None:
    factories.save(ClosedDay(day=WEDNESDAY, reason="夏季閉庁"))
    open_question = lesson_on(WEDNESDAY, room)
    decided = lesson_on(WEDNESDAY, room, 14, override_reason="館長に確認済み", overridden="closed-day")

    page = desk.get(WEEK)

    assert "閉庁日" in card_of(page, open_question).text
    assert "閉庁日" not in card_of(page, decided).text


def test_closed_days_are_marked_by_name(desk: Web) -> None:
    factories.save(ClosedDay(day=WEDNESDAY, reason="夏季閉庁"))

    heads = [head.get_text(" ", strip=True) for head in desk.get(WEEK).soup.select(".board-head")]

    assert "7月15日(水) 夏季閉庁" in " | ".join(heads)
    assert "海の日" in desk.get("/board?day=2026-07-20").text
    assert "年末年始" in desk.get("/board?day=2026-12-30").text


@pytest.mark.parametrize("rows", ["district", "venue"])
def test_a_closure_stands_in_the_row_of_its_venue_on_each_of_its_days(desk: Web, room: Room, rows: str) -> None:
    factories.save(
        Closure(venue_id=room.venue_id, first=WEDNESDAY, last=WEDNESDAY + timedelta(days=1), reason="集団健診")
    )

    shut = desk.get(f"{WEEK}&rows={rows}").soup.select(".board-shut")

    assert ["集団健診" in one.text for one in shut] == [True, True]
    assert {one.find_parent(class_="board-cell").h3.text for one in shut} == (
        {"口之津"} if rows == "district" else {"口之津公民館"}
    )


def test_rows_are_districts_venues_or_supporters(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)

    assert cell_of(desk.get(WEEK), lesson) == "口之津"
    assert cell_of(desk.get(f"{WEEK}&rows=venue"), lesson) == "口之津公民館"
    assert cell_of(desk.get(f"{WEEK}&rows=supporter"), lesson) == "当番なし"


def test_a_lesson_of_two_supporters_stands_in_both_rows(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    for name in ("花子", "太郎"):
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=factories.supporter(name=name).id))

    page = desk.get(f"{WEEK}&rows=supporter")

    assert len(page.soup.select(f'.board-link[href="/lessons/{lesson.id}"]')) == 2
    assert len(page.soup.select(f"#lesson-{lesson.id}")) == 1


def test_a_venue_without_a_district_has_its_lessons_in_a_row_of_their_own(desk: Web) -> None:
    lesson = lesson_on(WEDNESDAY, factories.room())

    assert cell_of(desk.get(WEEK), lesson) == "地区なし"


def test_a_district_alone(desk: Web, room: Room) -> None:
    here, elsewhere = lesson_on(WEDNESDAY, room), lesson_on(WEDNESDAY, factories.room())

    page = desk.get(f"{WEEK}&district=KCN")

    assert page.soup.select_one(f"#lesson-{here.id}") is not None
    assert page.soup.select_one(f"#lesson-{elsewhere.id}") is None


def test_a_month_shows_its_first_and_last_lesson(desk: Web, room: Room) -> None:
    lessons = [lesson_on(day, room) for day in (date(2026, 7, 7), date(2026, 7, 31))]

    page = desk.get("/board?span=month&day=2026-07-15")

    assert [card_of(page, lesson) is not None for lesson in lessons] == [True, True]


def test_the_weeks_beside_keep_what_was_chosen(desk: Web, room: Room) -> None:
    page = desk.get(f"{WEEK}&rows=venue&district=KCN")

    hrefs = [str(link["href"]) for link in page.soup.select("main nav a")]

    assert [("rows=venue" in href, "district=KCN" in href) for href in hrefs] == [(True, True)] * 3
    assert ["day=2026-07-08" in hrefs[0], "day=2026-07-22" in hrefs[2]] == [True, True]


@pytest.mark.parametrize(
    "asked",
    ["day=きのう", "day=9999-12-31", "day=0001-01-01", "span=year", "rows=all", "district=NOPE", "day=%00",
     f"day={'1' * 5000}&district={'あ' * 100}"],
)  # fmt: skip
def test_what_nobody_can_have_chosen_is_this_week_by_district(desk: Web, asked: str) -> None:
    page = desk.get(f"/board?{asked}")

    assert page.status == 200
    assert "7月6日(月)" in page.text


# ---- an empty place


def test_an_empty_place_opens_the_form_with_day_and_row(desk: Web, room: Room) -> None:
    link = desk.get(f"{WEEK}&rows=venue").soup.select_one('a[href*="day=2026-07-15"][href*="venue="]')

    form = desk.get(str(link["href"])).form("main form")

    assert (form.values["day"], form.values["room_id"]) == ("2026-07-15", str(room.id))


def test_the_form_takes_the_first_room_of_a_district_and_the_supporter(desk: Web) -> None:
    factories.room(factories.venue(name="あ会館", name_kana="ア"))
    here = factories.room(factories.venue(district_code=factories.district().code))
    helper = factories.supporter()

    form = desk.get(f"/lessons/new?day=2026-07-15&district=KCN&supporter={helper.id}").form("main form")

    assert (form.values["room_id"], form.values["supporter_ids"]) == (str(here.id), str(helper.id))


@pytest.mark.parametrize("asked", ["venue=x", "venue=999999999999", "district=NOPE", "supporter=-1", "supporter=²"])
def test_a_row_that_is_none_is_left_to_be_chosen(desk: Web, room: Room, asked: str) -> None:
    assert desk.get(f"/lessons/new?{asked}").status == 200


def test_no_lesson_is_begun_on_a_day_that_is_over_nor_by_somebody_who_only_looks(desk: Web, room: Room) -> None:
    assert "＋ 追加" in desk.get(WEEK).text
    assert "＋ 追加" not in desk.get("/board?day=2026-06-15").text

    desk.sign_in(factories.user(Role.MANAGER))

    page = desk.get(WEEK)
    assert (page.status, "＋ 追加" in page.text, "移す" in page.text) == (200, False, False)


# ---- moving


def move(desk: Web, lesson: Lesson, **typed: object) -> Page:
    return desk.get(f"/board/lessons/{lesson.id}/move?rows=venue").form("main form").send(follow=False, **typed)


def stored(lesson: Lesson) -> Lesson:
    db.session.expire_all()
    return db.session.get_one(Lesson, lesson.id)


def test_a_lesson_is_moved_and_one_is_back_at_its_card(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room, note="駐車場は裏")
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=factories.supporter().id))

    page = move(desk, lesson, day="令和8年7月22日", start="午後2時")

    moved = stored(lesson)
    assert (page.status, moved.starts_at) == (303, on(date(2026, 7, 22), 14))
    assert (page.response.location or "").endswith(f"day=2026-07-22#lesson-{lesson.id}")
    assert "rows=venue" in (page.response.location or "")
    assert (moved.note, moved.ends_at - moved.starts_at, len(moved.supporters)) == ("駐車場は裏", timedelta(hours=1), 1)


def test_a_lesson_that_leaves_the_chosen_district_is_still_seen(desk: Web, room: Room) -> None:
    lesson, elsewhere = lesson_on(WEDNESDAY, room), factories.room()
    form = desk.get(f"/board/lessons/{lesson.id}/move?district=KCN").form("main form")

    assert card_of(form.send(room_id=str(elsewhere.id)), lesson) is not None


def test_who_has_booked_is_said_first(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    factories.booking(course_date=lesson)

    assert "1人の予約があります" in desk.get(f"/board/lessons/{lesson.id}/move").text


def test_a_taken_room_is_named_and_nothing_typed_is_lost(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    lesson_on(WEDNESDAY, room, 14, course=factories.course(title="地図"))

    page = move(desk, lesson, start="１４：３０")

    assert page.status == 422
    assert "地図" in page.soup.select_one("#field-room_id-error").text
    assert page.form("main form").values["start"] == "１４：３０"
    assert stored(lesson).starts_at == on(WEDNESDAY)


def test_a_closed_day_asks_for_a_reason_and_takes_it(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)

    asked = move(desk, lesson, day="2026-07-20")
    assert (asked.status, "海の日" in asked.text) == (422, True)
    saved = asked.form("main form").send(follow=False, override_reason="館長に確認済み")

    assert (saved.status, stored(lesson).override_reason) == (303, "館長に確認済み")


def test_the_second_of_two_who_move_a_lesson_sees_where_the_first_put_it(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    first, second = (desk.get(f"/board/lessons/{lesson.id}/move").form("main form") for _ in range(2))
    first.send(day="2026-07-16")

    page = second.send(day="2026-07-17")

    assert (page.status, "2026-07-16" in page.soup.select_one(".conflict").text) == (422, True)
    assert page.form("main form").send(follow=False).status == 303
    assert clock.local_date(stored(lesson).starts_at) == date(2026, 7, 17)


def test_two_clicks_move_it_once(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    form = desk.get(f"/board/lessons/{lesson.id}/move").form("main form")

    first, again = (form.send(follow=False, day="2026-07-16") for _ in range(2))

    assert first.status == 303
    # The second finds the lesson where it was to be, and asks; nothing moves twice.
    assert (again.status, stored(lesson).version) == (422, 2)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("day", "きのう"), ("day", ""), ("day", "2026-02-30"), ("start", "25時"), ("start", "午前12時"),
     ("start", "あ" * 10000), ("day", "2026-07-01"), ("start", "23:30"), ("room_id", "9999"), ("room_id", "x")],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_and_moves_nothing(desk: Web, room: Room, field: str, typed: str) -> None:
    lesson = lesson_on(WEDNESDAY, room)

    page = move(desk, lesson, **{field: typed})

    assert (page.status, page.soup.select_one(".errors") is not None) == (422, True)
    assert stored(lesson).starts_at == on(WEDNESDAY)


def test_a_lesson_that_is_over_is_not_moved(desk: Web, room: Room) -> None:
    lesson = lesson_on(WEDNESDAY, room)
    form = desk.get(f"/board/lessons/{lesson.id}/move").form("main form")
    with transaction() as session:
        session.execute(sa.update(Lesson).values(state=LessonState.CANCELLED, cancelled_at=NOW))

    assert form.send(day="2026-07-16").status == 422
    assert clock.local_date(stored(lesson).starts_at) == WEDNESDAY
