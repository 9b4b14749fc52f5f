"""The words that leave the house, for every hall of the sample town and the longest dates."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from supportdesk.core.clock import TOKYO
from supportdesk.messages.providers.sms import units
from supportdesk.messages.providers.voice import twiml
from supportdesk.office.settings import OfficeSettings
from supportdesk.reminders import wording
from supportdesk.reminders.rules import Matter
from supportdesk.reminders.wording_rules import KANJI_OF_ONE_READING

SAMPLE = Path(wording.__file__).parent.parent / "sample_town"
VENUES = json.loads((SAMPLE / "venues.json").read_text(encoding="utf-8"))
COURSES = json.loads((SAMPLE / "courses.json").read_text(encoding="utf-8"))
OFFICE = OfficeSettings(
    sender="【南島原市】", sender_spoken="みなみしまばらし、デジタルそうだんまどぐち", telephone="0957-00-0001"
)
# Two digits in month and day, and the hours that take most room.
LONGEST = [datetime(2026, 12, 23, hour, minute, tzinfo=TOKYO) for hour, minute in ((10, 30), (13, 30), (11, 45))]
TEXTS = [
    (Matter.CONFIRMATION, 1), (Matter.CONFIRMATION, 2), (Matter.REMINDER, 1), (Matter.REMINDER, 2), (Matter.DUTY, 1)
]  # fmt: skip
CALLS = [(Matter.REMINDER, 1), (Matter.REMINDER, 2), (Matter.REMINDER, 3), (Matter.DUTY, 1)]
WORDS = wording.packaged()

every_hall = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue["venue_id"])


def texts(venue: dict[str, str]) -> list[str]:
    return [
        wording.text(matter, moment, venue["sample_short_name"], persons, OFFICE, WORDS)
        for matter, persons in TEXTS
        for moment in LONGEST
    ]


def calls(venue: dict[str, str]) -> list[tuple[str, ...]]:
    return [
        wording.spoken(moment, venue["name_kana"], persons, OFFICE, WORDS, matter=matter)
        for moment in LONGEST
        for matter, persons in CALLS
    ]


@every_hall
def test_a_text_fits_into_one_part(venue: dict[str, str]) -> None:
    assert max(units(text) for text in texts(venue)) <= 70


@every_hall
def test_a_text_names_the_office_first_the_day_the_hall_and_the_telephone(venue: dict[str, str]) -> None:
    for text in texts(venue):
        assert text.startswith("【南島原市】")
        assert "12月23日(水)午" in text
        assert venue["sample_short_name"] in text
        assert text.endswith("0957-00-0001")


@every_hall
def test_a_text_says_nothing_that_ages_tempts_or_betrays(venue: dict[str, str]) -> None:
    forbidden = ["あす", "明日", "本日", "今日", "http", "://", "www", "{", "}", "口座", "保険証", "カード"]
    forbidden += [course["title"] for course in COURSES]
    for words in [*texts(venue), *("".join(call) for call in calls(venue))]:
        assert not [word for word in forbidden if word in words.replace(venue["sample_short_name"], "")]


@every_hall
def test_a_call_says_who_calls_first_and_then_when_and_where_in_kana(venue: dict[str, str]) -> None:
    for sentences in calls(venue):
        assert sentences[0].startswith("こちらは、みなみしまばらし、")
        spoken = "".join(sentences)
        assert "じゅうにがつにじゅうさんにち、すいようび、ご" in spoken
        assert venue["name_kana"] in spoken
        assert "ゼロ、キュー、ゴ、ナナ。ゼロ、ゼロ。ゼロ、ゼロ、ゼロ、イチ" in spoken
        assert set(re.findall(r"[一-龥]", spoken)) <= KANJI_OF_ONE_READING


@every_hall
def test_a_call_fits_into_the_providers_document_and_is_said_twice(venue: dict[str, str]) -> None:
    for sentences in calls(venue):
        assert twiml(sentences).count(sentences[2]) == 2


def test_a_call_needs_no_key_and_makes_sense_to_an_answering_machine() -> None:
    spoken = "".join(calls(VENUES[0])[0])

    assert "ボタンを押す必要はありません" in spoken
    assert "もしもし" not in spoken
    assert not re.search(r"[0-9０-９]", spoken)


def test_two_on_one_telephone_are_told_that_it_is_for_both() -> None:
    together = wording.text(Matter.REMINDER, LONGEST[0], "口之津公民館", 2, OFFICE, WORDS)

    assert "お二人分" in together
    assert "3人分" in wording.text(Matter.REMINDER, LONGEST[0], "口之津公民館", 3, OFFICE, WORDS)
    assert "おふたりぶん" in "".join(wording.spoken(LONGEST[0], "クチノツ", 2, OFFICE, WORDS))


@pytest.mark.parametrize("hour", [(9, 0), (10, 0), (12, 0), (12, 30), (16, 0), (19, 0)])
def test_every_hour_can_be_written_and_said(hour: tuple[int, int]) -> None:
    moment = datetime(2026, 7, 1, *hour, tzinfo=TOKYO)

    assert "7月1日(水)" in wording.text(Matter.REMINDER, moment, "口之津公民館", 1, OFFICE, WORDS)
    assert "しちがつついたち、すいようび" in "".join(wording.spoken(moment, "クチノツ", 1, OFFICE, WORDS))
