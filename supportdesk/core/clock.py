"""The only reader of time. Instants are aware UTC datetimes; local means Asia/Tokyo, which has no summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The present instant (aware, UTC). Read it once at the edge and hand it down."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The same instant on the wall clock of the town."""
    return instant.astimezone(TOKYO)


def local_date(instant: datetime) -> date:
    """The town's calendar day at that instant."""
    return local(instant).date()


def at(day: date, hour: time) -> datetime:
    """The instant (UTC) at which the town's wall clock shows `hour` on `day`."""
    return datetime.combine(day, hour, TOKYO).astimezone(UTC)


def day_around(instant: datetime) -> tuple[datetime, datetime]:
    """The instants (UTC) at which the town's calendar day of `instant` begins and ends."""
    day = local_date(instant)
    return at(day, time.min), at(day + timedelta(days=1), time.min)
