"""Pure decisions about the office's settings: how what a clerk types is read, and what fits together.

Windows, steps and caps follow the practice of such offices; a wrong value is refused with the reason and an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

from ..core.errors import Refusal
from ..core.japan import my_number, phone
from ..core.japan.calendar import parse_time
from ..core.japan.text import HYPHENS, clean_line, nfkc
from .rules import DAY_END, FeePer
from .settings import OfficeSettings, Window

# With eight letters between the brackets a usual notice stays one text of 70 units.
SENDER_LETTERS = 8
# With so many, and the longest venue, every English text stays one of 160.
SENDER_EN_LETTERS = 24
MOST_SPANS = 4
# More is a slip of the hand.
MOST_YEN = 100_000
MOST_A_MINUTE = 6000
MOST_YEN_A_MONTH = 100_000_000


class Part(StrEnum):
    """What is edited as one form."""

    NAME = "name"
    WINDOWS = "windows"
    STEPS = "steps"
    CHAIN = "chain"
    CAPS = "caps"
    FEES = "fees"


def read(part: Part, typed: Mapping[str, Any], office: OfficeSettings) -> OfficeSettings:
    """The settings as they would be with this part as typed. Raises Refusal with the field at fault."""
    values: dict[str, Any] = {}
    for name, reader in READERS[part].items():
        try:
            values[name] = reader(typed[name])
        except Refusal as refusal:
            refusal.field = name
            raise
    changed = replace(office, **values)
    if part is Part.WINDOWS:
        check_windows(changed)
    elif part is Part.STEPS:
        check_steps(changed)
    elif part is Part.CAPS:
        check_caps(changed)
    return changed


# ---- reading


def line(most: int) -> Callable[[str], str]:
    """A reader of one line that must be there."""

    def read_line(typed: str) -> str:
        text = clean_line(typed)
        if not text:
            raise Refusal("Please fill this in.", code="empty")
        if len(text) > most:
            raise Refusal(
                "Please write at most %(most)s characters (now %(now)s).", code="too-long", most=most, now=len(text)
            )
        if my_number.contains_my_number(text):
            raise Refusal(my_number.REFUSAL, code="my-number")
        return text

    return read_line


def sender(typed: str) -> str:
    """The name at the head of a text, in its brackets whether they were typed or not."""
    text = clean_line(typed).strip("【】[]［］ ")
    if not text or len(text) > SENDER_LETTERS or set("【】[]［］") & set(text):
        raise Refusal(
            "Please write a name of at most %(most)s characters. Example: 【南島原市】",
            code="sender", most=SENDER_LETTERS,
        )  # fmt: skip
    return f"【{text}】"


def sender_en(typed: str) -> str:
    """The name at the head of an English text, without the colon that follows it."""
    text = nfkc(clean_line(typed)).rstrip(": ")
    if len(text) > SENDER_EN_LETTERS or not re.fullmatch(r"[A-Za-z][A-Za-z0-9 ,'&()-]*", text):
        raise Refusal(
            "Please write at most %(most)s plain letters (a-z, 0-9). Example: Minamishimabara City",
            code="sender-en", most=SENDER_EN_LETTERS,
        )  # fmt: skip
    return text


def sender_spoken(typed: str) -> str:
    """The name as a voice says it."""
    text = nfkc(line(60)(typed))
    if not re.fullmatch(r"(?=.*[ぁ-ゖァ-ヺ])[ぁ-ゖァ-ヺー、。・ ]+", text):
        raise Refusal(
            "Please write in kana alone: a voice may misread kanji, letters and digits. "
            "Example: みなみしまばらし、しやくしょ、すまほそうだんまどぐち",
            code="not-kana",
        )
    return text


def telephone(typed: str) -> str:
    """A number of the office that every telephone in the town can ring, in its groups."""
    if not clean_line(typed):
        raise Refusal("Please fill this in.", code="empty")
    try:
        return phone.parse(typed).display
    except phone.PhoneRefused as refused:
        raise Refusal(
            "Please write the number that residents ring, with its area code (no free-dial, no extension). "
            "Example: 0957-00-0001",
            code=refused.code,
        ) from None


def window(typed: str) -> Window:
    """From–to pairs like 10:00–12:00、13:30–18:00, in any width and with any dash; in the order of the day."""
    text = re.sub(f"[{re.escape(HYPHENS)}~〜～]|から", "-", nfkc(typed)).replace("まで", "")
    text = re.sub(r"(?<=午[前後])\s+|\s*-\s*", lambda found: "-" if "-" in found[0] else "", text)
    spans = sorted(_span(piece) for piece in re.split(r"[、,，;・\s]+", text) if piece)
    if not 1 <= len(spans) <= MOST_SPANS:
        raise Refusal(
            "Please write 1 to %(most)s times from–to. Example: 10:00–12:00、13:30–18:00", code="spans", most=MOST_SPANS
        )
    for (_, end), (start, _later) in pairwise(spans):
        if start < end:
            raise Refusal(
                "These times overlap at %(time)s. Example: 10:00–12:00、13:30–18:00", code="overlap", time=start
            )
    return tuple(spans)


def _span(piece: str) -> tuple[str, str]:
    ends = piece.split("-")
    if len(ends) != 2:
        raise Refusal(
            "Please write from when to when. Example: 09:30–18:00 (several: 10:00–12:00、13:30–18:00)",
            code="not-a-span",
        )
    try:
        start, end = clock_time(ends[0]), _day_end(ends[1]) or clock_time(ends[1])
    except Refusal:
        raise Refusal("Please write times from 00:00 to 24:00. Example: 09:30–18:00", code="not-a-time") from None
    if start >= end:
        raise Refusal(
            "%(start)s–%(end)s: the end must come after the beginning. Example: 09:30–18:00",
            code="end-first", start=start, end=end,
        )  # fmt: skip
    return start, end


def _day_end(typed: str) -> str:
    return DAY_END if typed.strip() in ("24:00", "24時", "2400") else ""


def clock_time(typed: str) -> str:
    """A time of the day as `HH:MM`."""
    try:
        return parse_time(typed).strftime("%H:%M")
    except Refusal:
        raise Refusal("Please write a time like 10:00 or 午前10時.", code="not-a-time") from None


def number(least: int, most: int) -> Callable[[int | None], int]:
    """A reader of a whole number between these."""

    def read_number(typed: int | None) -> int:
        if typed is None or not least <= typed <= most:
            raise Refusal(
                "Please write a number from %(least)s to %(most)s.", code="out-of-range", least=least, most=most
            )
        return typed

    return read_number


def fee_per(typed: str) -> str:
    """What a fee is paid for, as its word."""
    if typed not in set(FeePer):
        raise Refusal("Please choose one of the list.", code="not-in-list")
    return str(typed)


READERS: dict[Part, dict[str, Callable[[Any], Any]]] = {
    Part.NAME: {
        "town": line(20),
        "sender": sender,
        "sender_en": sender_en,
        "sender_spoken": sender_spoken,
        "telephone": telephone,
        "hours": line(60),
    },
    Part.WINDOWS: {
        "text_window": window,
        "call_window": window,
        "urgent_window": window,
        "desk_window": window,
        "call_back_hours": number(1, 40),
    },
    Part.STEPS: {
        # The plan looks 15 days ahead: five working days before a lesson after New Year lie within them.
        "first_notice_working_days": number(1, 5),
        "last_notice_working_days": number(1, 4),
        "notice_time": clock_time,
        "second_try_time": clock_time,
        "first_notice_not_within_days": number(0, 30),
        # Lessons are looked at 31 days ahead (lessons/least_rules.py): ten working days lie within, also in January.
        "decide_working_days": number(1, 10),
        "one_message_a_day": bool,
    },
    Part.CHAIN: {
        "call_after_text": bool,
        "text_wait_minutes": number(0, 1440),
        "second_call": bool,
        "short_notice_hours": number(0, 168),
        # A card is asked for two working days earlier still: seven lie within what is looked at, also in January.
        "posting_working_days": number(1, 5),
        "read_back_confirms": bool,
    },
    Part.CAPS: {
        "most_per_number_a_day": number(1, 10),
        "most_per_booking": number(1, 20),
        "most_per_hour": number(1, 100_000),
        "most_per_day": number(1, 1_000_000),
        "texts_per_minute": number(1, MOST_A_MINUTE),
        "calls_per_minute": number(1, MOST_A_MINUTE),
        "yen_per_text_part": number(0, 1000),
        "yen_per_call": number(0, 1000),
        "yen_per_dollar": number(0, 1000),
        "most_yen_a_month": number(0, MOST_YEN_A_MONTH),
    },
    Part.FEES: {
        "fee_yen": number(0, MOST_YEN),
        "fee_per": fee_per,
        "travel_yen": number(0, MOST_YEN),
    },
}


# ---- what fits together


def check_windows(office: OfficeSettings) -> None:
    """Raises Refusal. The urgent hours hold the others: what may go out on any day may go out when a lesson is
    cancelled too. And no step may lie outside, for it would silently wait until the next opening."""
    for name in ("text_window", "call_window"):
        for start, end in getattr(office, name):
            if not any(first <= start and end <= last for first, last in office.urgent_window):
                raise Refusal(
                    "The hours for cancellations must contain all others; %(start)s–%(end)s is missing. "
                    "Example: 07:00–20:00",
                    code="urgent-too-short", field="urgent_window", start=start, end=end,
                )  # fmt: skip
    for name, step in _steps_outside(office):
        raise Refusal(
            "A notice is planned for %(time)s. Please let these hours contain it, or change the notice's time first.",
            code="step-outside", field=name, time=getattr(office, step),
        )  # fmt: skip


def check_steps(office: OfficeSettings) -> None:
    """Raises Refusal with the field at fault."""
    if office.first_notice_working_days <= office.last_notice_working_days:
        raise Refusal(
            "The first notice must come before the last one. Example: 3 and 1",
            code="first-not-before-last", field="first_notice_working_days",
        )  # fmt: skip
    if office.second_try_time <= office.notice_time:
        raise Refusal(
            "The second try must come after the notice (%(time)s). Example: 15:00",
            code="second-not-after", field="second_try_time", time=office.notice_time,
        )  # fmt: skip
    for name, step in _steps_outside(office):
        raise Refusal(
            "At that time nothing is sent (%(hours)s). Please choose a time within, or change the hours first.",
            code="step-outside", field=step, hours=show_window(getattr(office, name)),
        )  # fmt: skip


def _steps_outside(office: OfficeSettings) -> list[tuple[str, str]]:
    """The windows that do not contain a step that needs them, each with that step. Texts have no second try."""
    needed = (("text_window", "notice_time"), ("call_window", "notice_time"), ("call_window", "second_try_time"))
    return [
        (name, step)
        for name, step in needed
        if not any(start <= getattr(office, step) < end for start, end in getattr(office, name))
    ]


def check_caps(office: OfficeSettings) -> None:
    """Raises Refusal with the field at fault."""
    if office.most_per_day < office.most_per_hour:
        raise Refusal(
            "A day cannot hold less than one hour (%(hour)s). Example: 500 and 2000",
            code="day-under-hour", field="most_per_day", hour=office.most_per_hour,
        )  # fmt: skip


def made_up(office: OfficeSettings) -> list[str]:
    """Which settings still have a default that no town has: residents must not get a message in that name."""
    default = OfficeSettings()
    return [name for name in ("town", "telephone") if getattr(office, name) == getattr(default, name)]


def show_window(spans: Window) -> str:
    """10:00–12:00、13:30–18:00, as it may be typed again."""
    return "、".join(f"{start}–{end}" for start, end in spans)
