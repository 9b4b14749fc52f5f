"""受付 without script: the same screen, step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core import clock, history
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.lessons.models import Booking, CourseTopic, Hold, Lesson
from supportdesk.people import actions as people
from supportdesk.people.models import Resident
from supportdesk.people.rules import ResidentData, StopReason, TelephoneData
from tests import factories
from tests.factories import Actor
from tests.web import Page, Web

pytestmark = pytest.mark.one_database

BOOK, NOTE = {"act": "book"}, {"act": "note"}


@pytest.fixture
def clerk(web: Web) -> Actor:
    person = factories.user(Role.STAFF, name="受付 花子")
    web.sign_in(person)
    return factories.actor_of(person)


@pytest.fixture
def lesson(clerk: Actor) -> Lesson:
    """The next lesson on photographs, nine days from now."""
    factories.district("KCN")
    factories.topic("PHOTO")
    made = factories.lesson(
        starts_at=clock.now() + timedelta(days=9), seats=2, room=factories.room(factories.venue(district_code="KCN"))
    )
    factories.save(CourseTopic(course_id=made.course_id, topic_code="PHOTO"))
    return made


@pytest.fixture
def haru(clerk: Actor, lesson: Lesson) -> Resident:
    with transaction():
        data = ResidentData(
            "ホンダ", "ハル", birth_year=1941, district_code="KCN", house_name="浜屋",
            telephones=(TelephoneData("0957-86-1234", whose="家"),),
        )  # fmt: skip
        return people.add_resident(data, by=clerk, now=clock.now())


def count(model: type[Booking] | type[HelpRequest] | type[Resident]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def call(page: Page) -> dict[str, str]:
    """The form of the call with what stands outside of it but belongs to it."""
    values = dict(page.form("#call").values)
    for entry in page.soup.select('[form="call"]'):
        if entry.get("type") == "hidden" or entry.has_attr("checked"):
            values[str(entry["name"])] = str(entry["value"])
    return values


def send(page: Page, **changes: object) -> Page:
    return page.web.request("post", "/desk", {**call(page), **changes}, follow=True)


def test_a_call_from_search_to_booking_without_script(web: Web, haru: Resident, lesson: Lesson) -> None:
    page = web.get("/desk").form("form[role=search]").send(q="はる")
    assert "〔浜屋〕" in page.text
    page = page.link("ホンダ ハル")
    assert "0957-86-1234" in page.text

    page = send(page, act="lessons", text="写真がいっぱい")
    assert page.soup.select_one("#field-topic option[selected]")["value"] == "PHOTO"  # type: ignore[index]
    page = send(page, act="hold", lesson=str(lesson.id))
    assert "3分間 仮押さえ" in page.text
    page = send(page, act="book")

    assert "予約しました" in page.text
    assert "お一人様ですね。" in page.text
    db.session.rollback()
    booked = db.session.scalars(sa.select(Booking)).one()
    request = db.session.scalars(sa.select(HelpRequest)).one()
    assert (booked.resident_id, booked.lesson_id, booked.read_back) == (haru.id, lesson.id, True)
    assert (request.booking_id, request.topic_code, request.text) == (booked.id, "PHOTO", "写真がいっぱい")
    assert db.session.scalars(sa.select(Hold)).all() == []


def test_the_same_call_sent_twice_books_once(web: Web, haru: Resident, lesson: Lesson) -> None:
    page = web.get(f"/desk?resident={haru.id}&lesson={lesson.id}")

    first, second = send(page, act="book"), send(page, act="book")

    assert "予約しました" in first.text
    assert second.path == first.path
    assert count(Booking) == 1


def test_the_trouble_of_somebody_unknown_is_noted_without_a_booking(web: Web, lesson: Lesson) -> None:
    page = send(web.get("/desk"), act="note", text="変な電話が来た", channel="counter")

    assert "相談を記録しました" in page.text
    db.session.rollback()
    request = db.session.scalars(sa.select(HelpRequest)).one()
    assert (request.resident_id, request.channel, request.text) == (None, "counter", "変な電話が来た")
    assert web.get(f"/requests/{request.id}").status == 200


def test_a_booking_and_its_trouble_are_kept_both_or_neither(web: Web, haru: Resident, lesson: Lesson) -> None:
    with transaction():
        db.session.get_one(Lesson, lesson.id).seats_taken = 2

    page = send(web.get(f"/desk?resident={haru.id}"), act="book", lesson=str(lesson.id), text="写真の話")

    assert page.status == 422
    assert "空き" in page.soup.select_one(".errors").get_text()  # type: ignore[union-attr]
    assert page.form("#call").values["text"].strip() == "写真の話"
    assert (count(Booking), count(HelpRequest)) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"act": "book", "lesson": ""}, "先に教室を選んでください。"),
        ({"act": "book", "companions": "9"}, "0から5まで"),
        ({"act": "book", "lesson": "99999999999"}, "先に教室を選んでください。"),
        ({"act": "note", "text": " "}, "困りごとを入力するか、分類を選んでください。"),
        ({"act": "note", "text": "番号は 123456789018 です"}, "マイナンバー"),
        ({"act": "note", "text": "あ" * 2001}, "2000"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(
    web: Web, haru: Resident, lesson: Lesson, changes: dict[str, str], words: str
) -> None:
    page = send(web.get(f"/desk?resident={haru.id}&lesson={lesson.id}"), **{"text": "写真", **changes})

    assert page.status == 422
    assert words in page.soup.select_one(".errors").get_text()  # type: ignore[union-attr]
    assert "ホンダ ハル" in page.text
    assert (count(Booking), count(HelpRequest)) == (0, 0)


def test_nobody_for_whom_contact_is_stopped_is_booked(web: Web, clerk: Actor, haru: Resident, lesson: Lesson) -> None:
    with transaction():
        people.stop_contact(haru.id, StopReason.WISH, by=clerk, now=clock.now())

    page = send(web.get(f"/desk?resident={haru.id}&lesson={lesson.id}"), act="book")

    assert page.status == 422
    assert "連絡を止めています" in page.soup.select_one(".person").get_text()  # type: ignore[union-attr]
    assert count(Booking) == 0


def test_a_lesson_not_open_yet_is_booked_only_with_a_reason(web: Web, haru: Resident, lesson: Lesson) -> None:
    with transaction():
        db.session.get_one(Lesson, lesson.id).booking_opens_at = clock.now() + timedelta(days=1)
    page = web.get(f"/desk?resident={haru.id}&lesson={lesson.id}")
    assert "受付期間外に予約する理由" in page.text

    refused = send(page, act="book")
    booked = send(refused, act="book", override_reason="先月の中止の振替")

    assert refused.status == 422
    assert "予約しました" in booked.text
    assert db.session.scalars(sa.select(Booking)).one().override_reason == "先月の中止の振替"


def test_an_unknown_person_is_added_on_the_way(web: Web, lesson: Lesson) -> None:
    page = (
        web.get(f"/desk?lesson={lesson.id}&channel=counter")
        .form(".newcomer-form")
        .send(kana="たなか いち", no_telephone="y", district="KCN", birth_year="昭25")
    )

    assert "タナカ イチ" in page.text
    assert call(page)["channel"] == "counter"
    assert "予約しました" in send(page, act="book").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kana": ""}, "フリガナ"),
        ({"kana": "田中 一"}, "カタカナかひらがな"),
        ({"birth_year": "昭和99"}, "ありません"),
        ({"telephone": "12"}, "電話番号"),
        ({"no_telephone": None}, "電話"),
    ],
)
def test_a_person_who_cannot_be_added_is_said_at_the_field(
    web: Web, lesson: Lesson, changes: dict[str, str | None], words: str
) -> None:
    good: dict[str, str | None] = {"kana": "たなか いち", "no_telephone": "y", "birth_year": ""}

    page = web.get("/desk").form(".newcomer-form").send(**{**good, **changes})

    assert page.status == 422
    assert words in " ".join(each.get_text() for each in page.soup.select(".newcomer .field-error"))
    assert count(Resident) == 0


def test_the_card_shows_the_household_and_what_is_booked(
    web: Web, clerk: Actor, haru: Resident, lesson: Lesson
) -> None:
    with transaction():
        data = ResidentData("ホンダ", "タダシ", telephones=(TelephoneData("0957-86-1234"),))
        people.add_resident(data, by=clerk, now=clock.now())
    factories.booking(haru, lesson)

    card = web.get(f"/desk/people/{haru.id}")

    assert "ホンダ タダシ" in card.text
    assert "口之津公民館 写真をとる・見る・消す" in card.text
    assert "<html" not in card.html
    looks = [row for row in history.of(f"resident:{haru.id}") if row.action == "resident.looked-at"]
    assert [row.actor_name for row in looks] == ["受付 花子"]


def test_what_a_caller_said_is_looked_at_without_being_kept(web: Web, lesson: Lesson) -> None:
    values = {"csrf_token": call(web.get("/desk"))["csrf_token"], "text": "写真がいっぱい"}

    answer = web.request("post", "/desk/topic", values, follow=False)

    assert "写真・動画・容量" in answer.text
    assert web.get("/desk/topic?text=x").status == 405
    assert count(HelpRequest) == 0


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COORDINATOR, Role.MANAGER, Role.VOLUNTEER, Role.AUDITOR])
@pytest.mark.parametrize("path", ["/desk", "/desk/people?q=a", "/desk/people/1", "/requests", "/requests/1"])
def test_only_staff_open_the_desk_and_read_consultations(web: Web, role: Role, path: str) -> None:
    web.sign_in(factories.user(role))

    assert web.get(path).status == 403


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/people", "/desk/topic", "/desk/lessons", "/desk/hold", "/desk/release"]
)
def test_only_staff_act_at_the_desk(web: Web, path: str) -> None:
    web.app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert web.sign_in(factories.user(Role.MANAGER)).request("post", path, {}, follow=False).status == 403
    finally:
        web.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize(
    "path", ["/desk?resident=1", "/desk?resident=99999999999", "/desk?lesson=99999999999", "/desk?booked=x"]
)
def test_an_address_that_names_nobody_is_no_fault_of_ours(web: Web, clerk: Actor, path: str) -> None:
    assert web.get(path).status in (200, 404)


def queries_of(web: Web, path: str) -> int:
    """How many times a page asks the database."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    web.get(path)  # what is done once a minute only (the session's last sight) is done
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert web.get(path).status == 200
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return sum(not each.startswith(("BEGIN", "ROLLBACK", "COMMIT", "PRAGMA")) for each in asked)


def test_a_page_asks_the_database_as_often_for_many_as_for_one(
    web: Web, clerk: Actor, haru: Resident, lesson: Lesson
) -> None:
    paths = ["/desk", "/desk/people?q=ほ", f"/desk/people/{haru.id}", f"/desk?resident={haru.id}&q=ほ", "/requests"]
    factories.booking(haru, lesson)
    send(web.get(f"/desk?resident={haru.id}"), act="note", text="写真")
    before = {path: queries_of(web, path) for path in paths}

    for number in range(4):
        with transaction():
            data = ResidentData("ホンダ", "イチ", birth_year=1950 + number, no_telephone=True)
            other = people.add_resident(data, by=clerk, now=clock.now())
        later = factories.lesson(starts_at=clock.now() + timedelta(days=10 + number))
        factories.booking(haru, later)
        send(web.get(f"/desk?resident={other.id}"), act="note", text="地図")
        send(web.get(f"/desk?resident={haru.id}"), act="note", text="地図")

    assert {path: queries_of(web, path) for path in paths} == before
    assert before["/desk/people?q=ほ"] <= 6
    assert before[f"/desk/people/{haru.id}"] <= 28
    assert max(before.values()) <= 36
