from __future__ import annotations

import pytest

from supportdesk.core.access import Role
from supportdesk.core.db import db
from supportdesk.reminders import wording, wording_queries
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.web import Web

pytestmark = pytest.mark.one_database

TEXT = Template.TEXT_REMINDER
OWN = "{sender}教室のお知らせ {day}{time} {venue} 電話{telephone}"
HERE = "/office/wording/text_reminder"


@pytest.fixture
def manager(web: Web) -> Web:
    return web.sign_in(factories.user(Role.MANAGER, name="課長"))


def in_use() -> str:
    db.session.rollback()
    return wording_queries.in_use()[TEXT]


def test_words_are_changed_in_the_browser_and_taken_back(manager: Web) -> None:
    page = manager.get("/office/wording").link("文面を変更する")
    assert page.path == "/office/wording/text_confirmation"

    page = manager.get(HERE).form("#words").send(words=OWN)

    assert page.path == HERE and "保存しました" in page.text and "変更した文面" in page.text
    assert in_use() == OWN
    page = page.form("form[action$=default]").send()
    assert "ひな形の文面に戻しました" in page.text
    assert in_use() == wording.packaged()[TEXT]


def test_without_script_a_button_counts_and_saves_nothing(manager: Web) -> None:
    factories.venue(short_name="布津保健福祉センター", name_kana="フツ")

    page = manager.get(HERE).form("#words").send(words=OWN + "の" * 30, act="try")

    assert page.status == 200
    assert "88文字・2通" in page.text and "2通分になります" in page.text
    assert len(page.soup.select("#preview .phone-flip .text")) == 2
    assert page.form("#words").values["words"] == OWN + "の" * 30
    assert in_use() == wording.packaged()[TEXT]


def test_every_broken_rule_is_said_at_the_field_and_nothing_typed_is_lost(manager: Web) -> None:
    typed = "明日はカードの教室です {day}{tim}\nhttps://example.jp 😀"

    page = manager.get(HERE).form("#words").send(words=typed)

    assert page.status == 422
    said = page.soup.select_one("#field-words-error").get_text(" ")
    for sentence in ("明日", "カード", "アドレス", "絵文字", "改行", "{tim}", "{sender}、{time}、{venue}、{telephone}"):
        assert sentence in said, sentence
    assert page.form("#words").values["words"] == typed
    assert in_use() == wording.packaged()[TEXT]


@pytest.mark.parametrize("typed", ["あ" * 10_000, "<script>alert(1)</script>" + OWN, OWN + "1234-5678-9018", ""])
def test_bad_input_is_answered_with_a_sentence(manager: Web, typed: str) -> None:
    page = manager.get(HERE).form("#words").send(words=typed)

    assert page.status == 422
    assert page.soup.select_one("#field-words-error").get_text(strip=True)
    assert "<script>alert" not in page.html
    assert in_use() == wording.packaged()[TEXT]


def test_the_part_that_is_asked_for_while_typing_says_what_saving_would_say(manager: Web) -> None:
    form = manager.get(HERE).form("#words")

    part = manager.request("post", f"{HERE}/preview", form.values | {"words": OWN + "明日"}, follow=False)

    assert part.status == 200 and "<html" not in part.html
    assert "このままでは保存できません" in part.text and "明日" in part.text
    assert "このままでは保存できません" in part.soup.select_one("[data-announce]")["data-announce"]


def test_the_second_editor_sees_both_words_and_may_save(manager: Web) -> None:
    mine, theirs = manager.get(HERE), manager.get(HERE)
    theirs.form("#words").send(words=OWN)

    page = mine.form("#words").send(words=OWN + "。")

    assert page.status == 422 and "課長" in page.text
    assert OWN in page.soup.select_one("section.conflict").get_text(" ")
    assert page.form("#words").send().status == 200
    assert in_use() == OWN + "。"


def test_the_record_tells_the_words_before_and_after(manager: Web) -> None:
    manager.get(HERE).form("#words").send(words=OWN)

    row = manager.get("/history?subject=wording:text_reminder").soup.select_one("tbody tr")

    assert "連絡の文面を変更" in row.text
    assert row.select_one("del").text == wording.packaged()[TEXT]
    assert row.select_one("ins").text == OWN


def test_the_record_tells_an_office_value_in_words_and_nothing_of_a_person(manager: Web) -> None:
    factories.topic("PHOTO")
    manager.get("/office/topics/PHOTO/edit").form("main form").send(first_route="shop", urgent="y")
    person = factories.resident(number="+819000000001")
    desk = Web(manager.app).sign_in(factories.user(Role.STAFF))
    desk.get(f"/residents/{person.id}/edit").form("main form").send(family_kana="タナカ", wish="call")

    page = manager.get("/history")

    assert "つなぎ先: 教室 → 契約した店・会社" in page.text and "急ぎ: いいえ → はい" in page.text
    assert "タナカ" not in page.text


@pytest.mark.parametrize("role", [Role.STAFF, Role.COORDINATOR])
def test_others_of_the_office_read_the_words_and_cannot_change_them(web: Web, role: Role) -> None:
    web.sign_in(factories.user(role))

    page = web.get("/office/wording").link("表示する")

    assert page.status == 200 and "スマホ教室のご予約" in page.text
    assert page.soup.select("main form, main textarea") == []
    assert web.request("post", HERE, {"words": OWN}, follow=False).status in (400, 403)


def test_there_is_no_page_for_words_nobody_knows(manager: Web) -> None:
    assert manager.get("/office/wording/letter").status == 404
    assert manager.get("/office/wording/..%2Ftext_reminder").status == 404
