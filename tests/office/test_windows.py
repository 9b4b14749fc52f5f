"""When a window is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from supportdesk.core.clock import at
from supportdesk.office.rules import (
    CALL,
    TEXT,
    URGENT,
    call_back_by,
    desk_is_open,
    next_opening,
    night_begins,
    open_windows,
)
from supportdesk.office.settings import OfficeSettings

DAY = date(2026, 7, 6)


def test_a_window_to_the_days_end_is_open_in_its_last_minute() -> None:
    office = replace(OfficeSettings(), urgent_window=(("00:00", "24:00"),))

    assert open_windows(office, at(DAY, time(23, 59))) == [URGENT]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (DAY, [TEXT, CALL, URGENT]),
        (date(2026, 7, 11), [URGENT]),  # a Saturday
        (date(2026, 7, 20), [URGENT]),  # 海の日
        (date(2026, 12, 29), [URGENT]),
        (date(2026, 7, 13), [URGENT]),  # closed by the office
    ],
)
def test_on_days_off_only_what_a_person_released_for_any_day_may_leave(day: date, expected: list[str]) -> None:
    assert open_windows(OfficeSettings(), at(day, time(11)), frozenset({date(2026, 7, 13)})) == expected


def test_the_next_opening_follows_the_hours_of_the_office() -> None:
    office = replace(OfficeSettings(), text_window=(("11:00", "12:00"),))

    assert next_opening(office, TEXT, at(DAY, time(10))) == at(DAY, time(11))
    assert next_opening(office, TEXT, at(DAY, time(12))) == at(date(2026, 7, 7), time(11))


def test_the_night_begins_when_the_widest_hours_end() -> None:
    office = replace(OfficeSettings(), urgent_window=(("07:00", "12:00"), ("13:00", "20:00")))

    assert night_begins(office, at(DAY, time(8))) == night_begins(office, at(DAY, time(21))) == at(DAY, time(20))
    around_the_clock = replace(office, urgent_window=(("00:00", "24:00"),))
    assert night_begins(around_the_clock, at(DAY, time(8))) == at(date(2026, 7, 7), time(0))


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (DAY, time(10, 0), (DAY, time(14, 0))),
        # The rest of Monday's hours and then Tuesday's.
        (DAY, time(16, 15), (date(2026, 7, 7), time(11, 30))),
        (DAY, time(20, 0), (date(2026, 7, 7), time(12, 30))),
        # Friday evening: Saturday and Sunday do not count, nor does a day that the office has closed.
        (date(2026, 7, 10), time(17, 15), (date(2026, 7, 14), time(12, 30))),
    ],
)
def test_who_wishes_it_is_called_back_within_so_many_hours_of_the_desk(
    day: date, hour: time, expected: tuple[date, time]
) -> None:
    office, closed = OfficeSettings(), frozenset({date(2026, 7, 13)})

    assert call_back_by(office, at(day, hour), closed) == at(*expected)
    assert call_back_by(replace(office, call_back_hours=40), at(day, hour), closed) > at(*expected)


def test_a_desk_that_is_open_around_the_clock_calls_back_at_night_too() -> None:
    office = replace(OfficeSettings(), desk_window=(("00:00", "24:00"),))

    assert call_back_by(office, at(DAY, time(22, 0)), ()) == at(date(2026, 7, 7), time(2, 0))
    assert desk_is_open(office, at(DAY, time(23, 59)), ())


def test_at_noon_nobody_takes_the_telephone_where_the_desk_has_two_spans() -> None:
    office = replace(OfficeSettings(), desk_window=(("08:30", "12:00"), ("13:00", "17:15")))

    assert [desk_is_open(office, at(DAY, time(hour)), ()) for hour in (8, 9, 12, 13, 18)] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert call_back_by(office, at(DAY, time(11, 0)), ()) == at(DAY, time(16, 0))
