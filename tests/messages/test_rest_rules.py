"""When a provider in trouble is left alone, and how it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supportdesk.messages.providers import codes
from supportdesk.messages.providers.base import Channel, Outcome, Receipt
from supportdesk.messages.rest_rules import (
    Rest,
    after_trouble,
    channels_of,
    ends,
    is_sign_of_life,
    may_be_called,
    was_noted_by_another_clock,
)
from tests.messages.sending import TEN

NO_ANSWER = Receipt(Outcome.UNKNOWN)
WAIT_TWO_MINUTES = Receipt(Outcome.BUSY, code=20429, retry_after=120)
SECOND = timedelta(seconds=1)


def test_after_one_call_without_answer_the_next_is_tried_at_once() -> None:
    rest = after_trouble(None, NO_ANSWER, TEN, TEN + SECOND)

    assert rest == Rest(1, TEN + SECOND, TEN + SECOND)
    assert may_be_called(rest, TEN + SECOND)


def test_calls_that_were_under_way_together_count_once() -> None:
    rest = after_trouble(None, NO_ANSWER, TEN, TEN + 10 * SECOND)

    for second in range(9):
        rest = after_trouble(rest, NO_ANSWER, TEN + second * SECOND, TEN + 11 * SECOND)

    assert (rest.failures, rest.until) == (1, TEN + 10 * SECOND)


def test_each_trial_without_answer_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    rest, now, waits = None, TEN, []

    for _ in range(9):
        rest = after_trouble(rest, NO_ANSWER, now, now + SECOND)
        waits.append((rest.until - now - SECOND).total_seconds())
        now = rest.until + SECOND

    assert waits == [0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_who_asks_us_to_wait_is_left_alone_as_long_as_the_longest_wish() -> None:
    rest = after_trouble(None, WAIT_TWO_MINUTES, TEN, TEN)
    shorter = Receipt(Outcome.BUSY, code=20429, retry_after=5)

    rest = after_trouble(rest, shorter, TEN, TEN + SECOND)

    assert rest.until == TEN + 120 * SECOND
    assert not may_be_called(rest, TEN + 119 * SECOND)
    assert may_be_called(rest, TEN + 120 * SECOND)


def test_an_answer_to_a_call_that_was_under_way_already_does_not_end_the_wait() -> None:
    rest = after_trouble(None, WAIT_TWO_MINUTES, TEN, TEN + SECOND)

    assert not ends(rest, TEN, TEN + 2 * SECOND)
    assert not ends(rest, TEN + 2 * SECOND, TEN + 3 * SECOND)
    assert ends(rest, TEN + 121 * SECOND, TEN + 122 * SECOND)


def test_a_wait_that_another_clock_wrote_down_does_not_hold() -> None:
    rest = after_trouble(None, WAIT_TWO_MINUTES, TEN, TEN)

    assert may_be_called(rest, TEN - timedelta(hours=1))


def test_a_wait_holds_for_a_worker_whose_clock_is_some_seconds_behind_too() -> None:
    """Be it on another machine, or that it read its clock and then waited for its turn at the database."""
    rest = after_trouble(None, WAIT_TWO_MINUTES, TEN, TEN)

    assert not was_noted_by_another_clock(rest, TEN - 5 * SECOND)
    assert not may_be_called(rest, TEN - 5 * SECOND)


@pytest.mark.parametrize(
    ("receipt", "trouble", "life", "channels"),
    [
        (NO_ANSWER, True, False, (Channel.SMS,)),
        (Receipt(Outcome.UNKNOWN, code=503), True, False, (Channel.SMS,)),
        (WAIT_TWO_MINUTES, True, False, tuple(Channel)),
        # No connection at all.
        (Receipt(Outcome.BUSY), True, False, tuple(Channel)),
        # The queue of one sender is full.
        (Receipt(Outcome.BUSY, code=21611), True, False, (Channel.SMS,)),
        (Receipt(Outcome.ACCEPTED, sid="SM"), False, True, (Channel.SMS,)),
        (Receipt(Outcome.REFUSED, code=21211), False, True, (Channel.SMS,)),
        # Ours, before anything was asked.
        (Receipt(Outcome.REFUSED), False, False, (Channel.SMS,)),
        # Stops all sending by itself.
        (Receipt(Outcome.CONFIG, code=20003), False, False, (Channel.SMS,)),
    ],
)
def test_what_is_trouble_and_what_a_sign_of_life(
    receipt: Receipt, trouble: bool, life: bool, channels: tuple[Channel, ...]
) -> None:
    assert (codes.is_trouble(receipt), is_sign_of_life(receipt)) == (trouble, life)
    assert tuple(channels_of(receipt, Channel.SMS)) == channels
