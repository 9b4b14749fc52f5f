from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from supportdesk.core.clock import at
from supportdesk.core.errors import Refusal
from supportdesk.lessons import rules
from supportdesk.lessons.rules import LessonState as S

NOW = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=9)


def move(old: S, new: S, *, starts_at: datetime = LATER, taken: int = 0, now: datetime = NOW) -> None:
    rules.check_move(old, new, starts_at=starts_at, seats_taken=taken, now=now)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (S.DRAFT, S.ROOM_REQUESTED), (S.ROOM_REQUESTED, S.AWAITING_NOTICE), (S.AWAITING_NOTICE, S.OPEN),
        (S.OPEN, S.CLOSED), (S.DRAFT, S.OPEN), (S.ROOM_REQUESTED, S.OPEN),
        (S.ROOM_REQUESTED, S.DRAFT), (S.AWAITING_NOTICE, S.ROOM_REQUESTED), (S.CLOSED, S.OPEN),
        (S.DRAFT, S.CANCELLED), (S.OPEN, S.CANCELLED), (S.CLOSED, S.CANCELLED),
    ],
)  # fmt: skip
def test_a_lesson_goes_on_in_order_or_a_step_back(old: S, new: S) -> None:
    move(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (S.DRAFT, S.HELD), (S.DRAFT, S.RECORDED), (S.OPEN, S.RECORDED), (S.OPEN, S.DRAFT), (S.HELD, S.OPEN),
        (S.HELD, S.CANCELLED), (S.RECORDED, S.CANCELLED), (S.OPEN, S.OPEN),
        *((S.CANCELLED, state) for state in S),
    ],
)  # fmt: skip
def test_other_moves_are_refused(old: S, new: S) -> None:
    with pytest.raises(Refusal) as refused:
        move(old, new, now=LATER + timedelta(hours=1))
    assert refused.value.code == "no-such-move"


def test_the_table_names_every_state() -> None:
    assert set(rules.MOVES) == set(S)


def test_a_lesson_is_not_held_before_it_begins() -> None:
    with pytest.raises(Refusal) as refused:
        move(S.CLOSED, S.HELD, now=LATER - timedelta(seconds=1))
    assert refused.value.code == "not-begun"
    move(S.CLOSED, S.HELD, now=LATER)
    move(S.RECORDED, S.HELD, now=LATER)


def test_booking_goes_back_behind_the_notice_only_while_nobody_booked() -> None:
    move(S.OPEN, S.AWAITING_NOTICE, taken=0)
    with pytest.raises(Refusal):
        move(S.OPEN, S.AWAITING_NOTICE, taken=1)


def test_a_lesson_stands_on_the_towns_wall_clock() -> None:
    starts, ends = rules.lesson_times(date(2026, 7, 15), time(10, 0), 90)
    assert starts == datetime(2026, 7, 15, 1, 0, tzinfo=UTC)
    assert ends - starts == timedelta(minutes=90)


@pytest.mark.parametrize(("start", "minutes"), [(time(23, 0), 60), (time(22, 30), 120)])
def test_a_lesson_does_not_go_past_midnight(start: time, minutes: int) -> None:
    with pytest.raises(Refusal) as refused:
        rules.lesson_times(date(2026, 7, 15), start, minutes)
    assert refused.value.field == "minutes"


@pytest.mark.parametrize("minutes", [0, -60, 9, 481, 10**9])
def test_a_lesson_has_a_length_that_can_be_meant(minutes: int) -> None:
    with pytest.raises(Refusal):
        rules.lesson_times(date(2026, 7, 15), time(10, 0), minutes)


def test_midnight_has_no_plain_words_and_is_refused_at_the_start() -> None:
    with pytest.raises(Refusal) as refused:
        rules.lesson_times(date(2026, 7, 15), time(0, 0), 60)
    assert refused.value.field == "start"


def test_a_new_start_lies_ahead_but_not_in_the_next_century() -> None:
    rules.check_start(NOW + timedelta(minutes=1), NOW)
    for wrong in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=800)):
        with pytest.raises(Refusal):
            rules.check_start(wrong, NOW)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 7, 15), date(2026, 6, 15), date(2026, 7, 14)),
        (date(2026, 8, 31), date(2026, 8, 1), date(2026, 8, 28)),  # a Monday after a month of 31 days
        (date(2026, 7, 21), date(2026, 6, 21), date(2026, 7, 17)),  # after the holiday of 20 July
        (date(2028, 3, 1), date(2028, 1, 31), date(2028, 2, 29)),  # over a leap day
        (date(2028, 3, 30), date(2028, 2, 29), date(2028, 3, 29)),
        (date(2027, 4, 1), date(2027, 3, 2), date(2027, 3, 31)),  # over the change of the fiscal year
        (date(2027, 1, 4), date(2026, 12, 5), date(2026, 12, 28)),  # over the year's end
    ],
)
def test_booking_opens_thirty_days_before_and_closes_on_the_working_day_before(
    day: date, opens: date, closes: date
) -> None:
    assert rules.booking_window(at(day, time(10, 0))) == (at(opens, time(8, 30)), at(closes, time(17, 15)))


def test_a_closed_day_of_the_office_is_no_working_day() -> None:
    _, closes = rules.booking_window(at(date(2026, 7, 15), time(10, 0)), {date(2026, 7, 14)})
    assert closes == at(date(2026, 7, 13), time(17, 15))


def test_booking_closes_after_it_opens_and_before_the_lesson() -> None:
    rules.check_window(NOW, LATER, LATER)
    for opens, closes in ((LATER, LATER), (LATER, NOW), (NOW, LATER + timedelta(minutes=1))):
        with pytest.raises(Refusal):
            rules.check_window(opens, closes, LATER)


def test_seats_cannot_be_fewer_than_are_taken_and_held() -> None:
    rules.check_seats(7, 1, taken=5, held=2)
    with pytest.raises(Refusal) as refused:
        rules.check_seats(6, 1, taken=5, held=2)
    assert refused.value.code == "seats-in-use"
