"""Every sentence that a call can say, read by an offline reader: the sounds that come out are those that should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from supportdesk.core.clock import at
from supportdesk.core.japan import calendar
from supportdesk.office.settings import OfficeSettings
from supportdesk.reminders import dialogue, wording
from supportdesk.reminders import dialogue_rules as rules
from supportdesk.reminders.dialogue_rules import State, Turn
from supportdesk.reminders.wording_rules import KANJI_OF_ONE_READING, Template, fill, without_class
from tests.reminders.reading import KANJI_READ, heard, should_be

TOWN = Path(__file__).parents[2] / "supportdesk" / "sample_town"
OFFICE = OfficeSettings(
    sender_spoken="みなみしまばらし、しやくしょ、すまほそうだんまどぐち", telephone="0957-73-6600"
)
NEW_YEAR = date(2026, 1, 1)
SPOKEN = [template for template in Template if template.spoken]
LATER = timedelta(hours=2)
WHEN, VENUES = re.compile(r"\{(?:new_)?when\}|\{until\}"), re.compile(r"\{(?:old_)?venue\}")


@cache
def venues() -> tuple[str, ...]:
    """The halls of the reference data, in kana."""
    return tuple(row["name_kana"] for row in json.loads((TOWN / "venues.json").read_text(encoding="utf-8")))


def values(when: datetime, venue: str, persons: int = 1) -> dict[str, str]:
    of_when = dict.fromkeys(("when", "new_when", "until"), calendar.spoken_when(when))
    halls = dict.fromkeys(("venue", "old_venue"), venue)
    rest = {"persons": wording.spoken_persons(persons), "today": "" if persons == 1 else "ほんじつ、"}
    rest["visits"] = "".join(f"{calendar.spoken_when(hour)}から、{venue}で、" for hour in (when, when + LATER))
    return dialogue.values_of(OFFICE) | of_when | halls | rest


def lines(template: Template) -> list[str]:
    """The packaged words, for a class and for what is none."""
    packaged = wording.packaged()[template]
    return list(dict.fromkeys([*packaged.splitlines(), *without_class(template, packaged).splitlines()]))


ALL_LINES = list(dict.fromkeys(line for template in SPOKEN for line in lines(template)))
DAY = at(date(2026, 12, 23), time(13, 30))


def misread(sentences: Iterable[str]) -> list[str]:
    """What is read otherwise than it should be."""
    told = dict.fromkeys(sentences)
    return [f"{one}: {heard(one)}" for one in told if heard(one) != should_be(one)]


@pytest.mark.parametrize("template", SPOKEN)
def test_every_call_is_read_rightly_with_every_hall(template: Template) -> None:
    assert misread(
        fill(line, values(DAY, venue, persons))
        for line in lines(template)
        for venue, persons in product(venues() if VENUES.search(line) else venues()[:1], (1, 2, 3))
    ) == []  # fmt: skip


def test_every_day_of_a_year_is_read_rightly_at_the_head_of_a_sentence() -> None:
    """Thereby every day of every month, and every weekday."""
    days = [NEW_YEAR + timedelta(days=count) for count in range(365)]

    assert misread(f"{calendar.spoken_when(at(day, time(10)))}からです。" for day in days) == []


def test_every_day_is_read_rightly_wherever_a_call_names_one() -> None:
    days = [NEW_YEAR + timedelta(days=count) for count in (*range(31), 31 * 7 - 5, 31 * 7 - 1)]

    assert misread(
        fill(line, values(at(day, time(14, 15)), "ありえ"))
        for line in ALL_LINES
        for day in days
        if WHEN.search(line)
    ) == []  # fmt: skip


def test_every_hour_and_minute_is_read_rightly() -> None:
    hours = [time(hour, minute) for hour in range(7, 21) for minute in (0, 15, 30, 45)]
    minutes = [time(13, minute) for minute in range(60)]

    assert misread(f"{calendar.spoken_time(hour)}からです。" for hour in [*hours, *minutes]) == []


def dialogue_sentences() -> Iterator[str]:
    told = tuple(fill(line, values(DAY, "ありえ")) for line in lines(Template.VOICE_REMINDER))
    for state, count, persons, is_open in product(State, (1, 2), (1, 2, 3), (True, False)):
        yield from rules.words(Turn(state, count), told, values(DAY, "ありえ", persons), office_open=is_open)
    for sentences in (rules.NOBODY_FREE, rules.NOTHING_TO_SAY, rules.CHANGED):
        yield from rules.filled(sentences, values(DAY, "ありえ"))


def test_what_a_call_asks_and_answers_is_read_rightly() -> None:
    assert misread(dialogue_sentences()) == []


def test_every_digit_of_a_telephone_number_is_read_rightly() -> None:
    numbers = ("0957-12-3456", "0957-78-9012", "050-3456-7890", "095-800-1199")

    assert misread(f"おといあわせは、{calendar.spoken_digits(one)}へ、お電話ください。" for one in numbers) == []


@pytest.mark.parametrize(
    ("written", "right"),
    [
        # Why names stand in kana: the town of 有家 is アリエ.
        ("有家こうみんかんで、ひらきます。", "ありえこうみんかんで、ひらきます。"),
        # Why 方 is not among the kanji of one reading: かた became ほう.
        ("お休みの方は、お電話ください。", "お休みのかたは、お電話ください。"),
        # Why the month is ハチがつ: はちがつ became わちがつ.
        ("はちがつついたちからです。", "ハチがつついたちからです。"),
    ],
)
def test_a_wrong_reading_would_be_heard(written: str, right: str) -> None:
    assert heard(written) != should_be(right) == heard(right)


def test_each_kanji_that_calls_may_hold_has_its_reading_here() -> None:
    assert {kanji for word in KANJI_READ for kanji in word} == KANJI_OF_ONE_READING
