"""The product's promises about reminders, said once more in words of our own: nothing here is shared with it.

Days are working days of the office; the first notice goes out three before the lesson, the last one before, both at
10:00, a second call by 15:00; texts 9:30-18:00, calls 10:00-12:00 and 13:30-18:00; nothing within the last hour.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from .diary import CALL, TEXT, Profile

TOKYO = ZoneInfo("Asia/Tokyo")
HOURS = {
    TEXT: ((time(9, 30), time(18)),),
    CALL: ((time(10), time(12)), (time(13, 30), time(18))),
}
LAST_HOUR = timedelta(hours=1)
SOON = timedelta(minutes=15)
"""Within this a miss stands on the list (facts of reliability, R9)."""
NO_NEWS = timedelta(hours=24)

_HOLIDAYS = Path(__file__).parents[1] / "reference" / "holidays_fy2026_2027.json"

# What a code says of a number, for texts and for calls; the network's own list (telephony facts, table in b).
GONE, NO_TEXTS, OPTED_OUT = {21211, 21214, 21217, 30005}, {21614, 21635, 30006}, {21610}

Blocked = Callable[[str, str], bool]


@lru_cache
def holidays() -> frozenset[date]:
    return frozenset(date.fromisoformat(row["date"]) for row in json.loads(_HOLIDAYS.read_text(encoding="utf-8")))


def at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, TOKYO).astimezone(ZoneInfo("UTC"))


def day_of(instant: datetime) -> date:
    return instant.astimezone(TOKYO).date()


def when(instant: datetime) -> str:
    """An instant as the clock in the office shows it."""
    return f"{instant.astimezone(TOKYO):%m-%d %H:%M}"


def works(day: date, closed: Collection[date]) -> bool:
    year_end = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and day not in holidays() and not year_end and day not in closed


def working_days_before(day: date, count: int, closed: Collection[date]) -> date:
    while count:
        day -= timedelta(days=1)
        count -= works(day, closed)
    return day


def first_notice(start: datetime, closed: Collection[date]) -> datetime:
    return at(working_days_before(day_of(start), 3, closed), time(10))


def last_notice(start: datetime, closed: Collection[date]) -> datetime:
    return at(working_days_before(day_of(start), 1, closed), time(10))


def second_try(start: datetime, closed: Collection[date]) -> datetime:
    """Also the hour by which a person should have called."""
    return at(working_days_before(day_of(start), 1, closed), time(15))


def in_hours(way: str, instant: datetime) -> bool:
    hour = instant.astimezone(TOKYO).time()
    return any(begin <= hour < end for begin, end in HOURS[way])


def text_number(profile: Profile, blocked: Blocked) -> str | None:
    """Where a text may go: with consent, to a mobile that was tried and is not blocked."""
    if not profile.consent:
        return None
    mobiles = [each.number for each in profile.numbers if each.kind == "mobile" and each.tried]
    return next((number for number in mobiles if not blocked(number, TEXT)), None)


def way_of(profile: Profile, blocked: Blocked) -> tuple[str, str]:
    """How somebody is reminded: (text, number), (call, number), (person, number or "") or (none, "")."""
    if profile.wish == "none":
        return "none", ""
    lines = [each.number for each in profile.numbers if each.kind != "fax"]
    if not profile.family_instead:
        if profile.wish == TEXT and (number := text_number(profile, blocked)):
            return TEXT, number
        open_lines = [one for one in lines if not blocked(one, CALL)]
        if profile.wish == CALL and not profile.do_not_call and open_lines:
            return CALL, open_lines[0]
    # A person rings where a person may; else it is a FAX, where there is one, or a card.
    faxes = [each.number for each in profile.numbers if each.kind == "fax"]
    if faxes and (profile.wish == "fax" or (profile.do_not_call and profile.wish != "card")):
        return "person", faxes[0]
    rings = profile.wish not in ("card", "fax") and not profile.do_not_call
    return "person", lines[0] if rings and lines else ""
