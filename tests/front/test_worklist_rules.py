from __future__ import annotations

from datetime import timedelta

import pytest

from supportdesk.core.errors import Refusal
from supportdesk.front import worklist_rules as rules
from supportdesk.front.worklist_rules import BY_PAPER, BY_TELEPHONE, CallOutcome, Next, what_next
from supportdesk.reminders.rules import PersonOutcome
from tests.conftest import NOW


def test_whoever_will_come_was_talked_to_and_every_other_outcome_is_noted_as_it_is() -> None:
    assert CallOutcome.WILL_COME.contact is PersonOutcome.TALKED
    assert {each.contact for each in CallOutcome} == set(PersonOutcome)


def test_by_telephone_six_outcomes_can_be_tapped_and_on_paper_two() -> None:
    # The sixth, that they do not come, is a page of its own.
    assert [each.value for each in BY_TELEPHONE] == [
        "will-come", "talked", "answering-machine", "no-answer", "wrong-number",
    ]  # fmt: skip
    assert set(BY_PAPER) == {CallOutcome.HANDED_OVER, CallOutcome.TALKED}


@pytest.mark.parametrize(
    ("outcome", "tries", "follows"),
    [
        ("no-answer", 1, Next.AGAIN), ("answering-machine", 2, Next.AGAIN), ("no-answer", 3, Next.BY_PAPER),
        ("talked", 1, Next.KNOWS), ("handed-over", 4, Next.KNOWS), ("wrong-number", 1, Next.ASK_NUMBER),
    ],
)  # fmt: skip
def test_what_happens_next_follows_from_the_outcome_and_the_tries(outcome: str, tries: int, follows: Next) -> None:
    assert what_next(outcome, tries) is follows


def test_what_was_answered_says_more_than_that_somebody_talked() -> None:
    assert what_next("talked", 1, comes=True) is Next.COMES
    assert what_next("talked", 1, cancelled=True) is Next.CANCELLED


def test_what_somebody_took_is_free_again_after_a_quarter_of_an_hour() -> None:
    assert rules.free_if_taken_by(NOW + timedelta(minutes=14, seconds=59)) < NOW
    assert rules.free_if_taken_by(NOW + timedelta(minutes=15)) == NOW


@pytest.mark.parametrize("key", ["booking:1", "offer:12", "entry:3", "task:4", "duty:5-6"])
def test_every_kind_of_item_has_a_key(key: str) -> None:
    assert rules.check_key(key) == key


@pytest.mark.parametrize("key", ["", "booking:", "booking:x", "duty:5", "nobody:1", "booking:12345678901", "task:²"])
def test_what_names_no_item_is_refused(key: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_key(key)
    assert refused.value.code == "no-item"


def test_a_slip_is_taken_back_by_whoever_made_it_within_minutes() -> None:
    rules.check_may_undo("職員", NOW, "職員", NOW + timedelta(minutes=4))
    for who, later, code in (("別の職員", 1, "not-yours"), ("職員", 5, "too-late")):
        with pytest.raises(Refusal) as refused:
            rules.check_may_undo("職員", NOW, who, NOW + timedelta(minutes=later))
        assert refused.value.code == code


def test_the_second_of_two_clerks_hears_who_noted_what() -> None:
    rules.check_tries(1, 1, "職員", "話せた")
    rules.check_tries(None, 5, "職員", "話せた")
    with pytest.raises(Refusal) as refused:
        rules.check_tries(0, 1, "職員", "話せた")
    assert (refused.value.code, refused.value.params) == ("noted-meanwhile", {"name": "職員", "what": "話せた"})
