"""Japanese text: what is stored keeps its letters, what is searched forgets the spelling."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.core.errors import Refusal
from supportdesk.core.japan import text
from tests.core.japan.reference import rows

KANA = st.text(
    st.sampled_from(
        "アイウカガキクケコザジズヅセソタダッツナニノハバパヒフヘホマミムャヤユョヨラリルワヴー・"
    ),
    min_size=1,
)


@pytest.mark.parametrize("row", rows("kana_fold_vectors"), ids=lambda row: f"{row['a']}-{row['b']}")
def test_kana_fold_as_in_the_reference(row):
    assert text.fold_kana(row["a"]) == row["fold_a"]
    assert text.fold_kana(row["b"]) == row["fold_b"]
    assert (row["fold_a"] == row["fold_b"]) is row["match"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("ハナヂ", "はなじ"),
        ("ヰノウエ", "いのうえ"),
        ("ヱミコ", "えみこ"),
        ("カヲル", "かおる"),
        ("ｷｬﾒﾗ・Ｂ", "きやめらb"),
    ],
)
def test_sounds_written_in_two_ways_are_one(typed, key):
    assert text.fold_kana(typed) == key


@given(st.text())
def test_folding_twice_is_folding_once(typed):
    assert text.fold_kana(text.fold_kana(typed)) == text.fold_kana(typed)
    assert text.fold_kanji(text.fold_kanji(typed)) == text.fold_kanji(typed)


@given(KANA)
def test_hiragana_and_katakana_of_a_name_have_one_key(katakana):
    hiragana = "".join(chr(ord(k) - 0x60) if "ァ" <= k <= "ヶ" else k for k in katakana)
    assert text.fold_kana(hiragana) == text.fold_kana(katakana)


@pytest.mark.parametrize("name", ["濵﨑", "髙田", "𠮷田", "\ufa19代", "邉\U000e0101", "葛\U000e0100城"])
def test_rare_letters_of_a_name_are_stored_as_typed(name):
    assert text.clean_line(name) == name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("本多　 ハル ", "本多 ハル"),
        ("本\x00多\u200b\u202eハル\ufeff", "本多ハル"),
        ("一行目\r\n二行目\tおわり", "一行目 二行目 おわり"),
        ("\ud800ハル", "ハル"),
        ("\u3000\n", ""),
    ],
)
def test_a_line_loses_what_cannot_be_seen(typed, stored):
    assert text.clean_line(typed) == stored


def test_a_text_keeps_its_lines():
    assert text.clean_text("\r\nひとつ \x07\rふたつ\r\n\r\nみっつ　\n\n") == "ひとつ\nふたつ\n\nみっつ"


@given(st.text())
def test_cleaned_text_is_clean_and_can_be_stored(typed):
    for cleaned in (text.clean_line(typed), text.clean_text(typed)):
        cleaned.encode()
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in cleaned.replace("\n", ""))
    assert text.clean_line(text.clean_line(typed)) == text.clean_line(typed)
    assert text.clean_text(text.clean_text(typed)) == text.clean_text(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ほんだ はる", "ホンダ ハル"),
        ("ﾎﾝﾀﾞ　ﾊﾙ", "ホンダ ハル"),
        ("  ゔぁん・ゴッホ ", "ヴァン・ゴッホ"),
        ("サトー", "サトー"),
        ("か\u3099", "ガ"),
        ("", ""),
    ],
)
def test_a_kana_name_is_stored_in_katakana(typed, stored):
    assert text.to_katakana(typed) == stored


@pytest.mark.parametrize("typed", ["本多ハル", "Honda", "ホンダ1", "ー", "・", "ホンダ?", "ﾞ"])
def test_a_kana_name_with_anything_else_is_refused(typed):
    with pytest.raises(Refusal) as refused:
        text.to_katakana(typed)
    assert refused.value.message == text.NOT_KANA
    assert refused.value.field is None


@given(KANA.filter(lambda name: name.strip("ー・")))
def test_the_stored_kana_name_stays_when_saved_again(name):
    assert text.to_katakana(text.to_katakana(name)) == text.to_katakana(name)


@pytest.mark.parametrize(
    ("typed", "usual"),
    [
        ("濵﨑", "浜崎"),
        ("濱崎", "浜崎"),
        ("髙田", "高田"),
        ("𠮷田", "吉田"),
        ("渡邉", "渡辺"),
        ("渡邊", "渡辺"),
        ("齋藤", "斉藤"),
        ("斎藤", "斉藤"),
        ("齊藤", "斉藤"),
        ("\ufa19代", "神代"),
        ("北有馬町戌", "北有馬町戊"),
        ("加津佐町巳２７９２－１", "加津佐町己27921"),
        ("邉\U000e0101", "辺"),
    ],
)
def test_old_forms_of_kanji_find_the_everyday_form(typed, usual):
    assert text.fold_kanji(typed) == text.fold_kanji(usual) == usual


@pytest.mark.parametrize("typed", ["ほんd", "ほんｄ", "ホンｄｙ", "ﾎﾝ d", "ほん"])
def test_the_search_box_is_read_in_the_middle_of_a_conversion(typed):
    assert text.query_kana(typed) == "ほん"
    assert text.looks_like_kana(typed)


@pytest.mark.parametrize("typed", ["", "ｈ", "本多", "0957", "ほんd1", "ー"])
def test_what_is_no_kana_is_not_asked_for_as_kana(typed):
    assert not text.looks_like_kana(typed)


def test_digits_are_found_in_any_width():
    assert text.digits_of("０９５７（00）①-ほ٣") == "0957001"


@pytest.mark.parametrize(
    ("kana", "furigana"),
    [("クチノツ", "くちのつ"), ("ヴァイオリン", "ゔぁいおりん"), ("スマホ・デンワー", "すまほ・でんわー")],
)
def test_furigana_is_written_in_hiragana(kana: str, furigana: str) -> None:
    assert text.to_hiragana(kana) == furigana
