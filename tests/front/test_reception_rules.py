from __future__ import annotations

from datetime import datetime

import pytest

from supportdesk.core.clock import TOKYO
from supportdesk.front.reception_rules import read_back, split_kana
from supportdesk.lessons.slot_rules import CounterMatter, LessonKind


@pytest.mark.parametrize(
    ("people", "said"), [(1, "お一人様ですね。"), (2, "お二人様ですね。"), (3, "3名様ですね。"), (6, "6名様ですね。")]
)
def test_the_line_to_read_back_says_day_place_course_and_how_many(people: int, said: str) -> None:
    line = read_back(datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO), "口之津公民館", "写真", people)

    assert line == f"7月15日、水曜日、午前10時、口之津公民館、『写真』の教室、{said}"


def test_noon_is_read_back_as_noon() -> None:
    assert "、正午、" in read_back(datetime(2026, 7, 15, 12, 0, tzinfo=TOKYO), "口之津公民館", "写真", 1)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("ほんだ はる", ("ほんだ", "はる")),
        ("　ほんだ　　はる ", ("ほんだ", "はる")),
        ("ほんだ", ("ほんだ", "")),
        ("マリア ルイサ サントス", ("マリア", "ルイサ サントス")),
        ("", ("", "")),
    ],
)
def test_a_kana_name_in_one_field_is_parted_at_its_first_space(typed: str, parts: tuple[str, str]) -> None:
    assert split_kana(typed) == parts


@pytest.mark.parametrize(
    ("matter", "first"),
    [(CounterMatter.RENEW, "ご本人にお越しいただきます。"), (CounterMatter.PROXY, "代理の方にお越しいただきます。")],
)
def test_at_the_counter_who_must_come_is_read_back_first(matter: CounterMatter, first: str) -> None:
    line = read_back(
        datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO), "口之津支所 窓口", "電子証明書の更新", 1,
        kind=LessonKind.COUNTER, matter=matter,
    )  # fmt: skip

    assert line == f"{first}7月15日、水曜日、午前10時、口之津支所 窓口、『電子証明書の更新』、お一人様ですね。"


def test_of_a_visit_it_is_read_back_that_two_come_to_the_house() -> None:
    line = read_back(datetime(2026, 7, 15, 10, 0, tzinfo=TOKYO), "ご自宅", "訪問相談", 2, kind=LessonKind.VISIT)

    assert line == "7月15日、水曜日、午前10時、ご自宅へ二人でうかがいます、『訪問相談』、お二人様ですね。"
