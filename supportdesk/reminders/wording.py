"""The words that leave the house: the office's own, or else the packaged ones from templates/wording. Never a course's
name, what to bring, or a person's name: families share telephones and machines record (office practice 11). What is
said of a change is in change_wording.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from ..core.clock import local
from ..core.japan import calendar
from ..lessons.slot_rules import LessonKind
from ..messages.providers import sms
from ..messages.providers.base import Channel
from ..messages.rules import Language
from ..office.settings import OfficeSettings
from ..people.rules import Wish
from ..places.rules import english_name
from . import wording_rules as rules
from .reach_rules import Reach
from .rules import Matter, Step, Visit
from .wording_rules import Template

_FOLDER = Path(__file__).parent.parent / "templates" / "wording"

# In one language, and in all of them.
Words = Mapping[Template, str]
AllWords = Mapping[Language, Words]

# More halls and hours than these nobody keeps in mind who has no pencil at hand.
MOST_IN_A_CALL = 3

# Of so many people a message about one lesson says the number; of one it says none.
_COUNTED = range(2, 100)


@lru_cache
def packaged(language: Language = Language.JAPANESE) -> Words:
    """The words the program comes with; its files change with the program only, never under a running process."""
    folder = _FOLDER if language is Language.JAPANESE else _FOLDER / language
    return {
        one: (folder / f"{one}.txt").read_text(encoding="utf-8").strip()
        for one in Template
        if language in one.languages
    }


def text(
    matter: Matter, starts_at: datetime, venue: str, persons: int, office: OfficeSettings, words: Words,
    answer_by: datetime | None = None, *, language: Language = Language.JAPANESE,
) -> str:  # fmt: skip
    """The text of a step; `venue` is the hall's name in texts of this language. One part (70 units, in English 160)
    with names of usual length; an offer, which names two days, takes two. `answer_by` is needed for an offer."""
    together = matter is Matter.REMINDER and persons > 1
    template = Template.TEXT_TOGETHER if together else Template(f"text_{matter}")
    return rules.fill(words[template], text_values(starts_at, venue, persons, office, answer_by, language))


def spoken(
    starts_at: datetime, venue_kana: str, persons: int, office: OfficeSettings, words: Words,
    answer_by: datetime | None = None, *, matter: Matter = Matter.REMINDER,
) -> tuple[str, ...]:  # fmt: skip
    """What a call says, sentence by sentence. It says who calls first, asks for no key and makes sense on an answering
    machine; the provider's voice says it twice. The hall by its kana, since no voice reads its name reliably.
    `answer_by` is needed for an offer."""
    values = spoken_values(starts_at, venue_kana, persons, office, answer_by)
    return tuple(rules.fill(words[Template(f"voice_{matter}")], values).splitlines())


def text_of_several(visits: Sequence[Visit], office: OfficeSettings, words: Words) -> str:
    """The text about several lessons of one day to one number: hours and places, no names, no numbers of people."""
    return rules.fill(_several(Template.TEXT_SEVERAL, visits, words), several_text_values(visits, office))


def spoken_of_several(visits: Sequence[Visit], office: OfficeSettings, words: Words) -> tuple[str, ...]:
    """The same as a call says it, sentence by sentence."""
    said = _several(Template.VOICE_SEVERAL, visits, words)
    return tuple(rules.fill(said, several_spoken_values(visits, office)).splitlines())


def _several(template: Template, visits: Sequence[Visit], words: Words) -> str:
    said = words[template]
    return rules.without_class(template, said, Language.JAPANESE) if any(visit.slot for visit in visits) else said


def _stops(visits: Sequence[Visit]) -> list[Visit]:
    """Each lesson once, though several may be booked for it."""
    return list({(visit.starts_at, visit.place): visit for visit in visits}.values())


def several_text_values(visits: Sequence[Visit], office: OfficeSettings) -> dict[str, str]:
    """What stands for the placeholders of a text about several lessons."""
    hours = [(calendar.text_time(local(visit.starts_at).time()), visit.place) for visit in _stops(visits)]
    return {
        "sender": office.sender,
        "day": calendar.text_day(local(visits[0].starts_at).date()),
        "visits": "、".join(f"{hour}から {place}" for hour, place in hours),
        "telephone": office.telephone,
    }


def several_spoken_values(visits: Sequence[Visit], office: OfficeSettings) -> dict[str, str]:
    """The same as a voice says it."""
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
    def words(self) -> AllWords: ...


def fits_together(by: InUse, visits: Sequence[Visit], way: Wish) -> bool:
    """Whether one message can tell of these lessons: a text within its two parts, a call within what one can keep in
    mind."""
    if way is Wish.TEXT:
        return sms.units(text_of_several(visits, by.office, by.words[Language.JAPANESE])) <= rules.MOST_UNITS
    return len(_stops(visits)) <= MOST_IN_A_CALL


def channel(of: Step | Reach) -> Channel:
    """By which of a machine's ways it is said."""
    return Channel.SMS if of.way is Wish.TEXT else Channel.VOICE


def said_in(channel: Channel, language: Language) -> Language:
    """In which language somebody hears it whose texts are in this one: every call is in Japanese."""
    return language if channel is Channel.SMS else Language.JAPANESE


