"""What the office may write: each rule with what it refuses, and with what is near to it and good."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.messages.providers import sms
from supportdesk.messages.providers.voice import twiml
from supportdesk.office.settings import OfficeSettings
from supportdesk.reminders import wording, wording_tried
from supportdesk.reminders.wording_rules import (
    MOST_UNITS,
    OPTIONAL,
    PLACEHOLDERS,
    Template,
    cleaned,
    fill,
    problems,
    without_class,
)

PACKAGED = wording.packaged()
OFFICE = OfficeSettings(
    sender="【南島原市】", sender_spoken="みなみしまばらし、スマホそうだん", telephone="0957-00-0001"
)
TITLES = ("マイナ保険証の使い方", "スマホ教室", "地図")
TOWN = wording_tried.Town(OFFICE, "布津保健福祉センター", "フツホケンフクシセンター", TITLES)
TEXT, CALL = Template.TEXT_REMINDER, Template.VOICE_REMINDER
GOOD = "{sender}教室です。{day}{time} {venue} {telephone}"
SENTENCES = (
    "こちらは、{sender}です。",
    "{persons}スマホ教室のご案内です。",
    "{when}から、{venue}です。",
    "お休みのかたは、{telephone}へ、お電話ください。",
)


def codes(template: Template, words: str) -> list[str]:
    return [one.code for one in problems(template, cleaned(words), TOWN.titles, PACKAGED[template])]


def spoken(*more: str) -> str:
    return "\n".join((*SENTENCES, *more))


@pytest.mark.parametrize("template", Template)
def test_the_packaged_words_break_no_rule(template: Template) -> None:
    tried = wording_tried.try_out(template, PACKAGED[template], TOWN)

    assert tried.problems == []
    # An offer names two days and hours, the text about several lessons two halls: no single part holds them.
    two_parts = template in (Template.TEXT_OFFER, Template.TEXT_SEVERAL)
    assert template.spoken or tried.units <= (2 * 67 if two_parts else 70)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "empty"),
        (" \n　\n", "empty"),
        (GOOD + "\x0bつづき", "unseen"),
        (GOOD.replace("教室", "教\u200b室"), "unseen"),
        (GOOD + "\u202e", "unseen"),
        (GOOD + "\ue63e", "unseen"),
        (GOOD + "\nつづき", "several-lines"),
        (GOOD + "{town}", "unknown-placeholder"),
        (GOOD + "{}", "unknown-placeholder"),
        (GOOD + "{0}{sender.__class__}", "unknown-placeholder"),
        (GOOD + "{persons}", "unknown-placeholder"),
        (GOOD + "{", "lone-brace"),
        (GOOD.replace("{day}", "{{day}}"), "lone-brace"),
        (GOOD.replace("{day}", ""), "missing-placeholder"),
        (GOOD.replace("{telephone}", "0957-00-0001"), "missing-placeholder"),
        ("ご案内 " + GOOD, "sender-first"),
        (GOOD + "https://example.jp", "address"),
        (GOOD + "ｗｗｗ．ｅｘａｍｐｌｅ", "address"),
        (GOOD + " minamishimabara.jp", "address"),
        (GOOD + "市役所．ｊｐ", "address"),
        (GOOD + " bit.ly/abc", "address"),
        (GOOD + "{venue}.jp", "address"),
        (GOOD + "desk@city", "address"),
        (GOOD + "192.168.0.1", "address"),
        (GOOD + "😀", "emoji"),
        (GOOD + "☎", "emoji"),
        (GOOD + "1️⃣", "emoji"),
        (GOOD + "⏰", "emoji"),
        (GOOD + "明日です", "near-day"),
        (GOOD + "明 日です", "near-day"),
        (GOOD + "あす", "near-day"),
        (GOOD + "本日", "near-day"),
        (GOOD + "今日", "near-day"),
        (GOOD + "きょうの教室", "near-day"),
        (GOOD + "来週の教室", "near-day"),
        (GOOD + "マイナンバーカードをお持ちください", "betrays"),
        (GOOD + "ｶｰﾄﾞ", "betrays"),
        (GOOD + "口座", "betrays"),
        (GOOD + "保 険 証", "betrays"),
        (GOOD + "暗証番号はお聞きしません", "betrays"),
        (GOOD + "ｅ－Ｔａｘ", "betrays"),
        (GOOD + "地図", "betrays"),
    ],
)
def test_a_text_is_refused_for(words: str, code: str) -> None:
    assert code in codes(TEXT, words)


@pytest.mark.parametrize(
    "words",
    [
        GOOD,
        GOOD + "まあすぐ来てください",
        GOOD + "きょうしつ",
        GOOD + "★",
        GOOD + "スマホ教室",
        GOOD + "１０時．",
        " " + GOOD + " \n",
        GOOD.replace("{day}", "｛ ＤＡＹ ｝"),
        GOOD + "髙﨑さん・𠮷田さん",
    ],
)
def test_a_text_is_not_refused_for_what_only_looks_alike(words: str) -> None:
    assert codes(TEXT, words) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (spoken("口之津です。"), "misread"),
        (spoken("12時からです。"), "misread"),
        (spoken("LINEの教室です。"), "misread"),
        (spoken("お電話ください"), "sentence-a-line"),
        (spoken("お電話ください。おまちしています。"), "sentence-a-line"),
        ("\n".join((SENTENCES[1], SENTENCES[0], *SENTENCES[2:])), "sender-first"),
        (spoken("ボタンを押してください。"), "asks-for-key"),
        (spoken("いちばんをおしてください。"), "asks-for-key"),
        (spoken("シャープをおしてください。"), "asks-for-key"),
        (spoken("暗証番号を、お聞きします。"), "betrays"),
        (spoken("カードの教室です。"), "betrays"),
        (spoken("アンショウバンゴウを、おきかせください。"), "betrays"),
        (spoken("ほんじつ、教室があります。"), "near-day"),
        (spoken("アシタ、教室があります。"), "near-day"),
        (spoken("みょうにちの教室です。"), "near-day"),
        (spoken("ちずの教室です。"), ""),
        ("\n".join(SENTENCES).replace("{persons}", ""), "missing-placeholder"),
        ("\n".join(SENTENCES).replace("{when}", "{day}"), "unknown-placeholder"),
    ],
)
def test_a_call_is_refused_for(words: str, code: str) -> None:
    assert (code in codes(CALL, words)) if code else codes(CALL, words) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "お金や暗証番号を、お聞きすることもありません。",
        "カードや暗証番号を、お聞きすることはありません。",
        "ボタンを押す必要はありません。",
        "なおして、おまちしています。",
        "きょうしつは、とおしてあります。",
    ],
)
def test_a_call_may_say_that_nobody_is_asked_for_anything(sentence: str) -> None:
    assert codes(CALL, spoken(sentence)) == []


def test_a_title_in_kana_is_found_in_a_call_however_it_is_spelled() -> None:
    found = problems(CALL, spoken("らいんの、教室です。"), ["ライン"], PACKAGED[CALL])

    assert [one.code for one in found] == ["betrays"]


def test_every_refusal_says_its_sentence_at_the_words() -> None:
    found = problems(TEXT, cleaned("{a}https://a.jp 明日 カード 😀\n"), (), PACKAGED[TEXT])

    assert len(found) > 3 and {one.field for one in found} == {"words"}
    assert all("%(" not in one.message % one.params for one in found)


def test_a_call_that_is_too_long_for_the_providers_document_is_refused() -> None:
    long = spoken(*["おまちしています。"] * 30)

    assert "call-too-long" in [one.code for one in wording_tried.try_out(CALL, long, TOWN).problems]


def test_134_units_are_two_texts_and_135_are_refused() -> None:
    room = MOST_UNITS - wording_tried.try_out(TEXT, GOOD, TOWN).units

    full = wording_tried.try_out(TEXT, GOOD + "の" * room, TOWN)
    over = wording_tried.try_out(TEXT, GOOD + "の" * (room + 1), TOWN)

    assert (full.units, len(full.parts), full.problems) == (134, 2, [])
    assert [one.code for one in over.problems] == ["too-long"]
    assert over.problems[0].params == {"units": 135, "most": 134}


# What people type, letters that take two units among it.
TYPED = st.text(st.one_of(st.characters(), st.sampled_from("あ漢𠮷😀{}｛｝ \n。")), max_size=160)


@given(TYPED)
def test_what_is_shown_of_a_text_is_what_the_provider_counts(typed: str) -> None:
    words = cleaned(typed)

    tried = wording_tried.try_out(TEXT, words, TOWN)

    sent = fill(words, wording_tried.example(TEXT, TOWN))
    assert tried.said == (sent,)
    assert sms.units(sent) == len(sent.encode("utf-16-le", "surrogatepass")) // 2
    assert tried.units == (sms.length(sent) if all(map(sms.is_gsm, sent)) else sms.units(sent))
    assert len(tried.parts) == sms.segments(sent)
    assert "".join(tried.parts) == sent
    if not tried.problems:
        assert tried.units <= MOST_UNITS and len(tried.parts) <= 2


@given(st.sampled_from(Template), TYPED)
def test_nothing_that_is_typed_stops_the_rules_or_the_plan(template: Template, typed: str) -> None:
    words = cleaned(typed)

    wording_tried.try_out(template, words, TOWN)

    assert cleaned(words) == words
    fill(words, {})


@given(st.permutations(SENTENCES[1:]))
def test_a_call_without_problems_can_be_handed_over(sentences: list[str]) -> None:
    tried = wording_tried.try_out(CALL, "\n".join((SENTENCES[0], *sentences)), TOWN)

    assert tried.problems == []
    assert twiml(tried.said).count("<Say") == 2 * len(tried.said)


@pytest.mark.parametrize("template", Template)
def test_every_placeholder_has_a_value_for_the_example(template: Template) -> None:
    assert set(wording_tried.example(template, TOWN)) == {*PLACEHOLDERS[template], *OPTIONAL.get(template, ())}
    assert all(wording_tried.example(template, TOWN).values())


@pytest.mark.parametrize("template", Template)
def test_what_is_no_class_is_never_called_one_and_no_text_becomes_longer(template: Template) -> None:
    packaged = PACKAGED[template]

    said = without_class(template, packaged)

    assert "教室" not in said
    assert template.spoken or len(said) <= len(packaged)
    assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", packaged))
