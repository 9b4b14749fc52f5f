"""The words that leave the house, from templates/wording. Never a course's name, what to bring, or a person's name:
families share telephones and machines record (office practice 11)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from ..core.clock import local
from ..core.japan import calendar
from ..messages.providers.base import Channel
from ..office.settings import OfficeSettings
from ..people.rules import Wish
from .rules import Matter, Step

_FOLDER = Path(__file__).parent.parent / "templates" / "wording"


def text(matter: Matter, starts_at: datetime, venue: str, persons: int, office: OfficeSettings) -> str:
    """The text of a step; `venue` is the hall's short name. One part (70 units) with names of usual length."""
    name = f"text_{matter}"
    if matter is Matter.REMINDER and persons > 1:
        name += "_together"
    moment = local(starts_at)
    return _template(name).format(
        sender=office.sender,
        day=calendar.text_day(moment.date()),
        time=calendar.text_time(moment.time()),
        venue=venue,
        telephone=office.telephone,
        persons="お二人分" if persons == 2 else f"{persons}人分",
    )


def spoken(starts_at: datetime, venue_kana: str, persons: int, office: OfficeSettings) -> tuple[str, ...]:
    """What a call says, sentence by sentence. It says who calls first, asks for no key and makes sense on an answering
    machine; the provider's voice says it twice. The hall by its kana, since no voice reads its name reliably."""
    together = {1: "", 2: "おふたりぶんの、"}.get(persons, "みなさまのぶんの、")
    whole = _template("voice_reminder").format(
        sender=office.sender_spoken,
        when=calendar.spoken_when(starts_at),
        venue=venue_kana,
        telephone=calendar.spoken_digits(office.telephone),
        persons=together,
    )
    return tuple(whole.splitlines())


def channel(step: Step) -> Channel:
    return Channel.SMS if step.way is Wish.TEXT else Channel.VOICE


class Hall(Protocol):
    """The names of a venue, as texts and voices use them."""

    @property
    def short_name(self) -> str: ...
    @property
    def name_kana(self) -> str: ...


def message(step: Step, starts_at: datetime, venue: Hall, office: OfficeSettings) -> dict[str, Any]:
    """What the outbox keeps of a machine's step, besides its name."""
    by_text = channel(step) is Channel.SMS
    return {
        "channel": channel(step),
        "number": step.number,
        "body": text(step.matter, starts_at, venue.short_name, step.persons, office) if by_text else "",
        "sentences": [] if by_text else list(spoken(starts_at, venue.name_kana, step.persons, office)),
        "window": step.window,
        "due_at": step.due_at,
        "not_after": step.not_after,
    }


@lru_cache
def _template(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip()
