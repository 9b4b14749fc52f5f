"""What happens to series: planned as a whole, changed from one lesson on, cancelled. Each in one transaction, so that a
run that is killed halfway leaves nothing, and its repetition makes everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa

from ..accounts import in_charge_queries
from ..core import clock, history
from ..core.access import Actor, Role
from ..core.db import db, one_row
from ..core.edits import fitting
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.japan import calendar
from ..office import queries as office
from . import rules, series_queries, series_rules, several
from .actions import LessonData
from .decision_rules import Decision
from .models import Series, SeriesLesson, SeriesSupporter, SeriesThing
from .series_rules import Dates, Pattern, Registration
from .several import Row, Wanted

PLANNERS = frozenset({Role.STAFF, Role.COORDINATOR})


@dataclass(frozen=True)
class SeriesData:
    """A series as it is typed, on the town's wall clock. The venue is the room's."""

    course_id: int
    room_id: int
    pattern: Pattern
    start: time
    minutes: int
    seats: int
    registration: Registration
    least: int = 1
    supporter_ids: tuple[int, ...] = ()
    thing_ids: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Preview:
    """What a series would be, date by date."""

    dates: Dates
    rows: list[Row]

    @property
    def made(self) -> int:
        """How many lessons there would be."""
        return sum(row.data is not None for row in self.rows)

    @property
    def by_fiscal_year(self) -> dict[int, int]:
        """How many of them lie in each fiscal year."""
        return dict(Counter(calendar.fiscal_year(row.data.day) for row in self.rows if row.data))


def preview(data: SeriesData, decisions: Mapping[str, Decision], now: datetime) -> Preview:
    """Each date with what stands against it and what was decided; a date is named by its day (2026-07-15). Changes
    nothing. Raises Refusal at the field that cannot be taken."""
    dates = series_rules.dates_of(data.pattern, clock.local_date(now))
    rules.check_seats(data.seats, data.least)
    rules.lesson_times(dates.days[0], data.start, data.minutes)
    several.check_course(data.course_id)
    several.check_supporters(data.supporter_ids)
    return look_at(data, dates, decisions, now)


def look_at(data: SeriesData, dates: Dates, decisions: Mapping[str, Decision], now: datetime) -> Preview:
    """These dates of a series with what stands against each."""
    wanted = [Wanted(day.isoformat(), lesson_of(data, day)) for day in dates.days]
    return Preview(dates, several.look(wanted, decisions, now))


def add_series(
    data: SeriesData, decisions: Mapping[str, Decision], *, external_id: str | None = None, by: Actor, now: datetime
) -> Series:
    """Make the series and its lessons, in preparation. Raises Refusal, and Unsettled while something stands against a
    date that nobody has decided."""
    several.lock([lesson_of(data, clock.local_date(now))], decisions.values())
    seen = preview(data, decisions, now)
    several.check_settled(seen.rows)
    if not seen.made:
        raise Refusal("Every date is left out, so there is nothing to plan.", code="nothing-left")
    window = window_of_all(seen) if data.registration is Registration.WHOLE else None
    lessons = several.make(seen.rows, by, now, window=window)
    series = _series(data, seen, external_id, by)
    db.session.add(series)
    db.session.flush()
    kept = [row for row in seen.rows if row.data is not None]
    order = sorted(zip(lessons, kept, strict=True), key=lambda pair: pair[0].starts_at)
    series.parts = [
        SeriesLesson(lesson_id=lesson.id, place=place, day=date.fromisoformat(row.wanted.key))
        for place, (lesson, row) in enumerate(order, start=1)
    ]
    db.session.flush()
    history.record(
        "series.added", f"series:{series.id}", by=by, now=now, version=series.version, lessons=len(lessons),
        left_out=len(seen.rows) - len(lessons),
    )  # fmt: skip
    return series


def put_in_charge(series_id: int, user_id: int | None, *, seen: int | None, by: Actor, now: datetime) -> None:
    """Give a series to somebody who plans lessons, or to nobody, from whoever the caller saw in charge. Raises
    NotFound, ChangedMeanwhile, Refusal `not-in-service`."""
    series_queries.get(series_id)
    in_charge_queries.check(user_id, PLANNERS, clock.local_date(now))
    moved = sa.update(Series).where(Series.id == series_id, Series.in_charge_id.is_not_distinct_from(seen))
    if not one_row(moved.values(in_charge_id=user_id, version=Series.version + 1)):
        raise ChangedMeanwhile()
    history.record("series.in-charge", f"series:{series_id}", by=by, now=now, before=seen, after=user_id)


def _series(data: SeriesData, seen: Preview, external_id: str | None, by: Actor) -> Series:
    series = Series(
        external_id=external_id, course_id=data.course_id, room_id=data.room_id, rule=data.pattern.rule,
        first_day=seen.dates.days[0], every_weeks=data.pattern.every_weeks, until=data.pattern.until,
        times=data.pattern.times, start=data.start, minutes=data.minutes, seats=data.seats, least=data.least,
        registration=data.registration, size=seen.made, in_charge_id=by.id, **fitting(Series, {"note": data.note}),
    )  # fmt: skip
    series.supporters = [SeriesSupporter(supporter_id=one) for one in sorted(set(data.supporter_ids))]
    series.things = [SeriesThing(thing_id=one) for one in sorted(set(data.thing_ids))]
    return series


def lesson_of(data: SeriesData, day: date) -> LessonData:
    """One lesson of a series as it is typed."""
    return LessonData(
        course_id=data.course_id, room_id=data.room_id, day=day, start=data.start, minutes=data.minutes,
        seats=data.seats, least=data.least, supporter_ids=tuple(sorted(set(data.supporter_ids))),
        thing_ids=tuple(sorted(set(data.thing_ids))), note=data.note,
    )  # fmt: skip


def window_of_all(seen: Preview) -> several.Window:
    """What is booked as a whole can be booked from one day to one day: those of its first lesson."""
    first = min((row.data for row in seen.rows if row.data), key=lambda one: (one.day, one.start))
    return several.usual_window(first.day, first, office.all_closed_days())
