"""The office's own settings, with defaults from the practice of such offices. A row of office_setting replaces a
default; people change them under 市役所の設定 (setting_actions.py), which holds from the next tick on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ..core.db import db, is_sqlite
from .models import OfficeSetting
from .rules import FeePer

# From–to pairs of local wall-clock times `HH:MM`, in order, the end not included; `24:00` is the day's end.
Window = tuple[tuple[str, str], ...]
WINDOWS = ("text_window", "call_window", "urgent_window", "desk_window")


@dataclass(frozen=True)
class OfficeSettings:
    """Times are local wall-clock times `HH:MM`."""

    town: str = "市町村名"
    # 【…】 at the head of a text, and the kana a voice says first.
    sender: str = "【スマホ相談】"
    # At the head of an English text, in Latin letters.
    sender_en: str = "Smartphone desk"
    sender_spoken: str = "しやくしょ、すまほそうだんまどぐち"
    telephone: str = "0957-00-0000"
    hours: str = "平日 午前8時30分から午後5時15分まで"
    supporter_label: str = "スマホ支援員"
    text_window: Window = (("09:30", "18:00"),)
    call_window: Window = (("10:00", "12:00"), ("13:30", "18:00"))
    urgent_window: Window = (("07:00", "20:00"),)
    # When somebody takes the telephone, on working days; `hours` says the same to people on paper.
    desk_window: Window = (("08:30", "17:15"),)
    # Who asked to be called back hears from us within so many hours of the desk.
    call_back_hours: int = 4
    first_notice_working_days: int = 3
    last_notice_working_days: int = 1
    notice_time: str = "10:00"
    second_try_time: str = "15:00"
    # The first notice is left out when the booking is younger than this many days.
    first_notice_not_within_days: int = 5
    # Reminders of several bookings to one number on one day are one message.
    one_message_a_day: bool = True
    # From when a person is asked whether a lesson is held for which fewer people have asked than it is held from.
    decide_working_days: int = 3
    # The chain: what a machine does when the first try reached nobody. A text without a receipt for so many minutes
    # counts as not arrived (0: no receipt is waited for); a change of a lesson less than so many hours ahead has one
    # try. A card must be posted so many working days before the lesson.
    call_after_text: bool = True
    text_wait_minutes: int = 120
    second_call: bool = True
    short_notice_hours: int = 24
    posting_working_days: int = 3
    # Whether what was read back at booking is enough, so that no reminder follows.
    read_back_confirms: bool = False
    # Caps. Confirmation, two notices, a call after a text and a second one make five for a booking; the two last are
    # for the whole town, far above a usual day, so that a mistake ends early and nobody else notices them.
    most_per_number_a_day: int = 3
    most_per_booking: int = 5
    most_per_hour: int = 500
    most_per_day: int = 2000
    # How fast the provider takes them (by default one a second: telephony facts b and c): turns are given by it.
    texts_per_minute: int = 60
    calls_per_minute: int = 60
    # What the contract with the provider asks for; 0 while nobody has written it down. Whole yen, rounded up: a page
    # that says too much before pressing is the better one.
    yen_per_text_part: int = 0
    yen_per_call: int = 0
    # For reading the provider's price list, which is in dollars; 0 while nobody has written it down.
    yen_per_dollar: int = 0
    # What may be spent in a calendar month; 0 is no limit. `extra_yen` is what a person allowed on top for one month.
    most_yen_a_month: int = 0
    extra_yen: int = 0
    extra_yen_month: str = ""
    # What supporters get, in yen: 0 is not settled, and is left to be written into the record of activity by hand.
    fee_yen: int = 0
    fee_per: str = FeePer.TURN.value
    travel_yen: int = 0
    sample_town: bool = False
    sending_hold: str = ""
    # The instant (ISO, UTC) at which the house releases the hold by itself; "" while only a person does.
    hold_ends: str = ""


def current() -> OfficeSettings:
    """The settings as they stand (one query)."""
    known = {field.name for field in fields(OfficeSettings)}
    rows = db.session.execute(sa.select(OfficeSetting.name, OfficeSetting.value))
    values = {row.name: row.value for row in rows if row.name in known}
    for name in WINDOWS:
        if name in values:
            values[name] = tuple((start, end) for start, end in values[name])
    return replace(OfficeSettings(), **values)


def change(**values: Any) -> None:
    """Set some settings (inside a transaction). Raises TypeError for a name that does not exist.

    Written over what is there, so that a provider's alarm and a person who stop all sending at once both succeed.
    """
    replace(OfficeSettings(), **values)
    insert = (sqlite.insert if is_sqlite() else postgresql.insert)(OfficeSetting)
    over = insert.on_conflict_do_update(index_elements=["name"], set_={"value": insert.excluded.value})
    for name, value in values.items():
        db.session.execute(over.values(name=name, value=value))
