"""What is said to somebody who rings: the packaged words of each step (templates/wording/inbound), one sentence a line,
in kana and kanji of one reading alone. Never a name or a course: whoever holds the receiver hears it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path

from ..core.clock import local
from ..core.japan import calendar
from ..office.rules import DESK, next_opening, spans
from ..office.settings import OfficeSettings
from . import wording, wording_rules
from .inbound_rules import State, Step

_FOLDER = Path(__file__).parent.parent / "templates" / "wording" / "inbound"
UNAVAILABLE, OTHERS = "unavailable", "others"


@dataclass(frozen=True)
class Booked:
    """What is said of a booking: for how many, when and where; `others` come along with bookings of their own."""

    starts_at: datetime
    venue_kana: str
    persons: int
    others: bool = False


@lru_cache
def packaged(name: str) -> str:
    """The words of one step; they change with the program alone."""
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()


def sentences(
    state: State, office: OfficeSettings, now: datetime, closed: Collection[date], booked: Booked | None
) -> tuple[str, ...]:
    """What is said where the call stands; nothing once a person has talked."""
    if state.step is Step.TALKED:
        return ()
    values = {
        "sender": office.sender_spoken,
        "telephone": calendar.spoken_digits(office.telephone),
        "hours": spoken_hours(office),
        "next": _when(next_opening(office, DESK, now, closed)),
    }
    if booked:
        values |= {
            "when": _when(booked.starts_at),
            "venue": booked.venue_kana,
            "persons": wording.spoken_persons(booked.persons),
        }
    said = wording_rules.fill(packaged(state.said), values).splitlines()
    if booked and booked.others and state.step in (Step.SURE, Step.CANCELLED):
        said.insert(1, packaged(OTHERS))
    return tuple(said)


def spoken_hours(office: OfficeSettings) -> str:
    """When somebody takes the telephone, in kana: へいじつの、ごぜんハチじさんじゅっぷんから、ごごごじまで."""
    return "へいじつの、" + "、".join(f"{_hour(start)}から、{_hour(end)}まで" for start, end in spans(office, DESK))


def _when(instant: datetime) -> str:
    moment = local(instant)
    day = moment.date()
    return "、".join((calendar.spoken_day(day), calendar.spoken_weekday(day), _hour(moment.time())))


def _hour(hour: time) -> str:
    # The calendar has no word for midnight, to which nobody is invited. A desk may be open until then.
    if hour == time.min or hour == time.max:
        return "よなかの、れいじ" if hour == time.min else "よなかの、じゅうにじ"
    return calendar.spoken_time(hour)
