"""The calendar of a Japanese town hall: holidays, working days, fiscal years, eras, days and times in words.

Words for people come in three kinds: text (messages, half-width, no year), paper (letters and cards, with the
era, full-width) and spoken (kana only, since no voice reads dates in kanji reliably). Functions ending in
`_when` take an instant (aware datetime) and put it on the town's wall clock; the others a plain date or time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from supportdesk.core import clock
from supportdesk.core.errors import Refusal
from supportdesk.core.japan.text import nfkc


class EraYear(NamedTuple):
    """A year as Japan counts it: 令和, 8."""

    era: str
    year: int

    def __str__(self) -> str:
        return f"{self.era}{'元' if self.year == 1 else self.year}"


class _Era(NamedTuple):
    name: str
    letter: str
    first_day: date


# Newest first. Meiji from 1873, when Japan took the western calendar; earlier days had other dates.
_ERAS = (
    _Era("令和", "R", date(2019, 5, 1)),
    _Era("平成", "H", date(1989, 1, 8)),
    _Era("昭和", "S", date(1926, 12, 25)),
    _Era("大正", "T", date(1912, 7, 30)),
    _Era("明治", "M", date(1873, 1, 1)),
)
_YEAR_BEFORE_FIRST = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_ERA_OF_MARK = {mark: era for era in _ERAS for mark in (era.name, era.name[0], era.letter)}

_WEEKDAYS = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_YEAR_TYPED = re.compile(
    rf"({'|'.join(sorted(_ERA_OF_MARK, key=len, reverse=True))})?(元|[0-9]{{1,4}})年?(?:生(?:まれ)?)?",
    re.IGNORECASE,
)
_DAY_TYPED = re.compile(
    r"(.*?(?:元|[0-9]))(?:年|[-/.])(1[0-2]|0?[1-9])(?:月|[-/.])(3[01]|[12][0-9]|0?[1-9])日?(?:\([月火水木金土日]\))?"
)
_TIME_TYPED = re.compile(
    r"(午前|午後)?(?:([0-9]{1,2})(?:時(?:([0-5]?[0-9])分|(半))?|:([0-5][0-9]))|([0-9]{1,2})([0-5][0-9]))"
)

_WRITE_YEAR = "Please write the year like 昭和16年 or 1941."
_WRITE_DAY = "Please write the date like 令和8年7月15日 or 2026-07-15."
_WRITE_TIME = "Please write the time like 13:30 or 午後1時30分."


# ---- holidays and working days


def is_holiday(day: date) -> bool:
    """Whether it is a national holiday (substitute holidays included; the office's closed days are not)."""
    return holiday_name(day) is not None


@lru_cache(maxsize=4096)
def holiday_name(day: date) -> str | None:
    """The national holiday's name, or None. Beyond the coming year the equinox days are forecasts."""
    import jpholiday  # here: it loads slowly, and most commands ask for no holiday

    name: str | None = jpholiday.is_holiday_name(day)
    return name


def is_year_end(day: date) -> bool:
    """Whether offices are closed for the turn of the year: 29 December to 3 January."""
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)


def is_working_day(day: date, closed: Collection[date] = ()) -> bool:
    """Whether the office works: not Saturday, Sunday, a holiday, 29 December to 3 January, or in `closed`."""
    return not (day.weekday() >= 5 or day in closed or is_year_end(day) or is_holiday(day))


def working_days_before(day: date, count: int, closed: Collection[date] = ()) -> date:
    """The `count`-th working day before `day` (0 gives `day` itself)."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day, closed)
    return day


# ---- fiscal years and eras


def fiscal_year(day: date) -> int:
    """The western year in which the fiscal year of `day` began (on 1 April)."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_label(year: int) -> str:
    """令和8年度 for 2026. All of 2019 was 令和元年度 by cabinet practice; "" before, for want of figures."""
    return f"{EraYear('令和', year - 2018)}年度" if year >= 2019 else ""


def era_year(day: date) -> EraYear:
    """The era and its year on that very day. Raises ValueError before 1873."""
    return EraYear(_era_of(day).name, day.year - _YEAR_BEFORE_FIRST[_era_of(day).name])


def wareki(day: date) -> str:
    """令和8年7月15日."""
    return f"{era_year(day)}年{day.month}月{day.day}日"


