"""受付 in a real browser, on the real app: hands on the keyboard, with and without an input method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect

from supportdesk.accounts.web_sessions import COOKIE
from supportdesk.core import clock
from supportdesk.core.access import Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.models import HelpRequest
from supportdesk.lessons.models import Booking, CourseTopic, Hold, Lesson
from supportdesk.lessons.seats import hold_seats
from supportdesk.lessons.waiting_models import Waiting
from supportdesk.people import actions as people
from supportdesk.people.models import Resident
from supportdesk.people.rules import Need, ResidentData, TelephoneData
from tests import factories
from tests.serving import serving
from tests.web import Web

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

# Keys besides the typed kana that the office allows from an empty screen to a booked resident.
MOST_KEYS = 12


@dataclass
class Desk:
    """The screen as a clerk sits before it. Counts every key that is pressed besides typed text."""

    page: Page
    address: str
    keyboard: CDPSession
    lessons: list[Lesson]
    people: dict[str, Resident]
    pressed: list[str] = field(default_factory=list)

    def open(self, path: str = "/desk") -> None:
        self.page.goto(self.address + path)
        expect(self.page.locator(".scripted")).to_be_visible()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += key.split("+")

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def compose(self, text: str) -> None:
        self.keyboard.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )

    def enter_of_the_input_method(self) -> None:
        enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        self.keyboard.send("Input.dispatchKeyEvent", enter)
        self.pressed.append("Enter")

    def commit(self, text: str) -> None:
        self.keyboard.send("Input.insertText", {"text": text})


@pytest.fixture
def desk(app: Flask, web: Web, chromium: Browser) -> Iterator[Desk]:
    person = factories.user(Role.STAFF, name="受付 花子")
    now = clock.now()
    lessons = town(now)
    by = factories.actor_of(person)
    found = residents(by, now)
    with serving(app) as address:
        web.sign_in(person)
        cookie = web.client.get_cookie(COOKIE)
        assert cookie is not None
        context = chromium.new_context(locale="ja-JP", viewport={"width": 1280, "height": 960})
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Desk(page, address, context.new_cdp_session(page), lessons, found)
        context.close()
    assert complaints == []


def town(now: datetime) -> list[Lesson]:
    """Two districts and three lessons on photographs, the first of them nearly full."""
    factories.district("KCN")
    factories.district("KZS", name="加津佐", town_name="加津佐町", sort_order=1, latitude=32.63, longitude=130.16)
    factories.topic("PHOTO")
    factories.topic("MAP", label="地図・乗換", sort_order=8)
    factories.topic("SCAM", label="詐欺・にせ警告", urgent=True, sort_order=1)
    near = factories.venue(district_code="KCN", bus="口之津駅前から5分", wifi=True)
    far = factories.venue(
        name="加津佐公民館", name_kana="カヅサコウミンカン", short_name="加津佐公民館", district_code="KZS"
    )
    photos, maps = factories.course(), factories.course(title="地図で道を調べる")
    for course, code in ((photos, "PHOTO"), (maps, "MAP")):
        factories.save(CourseTopic(course_id=course.id, topic_code=code))
    day = now.replace(hour=1, minute=0, second=0, microsecond=0)
    return [
        factories.lesson(starts_at=day + timedelta(days=9), seats=4, room=factories.room(near), course=photos),
        factories.lesson(starts_at=day + timedelta(days=12), seats=2, room=factories.room(near), course=maps),
        factories.lesson(starts_at=day + timedelta(days=16, hours=3), room=factories.room(far), course=photos),
    ]


def residents(by: factories.Actor, now: datetime) -> dict[str, Resident]:
    line = (TelephoneData("0957-86-1234", whose="家"),)
    wanted = {
        "haru": ResidentData(
            "ホンダ", "ハル", "本多", "ハル", birth_year=1941, district_code="KCN", town="口之津町丙",
            house_name="浜屋", telephones=line, needs=(Need.HEARING,), do_not_call=True, do_not_call_reason="娘さんへ",
        ),
        "tadashi": ResidentData(
            "ホンダ", "タダシ", "本多", "正", birth_year=1938, district_code="KCN", telephones=line
        ),
        "twin": ResidentData(
            "ホンダ", "ハル", "本多", "ハル", birth_year=1947, district_code="KZS", town="加津佐町己",
            house_name="坂下", no_telephone=True,
        ),
        "yama": ResidentData("ヤマダ", "ハナ", "山田", "花", birth_year=1950, no_telephone=True),
    }  # fmt: skip
    with transaction():
        return {name: people.add_resident(data, by=by, now=now) for name, data in wanted.items()}


def bookings() -> list[Booking]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Booking).order_by(Booking.id)))


def test_a_known_resident_is_booked_with_few_keys_from_an_empty_screen(desk: Desk) -> None:
    desk.open()

    desk.type("ほんだはる")
    expect(desk.page.locator("#found [data-take]")).to_have_count(2)
    desk.press("Enter")
    expect(desk.page.locator("[data-person] h3")).to_contain_text("本多 ハル")
    expect(desk.page.locator("#field-text")).to_be_focused()
    desk.type("写真がいっぱいで、もう撮れない")
    expect(desk.page.locator("[data-suggestion]")).to_contain_text("写真・動画")
    desk.press("Tab")
    expect(desk.page.locator("#field-topic")).to_have_value("PHOTO")
    desk.press("1")
    expect(desk.page.locator(".lesson-chosen")).to_contain_text("3分間 仮押さえ")
    desk.press("Control+Enter")

    expect(desk.page.locator(".reception-done")).to_contain_text("予約番号")
    expect(desk.page.locator("#field-q")).to_be_focused()
    assert len(desk.pressed) <= MOST_KEYS
    (booked,) = bookings()
    request = db.session.scalars(sa.select(HelpRequest)).one()
    assert (booked.resident_id, booked.lesson_id) == (desk.people["haru"].id, desk.lessons[0].id)
    assert (request.booking_id, request.topic_code, request.text) == (
        booked.id, "PHOTO", "写真がいっぱいで、もう撮れない",
    )  # fmt: skip


def test_the_same_with_an_input_method_that_converts(desk: Desk) -> None:
    desk.open()

    desk.compose("ほん")
    expect(desk.page.locator("#found [data-take]")).to_have_count(3)
    desk.compose("ほんだただし")
    expect(desk.page.locator("#found [data-take]")).to_have_count(1)
    desk.enter_of_the_input_method()
    expect(desk.page.locator("[data-person] h3")).to_have_count(0)
    desk.commit("本多正")
    expect(desk.page.locator('#found [data-q="本多正"] [data-take]')).to_have_count(1)
    desk.press("Enter")
    expect(desk.page.locator("[data-person] h3")).to_contain_text("本多 正")
    desk.press("Tab", "1")
    expect(desk.page.locator(".lesson-chosen")).to_contain_text("3分間 仮押さえ")
    desk.press("Control+Enter")

    expect(desk.page.locator(".reception-done")).to_contain_text("本多 正")
    assert len(desk.pressed) <= MOST_KEYS
    assert [each.resident_id for each in bookings()] == [desk.people["tadashi"].id]


def test_a_name_twin_is_chosen_with_the_arrow(desk: Desk) -> None:
    desk.open()

    desk.type("ほんだ はる")
    expect(desk.page.locator("#found [data-take]")).to_have_count(2)
    expect(desk.page.locator("#found")).to_contain_text("〔浜屋〕")
    expect(desk.page.locator("#found")).to_contain_text("〔坂下〕")
    desk.press("ArrowDown", "Enter")

    expect(desk.page.locator("[data-person]")).to_contain_text("加津佐町己")


def test_enter_that_comes_before_the_list_takes_nobody_by_guess(desk: Desk) -> None:
    desk.open()

    desk.page.keyboard.insert_text("ほんだはる")
    desk.press("Enter")

    expect(desk.page.locator("#found [data-take]")).to_have_count(2)
    expect(desk.page.locator("[data-person] h3")).to_have_count(0)
    expect(desk.page.locator("#field-q")).to_be_focused()


def test_ctrl_enter_twice_books_once(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['yama'].id}&lesson={desk.lessons[0].id}")

    desk.page.evaluate("""() => { for (const _ of [1, 2]) document.dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, bubbles: true})) }""")

    expect(desk.page.locator(".reception-done")).to_contain_text("予約番号")
    assert len(bookings()) == 1


def test_an_unknown_person_is_added_and_booked_without_leaving_the_screen(desk: Desk) -> None:
    desk.open()

    desk.type("たなか いち")
    expect(desk.page.locator("#found .empty")).to_be_visible()
    desk.press("Enter")
    expect(desk.page.locator("#new-kana")).to_be_focused()
    expect(desk.page.locator("#new-kana")).to_have_value("たなか いち")
    desk.press("Tab")
    desk.type("0957-86-9999")
    desk.press("Tab", "Tab")
    desk.page.locator("#new-district").select_option("KZS")
    desk.press("Tab")
    desk.type("昭25")
    desk.press("Enter")
    expect(desk.page.locator("[data-person] h3")).to_contain_text("タナカ イチ")
    expect(desk.page.locator("#field-district")).to_have_value("KZS")
    expect(desk.page.locator(".lesson").first).to_contain_text("加津佐公民館")
    desk.press("Tab", "1", "Control+Enter")

    expect(desk.page.locator(".reception-done")).to_contain_text("予約番号")
    (booked,) = bookings()
    assert (booked.resident.birth_year, booked.lesson_id) == (1950, desk.lessons[2].id)


def test_somebody_who_is_there_already_is_shown_before_a_second_one_is_added(desk: Desk) -> None:
    desk.open()
    desk.page.locator("#newcomer summary").click()

    desk.page.locator("#new-kana").fill("やまだ はな")
    desk.page.locator("#new-no_telephone").check()
    desk.page.locator("#new-birth_year").fill("1950")
    desk.page.locator("#new-birth_year").press("Enter")
    expect(desk.page.locator("[data-alike]")).to_contain_text("山田 花")
    expect(desk.page.locator("#new-birth_year")).to_have_value("1950")
    desk.page.locator("[data-alike] [data-take]").click()

    expect(desk.page.locator("[data-person] h3")).to_contain_text("山田 花")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Resident)) == 4


def test_what_another_clerk_holds_is_seen_with_the_name(desk: Desk) -> None:
    other = factories.actor_of(factories.user(Role.STAFF, name="支所 太郎"))
    with transaction():
        hold_seats(desk.lessons[0].id, 2, by=other, now=clock.now())

    desk.open(f"/desk?resident={desk.people['haru'].id}")

    expect(desk.page.locator(".lesson").first).to_contain_text("仮押さえ2（支所 太郎）")
    expect(desk.page.locator(".lesson").first).to_contain_text("のこり2")


def test_a_full_lesson_is_said_in_place_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['yama'].id}")
    desk.page.locator("#field-text").fill("地図の見かた")
    desk.page.locator("[name=lesson]").nth(1).check()
    expect(desk.page.locator(".lesson-chosen")).to_contain_text("3分間 仮押さえ")
    # The hold runs out, and somebody else takes both seats.
    with transaction():
        db.session.execute(sa.delete(Hold))
        lesson = db.session.get_one(Lesson, desk.lessons[1].id)
        lesson.seats_held, lesson.seats_taken = 0, 2

    desk.press("Control+Enter")

    expect(desk.page.locator(".errors")).to_contain_text("空き")
    expect(desk.page.locator("#call")).to_contain_text("仮押さえが切れました")
    expect(desk.page.locator("#field-text")).to_have_value("地図の見かた")
    expect(desk.page.locator("[data-person] h3")).to_contain_text("山田 花")
    assert bookings() == []


def test_a_search_without_an_answer_says_so_instead_of_showing_nobody(desk: Desk) -> None:
    desk.open()
    desk.page.context.clear_cookies()

    desk.type("ほんだ")

    expect(desk.page.locator("#found").locator("xpath=preceding-sibling::*[1]")).to_contain_text("検索できませんでした")


def test_another_language_is_no_way_to_lose_what_a_caller_said(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    desk.open(f"/desk?resident={desk.people['yama'].id}")
    desk.page.locator("#field-text").fill("地図の見かた")

    for _ in range(2):  # who stays may change their mind
        desk.page.get_by_role("button", name="English").click()

    assert asked == ["beforeunload"] * 2
    expect(desk.page.locator("#field-text")).to_have_value("地図の見かた")
    desk.page.get_by_role("button", name="予約せず記録だけ").click()
    expect(desk.page.locator(".reception-done")).to_be_visible()
    assert len(asked) == 2


def test_the_next_caller_for_the_same_lesson_is_one_key_away(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['yama'].id}&lesson={desk.lessons[2].id}&channel=counter")
    desk.press("Control+Enter")
    expect(desk.page.locator(".scripted .reception-done")).to_be_visible()

    desk.press("Alt+n")
    expect(desk.page.locator(".reception-done")).to_have_count(0)
    expect(desk.page.locator(".scripted [data-lessons] :checked")).to_have_value(str(desk.lessons[2].id))
    expect(desk.page.locator("[name=channel]:checked")).to_have_value("counter")
    desk.type("ほんだただし")
    expect(desk.page.locator("#found [data-take]")).to_have_count(1)
    desk.press("Enter")
    expect(desk.page.locator(".lesson-chosen")).to_contain_text("3分間 仮押さえ")
    desk.press("Control+Enter")

    expect(desk.page.locator(".reception-done")).to_contain_text("本多 正")
    assert {each.lesson_id for each in bookings()} == {desk.lessons[2].id}
    assert {each.channel for each in bookings()} == {"counter"}


def test_escape_steps_back_frees_the_seat_and_keeps_what_was_typed(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['yama'].id}")
    desk.page.locator("#field-text").fill("写真の話")
    desk.page.locator("[name=lesson]").first.check()
    expect(desk.page.locator(".lesson-chosen")).to_contain_text("3分間 仮押さえ")

    desk.press("Escape")
    expect(desk.page.locator("[data-lessons] :checked")).to_have_count(0)
    desk.press("Escape")

    expect(desk.page.locator("#field-q")).to_be_focused()
    expect(desk.page.locator("#field-text")).to_have_value("写真の話")
    db.session.rollback()
    assert db.session.get_one(Lesson, desk.lessons[0].id, populate_existing=True).seats_held == 0


def test_digits_and_slashes_in_a_text_are_only_text(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['yama'].id}")

    desk.page.locator("#field-text").focus()
    desk.page.keyboard.type("1/2")

    expect(desk.page.locator("#field-text")).to_have_value("1/2")
    expect(desk.page.locator("[data-lessons] :checked")).to_have_count(0)


def test_a_couple_on_one_line_is_booked_together(desk: Desk) -> None:
    desk.open(f"/desk?resident={desk.people['haru'].id}")

    desk.page.get_by_role("link", name="一緒に予約").click()
    expect(desk.page.locator(".along")).to_contain_text("本多 正")
    desk.page.locator("[name=lesson]").first.check()
    expect(desk.page.locator(".read-back")).to_contain_text("お二人様ですね。")
    desk.press("Control+Enter")

    expect(desk.page.locator(".reception-done")).to_contain_text("本多 ハル・本多 正")
    assert len({each.party for each in bookings()}) == 1


@pytest.mark.parametrize("width", [1280, 820, 390, 320])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(desk: Desk, width: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": 960})
    desk.open(f"/desk?resident={desk.people['haru'].id}&q=ほんだ&lesson={desk.lessons[0].id}")
    desk.page.locator("#newcomer summary").click()

    found = Axe().run(desk.page)

    assert found.response["violations"] == [], found.generate_report()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width


def test_who_finds_the_lesson_full_waits_for_it_by_one_key(desk: Desk) -> None:
    with transaction():
        db.session.execute(sa.update(Lesson).where(Lesson.id == desk.lessons[1].id).values(seats_taken=Lesson.seats))
    desk.open(f"/desk?resident={desk.people['yama'].id}&lesson={desk.lessons[1].id}")
    expect(desk.page.locator("[data-lessons]")).to_contain_text("キャンセル待ちに登録できます")
    desk.type("地図の見かた")
    desk.press("Alt+w")

    expect(desk.page.locator(".reception-done")).to_contain_text("1番目にお待ち")
    expect(desk.page.locator("#field-q")).to_be_focused()
    db.session.rollback()
    [entry] = db.session.scalars(sa.select(Waiting)).all()
    assert (entry.lesson_id, entry.resident_ids) == (desk.lessons[1].id, [desk.people["yama"].id])
    assert db.session.scalars(sa.select(HelpRequest.text)).all() == ["地図の見かた"]
