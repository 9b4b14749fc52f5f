from __future__ import annotations

import json
from pathlib import Path

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.desk.rules import (
    ALLOWED_MOVES,
    RequestStatus,
    check_move,
    check_outcome,
    check_something_said,
    suggest_topic,
)

REQUESTS = json.loads((Path(__file__).parents[1] / "reference/help_requests.json").read_text(encoding="utf-8"))


def test_seven_of_ten_requests_in_callers_own_words_get_the_right_topic() -> None:
    right = [each["request_id"] for each in REQUESTS if suggest_topic(each["text"]) == each["topic"]]

    assert len(REQUESTS) == 53
    assert len(right) >= 0.7 * 53


def test_what_is_urgent_is_never_suggested_as_something_harmless() -> None:
    urgent = [each for each in REQUESTS if each["urgent"] and each["topic"] in ("SCAM", "MN_LOST")]

    assert len(urgent) >= 3
    assert [suggest_topic(each["text"]) for each in urgent] == [each["topic"] for each in urgent]


@pytest.mark.parametrize("text", ["", "   ", "こんにちは。", "1234"])
def test_words_that_point_nowhere_get_no_suggestion(text: str) -> None:
    assert suggest_topic(text) is None


def test_full_width_and_capital_letters_are_read_alike() -> None:
    assert suggest_topic("ＬＩＮＥの使い方") == suggest_topic("lineの使い方") == "LINE"


def test_a_request_moves_only_along_the_table() -> None:
    for old in RequestStatus:
        for new in RequestStatus:
            if new in ALLOWED_MOVES[old]:
                check_move(old, new)
            else:
                with pytest.raises(Refusal):
                    check_move(old, new)


@pytest.mark.parametrize("new", [RequestStatus.DONE, RequestStatus.HANDED_OVER])
def test_what_is_closed_or_passed_on_says_what_came_of_it(new: RequestStatus) -> None:
    check_outcome(new, "販売店へご案内")

    with pytest.raises(Refusal) as refused:
        check_outcome(new, "  ")
    assert refused.value.field == "outcome"


def test_a_request_without_words_or_topic_is_refused() -> None:
    check_something_said("PHOTO", "")
    check_something_said(None, "写真")

    with pytest.raises(Refusal):
        check_something_said(None, " \n")
