"""Pure decisions about when a resident may be reached: "only after 15:00", "not on Tuesdays". It holds for texts and
automatic calls, and stands beside the number for persons who ring."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..core.errors import Refusal
from ..core.japan.calendar import parse_time
from ..core.japan.text import clean_line
from ..office.rules import ALWAYS, MINUTES_OF_A_DAY, Hours

if TYPE_CHECKING:
    from .rules import ResidentData

WEEKDAYS = "0123456"


@lru_cache(maxsize=1024)  # the plan asks at every tick about everybody who is booked, and few have hours of their own
def hours_of(contact_from: str, contact_until: str, not_on: str) -> Hours:
    """The hours as the plan reckons with them."""
    start = _minutes(contact_from) if contact_from else 0
    end = _minutes(contact_until) if contact_until else MINUTES_OF_A_DAY
    found = Hours(start, end, sum(1 << int(day) for day in not_on))
    return ALWAYS if found == ALWAYS else found


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def check(problems: list[Refusal], data: ResidentData) -> dict[str, str]:
    """The three values as they are kept; what is wrong with them goes to `problems`, each at its field."""
    kept = {name: _time(problems, name, getattr(data, name)) for name in ("contact_from", "contact_until")}
    if kept["contact_from"] and kept["contact_until"] and kept["contact_from"] >= kept["contact_until"]:
        problems.append(
            Refusal(
                "The end must come after the beginning. Example: 15:00 and 18:00",
                code="end-first", field="contact_until",
            )
        )  # fmt: skip
    days = "".join(sorted(set(data.contact_not_on)))
    if not set(days) <= set(WEEKDAYS):
        problems.append(Refusal("Please choose from the list.", code="weekday", field="contact_not_on"))
        days = ""
    if len(days) == len(WEEKDAYS):
        problems.append(
            Refusal(
                "On at least one day they must be reachable. If nothing may be sent at all, choose how to be reminded.",
                code="no-day", field="contact_not_on",
            )
        )  # fmt: skip
    return kept | {"contact_not_on": days}


def _time(problems: list[Refusal], field: str, typed: str) -> str:
    if not clean_line(typed):
        return ""
    try:
        return parse_time(typed).strftime("%H:%M")
    except Refusal:
        problems.append(
            Refusal("Please write a time like 15:00 or 午後3時.", code="not-a-time", field=field)
        )
        return ""