def wareki_short(day: date) -> str:
    """R8.7.15, the form of lists; the first year of an era is 1."""
    return f"{_era_of(day).letter}{era_year(day).year}.{day.month}.{day.day}"


def birth_label(year: int) -> str:
    """昭和16年生 for 1941. The day is not known, so a year with two eras names both: 昭和64・平成元年生."""
    names = [era_year(date(year, 1, 1)), era_year(date(year, 12, 31))]
    return "・".join(str(name) for name in dict.fromkeys(names)) + "年生"


def parse_era(typed: str) -> int:
    """The western year of 昭和16年, 昭16, S16, 令和元年 or 1941. A form with parts joins them: "昭和" + "16".

    Raises Refusal for a year that the era never had (昭和65年, 平成0年) and for anything else.
    """
    found = _YEAR_TYPED.fullmatch("".join(nfkc(typed).split()))
    if found is None:
        raise Refusal(_WRITE_YEAR, code="not-a-year")
    mark, number = (found[1] or "").upper(), found[2]
    if not mark:
        if len(number) != 4 or int(number) < _ERAS[-1].first_day.year:
            raise Refusal(_WRITE_YEAR, code="not-a-year")
        return int(number)
    era = _ERA_OF_MARK[mark]
    count = 1 if number == "元" else int(number)
    year = _YEAR_BEFORE_FIRST[era.name] + count
    last = _last_day(era)
    if count == 0 or year < era.first_day.year or year > last.year or count > 99:
        raise Refusal(
            "There was no year %(year)s in %(era)s. Please check it.",
            code="no-such-year",
            era=era.name,
            year=count,
        )
    return year


