"""When a window is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from supportdesk.core.clock import at
from supportdesk.office.rules import TEXT, URGENT, next_opening, open_windows
from supportdesk.office.settings import OfficeSettings

DAY = date(2026, 7, 6)


def test_a_window_to_the_days_end_is_open_in_its_last_minute() -> None:
    office = replace(OfficeSettings(), urgent_window=(("00:00", "24:00"),))

    assert open_windows(office, at(DAY, time(23, 59))) == [URGENT]


def test_the_next_opening_follows_the_hours_of_the_office() -> None:
    office = replace(OfficeSettings(), text_window=(("11:00", "12:00"),))

    assert next_opening(office, TEXT, at(DAY, time(10))) == at(DAY, time(11))
    assert next_opening(office, TEXT, at(DAY, time(12))) == at(date(2026, 7, 7), time(11))
