"""The rota's pages: where somebody is missing, whom to ask, a month at once; and what a volunteer sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.accounts.models import User
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.lessons.models import Course, CourseTopic, Lesson, LessonSupporter
from supportdesk.lessons.rota_models import CannotCome, Declined
from supportdesk.people.models import Supporter, SupporterOff, SupporterSkill
from tests import factories
from tests.conftest import NOW
from tests.front.test_query_counts import asked
from tests.web import Page, Web

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(web: Web) -> Web:
    return web.sign_in(factories.user(Role.COORDINATOR))


@pytest.fixture
def course(app: Flask) -> Course:
    """About photographs; one supporter for four."""
    factories.topic()
    factories.district()
    course = factories.course()
    factories.save(CourseTopic(course_id=course.id, topic_code="PHOTO"))
    return course


@pytest.fixture
def lesson(course: Course) -> Lesson:
    """On 15 July at 10:00 in Kuchinotsu; two supporters are needed."""
    return factories.lesson(course=course, room=factories.room(factories.venue(district_code="KCN")))


def supporter(name: str, *topics: str, **values: object) -> Supporter:
    made = {"name": name, "kana": "シエン", "number": "+819000000001", "district_code": "KCN"} | values
    one = factories.supporter(**made)
    for topic in topics:
        factories.save(SupporterSkill(supporter_id=one.id, topic_code=topic))
    return one


def put(lesson: Lesson, *supporters: Supporter) -> None:
    for one in supporters:
        factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=one.id))


def on_duty(lesson: Lesson) -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(LessonSupporter.supporter_id).filter_by(lesson_id=lesson.id)))


def press(page: Page, name: str, action: str) -> Page:
    """Press a button in the form of that supporter."""
    for form in page.soup.select("main ol form"):
        entry = form.find_parent("li")
        assert entry is not None
        if name in entry.get_text():
            token = form.select_one("[name=csrf_token]")
            chosen = form.select_one("[name=supporter]")
            assert token is not None and chosen is not None
            values = {"csrf_token": token["value"], "supporter": chosen["value"]}
            return page.web.request("post", f"{page.path.removesuffix('/rota')}/{action}", values, follow=True)
    raise AssertionError(f"{name} is not suggested: {page.text}")


# ---- one lesson


def test_who_could_help_stands_there_with_the_reason_and_the_telephone(office: Web, lesson: Lesson) -> None:
    supporter("支援 太郎", number="+819000000002")
    supporter("支援 花子", "PHOTO")

    page = office.get(f"/lessons/{lesson.id}/rota")

    assert "支援員 あと2人" in page.text
    names = [entry.get_text() for entry in page.soup.select("main ol strong")]
    assert names == ["支援 花子", "支援 太郎"]
    assert "この分類ができる・前後4週間に0回・今年度0回・直線で約0km" in page.text
    assert "この分類の登録なし" in page.text
    assert "090-0000-0001" in page.text


def test_who_cannot_stands_below_with_the_reason(office: Web, lesson: Lesson) -> None:
    day = date(2026, 7, 15)
    away = supporter("支援 花子")
    factories.save(SupporterOff(supporter_id=away.id, from_day=day, until_day=day))
    busy = supporter("支援 太郎")
    put(factories.lesson(starts_at=lesson.starts_at, course=factories.course(title="地図")), busy)

    told = office.get(f"/lessons/{lesson.id}/rota").soup.select_one("details")

    assert told is not None
    assert "都合のつかない日" in told.get_text()
    assert "同じ時間に「地図」（午前10時〜11時）の当番" in told.get_text()


def test_one_press_puts_somebody_on_duty(office: Web, lesson: Lesson) -> None:
    hanako = supporter("支援 花子")

    page = press(office.get(f"/lessons/{lesson.id}/rota"), "支援 花子", "duties")

    assert on_duty(lesson) == {hanako.id}
    assert "支援員 あと1人" in page.text


def test_a_way_that_is_too_long_asks_for_a_reason_and_keeps_what_was_typed(office: Web, lesson: Lesson) -> None:
    factories.district("FKE", name="深江", latitude=32.717, longitude=130.350, sort_order=8)
    there = factories.room(factories.venue(name="深江公民館", district_code="FKE"))
    before = factories.lesson(starts_at=lesson.starts_at - timedelta(minutes=90), room=there)
    hanako = supporter("支援 花子")
    put(before, hanako)
    page = office.get(f"/lessons/{lesson.id}/rota")
    assert "前の担当から移動時間が足りません。" in page.text
    assert "間は30分、移動と準備に約54分" in page.text

    refused = page.form("main ol form").send(override_reason="あ" * 201)
    assert refused.status == 422
    assert "あ" * 201 in refused.html
    unexplained = page.form("main ol form").send()
    assert unexplained.status == 422
    assert "理由を書いてください" in unexplained.text
    page.form("main ol form").send(override_reason="前の教室を15分早く出る")

    assert on_duty(lesson) == {hanako.id}


def test_asked_and_said_no_is_seen_by_the_next_clerk(office: Web, lesson: Lesson) -> None:
    supporter("支援 花子")

    page = press(office.get(f"/lessons/{lesson.id}/rota"), "支援 花子", "declined")

    assert "都合がつかないとの返事" in page.text
    assert db.session.scalars(sa.select(Declined)).one().asked_by in page.text


def test_of_another_day_nobody_said_no(office: Web, lesson: Lesson) -> None:
    hanako = supporter("支援 花子")
    supporter("支援 太郎")
    put(lesson, hanako)
    press(office.get(f"/lessons/{lesson.id}/rota"), "支援 太郎", "declined")
    office.get(f"/lessons/{lesson.id}/rota").link("行けなくなりました").form().send(reason="用事")
    assert "支援 花子さん" in office.get("/action-items").text

    office.get(f"/board/lessons/{lesson.id}/move").form("main form").send(day="2026-07-16")

    page = office.get(f"/lessons/{lesson.id}/rota")
    assert "7月16日" in page.text
    assert "行けない" not in page.text and "都合がつかないとの返事" not in page.text
    assert "支援 花子さん" not in office.get("/action-items").text


@pytest.mark.parametrize(("typed", "shown"), [("１", "あと1人"), ("", "あと2人"), ("0", "そろっています")])
def test_a_number_of_its_own_is_written_for_a_lesson(office: Web, lesson: Lesson, typed: str, shown: str) -> None:
    page = office.get(f"/lessons/{lesson.id}/rota").form("form[action$=needed]").send(needed=typed)

    assert shown in page.text


@pytest.mark.parametrize("typed", ["51", "-1", "たくさん", "9" * 10_000])
def test_a_number_that_cannot_be_meant_comes_back(office: Web, lesson: Lesson, typed: str) -> None:
    page = office.get(f"/lessons/{lesson.id}/rota").form("form[action$=needed]").send(needed=typed)

    assert page.status == 422
    assert page.soup.select_one(".field-error") is not None


def test_a_past_lesson_is_only_looked_at(office: Web, course: Course) -> None:
    lesson = factories.lesson(starts_at=NOW - timedelta(days=1), course=course)
    supporter("支援 花子")

    page = office.get(f"/lessons/{lesson.id}/rota")

    assert not page.soup.select("main form")


@pytest.mark.parametrize("path", ["/lessons/999/rota", "/lessons/999/duties/1/cannot-come"])
def test_what_there_is_not_is_not_found(office: Web, lesson: Lesson, path: str) -> None:
    assert office.get(path).status == 404


@pytest.mark.parametrize("sent", ["", "x", "９" * 30, "0"])
def test_a_supporter_that_no_button_sends_is_refused(office: Web, lesson: Lesson, sent: str) -> None:
    supporter("支援 花子")
    for action in ("duties", "declined"):
        page = office.get(f"/lessons/{lesson.id}/rota")
        token = page.form("main form").values["csrf_token"]
        values = {"csrf_token": token, "supporter": sent}
        answer = office.request("post", f"/lessons/{lesson.id}/{action}", values, follow=False)
        assert answer.status == 422


# ---- cannot come


def test_the_office_notes_that_somebody_cannot_come_and_sees_who_could(office: Web, lesson: Lesson) -> None:
    hanako, taro = supporter("支援 花子"), supporter("支援 太郎")
    put(lesson, hanako)
    page = office.get(f"/lessons/{lesson.id}/rota").link("行けなくなりました")
    assert page.form().send(reason="").status == 422

    page = page.form().send(reason="家族の用事")

    assert on_duty(lesson) == set()
    assert "家族の用事" in page.text
    assert [entry.get_text() for entry in page.soup.select("main ol strong")] == [taro.name, hanako.name]
    assert "行けないとの連絡あり" in page.text


def test_the_second_click_does_nothing_more(office: Web, lesson: Lesson) -> None:
    put(lesson, supporter("支援 花子"))
    form = office.get(f"/lessons/{lesson.id}/rota").link("行けなくなりました").form()

    assert [form.send(reason="用事").status for _ in range(2)] == [200, 200]
    assert len(db.session.scalars(sa.select(CannotCome)).all()) == 1


def test_the_gap_is_seen_on_both_lists_until_somebody_fills_it(office: Web, course: Course) -> None:
    lesson = factories.lesson(course=course, starts_at=NOW + timedelta(days=1), supporters_needed=1)
    put(lesson, supporter("支援 花子"))
    assert "これから2週間の教室の支援員はそろっています" in office.get("/").text
    office.get(f"/lessons/{lesson.id}/rota").link("行けなくなりました").form().send(reason="用事")
    supporter("支援 太郎")

    for path in ("/", "/action-items"):
        page = office.get(path)
        assert "支援 花子さんが行けなくなりました" in page.text
        assert "急ぎ" in page.text
        assert page.soup.select_one(f"a[href='/lessons/{lesson.id}/rota']") is not None

    press(office.get(f"/lessons/{lesson.id}/rota"), "支援 太郎", "duties")
    assert "支援 花子さん" not in office.get("/").text + office.get("/action-items").text


def test_a_gap_that_nobody_made_stands_on_the_first_page_alone(office: Web, lesson: Lesson) -> None:
    assert "当番の空き" in office.get("/").text
    assert "支援員 あと2人" in office.get("/").text
    assert "支援員 あと2人" not in office.get("/action-items").text


# ---- week, month, and all gaps at once


def test_the_rota_says_who_comes_and_who_is_missing(office: Web, lesson: Lesson) -> None:
    put(lesson, supporter("支援 花子"))

    page = office.get("/rota")

    (row,) = page.soup.select("main tbody tr")
    for words in ("7月15日(水)午前10時", "口之津公民館", "支援 花子", "2人", "支援員 あと1人"):
        assert words in row.get_text()
    assert "支援員が足りない教室が1回" in page.text
    assert not office.get("/rota?span=week").soup.select("main tbody tr")
    assert len(office.get("/rota?span=week&day=2026-07-13&district=KCN").soup.select("main tbody tr")) == 1


@pytest.mark.parametrize("query", ["span=x&day=y&district=z", "day=9999-12-31", "day=%00"])
def test_what_nobody_can_have_chosen_counts_as_not_chosen(office: Web, lesson: Lesson, query: str) -> None:
    assert len(office.get(f"/rota?{query}").soup.select("main tbody tr")) == 1


def test_a_month_is_filled_in_one_act_that_can_run_again(office: Web, course: Course) -> None:
    lessons = [
        factories.lesson(course=course, starts_at=NOW + timedelta(days=days), supporters_needed=1)
        for days in (2, 3, 7, 8)
    ]
    hanako, taro = supporter("支援 花子", "PHOTO"), supporter("支援 太郎", "PHOTO")
    form = office.get("/rota/fill").form("main form[method=post]")
    proposed = [form.values[f"lesson-{lesson.id}"] for lesson in lessons]
    assert sorted(proposed) == sorted([str(hanako.id), str(taro.id)] * 2), "two turns each"

    page = form.send()

    assert "4件の当番を入れました" in page.text
    assert "当番の空きはありません" in page.text
    assert [on_duty(lesson) for lesson in lessons] == [{int(one)} for one in proposed]
    again = form.send()
    assert "4件の当番を入れました" in again.text
    assert len(db.session.scalars(sa.select(LessonSupporter)).all()) == 4


def test_a_gap_that_somebody_else_filled_keeps_nobody_back(office: Web, course: Course) -> None:
    first, second = (
        factories.lesson(course=course, starts_at=NOW + timedelta(days=days), supporters_needed=1) for days in (2, 3)
    )
    hanako = supporter("支援 花子")
    form = office.get("/rota/fill").form("main form[method=post]")
    put(first, supporter("支援 太郎"))

    page = form.send()

    assert on_duty(second) == {hanako.id}
    assert "1件の当番を入れました" in page.text
    assert "支援 花子さんは入れられませんでした。この教室の支援員は、もう足りています。" in page.text


def test_the_same_one_twice_in_one_lesson_comes_back_as_it_was_chosen(office: Web, lesson: Lesson) -> None:
    hanako, taro = supporter("支援 花子"), supporter("支援 太郎")
    form = office.get("/rota/fill").form("main form[method=post]")

    page = form.send(**{f"lesson-{lesson.id}": [str(taro.id), str(taro.id)]})

    assert page.status == 422
    assert "同じ支援員が2回" in page.text
    assert page.form("main form[method=post]").values[f"lesson-{lesson.id}"] == [str(taro.id)] * 2
    assert on_duty(lesson) == set()
    assert hanako.id != taro.id


@pytest.mark.parametrize("sent", ["", "x", "９", "9" * 40])
def test_what_no_box_sends_is_told(office: Web, lesson: Lesson, sent: str) -> None:
    supporter("支援 花子")
    page = office.get("/rota/fill").form("main form[method=post]").send(**{f"lesson-{lesson.id}": sent})

    assert page.status == 422
    assert on_duty(lesson) == set()


# ---- a supporter's own


@pytest.fixture
def person(app: Flask) -> User:
    return factories.user(Role.VOLUNTEER)


def test_a_volunteer_sees_their_own_duties_and_of_others_nothing(web: Web, lesson: Lesson, person: User) -> None:
    me, other = factories.supporter(person), supporter("支援 太郎")
    put(lesson, me, other)
    alone = factories.lesson(starts_at=lesson.ends_at, course=factories.course(title="だれかの教室"))
    put(alone, other)
    factories.booking(factories.resident("ホンダ ハル"), lesson)

    page = web.sign_in(person).get("/sheet").link("わたしの当番")

    assert "7月15日(水)" in page.text and "写真をとる" in page.text
    for secret in ("だれかの教室", "支援 太郎", "090-0000-0001", "ホンダ"):
        assert secret not in page.html
    assert web.get(f"/my-duties/{alone.id}/cannot-come").status == 404
    assert web.get(f"/lessons/{lesson.id}/rota").status == 403


def test_a_volunteer_says_that_they_cannot_come(web: Web, lesson: Lesson, person: User, now: datetime) -> None:
    me = factories.supporter(person)
    put(lesson, me)
    page = web.sign_in(person).get("/my-duties").link("行けなくなりました")
    assert page.form().send(reason="  ").status == 422

    page = page.form().send(reason="入院のため")

    assert "代わりの人は市役所がさがします" in page.text
    assert "これからの当番はありません" in page.text
    told = db.session.scalars(sa.select(CannotCome)).one()
    assert (told.reason, told.told_by) == ("入院のため", person.name)


def test_a_volunteer_does_not_end_a_duty_of_somebody_else(web: Web, lesson: Lesson, person: User) -> None:
    me, other = factories.supporter(person), supporter("支援 太郎")
    put(lesson, me)
    form = web.sign_in(person).get("/my-duties").link("行けなくなりました").form()
    with db.session.no_autoflush:
        strange = factories.lesson()
        put(strange, other)

    answer = web.request("post", f"/my-duties/{strange.id}/cannot-come", form.values | {"reason": "用事"}, follow=False)

    assert answer.status == 404
    assert on_duty(strange) == {other.id}


def test_an_account_that_is_no_supporters_is_told_so(web: Web, person: User) -> None:
    page = web.sign_in(person).get("/my-duties")

    assert page.status == 404
    assert "支援員として登録されていません" in page.text


# ---- how often the database is asked


def test_the_rota_asks_as_often_for_few_as_for_many(office: Web, course: Course) -> None:
    paths = ("/rota", "/rota/fill", "/lessons/1/rota", "/", "/action-items")

    def more(first: int, last: int) -> None:
        for number in range(first, last):
            lesson = factories.lesson(course=course, starts_at=clock.now() + timedelta(days=1, minutes=number))
            one = supporter(f"支援 {number}", "PHOTO")
            factories.save(
                CannotCome(
                    lesson_id=lesson.id, supporter_id=one.id, starts_at=lesson.starts_at, told_at=NOW, told_by="職員"
                )
            )
            put(lesson, supporter(f"当番 {number}"))

    more(0, 2)
    few = {path: asked(office, path) for path in paths}
    more(2, 30)

    assert {path: asked(office, path) for path in paths} == few
    assert few == {"/rota": 8, "/rota/fill": 20, "/lessons/1/rota": 22, "/": 47, "/action-items": 44}