def parse_day(typed: str) -> date:
    """The day of 令和8年7月15日(水), R8.7.15, 2026-07-15, 2026/7/15 or 20260715.

    Raises Refusal for a day that never was, an era not in force on it (昭和64年1月8日) and anything else.
    """
    text = "".join(nfkc(typed).split())
    text = re.sub(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3", text)
    found = _DAY_TYPED.fullmatch(text)
    if found is None:
        raise Refusal(_WRITE_DAY, code="not-a-day")
    year = parse_era(found[1])
    try:
        day = date(year, int(found[2]), int(found[3]))
    except ValueError:
        raise Refusal("There is no such day in that month. Please check it.", code="no-such-day") from None
    if not found[1][0].isdecimal() and _ERA_OF_MARK[found[1][0].upper()] != _era_of(day):
        raise Refusal("That day was %(day)s. Please check it.", code="other-era", day=wareki(day))
    return day


def _era_of(day: date) -> _Era:
    for era in _ERAS:
        if day >= era.first_day:
            return era
    raise ValueError("the calendar begins in 1873")


def _last_day(era: _Era) -> date:
    place = _ERAS.index(era)
    return _ERAS[place - 1].first_day - timedelta(days=1) if place else date.max


# ---- days and times in words


def weekday(day: date) -> str:
    """水."""
    return _WEEKDAYS[day.weekday()]


def text_day(day: date) -> str:
    """7月15日(水), for messages."""
    return f"{day.month}月{day.day}日({weekday(day)})"


def text_time(hour: time) -> str:
    """午前10時, 午後1時30分, 正午, 午後0時30分 (午後12時30分 would be read both ways).

    Seconds are left out. Raises Refusal for midnight: nobody is invited then, and 午前0時 is taken for noon.
    """
    _refuse_midnight(hour)
    if (hour.hour, hour.minute) == (12, 0):
        return "正午"
    minutes = f"{hour.minute}分" if hour.minute else ""
    return f"{'午前' if hour.hour < 12 else '午後'}{hour.hour % 12}時{minutes}"


def english_day(day: date) -> str:
    """Wed 15 Jul, for English messages; without the locale, which another process may have changed."""
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"


def english_time(hour: time) -> str:
    """13:30. Raises Refusal for midnight, as `text_time`."""
    _refuse_midnight(hour)
    return f"{hour.hour}:{hour.minute:02}"


def parse_time(typed: str) -> time:
    """The time of 午後1時30分, 午後1時半, 正午, 13時, 13:30 or 1330, in any width.

    Raises Refusal for 午前12時 and 午後12時 (noon to some, midnight to others) and for anything else.
    """
    text = "".join(nfkc(typed).split())
    if text == "正午":
        return time(12, 0)
    found = _TIME_TYPED.fullmatch(text)
    if found is None:
        raise Refusal(_WRITE_TIME, code="not-a-time")
    half_of_day, hour = found[1], int(found[2] or found[6])
    minute = 30 if found[4] else int(found[3] or found[5] or found[7] or 0)
    if half_of_day and hour == 12:
        raise Refusal(
            "12時 after 午前 or 午後 can mean noon or midnight. Please write 正午 or 12:30.",
            code="noon-or-midnight",
        )
    if hour > (11 if half_of_day else 23):
        raise Refusal(_WRITE_TIME, code="not-a-time")
    return time(hour + 12 if half_of_day == "午後" else hour, minute)


def _refuse_midnight(hour: time) -> None:
    if (hour.hour, hour.minute) == (0, 0):
        raise Refusal("Midnight cannot be put into plain words. Please choose another time.", code="midnight")


def _on_the_wall(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant carries its time zone")
    return clock.local(instant)


# ---- the same, for a voice

_TENS = ("", "じゅう", "にじゅう", "さんじゅう", "よんじゅう", "ごじゅう")
# ハチ, not はち: at the head of a sentence a voice takes は for the particle, and 8月 becomes わちがつ.
_MONTHS = ("いち", "に", "さん", "し", "ご", "ろく", "しち", "ハチ", "く", "じゅう", "じゅういち", "じゅうに")
_DAYS_TO_TEN = (
    "ついたち", "ふつか", "みっか", "よっか", "いつか", "むいか", "なのか", "ようか", "ここのか", "とおか",
)  # fmt: skip
_DAYS_ODD = {14: "じゅうよっか", 20: "はつか", 24: "にじゅうよっか"}
_DAY_UNITS = ("", "いち", "に", "さん", "よん", "ご", "ろく", "しち", "ハチ", "く")
_HOURS = ("れい", "いち", "に", "さん", "よ", "ご", "ろく", "しち", "ハチ", "く", "じゅう", "じゅういち")
_MINUTE_UNITS = (
    "", "いっぷん", "にふん", "さんぷん", "よんぷん", "ごふん",
    "ろっぷん", "ななふん", "はっぷん", "きゅうふん",
)  # fmt: skip
_MINUTE_TENS = ("", "じゅっぷん", "にじゅっぷん", "さんじゅっぷん", "よんじゅっぷん", "ごじゅっぷん")
_WEEKDAYS_SPOKEN = ("げつ", "か", "すい", "もく", "きん", "ど", "にち")
_DIGITS_SPOKEN = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")


def spoken_day(day: date) -> str:
    """しちがつじゅうごにち."""
    month = _MONTHS[day.month - 1] + "がつ"
    if day.day <= 10:
        return month + _DAYS_TO_TEN[day.day - 1]
    return month + (_DAYS_ODD.get(day.day) or _TENS[day.day // 10] + _DAY_UNITS[day.day % 10] + "にち")


def spoken_weekday(day: date) -> str:
    """すいようび."""
    return _WEEKDAYS_SPOKEN[day.weekday()] + "ようび"


def spoken_time(hour: time) -> str:
    """ごぜんじゅうじ, ごごしちじさんじゅっぷん, しょうご. Raises Refusal for midnight."""
    _refuse_midnight(hour)
    if (hour.hour, hour.minute) == (12, 0):
        return "しょうご"
    half_of_day = "ごぜん" if hour.hour < 12 else "ごご"
    tens, unit = divmod(hour.minute, 10)
    minutes = _TENS[tens] + _MINUTE_UNITS[unit] if unit else _MINUTE_TENS[tens]
    return f"{half_of_day}{_HOURS[hour.hour % 12]}じ{minutes}"


def spoken_when(instant: datetime) -> str:
    """しちがつじゅうごにち、すいようび、ごぜんじゅうじ. Raises ValueError for a naive datetime."""
    local = _on_the_wall(instant)
    return "、".join((spoken_day(local.date()), spoken_weekday(local.date()), spoken_time(local.time())))


def spoken_digits(shown: str) -> str:
    """A telephone number digit by digit, a pause after each group: ゼロ、キュー、ゴ、ナナ。ゼロ、ゼロ。…"""
    groups = re.findall(r"[0-9]+", nfkc(shown))
    return "。".join("、".join(_DIGITS_SPOKEN[int(digit)] for digit in group) for group in groups)
