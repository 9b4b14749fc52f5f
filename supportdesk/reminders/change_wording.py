"""What residents are told of a change: its templates are chosen here, and filled as all others are (wording.py)."""

from __future__ import annotations

from typing import Any

from ..lessons.change_rules import Standing
from ..messages.providers.base import Channel
from ..office.settings import OfficeSettings
from . import wording_rules as rules
from .change_rules import News, NewsKind
from .rules import Step
from .wording import Words, change_spoken_values, change_text_values, channel
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


def text(news: News, office: OfficeSettings, words: Words) -> str:
    """The text about a change."""
    values = change_text_values(news.known, _there(news), office)
    return rules.fill(_words(news, words, by_text=True), values)


def spoken(news: News, office: OfficeSettings, words: Words) -> tuple[str, ...]:
    """What a call about a change says, sentence by sentence."""
    values = change_spoken_values(news.known, _there(news), office)
    return tuple(rules.fill(_words(news, words, by_text=False), values).splitlines())


def _words(news: News, words: Words, *, by_text: bool) -> str:
    template = template_of(news, by_text=by_text)
    said = words[template]
    return rules.without_class(template, said) if news.known.is_slot else said


def message(step: Step, news: News, office: OfficeSettings, words: Words) -> dict[str, Any]:
    """What the outbox keeps of a machine's step, besides its name."""
    by_text = channel(step) is Channel.SMS
    return {
        "channel": channel(step),
        "number": step.number,
        "body": text(news, office, words) if by_text else "",
        "sentences": [] if by_text else list(spoken(news, office, words)),
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
