"""Which reports of impostors are taken, which are alike, and how the number that was shown is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.desk.impostor_rules import Reported, Story, alike, check_report, number_shown
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("＋１（８４４）０００－０００１", "+18440000001"), ("0957-00-0001", "0957000001"), ("110", "110"),
        ("非通知", ""), ("  ", ""), ("表示なし", ""), ("03 1234 5678 から", "0312345678"),
    ],
)  # fmt: skip
def test_any_number_is_kept_as_it_was_shown(typed: str, kept: str) -> None:
    assert number_shown(typed) == kept


@pytest.mark.parametrize("typed", ["市役所", "9", "1" * 25])
def test_what_no_telephone_shows_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        number_shown(typed)
    assert refused.value.code == "no-number-shown"


@pytest.mark.parametrize(
    ("story", "text", "ago", "code", "field"),
    [
        (Story.OTHER, "", timedelta(), "nothing-said", "text"),
        (Story.CARD, "", timedelta(days=60, seconds=1), "not-then", "day"),
        (Story.CARD, "", timedelta(seconds=-1), "not-then", "day"),
    ],
)
def test_a_report_says_what_they_wanted_and_when_in_the_last_sixty_days(
    story: Story, text: str, ago: timedelta, code: str, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        check_report(story, text, NOW - ago, NOW)

    assert (refused.value.code, refused.value.field) == (code, field)
    check_report(Story.OTHER, "市の者だと言った", NOW - timedelta(days=60), NOW)
    check_report(Story.CARD, "", NOW, NOW)


def reports(*stories: Story, number: str = "", seen: int = 0) -> list[Reported]:
    return [Reported(n, number, story, n < seen) for n, story in enumerate(stories)]


def test_the_third_of_one_story_alarms_and_the_second_does_not() -> None:
    assert alike(reports(Story.REFUND, Story.REFUND, Story.CARD)) == []

    (found,) = alike(reports(Story.REFUND, Story.CARD, Story.REFUND, Story.REFUND))
    assert (found.story, len(found.reports)) == (Story.REFUND, 3)


def test_the_third_from_one_number_alarms_whatever_it_wanted() -> None:
    (found,) = alike(reports(Story.OTHER, Story.CARD, Story.OTHER, number="+18440000001"))

    assert (found.number_shown, found.story) == ("+18440000001", None)


def test_withheld_numbers_and_stories_of_no_kind_make_nothing_alike() -> None:
    assert alike(reports(Story.OTHER, Story.OTHER, Story.OTHER)) == []


def test_what_a_manager_has_seen_alarms_again_only_with_a_new_report() -> None:
    three = (Story.REFUND,) * 3

    assert alike(reports(*three, seen=3)) == []
    assert len(alike(reports(*three, Story.REFUND, seen=3))) == 1
