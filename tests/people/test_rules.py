from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.errors import Refusal
from supportdesk.people import rules, search_rules
from supportdesk.people.rules import (
    ConsentHow,
    FamilyData,
    NumberKind,
    ResidentData,
    TelephoneData,
)
from supportdesk.people.search_rules import Features, Likeness

TODAY = date(2026, 7, 6)
HARU = ResidentData("ホンダ", "ハル", telephones=(TelephoneData("0957-00-0001"),))


def fields_at_fault(data: ResidentData) -> list[str | None]:
    return [problem.field for problem in rules.examine(data, today=TODAY)[1]]


def test_a_name_in_kana_and_a_telephone_are_enough() -> None:
    kept = rules.check(replace(HARU, family_kana=" ほんだ ", given_kana="ﾊﾙ"), today=TODAY)

    assert (kept.family_kana, kept.given_kana) == ("ホンダ", "ハル")
    assert kept.telephones == (TelephoneData("0957-00-0001", NumberKind.LANDLINE, number="+81957000001"),)


@pytest.mark.parametrize("kana", ["", "　", "本多", "Honda", "ホンダ2", "🙂", "<b>ホンダ</b>", "ー"])
def test_a_name_without_kana_is_refused_at_its_field(kana: str) -> None:
    assert fields_at_fault(replace(HARU, family_kana=kana)) == ["family_kana"]


@pytest.mark.parametrize(
    "reachable",
    [
        {"telephones": (TelephoneData("090-0000-0001"),)},
        {"family": (FamilyData("本多 花子", "娘", "090-0000-0002"),)},
        {"town": "口之津町丙"},
        {"no_telephone": True},
    ],
)
def test_one_way_of_contact_is_enough(reachable: dict[str, object]) -> None:
    assert fields_at_fault(ResidentData("ホンダ", **reachable)) == []  # type: ignore[arg-type]


def test_nobody_is_kept_without_a_way_of_contact() -> None:
    assert fields_at_fault(replace(HARU, telephones=())) == ["no_telephone"]
    assert fields_at_fault(replace(HARU, telephones=(), family=(FamilyData("本多 花子", "娘"),))) == ["no_telephone"]


def test_a_number_and_no_telephone_contradict_each_other() -> None:
    assert fields_at_fault(replace(HARU, no_telephone=True)) == ["no_telephone"]


@pytest.mark.parametrize("year", [1899, 2027, 0, -1, 19410])
def test_a_year_of_birth_beyond_a_life_is_refused(year: int) -> None:
    assert fields_at_fault(replace(HARU, birth_year=year)) == ["birth_year"]


@pytest.mark.parametrize("typed", ["昭和16", "昭16", "S16", "s１６", "1941", "昭和16年生まれ"])
def test_a_year_of_birth_is_read_in_any_spelling(typed: str) -> None:
    assert rules.read_birth_year(typed) == 1941


def test_no_year_of_birth_is_no_fault() -> None:
    assert rules.read_birth_year("　") is None


def test_an_age_not_in_the_list_is_refused() -> None:
    assert fields_at_fault(replace(HARU, age_band="75-79")) == []
    assert fields_at_fault(replace(HARU, age_band="75-80")) == ["age_band"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("859-2502", "859-2502"), ("８５９２５０２", "859-2502"), ("〒859-2502", "859-2502"), ("", "")],
)
def test_a_postal_code_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert rules.check(replace(HARU, postal_code=typed), today=TODAY).postal_code == kept


@pytest.mark.parametrize("typed", ["859", "85925021", "abc", "859-25020000000000"])
def test_a_postal_code_needs_seven_digits(typed: str) -> None:
    assert fields_at_fault(replace(HARU, postal_code=typed)) == ["postal_code"]


def test_every_line_that_is_too_long_is_told() -> None:
    long = "あ" * 200
    data = ResidentData(
        long, long, long, long, town=long, street=long, building=long, house_name=long, landmark=long,
        do_not_call_reason=long, note=long * 51,
    )  # fmt: skip

    assert set(fields_at_fault(data)) == {
        "family_kana", "given_kana", "family_name", "given_name", "town", "street", "building", "house_name",
        "landmark", "do_not_call_reason", "note",
    }  # fmt: skip


def test_nothing_invisible_is_kept() -> None:
    kept = rules.check(replace(HARU, family_name="本\x00多\u202e", note="一\r\n二\x00"), today=TODAY)

    assert (kept.family_name, kept.note) == ("本多", "一\n二")


def test_rare_letters_of_a_name_stay_as_they_are() -> None:
    kept = rules.check(replace(HARU, family_name="濵﨑髙𠮷", given_name="\ufa19"), today=TODAY)

    assert (kept.family_name, kept.given_name) == ("濵﨑髙𠮷", "\ufa19")


