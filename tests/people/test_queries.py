from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound
from supportdesk.people import actions, queries, rules, search_rules
from supportdesk.people.models import Resident
from supportdesk.people.rules import FamilyData, ResidentData, TelephoneData
from tests.statements import noted


@pytest.fixture
def add(app: Flask, by: Actor, now: datetime) -> Any:
    def add(kana: str, *numbers: str, **values: Any) -> Resident:
        family, _, given = kana.partition(" ")
        telephones = tuple(TelephoneData(number) for number in numbers)
        data = ResidentData(family, given, telephones=telephones, no_telephone=not numbers, **values)
        with transaction():
            return actions.add_resident(data, by=by, now=now)

    return add


def names(text: str, limit: int = 20) -> list[str]:
    return [person.kana for person in queries.search(text, limit)]


def test_names_that_begin_so_come_before_those_that_hold_it_inside(add: Any) -> None:
    for kana in ("イトハル", "ホンダ ハル", "ハルタ キヨ", "アサノ ハルコ", "ハルキ ノブ"):
        add(kana)

    assert names("はる") == ["ハルキ ノブ", "ハルタ キヨ", "アサノ ハルコ", "ホンダ ハル", "イトハル"]


def test_one_letter_is_enough_and_the_order_is_that_of_kana(add: Any) -> None:
    for kana in ("ヤマダ", "アンドウ", "ガモウ", "カトウ", "オオノ"):
        add(kana)

    assert names("お") == ["オオノ"]
    assert [person.kana for person in queries.search("カ")] == ["カトウ"]
    assert names("う") == ["アンドウ", "カトウ", "ガモウ"]


def test_several_words_must_all_fit_in_any_order(add: Any) -> None:
    haru = add("ホンダ ハル", "0957-00-1234", birth_year=1941, family_name="本多")
    add("ホンダ マサ", "0957-00-1234", birth_year=1939, family_name="本多")
    add("ホンダ ハル", birth_year=1947, family_name="本田")

    for asked in ("ほんだ 昭16", "1941 ほんだ", "ほん 1234 はる", "本多　ハル", "はる ほんだ 1234"):
        assert [person.id for person in queries.search(asked)] == [haru.id], asked


def test_a_year_alone_is_answered_in_the_order_of_kana(add: Any) -> None:
    for kana in ("ヤマダ", "アンドウ", "カトウ"):
        add(kana, birth_year=1941)

    assert names("1941", limit=2) == ["アンドウ", "カトウ"]


def test_the_end_of_a_number_comes_before_its_inside(add: Any) -> None:
    add("アンドウ", "0957-12-3400")
    add("ヤマダ", "090-0000-1234")

    assert names("1234") == ["ヤマダ", "アンドウ"]


def test_a_resident_is_found_by_the_number_of_a_daughter(add: Any) -> None:
    add("ホンダ", "0957-00-1234", family=(FamilyData("本多 花子", "娘", "090-0000-0034"),))

    assert names("0034") == ["ホンダ"]


def test_a_list_is_full_although_one_name_holds_the_letter_often(add: Any) -> None:
    for number in range(6):
        add("サアアアアアアアア", birth_year=1940 + number)

    assert len(queries.search("あ", limit=5)) == 5


def test_every_part_is_found_and_nobody_else(add: Any) -> None:
    add("ダレカ ホカノ")
    haru = add("ヅカサ ギョウジ")
    kana = "ずかさぎようじ"

    for start in range(len(kana)):
        for end in range(start + 2, len(kana) + 1):
            assert [person.id for person in queries.search(kana[start:end])] == [haru.id]


@pytest.mark.parametrize("text", ["", " ", "12", "%", "_", "ほんだ%", "'; --", "\x00", "\ud800", "🙂", "あ" * 10_000])
def test_nothing_typed_breaks_the_search_or_finds_all(add: Any, text: str) -> None:
    add("ホンダ ハル")

    assert names(text) in ([], ["ホンダ ハル"] if text.startswith("ほんだ") else [])


@pytest.mark.parametrize("text", ["ほ", "ほんだ", "ほんだ はる 1941", "1234"])
def test_a_search_takes_two_queries_however_many_are_found(add: Any, text: str) -> None:
    for _ in range(3):
        add("ホンダ ハル", "0957-00-1234", birth_year=1941)

    with noted() as statements:
        found = queries.search(text)
        assert [len(person.telephones) for person in found] == [1, 1, 1]

    assert len(statements) == 2


def test_an_empty_box_asks_the_database_nothing(app: Flask) -> None:
    with noted() as statements:
        assert queries.search(" ") == []

    assert statements == []


@pytest.mark.one_database
def test_a_search_reads_no_keys_from_end_to_end(app: Flask) -> None:
    with noted() as statements:
        queries.search("ほんだ 1941")
    plan = db.session.connection().exec_driver_sql(
        "EXPLAIN QUERY PLAN " + statements[0], ("x",) * (statements[0].count("?") - 1) + (20,)
    )
    touched = [row[3] for row in plan if "search_key" in row[3]]
    assert touched
    assert not [step for step in touched if step.startswith("SCAN")]


def test_people_on_one_line_are_shown_together(add: Any) -> None:
    haru = add("ホンダ ハル", "0957-00-1234", "090-0000-0012")
    tadashi = add("ホンダ タダシ", "0957-00-1234")
    add("ヤマダ", "0957-00-9999")

    assert [person.id for person in queries.sharing_a_number(haru)] == [tadashi.id]
    assert queries.sharing_a_number(add("イトウ")) == []


def checked(now: datetime, *args: Any, **values: Any) -> ResidentData:
    return rules.check(ResidentData(*args, **values), today=now.date())


def test_likely_duplicates_are_found_by_name_and_year_and_by_number(add: Any, now: datetime) -> None:
    twin = add("ホンダ ハル", birth_year=1947)
    same = add("ホンダ ハル", birth_year=1941)
    by_number = add("ホンタ ハル", "0957-00-1234", birth_year=1950)
    by_kanji = add("ホウダ ハル", family_name="本多", given_name="春", birth_year=1941)
    data = checked(
        now, "ほんだ", "はる", "本多", "春", 1941, telephones=(TelephoneData("0957-00-1234"),)
    )  # fmt: skip

    found = [person.id for person in queries.likely_duplicates(data)]

    assert found == [by_kanji.id, by_number.id, same.id]
    assert twin.id not in found


def test_a_new_name_has_no_duplicates(add: Any, now: datetime) -> None:
    add("ホンダ ハル")

    assert queries.likely_duplicates(checked(now, "ヤマダ", "ハル", no_telephone=True)) == []


def test_a_person_who_is_not_there_is_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        queries.get(404)


@pytest.mark.parametrize(
    ("narrow", "broad"), [("ホンダ", "090"), ("ホンダ", "ア"), ("浜屋", "0957"), ("ハル", "昭和16")]
)
def test_the_term_that_fits_fewer_leads_a_search(narrow: str, broad: str) -> None:
    found, many = search_rules.asked(f"{narrow} {broad}")

    assert search_rules.narrowness(found) >= search_rules.narrowness(many)


@pytest.mark.parametrize(
    ("term", "narrow"),
    [("ホン", True), ("本多", True), ("1941", True), ("0957-00", True), ("昭和16", True), ("ホ", False)],
)
def test_a_term_is_narrow_from_two_letters_or_four_digits(term: str, narrow: bool) -> None:
    [asks] = search_rules.asked(term)

    assert search_rules.is_narrow(asks) is narrow
