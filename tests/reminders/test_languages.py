"""Texts in three languages: how long they become, what they never say, and what of them is a rule. No database."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from supportdesk.core.clock import TOKYO
from supportdesk.core.japan import calendar
from supportdesk.core.japan.romaji import romaji
from supportdesk.lessons.change_rules import Standing
from supportdesk.messages.providers import sms
from supportdesk.messages.rules import Language
from supportdesk.places.rules import english_name
from supportdesk.reminders import change_wording, wording, wording_tried
from supportdesk.reminders.rules import Matter
from supportdesk.reminders.wording_rules import Template, cleaned, without_class
from tests.reminders.texts_table import LONGEST, OFFICE, SAMPLE, TEXTS, VENUES, every_text, table, worst

ROOT = Path(__file__).parents[2]
TOWN = wording_tried.Town(OFFICE, "布津保健福祉センター", "フツホケンフクシセンター", ("マイナ保険証の使い方", "Maps"))
EASY, ENGLISH = Language.EASY, Language.ENGLISH
GOOD = "{sender} class {day} {time}, {venue}. Tel {telephone}"
WEDNESDAY = datetime(2026, 12, 23, 13, 30, tzinfo=TOKYO)

every_text_in_every_language = pytest.mark.parametrize(
    ("template", "language"), [(template, language) for template in TEXTS for language in Language]
)


@every_text_in_every_language
def test_a_text_is_one_part_for_every_venue_in_every_language(template: Template, language: Language) -> None:
    longest = worst(template, language)

    if language is ENGLISH:
        assert all(map(sms.is_gsm, longest)) and sms.segments(longest) == 1
    # An offer names two days and hours, which no single part of 70 holds.
    elif template is Template.TEXT_OFFER:
        assert sms.units(longest) <= 134
    else:
        assert sms.units(longest) <= 70


@every_text_in_every_language
def test_a_text_says_who_writes_first_and_which_day_and_nothing_that_betrays(
    template: Template, language: Language
) -> None:
    for venue in VENUES[:3]:
        text = next(every_text(template, language, venue))
        assert text.startswith("Minamishimabara City: " if language is ENGLISH else "【南島原市】")
        # A test of a telephone tells of no day, and asks for no call.
        if template is not Template.TEXT_TRIAL:
            assert ("Wed 23 Dec" if language is ENGLISH else "12月23日(水)") in text
            assert "0957-00-0001" in text
        assert "{" not in text
    tried = wording_tried.try_out(template, wording.packaged(language)[template], TOWN, language)
    assert tried.problems == []


def test_the_table_in_the_docs_is_the_table_of_these_texts() -> None:
    """`python -m tests.reminders.texts_table > docs/texts.md` writes it anew."""
    assert (ROOT / "docs/texts.md").read_text(encoding="utf-8") == "\n".join(table()) + "\n"


@pytest.mark.parametrize("language", [EASY, ENGLISH])
@pytest.mark.parametrize("template", TEXTS)
def test_what_is_no_class_is_called_a_booking_in_every_language(template: Template, language: Language) -> None:
    packaged = wording.packaged(language)[template]

    said = without_class(template, packaged, language)

    assert "class" not in said and "教室" not in said and "booking booked" not in said
    # English has room to spare; Japanese has none.
    assert len(said) <= len(packaged) or not wording_tried.try_out(template, said, TOWN, ENGLISH).problems
    assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", packaged))


def codes(words: str, template: Template = Template.TEXT_REMINDER) -> list[str]:
    return [one.code for one in wording_tried.try_out(template, cleaned(words), TOWN, ENGLISH).problems]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (" See you tomorrow.", "near-day"),
        (" TO-DAY only", "near-day"),
        (" tonight", "near-day"),
        (" Bring your My Number.", "betrays"),
        (" Bring your ID card", "betrays"),
        (" bank account", "betrays"),
        (" pension", "betrays"),
        (" health insurance", "betrays"),
        (" at the hospital", "betrays"),
        (" tax refund", "betrays"),
        (" maps", "betrays"),
        (" https://example.jp", "address"),
        (" example.com", "address"),
        (" 😀", "emoji"),
        (" ☺", "not-plain"),
        (" don’t be late", "not-plain"),
        (" 教室", "not-plain"),
        (" ~~~~" * 12, "too-long"),
        ("{persons}", "unknown-placeholder"),
    ],
)
def test_an_english_text_is_refused_for(more: str, code: str) -> None:
    assert code in codes(GOOD + more)


@pytest.mark.parametrize(
    "more",
    ["", " Don't be late!", " Bring a cardigan.", " Tel. 8:30-17:15", " todays", " at the bankside"],
)
def test_an_english_text_is_not_refused_for_what_only_looks_alike(more: str) -> None:
    assert codes(GOOD + more) == []


def test_160_letters_are_one_english_text_and_161_are_refused() -> None:
    room = 160 - wording_tried.try_out(Template.TEXT_REMINDER, GOOD, TOWN, ENGLISH).units

    full = wording_tried.try_out(Template.TEXT_REMINDER, GOOD + "x" * room, TOWN, ENGLISH)
    over = wording_tried.try_out(Template.TEXT_REMINDER, GOOD + "x" * (room + 1), TOWN, ENGLISH)

    assert (full.units, len(full.parts), full.problems) == (160, 1, [])
    assert [one.code for one in over.problems] == ["too-long"]
    # What costs two places in the alphabet counts two.
    assert sms.length("[]€") == 6 and sms.length("[]€あ") == 4


@pytest.mark.parametrize("template", [Template.TEXT_CANCELLED, Template.VOICE_CANCELLED])
def test_today_may_be_said_of_a_cancelling_alone_and_only_by_its_placeholder(template: Template) -> None:
    packaged = wording.packaged()[template]

    assert wording_tried.try_out(template, packaged.replace("{today}", ""), TOWN).problems == []
    (refused,) = wording_tried.try_out(template, packaged.replace("{today}", "きょうの"), TOWN).problems
    assert refused.code == "near-day" and "{today}" in refused.message
    moved = wording.packaged()[Template.TEXT_MOVED]
    problems = wording_tried.try_out(Template.TEXT_MOVED, moved + "{today}", TOWN).problems
    assert [one.code for one in problems] == ["unknown-placeholder"]


@pytest.mark.parametrize(("language", "said"), [(Language.JAPANESE, "本日"), (EASY, "きょう、"), (ENGLISH, "today, ")])
def test_today_is_said_with_the_date_where_it_is_told_on_the_very_day(language: Language, said: str) -> None:
    there = Standing(WEDNESDAY, 1, venue="口之津公民館", venue_kana="クチノツコウミンカン")

    same = change_wording.text_values(there, there, OFFICE, language, WEDNESDAY - timedelta(hours=5))
    before = change_wording.text_values(there, there, OFFICE, language, WEDNESDAY - timedelta(hours=15))

    assert (same["today"], before["today"]) == (said, "")
    assert same["day"] in ("12月23日(水)", "Wed 23 Dec")
    assert change_wording.spoken_values(there, there, OFFICE, WEDNESDAY)["today"] == "ほんじつ、"


def test_an_english_text_says_how_many_people_and_until_when() -> None:
    words = wording.packaged(ENGLISH)

    one, two = (
        wording.text(Matter.OFFER, LONGEST[0], "Kominkan", persons, OFFICE, words, WEDNESDAY, language=ENGLISH)
        for persons in (1, 2)
    )

    assert ", 1 person. " in one and ", 2 people. " in two
    assert one.endswith("by Wed 23 Dec 13:30")


def test_an_english_day_is_the_same_whatever_the_process_speaks() -> None:
    assert calendar.english_day(date(2026, 7, 1)) == "Wed 1 Jul"
    assert calendar.english_time(time(9, 5)) == "9:05"


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("ホンダ ハル", "Honda Haru"), ("チヂワ", "Chijiwa"), ("ハッチョウ", "Hatcho"), ("シンペイ", "Shinpei"),
        ("オオツ", "Otsu"), ("センター", "Senta"), ("ジュンヤ", "Junya"), ("キョウシツ", "Kyoshitsu"),
        ("ファン", "Fan"), ("ティ・シャ", "Ti Sha"), ("ザッカ", "Zakka"), ("ッー", ""), ("ァ", "A"),
        ("くちのつ 2かい", "Kuchinotsu Kai"), ("南島原", ""),
    ],
)  # fmt: skip
def test_kana_in_latin_letters(kana: str, latin: str) -> None:
    assert romaji(kana) == latin


def test_the_districts_are_spelled_as_the_reference_spells_them() -> None:
    rows = json.loads((SAMPLE / "districts.json").read_text(encoding="utf-8"))

    assert {row["name_kana"]: romaji(row["name_kana"]) for row in rows} == {
        row["name_kana"]: row["name_romaji"] for row in rows
    }


def test_a_venue_without_an_english_name_is_called_by_its_kana_word_by_word() -> None:
    assert english_name("", "クチノツコウミンカン") == "Kuchinotsu Kominkan"
    assert english_name("Town hall", "クチノツコウミンカン") == "Town hall"
    # As many words as may stand in a text of one part.
    assert english_name("", "キタアリマピロティーブンカセンターヒノエ") == "Kitaarimapiroti Bunka Center"
    assert len(english_name("", "アイウエオ" * 20)) == 30