def test_a_missing_area_code_is_asked_for_and_not_added() -> None:
    _, (problem,) = rules.examine(replace(HARU, telephones=(TelephoneData("00-0001"),)), today=TODAY)

    assert (problem.field, problem.params["suggestion"]) == ("telephones-0-typed", "0957-00-0001")


def test_rows_are_counted_as_they_were_typed_empty_ones_too() -> None:
    rows = (TelephoneData(""), TelephoneData("0957-00-0001"), TelephoneData("12"))

    assert fields_at_fault(replace(HARU, telephones=rows)) == ["telephones-2-typed"]


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ((TelephoneData("0957-00-0001"), TelephoneData("0957000001")), "telephones-1-typed"),
        ((TelephoneData("0957-00-0001 / 0957-00-0002"),), "telephones-0-typed"),
        ((TelephoneData("090-0000-0001", NumberKind.FAX),), "telephones-0-kind"),
        ((TelephoneData("0957-00-0001"), TelephoneData("", whose="娘")), "telephones-1-typed"),
        ((TelephoneData("0957-00-0001", tried_on=date(2026, 7, 7)),), "telephones-0-tried_on"),
        ((TelephoneData("0957-00-0001", texts_agreed_on=date(2026, 7, 7)),), "telephones-0-texts_agreed_on"),
    ],
)
def test_a_row_with_a_wrong_telephone_is_told(rows: tuple[TelephoneData, ...], field: str) -> None:
    assert fields_at_fault(replace(HARU, telephones=rows)) == [field]


def test_the_kind_is_told_by_the_number_and_only_a_fax_by_a_person() -> None:
    rows = (
        TelephoneData("0957-00-0001", NumberKind.MOBILE),
        TelephoneData("090-0000-0001"),
        TelephoneData("050-0000-0001"),
        TelephoneData("0957-00-0002", NumberKind.FAX),
    )
    kept = rules.check(replace(HARU, telephones=rows), today=TODAY)

    assert [row.kind for row in kept.telephones] == ["landline", "mobile", "ip", "fax"]


@pytest.mark.parametrize(
    ("typed", "whose"),
    [
        ("90-0000-0001(娘)", "娘"),
        ("娘 090-0000-0001", "娘"),
        ("TEL 0957-00-0001", ""),
        ("電話：0957-00-0001", ""),
        ("０９５７-００-０００１", ""),
        ("0957の00の0001", ""),
    ],
)
def test_whose_number_it_is_is_read_beside_it(typed: str, whose: str) -> None:
    kept = rules.check(replace(HARU, telephones=(TelephoneData(typed),)), today=TODAY)

    assert kept.telephones[0].whose == whose


def test_what_was_typed_about_the_owner_wins() -> None:
    kept = rules.check(replace(HARU, telephones=(TelephoneData("090-0000-0001(娘)", whose="次女"),)), today=TODAY)

    assert kept.telephones[0].whose == "次女"


def test_a_family_contact_needs_somebody() -> None:
    row = FamilyData("", "", "090-0000-0001")

    assert fields_at_fault(replace(HARU, family=(FamilyData(""), row))) == ["family-1-name"]


def test_consent_has_a_day_and_a_way() -> None:
    assert fields_at_fault(replace(HARU, consent_on=TODAY)) == ["consent_how"]
    assert fields_at_fault(replace(HARU, consent_how=ConsentHow.SPOKEN)) == ["consent_on"]
    assert fields_at_fault(replace(HARU, consent_how=ConsentHow.SPOKEN, consent_on=TODAY)) == []
    assert fields_at_fault(replace(HARU, consent_how=ConsentHow.SPOKEN, consent_on=date(2026, 7, 7))) == ["consent_on"]


def test_check_raises_the_first_problem() -> None:
    with pytest.raises(Refusal) as refused:
        rules.check(ResidentData(""), today=TODAY)

    assert refused.value.code == "kana-missing"


def test_slips_of_town_parts_are_offered_the_right_letter() -> None:
    assert rules.town_as_meant("北有馬町戌") == "北有馬町戊"
    assert rules.town_as_meant("加津佐町巳2792") == "加津佐町己2792"
    assert rules.town_as_meant("口之津町丙") is None


# ---- search


def fits(keys: set[str], typed: str) -> bool:
    terms = search_rules.asked(typed)
    return bool(terms) and all(any(key.startswith(ask.prefix) for ask in asks for key in keys) for asks in terms)


def keys_of(family: str, given: str = "", **more: object) -> set[str]:
    return search_rules.search_keys(family_kana=family, given_kana=given, **more)  # type: ignore[arg-type]


