"""What counts in the record of activity, for how long, and what it comes to."""

from __future__ import annotations

from datetime import datetime

import pytest

from supportdesk.core.clock import TOKYO
from supportdesk.lessons.activity_rules import Activity, Fees, NotCounted, Turn, activity, hours
from supportdesk.lessons.rules import LessonState
from supportdesk.office.rules import FeePer

NOW = datetime(2027, 5, 20, 9, 0, tzinfo=TOKYO)
NOT_SETTLED = Fees(0, FeePer.TURN, 0)


def turn(
    start: str, end: str, state: LessonState = LessonState.RECORDED, *,
    lesson: int = 1, venue: int = 1, slot: bool = False,
) -> Turn:  # fmt: skip
    starts, ends = (datetime.fromisoformat(f"2027-03-{one}").replace(tzinfo=TOKYO) for one in (start, end))
    return Turn(lesson, starts, ends, venue, "口之津公民館", "写真", state, slot)


def of(*turns: Turn, fees: Fees = NOT_SETTLED, now: datetime = NOW) -> Activity:
    return activity(turns, fees, now)


@pytest.mark.parametrize("state", [LessonState.HELD, LessonState.RECORDED])
def test_a_lesson_of_march_that_is_recorded_in_may_counts_in_march(state: LessonState) -> None:
    found = of(turn("10 10:00", "10 11:30", state))

    assert [one.turn.day.month for one in found.counted] == [3]
    assert (found.quarters, found.left_out) == (6, [])


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (LessonState.CANCELLED, NotCounted.CANCELLED),
        (LessonState.OPEN, NotCounted.NOT_RECORDED),
        (LessonState.CLOSED, NotCounted.NOT_RECORDED),
    ],
)
def test_what_was_not_held_is_named_and_not_counted(state: LessonState, why: NotCounted) -> None:
    found = of(turn("10 10:00", "10 11:00", state))

    assert (found.counted, [left for _turn, left in found.left_out], found.quarters) == ([], [why], 0)


def test_what_is_still_to_come_is_not_missing_a_record() -> None:
    found = of(turn("10 10:00", "10 11:00", LessonState.OPEN), now=datetime(2027, 3, 10, 10, 59, tzinfo=TOKYO))

    assert [why for _turn, why in found.left_out] == [NotCounted.TO_COME]


@pytest.mark.parametrize(
    ("end", "quarters", "said"),
    [("10 11:00", 4, "1.00"), ("10 11:01", 5, "1.25"), ("10 11:15", 5, "1.25"), ("10 10:50", 4, "1.00"),
     ("10 10:01", 1, "0.25"), ("10 22:00", 48, "12.00")],
)  # fmt: skip
def test_a_begun_quarter_is_a_whole_one(end: str, quarters: int, said: str) -> None:
    assert of(turn("10 10:00", end)).quarters == quarters
    assert hours(quarters) == said


def test_a_fee_for_each_lesson_and_one_for_each_hour() -> None:
    turns = (turn("10 10:00", "10 11:15"), turn("12 10:00", "12 11:00", lesson=2))

    assert [one.fee for one in of(*turns, fees=Fees(1500, FeePer.TURN, 0)).counted] == [1500, 1500]
    by_hour = of(*turns, fees=Fees(1001, FeePer.HOUR, 0))
    assert [one.fee for one in by_hour.counted] == [1251, 1001], "what is not a whole yen is dropped"
    assert (by_hour.fee, by_hour.travel) == (2252, None)


def test_the_way_to_one_hall_is_paid_once_a_day() -> None:
    found = of(
        turn("10 10:00", "10 11:00"), turn("10 13:00", "10 14:00", lesson=2),
        turn("10 15:00", "10 16:00", lesson=3, venue=2), turn("11 10:00", "11 11:00", lesson=4),
        fees=Fees(0, FeePer.TURN, 500),
    )  # fmt: skip

    assert [one.travel for one in found.counted] == [500, 0, 500, 500]
    assert (found.travel, found.fee) == (1500, None)


def test_a_cancelled_lesson_takes_the_way_from_nobody() -> None:
    cancelled = turn("10 10:00", "10 11:00", LessonState.CANCELLED)
    found = of(cancelled, turn("10 13:00", "10 14:00", lesson=2), fees=Fees(0, FeePer.TURN, 500))

    assert found.travel == 500


def test_what_is_not_settled_is_left_to_be_written_in() -> None:
    found = of(turn("10 10:00", "10 11:00"))

    assert [(one.fee, one.travel) for one in found.counted] == [(None, None)]
    assert (found.fee, found.travel) == (None, None)


def test_rows_are_in_the_order_of_time_whatever_their_order_was() -> None:
    found = of(turn("12 10:00", "12 11:00", lesson=2), turn("10 10:00", "10 11:00"))

    assert [one.turn.lesson_id for one in found.counted] == [1, 2]


def test_times_of_a_day_of_consultations_that_touch_are_one_turn() -> None:
    times = [turn(f"10 {start}", f"10 {end}", lesson=n, slot=True) for n, (start, end) in enumerate(
        [("10:00", "10:30"), ("10:30", "11:00"), ("11:00", "11:30"), ("13:00", "13:30")]
    )]  # fmt: skip
    found = of(*times, fees=Fees(1000, FeePer.TURN, 0))

    assert [(one.turn.quarters, one.fee) for one in found.counted] == [(6, 1000), (2, 1000)]
    assert len(of(turn("10 10:00", "10 11:00"), turn("10 11:00", "10 12:00", lesson=2)).counted) == 2, "two classes"
