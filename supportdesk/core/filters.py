"""Jinja filters for instants and numbers, in the words of the page's language."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from flask_babel import get_locale

from .clock import local
from .japan import calendar, phone


def _japanese() -> bool:
    locale = get_locale()
    return locale is None or locale.language == "ja"


def _hour(moment: datetime) -> str:
    """The office never plans anything for midnight (calendar.text_time refuses it), but things do happen then."""
    return "午前0時" if (moment.hour, moment.minute) == (0, 0) else calendar.text_time(moment.time())


def when(instant: datetime) -> str:
    """7月15日(水)午前10時; the year is said elsewhere or clear."""
    moment = local(instant)
    if _japanese():
        return calendar.text_day(moment.date()) + _hour(moment)
    return f"{moment:%a} {moment.day} {moment:%b}, {moment:%H:%M}"


def paper(instant: datetime) -> str:
    """令和8年7月15日（水）午前10時."""
    moment = local(instant)
    if _japanese():
        return f"{calendar.wareki(moment.date())}（{calendar.weekday(moment.date())}）{_hour(moment)}"
    return f"{moment:%A} {moment.day} {moment:%B %Y}, {moment:%H:%M}"


def day(value: datetime | date) -> str:
    """7月15日(水)."""
    value = local(value).date() if isinstance(value, datetime) else value
    return calendar.text_day(value) if _japanese() else f"{value:%a} {value.day} {value:%b}"


def clock(instant: datetime) -> str:
    """午前10時."""
    moment = local(instant)
    return _hour(moment) if _japanese() else f"{moment:%H:%M}"


def in_full(value: datetime | date) -> str:
    """令和8年7月15日."""
    value = local(value).date() if isinstance(value, datetime) else value
    return calendar.wareki(value) if _japanese() else f"{value.day} {value:%B %Y}"


def birth(year: int | None) -> str:
    """昭和16年生, or nothing."""
    if year is None:
        return ""
    return calendar.birth_label(year) if _japanese() else f"b. {year}"


def telephone(number: str) -> str:
    """A number in the groups in which people here say it."""
    return phone.display(number)


def install(app: Flask) -> None:
    for function in (when, paper, day, clock, birth, telephone):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["date"] = in_full