VECTORS = json.loads((Path(__file__).parents[1] / "reference" / "kana_fold_vectors.json").read_text("utf-8"))
LETTERS = (
    "アイウエオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドナニヌネノハバパヒフヘホマミムメモ"
    "ヤユヨラリルレロワヰヱヲンヴァィゥェォッャュョー"
)
KANA = st.text(LETTERS, min_size=1, max_size=8).filter(lambda name: name.strip("ー") != "")


@pytest.mark.parametrize("vector", [one for one in VECTORS if one["match"]], ids=lambda one: one["why"])
def test_each_spelling_finds_the_other(vector: dict[str, str]) -> None:
    assert fits(keys_of(vector["a"]), vector["b"])
    assert fits(keys_of(vector["b"]), vector["a"])


def hiragana(kana: str) -> str:
    return "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in kana)


@given(KANA, KANA, st.data())
def test_a_resident_is_found_by_every_part_of_the_kana(family: str, given_name: str, data: st.DataObject) -> None:
    whole = f"{family} {given_name}"
    start = data.draw(st.integers(0, len(whole) - 1))
    part = whole[start : data.draw(st.integers(start + 1, len(whole)))]
    keys = keys_of(family, given_name)

    if part.strip(" ー"):
        spelled = data.draw(st.sampled_from([part, hiragana(part), part.replace(" ", "　")]))
        assert fits(keys, spelled)


@given(KANA, st.data(), st.sampled_from(["h", "ｈ", "sh", "ｋｙ", "n"]))
def test_a_resident_is_found_while_the_input_method_still_shows_latin(
    name: str, data: st.DataObject, tail: str
) -> None:
    begun = hiragana(name[: data.draw(st.integers(1, len(name)))])

    if begun.strip("ー"):
        assert fits(keys_of(name), begun + tail)


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_the_search(text: str) -> None:
    for asks in search_rules.asked(text):
        for ask in asks:
            assert 2 <= len(ask.prefix) <= search_rules.KEY_MOST
            ask.prefix.encode()


def test_keys_fit_their_column_whatever_the_name() -> None:
    long = "ア" * 40
    keys = keys_of(long, long, family_name="㍿" * 40, house_name="浜" * 40, birth_year=1941, numbers=["+819000000001"])

    assert max(len(key) for key in keys) == search_rules.KEY_MOST


@pytest.mark.parametrize(
    "typed",
    [
        "濵", "浜", "濱﨑", "崎", "浜崎髙", "高𠮷", "髙吉", "浜崎 高",
        "はま", "浜の屋", "濵ノ屋",
        "0001", "1234", "234", "001234", "0957", "0957-00-1234", "０９５７００１２３４", "90000",
        "1941", "昭和16", "昭16", "S16", "s16", "昭和16年",
        "はま 1234", "はまさき　昭16", "はま た", "はま t", "はまｔ", "浜崎t", "12 はま",
    ],
)  # fmt: skip
def test_the_ways_a_clerk_asks(typed: str) -> None:
    keys = keys_of(
        "ハマサキ",
        "タカヨシ",
        family_name="濵﨑",
        given_name="髙𠮷",
        house_name="浜ノ屋",
        birth_year=1941,
        numbers=["+81957001234", "+819000000001"],
    )

    assert fits(keys, typed)
    assert not fits(keys, typed + " みつからない")


def test_a_house_name_in_kana_is_found_in_any_spelling() -> None:
    assert fits(keys_of("ホンダ", house_name="ハマノヤ"), "はまの")


@pytest.mark.parametrize("typed", ["", " ", "ー", "12", "🙂", "・", "%", "_", "\x00"])
def test_what_tells_nothing_asks_nothing(typed: str) -> None:
    assert search_rules.asked(typed) == []


# ---- the same person?

ONE = Features("ホンダ", "ハル", "本多ハル", 1941, frozenset({"+81957001234"}))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (ONE._replace(numbers=frozenset()), [Likeness.NAME_AND_YEAR]),
        (ONE._replace(family_kana="ﾎﾝﾀﾞ"), [Likeness.NAME_AND_YEAR, Likeness.NUMBER_AND_GIVEN_NAME]),
        (ONE._replace(birth_year=None, numbers=frozenset()), [Likeness.NAME]),
        (ONE._replace(birth_year=1947, numbers=frozenset()), []),
        (ONE._replace(birth_year=1947), [Likeness.NUMBER_AND_GIVEN_NAME]),
        (ONE._replace(family_kana="タナカ", kanji="田中ハル"), [Likeness.NUMBER_AND_GIVEN_NAME]),
        (ONE._replace(given_kana="タダシ", kanji="本多正"), []),
        (ONE._replace(family_kana="ホンタ", numbers=frozenset()), [Likeness.KANJI_AND_YEAR]),
    ],
)
def test_why_two_may_be_one_person(other: Features, why: list[Likeness]) -> None:
    assert search_rules.likenesses(ONE, other) == why