class Hall(Protocol):
    """The names of a venue, as texts and voices use them, and what takes place there."""

    @property
    def kind(self) -> LessonKind: ...
    @property
    def short_name(self) -> str: ...
    @property
    def name_kana(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def keys(self) -> bool:
        """Whether the resident chose to answer calls by key; asked of a booking alone."""
        ...


def message(
    step: Step, starts_at: datetime, venue: Hall, office: OfficeSettings, words: AllWords, language: Language
) -> dict[str, Any]:
    """What the outbox keeps of a machine's step, besides its name. `language`: of texts to them."""
    by_text = channel(step) is Channel.SMS
    language = said_in(channel(step), language)
    mine = _fitting(venue, words[language], language)
    if len(_stops(step.visits)) > 1:
        body = text_of_several(step.visits, office, mine) if by_text else ""
        sentences = () if by_text else spoken_of_several(step.visits, office, mine)
    else:
        persons = sum(visit.persons for visit in step.visits) or step.persons
        what = (persons, office, mine, step.answer_by)
        name = english_name(venue.name_en, venue.name_kana) if language is Language.ENGLISH else venue.short_name
        body = text(step.matter, starts_at, name, *what, language=language) if by_text else ""
        sentences = () if by_text else spoken(starts_at, venue.name_kana, *what, matter=step.matter)
    return {
        "channel": channel(step),
        "number": step.number,
        "body": body,
        "sentences": list(sentences),
        "language": language,
        "keys": not by_text and step.matter is Matter.REMINDER and venue.keys and not step.visits,
        "window": step.window,
        "due_at": step.due_at,
        "not_after": step.not_after,
        "only_from": step.hours.start,
        "only_until": step.hours.end,
        "not_on": step.hours.not_on,
    }


def still_so(said: str, step: Step, venue: Hall, language: Language) -> bool:
    """Whether a message that was worded before names the places, and the number of people, as they are now. The words
    around them are not asked: what is leaving keeps the office's words of its time."""
    by_text = channel(step) is Channel.SMS
    if step.visits:
        places = {visit.place if by_text else visit.place_kana for visit in step.visits}
    elif by_text and language is Language.ENGLISH:
        places = {english_name(venue.name_en, venue.name_kana)}
    else:
        places = {venue.short_name if by_text else venue.name_kana}
    if not all(place in said for place in places):
        return False
    if step.matter is not Matter.REMINDER or len(_stops(step.visits)) > 1:
        return True
    persons = sum(visit.persons for visit in step.visits) or step.persons
    words = {count: _persons(count, language) if by_text else spoken_persons(count) for count in _COUNTED}
    return words[persons] in said if persons in words else not any(word in said for word in words.values())


def of_trial(
    channel: Channel, office: OfficeSettings, words: AllWords, language: Language
) -> dict[str, Any]:
    """What a test says (連絡テスト): no day, no place."""
    if channel is Channel.SMS:
        body = rules.fill(words[language][Template.TEXT_TRIAL], {"sender": sender(office, language)})
        return {"body": body, "sentences": [], "language": language}
    values = {"sender": office.sender_spoken, "telephone": calendar.spoken_digits(office.telephone)}
    lines = rules.fill(words[Language.JAPANESE][Template.VOICE_TRIAL], values).splitlines()
    return {"body": "", "sentences": lines, "language": Language.JAPANESE}


def spoken_about(
    venue: Hall, starts_at: datetime, persons: int, office: OfficeSettings, words: AllWords
) -> tuple[str, ...]:
    """What the call of a reminder says, as `message` has it, of the hall and the hour as they are now."""
    mine = _fitting(venue, words[Language.JAPANESE], Language.JAPANESE)
    return spoken(starts_at, venue.name_kana, persons, office, mine)


def _fitting(venue: Hall, words: Words, language: Language) -> Words:
    """The words for what takes place there."""
    if not venue.kind.is_slot:
        return words
    return {one: rules.without_class(one, said, language) for one, said in words.items()}


def sender(office: OfficeSettings, language: Language) -> str:
    """Who writes, at the beginning of a text."""
    return f"{office.sender_en}:" if language is Language.ENGLISH else office.sender


def day(moment: datetime, language: Language) -> str:
    """The day as a text in this language has it."""
    english = language is Language.ENGLISH
    return (calendar.english_day if english else calendar.text_day)(local(moment).date())


def hour(moment: datetime, language: Language) -> str:
    """The time of day likewise."""
    english = language is Language.ENGLISH
    return (calendar.english_time if english else calendar.text_time)(local(moment).time())


def _persons(persons: int, language: Language) -> str:
    if language is Language.ENGLISH:
        return "1 person" if persons == 1 else f"{persons} people"
    if language is Language.EASY:
        return f"{persons}人"
    return {1: "お一人分", 2: "お二人分"}.get(persons, f"{persons}人分")


def text_values(
    starts_at: datetime, venue: str, persons: int, office: OfficeSettings, answer_by: datetime | None,
    language: Language,
) -> dict[str, str]:  # fmt: skip
    """What stands for the placeholders of a text."""
    gap = " " if language is Language.ENGLISH else ""
    return {
        "sender": sender(office, language),
        "day": day(starts_at, language),
        "time": hour(starts_at, language),
        "venue": venue,
        "telephone": office.telephone,
        "persons": _persons(persons, language),
        "until": day(answer_by, language) + gap + hour(answer_by, language) if answer_by else "",
    }


def spoken_values(
    starts_at: datetime, venue_kana: str, persons: int, office: OfficeSettings, answer_by: datetime | None
) -> dict[str, str]:
    """The same as a voice says it."""
    return {
        "sender": office.sender_spoken,
        "when": calendar.spoken_when(starts_at),
        "venue": venue_kana,
        "telephone": calendar.spoken_digits(office.telephone),
        "persons": spoken_persons(persons),
        "until": calendar.spoken_when(answer_by) if answer_by else "",
    }


def spoken_persons(persons: int) -> str:
    """For how many people it is said; nothing for one."""
    return {1: "", 2: "おふたりぶんの、"}.get(persons, "みなさまのぶんの、")
