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
    return paper_date(instant) + (_hour(moment) if _japanese() else f", {moment:%H:%M}")


def paper_date(instant: datetime) -> str:
    """令和8年7月15日（水）."""
    moment = local(instant)
    if _japanese():
        return f"{calendar.wareki(moment.date())}（{calendar.weekday(moment.date())}）"
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


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


def paper_day(value: datetime | date) -> str:
    """7月15日（水）, on paper where the year stands above."""
    value = local(value).date() if isinstance(value, datetime) else value
    if _japanese():
        return f"{value.month}月{value.day}日（{calendar.weekday(value)}）"
    return day(value)


def span(starts_at: datetime, ends_at: datetime) -> str:
    """午前10時〜11時, 午前11時30分〜午後1時: 午前 or 午後 is said once where it holds for both."""
    start, end = _hour(local(starts_at)), _hour(local(ends_at))
    if not _japanese():
        return f"{local(starts_at):%H:%M}–{local(ends_at):%H:%M}"
    for half_of_day in ("午前", "午後"):
        if start.startswith(half_of_day):
            end = end.removeprefix(half_of_day)
    return f"{start}〜{end}"


def month(first: date) -> str:
    """令和8年7月."""
    return f"{calendar.era_year(first)}年{first.month}月" if _japanese() else f"{first:%B %Y}"


def fiscal(day: date) -> str:
    """令和8年度, of any day of it."""
    year = calendar.fiscal_year(day)
    return calendar.fiscal_label(year) if _japanese() else f"Fiscal year {year}"


def day_of_month(value: date) -> str:
    """15日（水）, in tables of one month."""
    return f"{value.day}日（{calendar.weekday(value)}）" if _japanese() else f"{value:%a} {value.day}"


def hour(instant: datetime) -> str:
    """13:30, in tables where there is no room for more."""
    return f"{local(instant):%H:%M}"


def yen(amount: int | None) -> str:
    """1,500; nothing where it is written in by hand."""
    return "" if amount is None else f"{amount:,}"


def telephone(number: str) -> str:
    """A number in the groups in which people here say it."""
    return phone.display(number)


def install(app: Flask) -> None:
    for function in (
        when, paper, paper_date, paper_day, day, day_of_month, clock, hour, span, month, fiscal, birth, yen, telephone,
    ):  # fmt: skip
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["date"] = in_full
