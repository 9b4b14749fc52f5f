"""Closures, permits and things in the browser, and what a lesson's pages say of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.core.history import HistoryRow
from supportdesk.lessons.models import Lesson, LessonSupporter, LessonThing
from supportdesk.places.models import Closure, Permit, Room, Thing, Venue, VenueDay, VenueHours
from supportdesk.places.permit_rules import PermitState
from supportdesk.places.thing_rules import Equipment
from tests import factories
from tests.conftest import NOW
from tests.web import Page, Web

DAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask, web: Web) -> Web:
    return web.sign_in(factories.user(Role.COORDINATOR))


@pytest.fixture
def room(app: Flask) -> Room:
    return factories.room(name="研修室")


def on(day: date, hour: int = 10) -> datetime:
    return clock.at(day, time(hour))


# ---- opening days


def test_the_week_of_a_venue_is_written_down_and_shown(desk: Web, room: Room) -> None:
    page = desk.get(f"/venues/{room.venue_id}/opening")

    saved = page.form("#week").send(opens_1="９時", closes_1="午後5時", closed_on_holidays="y")

    assert (saved.status, "火曜 09:00–17:00" in saved.text, "祝日は休館" in saved.text) == (200, True, True)
    assert db.session.scalars(sa.select(VenueHours.weekday)).all() == [1]


@pytest.mark.parametrize(
    ("field", "typed"),
    [("opens_1", "25時"), ("closes_1", "あさ"), ("closes_1", "8:00"), ("closes_1", ""), ("opens_1", "午前12時"),
     ("opens_1", "あ" * 10000), ("opens_1", "9:00\x00")],
)  # fmt: skip
def test_a_wrong_hour_gets_a_sentence_at_its_field_and_nothing_typed_is_lost(
    desk: Web, room: Room, field: str, typed: str
) -> None:
    answers = {"opens_1": "9:00", "closes_1": "17:00"} | {field: typed}
    if "\x00" in typed:
        answers["closes_1"] = "きのう"

    page = desk.get(f"/venues/{room.venue_id}/opening").form("#week").send(**answers)

    assert page.status == 422
    assert page.soup.select_one(".field-error") is not None
    assert page.form("#week").values["opens_1"] == answers["opens_1"].replace("\x00", "")


def test_the_second_of_two_who_change_a_week_sees_what_the_first_saved(desk: Web, room: Room) -> None:
    first, second = (desk.get(f"/venues/{room.venue_id}/opening").form("#week") for _ in range(2))
    first.send(opens_1="9:00", closes_1="17:00")

    page = second.send(opens_1="10:00", closes_1="17:00")

    assert (page.status, "09:00" in page.text) == (422, True)
    assert page.form("#week").send().status == 200
    assert db.session.scalars(sa.select(VenueHours.opens)).all() == [time(10)]


def test_other_hours_on_one_day_are_added_once_and_taken_back(desk: Web, room: Room) -> None:
    form = desk.get(f"/venues/{room.venue_id}/opening").form("#other-day")
    for _ in range(2):
        added = form.send(day="令和8年7月20日", opens="9:00", closes="12:00", note="祭り")
    assert (added.status, "祭り" in added.text) == (200, True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(VenueDay)) == 1
    again = added.form("#other-day").send(day="2026-07-20", opens="9:00", closes="12:00")
    assert (again.status, "すでに入っています" in again.text) == (422, True)

    back = added.form("td form").send()

    assert (back.status, "祭り" in back.text) == (200, False)


# ---- closures


def test_closing_names_the_lessons_there_first_and_cancels_none(desk: Web, room: Room) -> None:
    lesson = factories.lesson(starts_at=on(DAY), room=room)
    factories.lesson(starts_at=on(DAY + timedelta(days=9)), room=room)
    form = desk.get(f"/venues/{room.venue_id}/closures/new").form()

    warned = form.send(first="2026-07-14", last="2026-07-16", reason="選挙")
    assert (warned.status, "教室が1回予定" in warned.text) == (422, True)
    assert warned.soup.select_one(f'a[href="/lessons/{lesson.id}"]') is not None
    assert db.session.scalars(sa.select(Closure)).all() == []

    closed = warned.form().send(anyway="y")

    assert (closed.status, "選挙" in closed.text) == (200, True)
    assert db.session.get_one(Lesson, lesson.id).cancelled_at is None
    assert "は7/14–7/16が休館です（選挙）" in desk.get(f"/lessons/{lesson.id}").text


def test_a_closure_taken_back_stands_against_nothing(desk: Web, room: Room) -> None:
    lesson = factories.lesson(starts_at=on(DAY), room=room)
    factories.save(Closure(venue_id=room.venue_id, first=DAY, last=DAY, reason="台風"))

    page = desk.get(f"/venues/{room.venue_id}").form("td form").send()

    assert "台風" not in page.text
    assert "台風" not in desk.get(f"/lessons/{lesson.id}").text
    assert db.session.scalars(sa.select(Closure.lifted_at)).one() == NOW


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"first": ""}, "first"), ({"first": "2026-02-30"}, "first"), ({"first": "2026-07-01"}, "first"),
        ({"last": "2026-07-13"}, "last"), ({"last": "2206-07-20"}, "last"), ({"reason": ""}, "reason"),
        ({"reason": "あ" * 101}, "reason"), ({"reason": "1234 5678 9018"}, "reason"), ({"room_id": "999"}, "room_id"),
    ],
)  # fmt: skip
def test_a_wrong_closure_gets_a_sentence_at_its_field(
    desk: Web, room: Room, answers: dict[str, str], field: str
) -> None:
    good = {"first": "2026-07-14", "last": "", "reason": "選挙"}

    page = desk.get(f"/venues/{room.venue_id}/closures/new").form().send(**good | answers)

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error .field-error") is not None
    assert db.session.scalars(sa.select(Closure)).all() == []


def test_before_a_venue_goes_out_of_use_its_coming_lessons_are_shown(desk: Web, room: Room) -> None:
    lesson = factories.lesson(starts_at=on(DAY), room=room)

    asked = desk.get(f"/venues/{room.venue_id}/out-of-use")
    assert asked.soup.select_one(f'a[href="/lessons/{lesson.id}"]') is not None

    asked.form().send()
    assert db.session.get_one(Venue, room.venue_id, populate_existing=True).closed_at == NOW


# ---- permits


def permit(room: Room, **values: object) -> Permit:
    made = {"room_id": room.id, "first": DAY, "last": DAY} | values
    return factories.save(Permit(**made))


def test_a_permit_goes_from_provisional_to_granted_and_its_lesson_no_longer_warns(desk: Web, room: Room) -> None:
    with transaction() as session:
        session.get_one(Venue, room.venue_id).needs_permit = True
    lesson = factories.lesson(starts_at=on(DAY), room=room)
    assert "使用許可がまだありません" in desk.get(f"/lessons/{lesson.id}").text

    page = desk.get(f"/permits/new?room={room.id}").form().send(
        first="令和8年7月15日", deadline="2026-07-10", key="館長", fee_waived="y"
    )
    assert (page.status, "仮予約" in page.text, "館長" in page.text) == (200, True, True)
    assert page.soup.select_one(f'a[href="/lessons/{lesson.id}"]') is not None
    assert "まだ下りていません" in desk.get(f"/lessons/{lesson.id}").text

    granted = moved(page, PermitState.GRANTED)

    assert "許可" in granted.text
    assert "使用許可" not in desk.get(f"/lessons/{lesson.id}").soup.select_one("main").text  # type: ignore[union-attr]
    actions = db.session.scalars(sa.select(HistoryRow.action).where(HistoryRow.subject.like("permit:%"))).all()
    assert actions == ["permit.added", "permit.moved"]


def moved(page: Page, to: PermitState) -> Page:
    target = page.soup.select_one(f'input[name="to"][value="{to}"]')
    assert target is not None
    form = page.form("main form")
    return form.send(to=str(to))


def test_of_two_who_move_a_permit_the_second_is_told(desk: Web, room: Room) -> None:
    row = permit(room)
    first, second = (desk.get(f"/permits/{row.id}") for _ in range(2))
    moved(first, PermitState.GRANTED)

    page = moved(second, PermitState.CANCELLED)

    assert (page.status, "ほかの職員がこの使用許可の状態を変えました" in page.text) == (422, True)


def test_a_cancelled_permit_stays_as_it_was(desk: Web, room: Room) -> None:
    row = permit(room, state=PermitState.CANCELLED)

    page = desk.get(f"/permits/{row.id}/edit").form().send(key="館長")

    assert (page.status, "取消になった使用許可は変更できません" in page.text) == (422, True)


def test_a_permit_without_an_end_has_a_page_as_others_do(desk: Web, room: Room) -> None:
    # What other systems write where they have no last day.
    row = permit(room, first=date(2026, 4, 1), last=date(9999, 12, 31))

    assert desk.get(f"/permits/{row.id}").status == 200


def test_what_must_be_done_soonest_stands_first_in_the_list_of_permits(desk: Web, room: Room) -> None:
    permit(room, reference="C", deadline=date(2026, 7, 30))
    permit(room, reference="B", deadline=date(2026, 7, 3))
    permit(room, state=PermitState.GRANTED)

    page = desk.get("/permits?state=provisional")

    deadlines = [" ".join(cell.text.split()) for cell in page.soup.select("tbody tr td:nth-of-type(3)")]
    assert deadlines == ["7月3日(金) 期限が過ぎています", "7月30日(木)"]


# ---- things


def test_several_pieces_get_a_label_each_and_a_second_click_adds_none(desk: Web) -> None:
    form = desk.get("/things/new").form()
    for _ in range(2):
        page = form.send(equipment="loan_phone", label="貸出用スマホ", count="３", kept_at="窓口")

    assert page.status == 200
    labels = db.session.scalars(sa.select(Thing.label).order_by(Thing.label)).all()
    assert labels == ["貸出用スマホ 1", "貸出用スマホ 2", "貸出用スマホ 3"]


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"label": "ルーター1号"}, "label"), ({"label": " "}, "label"), ({"label": "あ" * 61}, "label"),
     ({"count": "0"}, "count"), ({"count": "51"}, "count"), ({"count": "x"}, "count"),
     ({"equipment": "car"}, "equipment")],
)  # fmt: skip
def test_a_wrong_thing_gets_a_sentence_at_its_field(desk: Web, answers: dict[str, str], field: str) -> None:
    factories.thing()

    page = desk.get("/things/new").form().send(**{"equipment": "wifi", "label": "新しい物"} | answers)

    assert page.status == 422
    assert page.soup.select_one(f"#field-{field}-error .field-error") is not None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Thing)) == 1


def test_the_list_of_things_says_where_each_is_on_a_day(desk: Web, room: Room) -> None:
    lesson = factories.lesson(starts_at=on(DAY), room=room)
    factories.save(LessonThing(lesson_id=lesson.id, thing_id=factories.thing().id))

    assert "午前10時 口之津公民館" in desk.get("/things?day=2026-07-15").text
    assert "保管場所にあり" in desk.get("/things?day=2026-07-16").text
    assert desk.get("/things?day=9999-12-31").status == 200
    wrong = desk.get("/things?day=きのう")
    assert (wrong.status, wrong.soup.select_one("#field-day-error") is not None) == (422, True)


def test_a_thing_out_of_use_is_offered_no_more_until_it_is_used_again(desk: Web, room: Room) -> None:
    thing = factories.thing()
    page = desk.get(f"/things/{thing.id}").form("#out-of-use").send(out_of_use_reason="修理中")
    assert "修理中" in page.text
    assert "ルーター1号" not in desk.get("/lessons/new").text

    page.form("#use-again").send()

    assert "ルーター1号" in desk.get("/lessons/new").text


def test_what_the_hall_lacks_is_taken_along_in_one_press(desk: Web, room: Room) -> None:
    router = factories.thing()
    phones = [factories.thing(f"電話{n}", Equipment.LOAN_PHONE) for n in range(3)]
    course = factories.course(needs_wifi=True, needs_phones=2)
    lesson = factories.lesson(starts_at=on(DAY), room=room, course=course)

    page = desk.get(f"/lessons/{lesson.id}")
    assert "Wi-Fiが要りますが、口之津公民館にはありません" in page.text
    page = page.form("main section form").send()
    page = page.form("main section form").send()

    taken = db.session.scalars(sa.select(LessonThing.thing_id).order_by(LessonThing.thing_id)).all()
    assert taken == [router.id, phones[0].id, phones[1].id]
    assert "持っていく物 ルーター1号、電話0、電話1" in page.text
    assert "要りますが" not in page.text


def test_a_thing_that_somebody_took_meanwhile_is_refused_by_name(desk: Web, room: Room) -> None:
    router = factories.thing()
    course = factories.course(needs_wifi=True, title="LINEの使い方")
    lesson, other = (
        factories.lesson(starts_at=on(DAY), room=place, course=course) for place in (room, factories.room())
    )
    page = desk.get(f"/lessons/{lesson.id}")
    factories.save(LessonThing(lesson_id=other.id, thing_id=router.id))

    refused = page.form("main section form").send()

    assert refused.status == 422
    assert "ルーター1号は、10:00–11:00の「LINEの使い方」で使います。" in refused.text


# ---- a lesson's form


def test_a_reason_once_given_is_asked_for_again_only_for_what_is_new(desk: Web, room: Room) -> None:
    lesson = factories.lesson(starts_at=on(date(2026, 7, 18)), room=room)
    form = desk.get(f"/lessons/{lesson.id}/edit").form()

    asked = form.send(note="はじめて")
    assert (asked.status, "土曜・日曜は閉庁日です" in asked.text) == (422, True)
    saved = asked.form().send(override_reason="館長に確認済み")
    assert saved.status == 200

    assert desk.get(f"/lessons/{lesson.id}/edit").form().send(note="二度目").status == 200
    more = desk.get(f"/lessons/{lesson.id}/edit").form().send(seats="21")
    assert (more.status, "土曜" in more.soup.select_one(".errors").text) == (422, False)  # type: ignore[union-attr]
    row = db.session.get_one(Lesson, lesson.id, populate_existing=True)
    assert (row.override_reason, row.overridden) == ("館長に確認済み", "closed-day")
    (first, *_) = db.session.scalars(sa.select(HistoryRow.details).where(HistoryRow.action == "lesson.edited"))
    assert first["overridden"] == ["closed-day"]
    assert "館長" not in str(first)


def test_a_supporter_who_is_busy_is_refused_by_name_whatever_the_reason(desk: Web, room: Room) -> None:
    helper = factories.supporter()
    lesson = factories.lesson(starts_at=on(DAY), course=factories.course(title="LINEの使い方"))
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=helper.id))
    course = factories.course()

    page = desk.get(f"/lessons/new?course={course.id}").form().send(
        room_id=str(room.id), day="2026-07-15", start="10:30", supporter_ids=str(helper.id), override_reason="x"
    )

    assert page.status == 422
    assert "支援 花子は、10:00–11:00の「LINEの使い方」を担当しています。" in page.text
