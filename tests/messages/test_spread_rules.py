"""Turns: who leaves when, if many are asked for at once. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportdesk.core.clock import at
from supportdesk.messages.spread_rules import Turn, Turns
from supportdesk.office.rules import ALWAYS, TEXT, URGENT, Hours, next_opening
from supportdesk.office.settings import OfficeSettings

OFFICE = OfficeSettings()
TUESDAY = date(2026, 7, 14)
TEN, SIX = at(TUESDAY, time(10)), at(TUESDAY, time(18))
NEVER = TEN + timedelta(days=30)


def text_hours(instant: datetime) -> datetime:
    return next_opening(OFFICE, TEXT, instant)


def turns(count: int, per_minute: int, wished: datetime = TEN, not_after: datetime = NEVER) -> list[Turn]:
    queue = Turns(per_minute)
    return [queue.take(wished, not_after, text_hours) for _ in range(count)]


def test_five_hundred_at_once_leave_one_a_second_within_their_day() -> None:
    found = turns(500, 60)

    assert [turn.due_at for turn in found] == [TEN + timedelta(seconds=n) for n in range(500)]
    assert all(turn.fits for turn in found)


@pytest.mark.parametrize(("per_minute", "third"), [(60, 2), (120, 1), (1, 120), (7, 17.142858)])
def test_the_rate_is_the_offices(per_minute: int, third: float) -> None:
    assert turns(3, per_minute)[2].due_at == TEN + timedelta(seconds=third)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 90, 6000])
def test_no_turn_is_given_twice_and_a_turn_that_was_read_again_is_the_same(per_minute: int) -> None:
    given = [turn.due_at for turn in turns(400, per_minute)]
    assert len(set(given)) == 400

    later = Turns(per_minute, given[:300])
    assert later.take(TEN, NEVER, text_hours).due_at == given[300]


def test_who_comes_later_goes_behind_and_takes_no_turn_away() -> None:
    queue = Turns(60, [TEN, TEN + timedelta(seconds=1), TEN + timedelta(seconds=3)])

    assert [queue.take(TEN, NEVER, text_hours).due_at.second for _ in range(3)] == [2, 4, 5]
    assert queue.take(TEN + timedelta(minutes=5), NEVER, text_hours).due_at == TEN + timedelta(minutes=5)


def test_what_does_not_fit_its_day_says_so_and_waits_for_the_next() -> None:
    found = turns(4, 1, wished=SIX - timedelta(minutes=2))

    assert [turn.fits for turn in found] == [True, True, False, False]
    assert found[2].due_at == at(date(2026, 7, 15), time(9, 30))


def test_what_would_be_too_late_never_leaves_and_takes_no_turn() -> None:
    queue = Turns(1)
    first = [queue.take(TEN, TEN + timedelta(minutes=2), text_hours) for _ in range(4)]

    assert [turn.fits for turn in first] == [True, True, False, False]
    assert {turn.due_at for turn in first[2:]} == {TEN + timedelta(minutes=2)}
    assert queue.take(TEN, NEVER, text_hours) == Turn(TEN + timedelta(minutes=2), fits=True)


def test_ten_thousand_are_placed_without_looking_through_all_each_time() -> None:
    queue = Turns(6000)
    given = [queue.take(TEN, NEVER, text_hours).due_at for _ in range(10_000)]

    assert given[-1] == TEN + timedelta(seconds=99.99)


# Hours of one's own


@pytest.mark.parametrize(
    ("hours", "wished", "opens"),
    [
        (ALWAYS, TEN, TEN),
        (Hours(start=15 * 60), TEN, at(TUESDAY, time(15))),
        (Hours(end=9 * 60 + 45), TEN, at(date(2026, 7, 15), time(9, 30))),
        (Hours(not_on=1 << 1), TEN, at(date(2026, 7, 15), time(9, 30))),
        (Hours(start=15 * 60, not_on=1 << 1 | 1 << 2), TEN, at(date(2026, 7, 16), time(15))),
    ],
)
def test_the_receivers_hours_narrow_the_offices(hours: Hours, wished: datetime, opens: datetime) -> None:
    assert next_opening(OFFICE, TEXT, wished, hours=hours) == opens


def test_hours_that_never_meet_the_offices_are_beyond_all_use() -> None:
    night = Hours(start=20 * 60, end=23 * 60)

    assert next_opening(OFFICE, TEXT, TEN, hours=night) > TEN + timedelta(days=30)
    assert next_opening(OFFICE, URGENT, TEN, any_day=True, hours=Hours(start=19 * 60)) == at(TUESDAY, time(19))


def test_an_instant_is_kept_in_utc() -> None:
    assert turns(1, 60)[0].due_at.tzinfo is UTC
