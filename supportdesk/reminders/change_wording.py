"""What residents are told of a change: its templates are chosen here, and filled as all others are (wording.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..core.clock import local_date
from ..core.japan import calendar
from ..lessons.change_rules import Standing
from ..messages.providers.base import Channel
from ..messages.rules import Language
from ..office.settings import OfficeSettings
from ..places.rules import english_name
from . import wording_rules as rules
from .change_rules import News, NewsKind
from .rules import Step
from .wording import AllWords, channel, day, hour, said_in, sender
from .wording_rules import Template

_TEXT = {
    NewsKind.CANCELLED: Template.TEXT_CANCELLED,
    NewsKind.MOVED: Template.TEXT_MOVED,
    NewsKind.PLACE: Template.TEXT_PLACE,
    NewsKind.AFTER_ALL: Template.TEXT_AFTER_ALL,
}
_VOICE = {
    NewsKind.CANCELLED: Template.VOICE_CANCELLED,
    NewsKind.MOVED: Template.VOICE_MOVED,
    NewsKind.PLACE: Template.VOICE_PLACE,
    NewsKind.AFTER_ALL: Template.VOICE_AFTER_ALL,
}


def template_of(news: News, *, by_text: bool) -> Template:
    if news.kind is NewsKind.CANCELLED and news.instead is not None:
        return Template.TEXT_INSTEAD if by_text else Template.VOICE_INSTEAD
    return (_TEXT if by_text else _VOICE)[news.kind]


def text(news: News, office: OfficeSettings, words: AllWords, language: Language, told_at: datetime) -> str:
    """The text about a change. `told_at`: when it leaves, at the earliest."""
    values = text_values(news.known, _there(news), office, language, told_at)
    return rules.fill(_words(news, words, language, by_text=True), values)


def spoken(news: News, office: OfficeSettings, words: AllWords, told_at: datetime) -> tuple[str, ...]:
    """What a call about a change says, sentence by sentence."""
    values = spoken_values(news.known, _there(news), office, told_at)
    return tuple(rules.fill(_words(news, words, Language.JAPANESE, by_text=False), values).splitlines())


def _words(news: News, words: AllWords, language: Language, *, by_text: bool) -> str:
    template = template_of(news, by_text=by_text)
    said = words[language][template]
    return rules.without_class(template, said, language) if news.known.is_slot else said


def message(
    step: Step, news: News, office: OfficeSettings, words: AllWords, language: Language
) -> dict[str, Any]:
    """What the outbox keeps of a machine's step, besides its name. `language`: of texts to them."""
    by_text = channel(step) is Channel.SMS
    language = said_in(channel(step), language)
    return {
        "channel": channel(step),
        "number": step.number,
        "body": text(news, office, words, language, step.due_at) if by_text else "",
        "sentences": [] if by_text else list(spoken(news, office, words, step.due_at)),
        "language": language,
        "window": step.window,
        "due_at": step.due_at,
        "not_after": step.not_after,
        "only_from": step.hours.start,
        "only_until": step.hours.end,
        "not_on": step.hours.not_on,
    }


def _there(news: News) -> Standing:
    """Where they may come: the alternative of a cancelled lesson, else the lesson as it stands."""
    return news.instead or news.present


_TODAY = {Language.JAPANESE: "本日", Language.EASY: "きょう、", Language.ENGLISH: "today, "}


def text_values(
    before: Standing, there: Standing, office: OfficeSettings, language: Language, told_at: datetime
) -> dict[str, str]:
    """What stands for the placeholders of a text about a change: old day and hour, new ones, the venue there.
    `told_at`: when it leaves, at the earliest."""
    english = language is Language.ENGLISH
    return {
        "sender": sender(office, language),
        "today": _TODAY[language] if _same_day(before, told_at) else "",
        "day": day(before.starts_at, language),
        "time": hour(before.starts_at, language),
        "new_day": day(there.starts_at, language),
        "new_time": hour(there.starts_at, language),
        "venue": english_name(there.venue_en, there.venue_kana) if english else there.venue,
        "telephone": office.telephone,
    }


def spoken_values(
    before: Standing, there: Standing, office: OfficeSettings, told_at: datetime
) -> dict[str, str]:
    """The same as a voice says it; the old venue too, since a call has room for it."""
    return {
        "sender": office.sender_spoken,
        "today": "ほんじつ、" if _same_day(before, told_at) else "",
        "when": calendar.spoken_when(before.starts_at),
        "old_venue": before.venue_kana,
        "new_when": calendar.spoken_when(there.starts_at),
        "venue": there.venue_kana,
        "telephone": calendar.spoken_digits(office.telephone),
    }


def _same_day(before: Standing, told_at: datetime) -> bool:
    """Nothing of a change leaves after the lesson would have begun: what is due on its day is told on it."""
    return local_date(before.starts_at) == local_date(told_at)
