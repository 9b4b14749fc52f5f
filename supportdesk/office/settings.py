"""The office's own settings, with defaults from the practice of such offices. Editing them in the browser comes later;
until then a row in office_setting (made by the sample town, or by hand) replaces a default."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any

from ..core.db import db
from .models import OfficeSetting


@dataclass(frozen=True)
class OfficeSettings:
    """Times are local wall-clock times `HH:MM`; a window is a list of (from, to) pairs, the end not included."""

    town: str = "市町村名"
    # 【…】 at the head of a text, and the kana a voice says first.
    sender: str = "【スマホ相談】"
    sender_spoken: str = "しやくしょ、すまほそうだんまどぐち"
    telephone: str = "0957-00-0000"
    hours: str = "平日 午前8時30分から午後5時15分まで"
    supporter_label: str = "スマホ支援員"
    text_window: tuple[tuple[str, str], ...] = (("09:30", "18:00"),)
    call_window: tuple[tuple[str, str], ...] = (("10:00", "12:00"), ("13:30", "18:00"))
    urgent_window: tuple[tuple[str, str], ...] = (("07:00", "20:00"),)
    first_notice_working_days: int = 3
    last_notice_working_days: int = 1
    notice_time: str = "10:00"
    second_try_time: str = "15:00"
    # The first notice is left out when the booking is younger than this many days.
    first_notice_not_within_days: int = 5
    sample_town: bool = False
    sending_hold: str = ""


def current() -> OfficeSettings:
    """The settings as they stand (one query)."""
    stored: dict[str, Any] = {row.name: row.value for row in db.session.query(OfficeSetting)}
    known = {field.name for field in fields(OfficeSettings)}
    values = {name: value for name, value in stored.items() if name in known}
    for name in ("text_window", "call_window", "urgent_window"):
        if name in values:
            values[name] = tuple((start, end) for start, end in values[name])
    return replace(OfficeSettings(), **values)


def change(**values: Any) -> None:
    """Set some settings (inside a transaction). Raises TypeError for a name that does not exist."""
    replace(OfficeSettings(), **values)
    for name, value in values.items():
        db.session.merge(OfficeSetting(name=name, value=value))


def parse_time(text: str) -> time:
    return time.fromisoformat(text)
