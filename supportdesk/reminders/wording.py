"""The words that leave the house: the office's own, or else the packaged ones from templates/wording. Never a course's
name, what to bring, or a person's name: families share telephones and machines record (office practice 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from ..core.clock import at, local
from ..core.errors import Refusal
from ..core.japan import calendar
from ..lessons.change_rules import Standing
from ..lessons.slot_rules import LessonKind
from ..messages.providers import sms, voice
from ..messages.providers.base import Channel
from ..office.settings import OfficeSettings
from ..people.rules import Wish
from . import wording_rules as rules
from .rules import Matter, Reach, Step, Visit
from .wording_rules import Template

_FOLDER = Path(__file__).parent.parent / "templates" / "wording"
# Two digits in month and day, and an hour that takes most room.
WORST_DAY = at(date(2026, 12, 23), time(11, 30))

Words = Mapping[Template, str]

# More halls and hours than these nobody keeps in mind who has no pencil at hand.
MOST_IN_A_CALL = 3


@lru_cache
def packaged() -> Words:
    """The words the program comes with; its files change with the program only, never under a running process."""
    return {one: (_FOLDER / f"{one}.txt").read_text(encoding="utf-8").strip() for one in Template}


def text(
    matter: Matter, starts_at: datetime, venue: str, persons: int, office: OfficeSettings, words: Words,
    answer_by: datetime | None = None,
) -> str:  # fmt: skip
    """The text of a step; `venue` is the hall's short name. One part (70 units) with names of usual length; an offer,
    which names two days, takes two. `answer_by` is needed for an offer."""
    together = matter is Matter.REMINDER and persons > 1
    template = Template.TEXT_TOGETHER if together else Template(f"text_{matter}")
    return rules.fill(words[template], _text_values(starts_at, venue, persons, office, answer_by))


def spoken(
    starts_at: datetime, venue_kana: str, persons: int, office: OfficeSettings, words: Words,
    answer_by: datetime | None = None, *, matter: Matter = Matter.REMINDER,
) -> tuple[str, ...]:  # fmt: skip
    """What a call says, sentence by sentence. It says who calls first, asks for no key and makes sense on an answering
    machine; the provider's voice says it twice. The hall by its kana, since no voice reads its name reliably.
    `answer_by` is needed for an offer."""
    values = _spoken_values(starts_at, venue_kana, persons, office, answer_by)
    return tuple(rules.fill(words[Template(f"voice_{matter}")], values).splitlines())


def text_of_several(visits: Sequence[Visit], office: OfficeSettings, words: Words) -> str:
    """The text about several lessons of one day to one number: hours and places, no names, no numbers of people."""
    return rules.fill(_several(Template.TEXT_SEVERAL, visits, words), _several_text_values(visits, office))


def spoken_of_several(visits: Sequence[Visit], office: OfficeSettings, words: Words) -> tuple[str, ...]:
    """The same as a call says it, sentence by sentence."""
    said = _several(Template.VOICE_SEVERAL, visits, words)
    return tuple(rules.fill(said, _several_spoken_values(visits, office)).splitlines())


def _several(template: Template, visits: Sequence[Visit], words: Words) -> str:
    said = words[template]
    return rules.without_class(template, said) if any(visit.slot for visit in visits) else said


def _stops(visits: Sequence[Visit]) -> list[Visit]:
    """Each lesson once, though several may be booked for it."""
    return list({(visit.starts_at, visit.place): visit for visit in visits}.values())


def _several_text_values(visits: Sequence[Visit], office: OfficeSettings) -> dict[str, str]:
    hours = [(calendar.text_time(local(visit.starts_at).time()), visit.place) for visit in _stops(visits)]
    return {
        "sender": office.sender,
        "day": calendar.text_day(local(visits[0].starts_at).date()),
        "visits": "、".join(f"{hour}から {place}" for hour, place in hours),
        "telephone": office.telephone,
    }


def _several_spoken_values(visits: Sequence[Visit], office: OfficeSettings) -> dict[str, str]:
    said = [f"{calendar.spoken_when(visit.starts_at)}から、{visit.place_kana}で、" for visit in _stops(visits)]
    return {
        "sender": office.sender_spoken,
        "visits": "".join(said),
        "telephone": calendar.spoken_digits(office.telephone),
    }


class InUse(Protocol):
    """The office and its words, as they stand."""

    @property
    def office(self) -> OfficeSettings: ...
    @property
    def words(self) -> Words: ...


def fits_together(by: InUse, visits: Sequence[Visit], way: Wish) -> bool:
    """Whether one message can tell of these lessons: a text within its two parts, a call within what one can keep in
    mind."""
    if way is Wish.TEXT:
        return sms.units(text_of_several(visits, by.office, by.words)) <= rules.MOST_UNITS
    return len(_stops(visits)) <= MOST_IN_A_CALL


def channel(of: Step | Reach) -> Channel:
    """By which of a machine's ways it is said."""
    return Channel.SMS if of.way is Wish.TEXT else Channel.VOICE


class Hall(Protocol):
    """The names of a venue, as texts and voices use them, and what takes place there."""

    @property
    def kind(self) -> LessonKind: ...
    @property
    def short_name(self) -> str: ...
    @property
    def name_kana(self) -> str: ...


