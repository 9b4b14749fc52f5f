"""The language of texts wherever a person meets it: form, import, API, search, 要対応, the person's and the booking's
page, and the words' own pages in each language."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from supportdesk.core import history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.core.table_files import import_table
from supportdesk.messages.rules import Language
from supportdesk.office import settings as office_settings
from supportdesk.people.imports import ResidentImporter
from supportdesk.people.models import Resident
from supportdesk.people.rules import Wish
from supportdesk.reminders import wording_queries
from supportdesk.reminders.wording_rules import Template
from tests import factories
from tests.conftest import NOW
from tests.programs import Program
from tests.web import Web

pytestmark = pytest.mark.one_database

HERE = "/office/wording/text_reminder/en"
ENGLISH = "{sender} smartphone class {day} {time}, {venue}. Please ring {telephone}"


@pytest.fixture(autouse=True)
def _in_july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_record_holds_it_and_every_page_of_the_desk_shows_it_before_somebody_speaks(web: Web) -> None:
    web.sign_in(factories.user(Role.STAFF))
    person = factories.resident("スミス メアリー", "+81957000001", wish=Wish.PERSON)
    booked = factories.booking(person, factories.lesson(starts_at=NOW + timedelta(days=1)))
    assert "英語" not in web.get("/residents?q=スミス").text

    page = web.get(f"/residents/{person.id}/edit").form("main form").send(language="en")

    assert page.path == f"/residents/{person.id}" and "ショートメールのことば" in page.text and "英語" in page.text
    (row,) = [row for row in history.of(f"resident:{person.id}") if row.action == "resident.edited"]
    assert (row.details["before"], row.details["after"]) == ({"language": "ja"}, {"language": "en"})
    seen_at = (f"/bookings/{booked.id}", "/residents?q=スミス", f"/desk?resident={person.id}", "/action-items")
    for address in seen_at:
        assert "英語" in web.get(address).text, address


def test_it_comes_by_file_and_by_program_and_a_word_nobody_knows_is_refused(app: Flask) -> None:
    head = "external_id,family_kana,telephone_1,language\r\n"
    rows = head + "R1,スミス,0957-00-0001,EN\r\nR2,ホンダ,0957-00-0002,\r\nR3,グエン,0957-00-0003,ベトナム語\r\n"

    report = import_table(io.BytesIO(rows.encode("cp932")), ResidentImporter(HOUSE, NOW), dry_run=False)
    assert [(refused.column, refused.line) for refused in report.refused] == [("language", 4)]
    rows = rows.replace("ベトナム語", "easy")
    import_table(io.BytesIO(rows.encode("cp932")), ResidentImporter(HOUSE, NOW), dry_run=False)
    db.session.commit()

    found = {row.external_id: row.language for row in db.session.scalars(sa.select(Resident))}
    assert found == {"R1": Language.ENGLISH, "R2": Language.JAPANESE, "R3": Language.EASY}
    program = Program(app, factories.token(Role.STAFF))
    smith = db.session.scalars(sa.select(Resident.id).where(Resident.external_id == "R1")).one()
    shown = program.get(f"/residents/{smith}").body
    assert shown["language"] == "en"
    edited = program.patch(f"/residents/{smith}", {"language": "easy", "version": shown["version"]})
    assert (edited.status, program.get(f"/residents/{smith}").body["language"]) == (200, "easy")
    assert program.patch(f"/residents/{smith}", {"language": "fr", "version": 2}).status == 422


def test_each_language_has_its_page_with_its_own_count_refusals_history_and_way_back(web: Web) -> None:
    with transaction():
        office_settings.change(yen_per_text_part=12)
    web.sign_in(factories.user(Role.MANAGER, name="課長"))
    factories.lesson(starts_at=NOW + timedelta(days=1), room=factories.room(factories.venue(name_en="Kominkan")))
    page = web.get("/office/wording").link("英語")
    assert "英語の差出人がまだ設定されていません" in page.text
    page = page.link("文面を変更する")
    assert page.path == "/office/wording/text_confirmation/en"

    page = web.get(HERE).form("#words").send(words=ENGLISH + " – tomorrow with your ID card")
    said = page.soup.select_one("#field-words-error").get_text(" ")
    assert page.status == 422 and all(word in said for word in ("–", "tomorrow", "id card")), said
    assert page.form("#words").values["words"].endswith("ID card")

    page = web.get(HERE).form("#words").send(words=ENGLISH + "!" * 9, act="try")
    assert "文字・1通・1回12円" in page.text and "160文字まで" in page.text
    labels = [one.get_text() for one in page.soup.select("#preview figcaption")]
    assert len(labels) == 3 and "ガラケー" in labels[1]
    assert "Kominkan" in page.soup.select("#preview .phone-smart")[1].get_text()

    page = web.get(HERE).form("#words").send(words=ENGLISH)
    assert page.path == HERE and "保存しました" in page.text
    changes = page.soup.find("caption", string="文面の変更の記録").find_parent("table")
    assert "課長" in changes.get_text() and ENGLISH in changes.select_one("ins").get_text()
    db.session.rollback()
    assert wording_queries.in_use(Language.ENGLISH)[Template.TEXT_REMINDER] == ENGLISH
    assert "ひな形の文面に戻しました" in page.form("form[action$=default]").send().text
    assert web.get("/office/wording/voice_reminder/en").status == 404
    assert web.get("/office/wording/text_reminder/fr").status == 404
    assert web.get("/office/wording/in/fr").status == 404


def test_programs_read_and_change_the_words_by_language(app: Flask) -> None:
    program = Program(app, factories.token(Role.MANAGER))

    listed = program.get("/wordings?language=en").body["items"]
    changed = program.patch("/wordings/text_reminder?language=en", {"words": ENGLISH, "version": 0})
    tried = program.post("/wordings/text_reminder/try?language=en", {"words": ENGLISH + " tonight"})

    assert {row["language"] for row in listed} == {"en"} and not [row for row in listed if row["spoken"]]
    assert (changed.status, changed.body["words"], changed.body["language"]) == (200, ENGLISH, "en")
    assert [one["code"] for one in tried.body["problems"]] == ["near-day"]
    assert program.get("/wordings/text_reminder").body["own"] is False
    assert program.post("/wordings/text_reminder/default?language=en", {"version": 1}).body["own"] is False
    assert program.get("/wordings/voice_reminder?language=en").status == 404
    assert program.get("/wordings?language=fr").status == 422


def test_a_supporter_has_a_language_too(web: Web) -> None:
    web.sign_in(factories.user(Role.COORDINATOR))
    helper = factories.supporter(number="+819000000009")

    page = web.get(f"/supporters/{helper.id}/edit").form("#supporter").send(language="easy")

    assert "やさしい日本語" in page.text
    assert history.of(f"supporter:{helper.id}")[0].details["changed"]["language"] == ["ja", "easy"]
