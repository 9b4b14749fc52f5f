"""What a text that comes in asks for. Nothing but the wish for texts, or for none, is done by itself."""

from __future__ import annotations

import pytest

from supportdesk.reminders.inbound_text_rules import Meaning, meaning

STOP = (
    "STOP", "ＳＴＯＰ", "stop", "Stop. Thank you", "ストップ", "配信停止", "配信停止してください。",
    "配信停止をお願いします", "もう送らないでください", "メールはいりません", "案内をやめてほしい", "停止", "受信拒否",
    "UNSUBSCRIBE", "cancel", "Please stop.", "すとっぷ", "案内は希望しません", "受信を希望しておりません",
)  # fmt: skip
START = ("START", "ｓｔａｒｔ", "Please start", "配信再開", "連絡を再開してください", "案内を希望します")
YES = ("はい", "ハイ！", "はい、行きます", "ﾊｲ", "OK", "了解です", "Yes, please")
NO = ("やめます", "行けません。すみません", "キャンセルします", "休みます", "いいえ")
# What looks alike and asks for nothing of that kind.
OTHER = (
    "", "👍", "😀😀😀", "あ" * 1600, "stop by tomorrow", "折り返しの連絡は不要です", "案内を止めないでください",
    "折り返しの連絡を希望します", "連絡は希望しません", "配信を再開しないでください", "配信停止しないでください",
    "November", "はい、でも行けません", "会場はどこですか", "cancel my seat please", "123456",
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [(said, Meaning(name)) for name, all_ in (("stop", STOP), ("start", START), ("yes", YES), ("no", NO),
                                              ("other", OTHER)) for said in all_],
)  # fmt: skip
def test_a_text_says_what_a_person_would_read_in_it(said: str, expected: Meaning) -> None:
    assert meaning(said) is expected


def test_what_the_carrier_stopped_is_stopped_whatever_the_words_are() -> None:
    assert meaning("やめます", "STOP") is Meaning.STOP
    assert meaning("はい", "start") is Meaning.START
    assert meaning("はい", "HELP") is Meaning.YES