def message(step: Step, starts_at: datetime, venue: Hall, office: OfficeSettings, words: Words) -> dict[str, Any]:
    """What the outbox keeps of a machine's step, besides its name."""
    by_text = channel(step) is Channel.SMS
    if venue.kind.is_slot:
        words = {one: rules.without_class(one, said) for one, said in words.items()}
    if len(_stops(step.visits)) > 1:
        body = text_of_several(step.visits, office, words) if by_text else ""
        sentences = () if by_text else spoken_of_several(step.visits, office, words)
    else:
        persons = sum(visit.persons for visit in step.visits) or step.persons
        what = (persons, office, words, step.answer_by)
        body = text(step.matter, starts_at, venue.short_name, *what) if by_text else ""
        sentences = () if by_text else spoken(starts_at, venue.name_kana, *what, matter=step.matter)
    return {
        "channel": channel(step),
        "number": step.number,
        "body": body,
        "sentences": list(sentences),
        "window": step.window,
        "due_at": step.due_at,
        "not_after": step.not_after,
        "only_from": step.hours.start,
        "only_until": step.hours.end,
        "not_on": step.hours.not_on,
    }


def of_trial(channel: Channel, office: OfficeSettings, words: Words) -> dict[str, Any]:
    """What a test says (連絡テスト): no day, no place."""
    if channel is Channel.SMS:
        return {"body": rules.fill(words[Template.TEXT_TRIAL], {"sender": office.sender}), "sentences": []}
    values = {"sender": office.sender_spoken, "telephone": calendar.spoken_digits(office.telephone)}
    return {"body": "", "sentences": rules.fill(words[Template.VOICE_TRIAL], values).splitlines()}


def _text_values(
    starts_at: datetime, venue: str, persons: int, office: OfficeSettings, answer_by: datetime | None
) -> dict[str, str]:
    moment, until = local(starts_at), local(answer_by) if answer_by else None
    return {
        "sender": office.sender,
        "day": calendar.text_day(moment.date()),
        "time": calendar.text_time(moment.time()),
        "venue": venue,
        "telephone": office.telephone,
        "persons": {1: "お一人分", 2: "お二人分"}.get(persons, f"{persons}人分"),
        "until": calendar.text_day(until.date()) + calendar.text_time(until.time()) if until else "",
    }


def _spoken_values(
    starts_at: datetime, venue_kana: str, persons: int, office: OfficeSettings, answer_by: datetime | None
) -> dict[str, str]:
    return {
        "sender": office.sender_spoken,
        "when": calendar.spoken_when(starts_at),
        "venue": venue_kana,
        "telephone": calendar.spoken_digits(office.telephone),
        "persons": {1: "", 2: "おふたりぶんの、"}.get(persons, "みなさまのぶんの、"),
        "until": calendar.spoken_when(answer_by) if answer_by else "",
    }


def change_text_values(before: Standing, there: Standing, office: OfficeSettings) -> dict[str, str]:
    """What stands for the placeholders of a text about a change: old day and hour, new ones, the venue there."""
    old, new = local(before.starts_at), local(there.starts_at)
    return {
        "sender": office.sender,
        "day": calendar.text_day(old.date()),
        "time": calendar.text_time(old.time()),
        "new_day": calendar.text_day(new.date()),
        "new_time": calendar.text_time(new.time()),
        "venue": there.venue,
        "telephone": office.telephone,
    }


def change_spoken_values(before: Standing, there: Standing, office: OfficeSettings) -> dict[str, str]:
    """The same as a voice says it; the old venue too, since a call has room for it."""
    return {
        "sender": office.sender_spoken,
        "when": calendar.spoken_when(before.starts_at),
        "old_venue": before.venue_kana,
        "new_when": calendar.spoken_when(there.starts_at),
        "venue": there.venue_kana,
        "telephone": calendar.spoken_digits(office.telephone),
    }


@dataclass(frozen=True)
class Town:
    """What of a town decides how long its messages become, and what they must not betray."""

    office: OfficeSettings
    venue: str
    venue_kana: str
    titles: Sequence[str]


@dataclass(frozen=True)
class Tried:
    """Words tried out with the town's longest venue on the worst day: what would be said, and why it may not be.

    `units` and `parts` are those of a text: UTF-16 units, and what an old telephone shows one after the other."""

    said: tuple[str, ...]
    problems: list[Refusal]
    units: int = 0
    parts: Sequence[str] = ()


def example(template: Template, town: Town) -> dict[str, str]:
    """What stands for each placeholder in a message to two people at the longest venue."""
    if template.of_change:
        worst = Standing(WORST_DAY, 0, False, town.venue, town.venue_kana)
        of_change = change_spoken_values if template.spoken else change_text_values
        values = of_change(worst, worst, town.office)
    elif "visits" in rules.PLACEHOLDERS[template]:
        later = WORST_DAY + timedelta(hours=5)
        two = [Visit(0, hour, town.venue, town.venue_kana, 1) for hour in (WORST_DAY, later)]
        values = (_several_spoken_values if template.spoken else _several_text_values)(two, town.office)
    elif template.spoken:
        values = _spoken_values(WORST_DAY, town.venue_kana, 2, town.office, WORST_DAY)
    else:
        values = _text_values(WORST_DAY, town.venue, 2, town.office, WORST_DAY)
    return {name: values[name] for name in rules.PLACEHOLDERS[template]}


def try_out(template: Template, words: str, town: Town) -> Tried:
    """Whether the office may use these words (as `cleaned` gives them)."""
    said = rules.fill(words, example(template, town))
    found = rules.problems(template, words, town.titles, packaged()[template])
    if not template.spoken:
        if long := rules.too_long(sms.units(said)):
            found.append(long)
        return Tried((said,), found, sms.units(said), sms.parts(said))
    sentences = tuple(said.splitlines())
    try:
        if words:
            voice.twiml(sentences)
    except Refusal as refusal:
        refusal.field = "words"
        found.append(refusal)
    return Tried(sentences, found)
