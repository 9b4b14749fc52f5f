from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.front.timetable_rules import Notice, Part, months, notice, readings
from supportdesk.lessons.rules import LessonState

STARTS = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
OPENS, CLOSES = STARTS - timedelta(days=30), STARTS - timedelta(days=1)


@dataclass
class ALesson:
    state: LessonState = LessonState.OPEN
    starts_at: datetime = STARTS
    booking_opens_at: datetime = OPENS
    booking_closes_at: datetime = CLOSES
    seats_free: int = 8


@pytest.mark.parametrize(
    ("lesson", "now", "said"),
    [
        (ALesson(), OPENS - timedelta(seconds=1), Notice.NOT_YET),
        (ALesson(), OPENS, Notice.OPEN),
        (ALesson(seats_free=1), OPENS, Notice.OPEN),
        (ALesson(seats_free=0), OPENS, Notice.FULL),
        (ALesson(seats_free=0), CLOSES, Notice.CLOSED),
        (ALesson(LessonState.CLOSED), OPENS, Notice.CLOSED),
        (ALesson(LessonState.CLOSED), STARTS, Notice.BEGUN),
        (ALesson(LessonState.RECORDED), STARTS + timedelta(days=1), Notice.BEGUN),
        (ALesson(LessonState.CANCELLED), OPENS, Notice.CANCELLED),
        (ALesson(LessonState.CANCELLED), STARTS + timedelta(days=1), Notice.CANCELLED),
        (ALesson(LessonState.AWAITING_NOTICE), OPENS, Notice.NOT_YET),
    ],
)
def test_a_reader_is_told_what_matters_before_ringing(lesson: ALesson, now: datetime, said: Notice) -> None:
    assert notice(lesson, now) is said


@pytest.mark.parametrize(
    ("text", "kana", "said"),
    [
        ("口之津公民館", "クチノツコウミンカン", "口之津公民館(くちのつこうみんかん)"),
        ("電話をかける・受ける", "デンワヲカケル ウケル", "電話(でんわ)をかける・受(う)ける"),
        ("LINEで家族と話そう", "ラインデカゾクトハナソウ", "LINE(らいん)で家族(かぞく)と話(はな)そう"),
        ("原城オアシスセンター", "ハラジョウオアシスセンター", "原城(はらじょう)オアシスセンター"),
        ("スマホのつかいかた", "スマホノツカイカタ", "スマホのつかいかた"),
        ("𠮷田の家", "ヨシダノイエ", "𠮷田(よしだ)の家(いえ)"),
        # の could stand in two places, so nobody can tell.
        ("野の花", "ノノノハナ", "野の花(のののはな)"),
        # The kana says the words in another way.
        ("写真をスマートフォンでとる", "シャシンヲスマホデトル", "写真をスマートフォンでとる(しゃしんをすまほでとる)"),
        ("写真（入門）", "シャシン ニュウモン", "写真(しゃしん)（入門(にゅうもん)）"),
        ("写真", "", "写真"),
        ("写真", " ・ ", "写真"),
    ],
)
def test_furigana_stands_over_what_needs_it_where_the_kana_fits_in_one_way(text: str, kana: str, said: str) -> None:
    parts = readings(text, kana)

    assert "".join(f"{part.text}({part.reading})" if part.reading else part.text for part in parts) == said


@given(st.text("写真のをスマホABC1・、 （）ー", max_size=12), st.text("シャンノヲスマホ・ ー", max_size=12))
def test_furigana_never_loses_a_letter(text: str, kana: str) -> None:
    assert "".join(part.text for part in readings(text, kana)) == text


def test_a_title_made_to_take_long_is_answered_too() -> None:
    title, kana = "亜の" * 40, "ノ" * 119 + "ン"

    assert readings(title, kana) == [Part(title, "の" * 119 + "ん")]


def test_months_end_with_the_last_lesson() -> None:
    today = date(2026, 11, 30)

    assert months(today, date(2027, 1, 1)) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]


@pytest.mark.parametrize("last", [None, date(2026, 7, 31), date(2020, 1, 1)])
def test_this_month_is_always_there(last: date | None) -> None:
    assert months(date(2026, 7, 6), last) == [date(2026, 7, 1)]


def test_a_lesson_of_a_mistyped_year_does_not_make_months_without_end() -> None:
    assert len(months(date(2026, 7, 6), date(9000, 1, 1))) == 25
