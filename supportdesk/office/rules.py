"""Pure decisions of the office: when it is open for sending, and what supporters are paid for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ..core.clock import at, local
from ..core.japan.calendar import is_working_day

if TYPE_CHECKING:
    from .settings import OfficeSettings

TEXT, CALL, URGENT, DESK = "text", "call", "urgent", "desk"
DAY_END = "24:00"
MINUTES_OF_A_DAY = 24 * 60
# Whoever cannot be reached within so many days by the machine's hours is told by a person.
SEARCHED_DAYS = 31


class Hours(NamedTuple):
    """When somebody may be reached: from–to in minutes of the town's day, the end not included, and the weekdays on
    which not, as bits (Monday 1, Tuesday 2, Wednesday 4, …)."""

    start: int = 0
    end: int = MINUTES_OF_A_DAY
    not_on: int = 0

    def forbid(self, day: date) -> bool:
        """Whether nobody may reach them on this day at all."""
        return bool(self.not_on >> day.weekday() & 1)


ALWAYS = Hours()


class FeePer(StrEnum):
    """What a supporter's fee (謝金) is paid for: each lesson, or each hour of it."""

    TURN = "turn"
    HOUR = "hour"


def next_morning(office: OfficeSettings, now: datetime, closed: Collection[date]) -> datetime:
    """When the office's day begins again after today: the first working day's earliest hour for texts or calls."""
    first = min(spans(office, TEXT)[0][0], spans(office, CALL)[0][0])
    day = local(now).date() + timedelta(days=1)
    while not is_working_day(day, closed):
        day += timedelta(days=1)
    return at(day, first)


def spans(office: OfficeSettings, window: str) -> list[tuple[time, time]]:
    """The spans of local time in which this window is open."""
    chosen = {
        TEXT: office.text_window, CALL: office.call_window, URGENT: office.urgent_window, DESK: office.desk_window,
    }[window]  # fmt: skip
    return [(time.fromisoformat(start), _end(end)) for start, end in chosen]


def _end(text: str) -> time:
    return time.max if text == DAY_END else time.fromisoformat(text)


def open_windows(office: OfficeSettings, now: datetime, closed: Collection[date] = ()) -> list[str]:
    """The windows that are open at this instant. On days off (`closed` are the office's own) that of changes alone: a
    cancellation may have to go out on a Sunday, but what an outage kept back on Friday rings nobody up on New Year's
    Day (Japan, h 5: never on holidays). Until it leaves it stands in a person's list."""
    moment = local(now)
    windows = (TEXT, CALL, URGENT) if is_working_day(moment.date(), closed) else (URGENT,)
    return [
        window for window in windows if any(start <= moment.time() < end for start, end in spans(office, window))
    ]


def night_begins(office: OfficeSettings, now: datetime) -> datetime:
    """When the last hours of this day end in which anything may leave."""
    return _end_on(local(now).date(), max(end for _start, end in spans(office, URGENT)))


def next_opening(
    office: OfficeSettings, window: str, instant: datetime, closed: Collection[date] = (), *, any_day: bool = False,
    hours: Hours = ALWAYS,
) -> datetime:  # fmt: skip
    """The first instant from `instant` on at which the window is open and the receiver's `hours` allow it, on a working
    day unless any day will do; beyond all use (SEARCHED_DAYS later) if their hours never meet the window."""
    day, hour = local(instant).date(), local(instant).time()
    last = day + timedelta(days=SEARCHED_DAYS)
    while hours == ALWAYS or day <= last:
        if (any_day or is_working_day(day, closed)) and not hours.forbid(day):
            for start, end in within(spans(office, window), hours):
                if hour < end:
                    return max(at(day, start), instant) if start > hour else instant
        day, hour = day + timedelta(days=1), time.min
    return instant + timedelta(days=SEARCHED_DAYS)


def within(found: list[tuple[time, time]], hours: Hours) -> list[tuple[time, time]]:
    """What of these spans the receiver's hours leave."""
    if hours == ALWAYS:
        return found
    first, last = time_of(hours.start), time_of(hours.end)
    return [(max(start, first), min(end, last)) for start, end in found if max(start, first) < min(end, last)]


def time_of(minutes: int) -> time:
    """The time of the day after so many minutes; the day's end is the last instant of it."""
    return time.max if minutes >= MINUTES_OF_A_DAY else time(*divmod(minutes, 60))


def desk_is_open(office: OfficeSettings, now: datetime, closed: Collection[date]) -> bool:
    """Whether somebody takes the telephone now."""
    return next_opening(office, DESK, now, closed) == now


def call_back_by(office: OfficeSettings, now: datetime, closed: Collection[date]) -> datetime:
    """Until when whoever asked for it now is called back: so many hours of the desk from now, nights and closed days
    left out."""
    left, instant = timedelta(hours=office.call_back_hours), now
    while True:
        instant = next_opening(office, DESK, instant, closed)
        end = _closing(office, instant)
        if instant + left <= end:
            return instant + left
        left, instant = left - (end - instant), end


def _closing(office: OfficeSettings, instant: datetime) -> datetime:
    """When the span of the desk ends in which this instant lies."""
    moment = local(instant)
    end = next(end for start, end in spans(office, DESK) if start <= moment.time() < end)
    return _end_on(moment.date(), end)


def _end_on(day: date, end: time) -> datetime:
    return at(day + timedelta(days=1), time.min) if end == time.max else at(day, end)
