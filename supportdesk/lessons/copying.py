"""A month copied to the next: each lesson on the same weekday of the same week of the month, as a new one in
preparation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..people.supporter_queries import facts_of
from ..people.supporter_rules import PASSABLE, why_no_duty
from . import as_typed, several, timetable
from .decision_rules import Decision
from .models import Lesson, LessonCopy, SeriesLesson
from .rules import LessonState, lesson_times, next_month
from .series_rules import MOST_DATES, Registration, nth_weekday, week_of_month
from .several import Row, Wanted


@dataclass(frozen=True)
class MonthCopy:
    """What copying a month would make. `lessons` are those of the month, by id; `there` pairs each that is in the next
    month already with what is there; `whole` counts those of series booked as a whole, which are planned as such."""

    rows: list[Row]
    lessons: Mapping[int, Lesson]
    there: Sequence[tuple[Lesson, Lesson]]
    whole: int

    @property
    def made(self) -> int:
        """How many lessons there would be."""
        return sum(row.data is not None for row in self.rows)


def preview_copy(
    month: date, district_code: str, decisions: Mapping[str, Decision], now: datetime
) -> MonthCopy:
    """Each lesson of the month that begins on `month`, on its day of the next one, by its id. Changes nothing. Raises
    Refusal for more than can be looked at together."""
    lessons, whole = _of_month(month, district_code)
    there = _there_already(lessons, next_month(month))
    wanted = [_wanted(lesson, next_month(month)) for lesson in lessons if lesson.id not in there]
    wanted = _with_who_may_come(wanted, clock.local_date(now))
    pairs = [(lesson, there[lesson.id]) for lesson in lessons if lesson.id in there]
    return MonthCopy(several.look(wanted, decisions, now), {one.id: one for one in lessons}, pairs, whole)


def copy_month(
    month: date, district_code: str, decisions: Mapping[str, Decision], *, by: Actor, now: datetime
) -> list[Lesson]:
    """Make the lessons, all or none. What is there already is left alone, so that the copy may be run again. Raises
    Unsettled while something stands against a date that nobody has decided, and Refusal `nothing-left`."""
    lessons, _whole = _of_month(month, district_code)
    # Locked before it is asked what is there: of two who copy at once the second finds what the first has made.
    several.lock([as_typed.data_of(one) for one in lessons], decisions.values())
    seen = preview_copy(month, district_code, decisions, now)
    several.check_settled(seen.rows)
    if not seen.made:
        raise Refusal("Every date is left out, so there is nothing to plan.", code="nothing-left")
    made = several.make(seen.rows, by, now)
    sources = [int(row.wanted.key) for row in seen.rows if row.data is not None]
    db.session.add_all(
        LessonCopy(lesson_id=lesson.id, from_lesson_id=source) for lesson, source in zip(made, sources, strict=True)
    )
    db.session.flush()
    history.record(
        "lessons.copied", f"month:{month:%Y-%m}", by=by, now=now, lessons=len(made), district=district_code,
        left_out=len(seen.rows) - len(made),
    )  # fmt: skip
    return made


def _of_month(month: date, district_code: str) -> tuple[list[Lesson], int]:
    """The lessons to copy, and how many are left to their series."""
    query = timetable.lessons(clock.at(month, time()), clock.at(next_month(month), time()), district_code=district_code)
    query = query.where(Lesson.state != LessonState.CANCELLED).limit(MOST_DATES + 1)
    part = joinedload(Lesson.part).joinedload(SeriesLesson.series)
    shown = (selectinload(Lesson.supporters), selectinload(Lesson.things), part)
    found = db.session.scalars(query.options(*shown)).all()
    if len(found) > MOST_DATES:
        raise Refusal(
            "More than %(most)s lessons. Please copy one district after the other.",
            code="too-many-days", field="district", most=MOST_DATES,
        )  # fmt: skip
    alone = [lesson for lesson in found if not _booked_as_a_whole(lesson)]
    return alone, len(found) - len(alone)


def _booked_as_a_whole(lesson: Lesson) -> bool:
    return lesson.part is not None and lesson.part.series.registration is Registration.WHOLE


def _wanted(lesson: Lesson, to: date) -> Wanted:
    known = as_typed.data_of(lesson)
    day = nth_weekday(to, week_of_month(known.day), known.day.weekday())
    moved = replace(known, day=day or known.day, booking_opens_at=None, booking_closes_at=None)
    return Wanted(str(lesson.id), moved, no_such_day=day is None)


def _with_who_may_come(wanted: Sequence[Wanted], today: date) -> list[Wanted]:
    """Who has left by then, or has no papers, is not copied along: the new lesson lacks somebody, and says so. Days off
    and hours stand against it as anywhere, since they may be talked about."""
    ids = {supporter_id for one in wanted for supporter_id in one.data.supporter_ids}
    days = [one.data.day for one in wanted] or [today]
    facts = facts_of(ids, min(days), max(days))
    found = []
    for one in wanted:
        starts_at, ends_at = lesson_times(one.data.day, one.data.start, one.data.minutes)
        may = [
            each for each in one.data.supporter_ids
            if not set(why_no_duty(facts[each], starts_at, ends_at, today)) - PASSABLE
        ]  # fmt: skip
        found.append(replace(one, data=replace(one.data, supporter_ids=tuple(may))))
    return found


def _there_already(lessons: Sequence[Lesson], to: date) -> dict[int, Lesson]:
    """What was copied before, or planned by hand just so (the same course in the same room at the same hour)."""
    if not lessons:
        return {}
    copies = sa.select(LessonCopy.from_lesson_id, Lesson).join(Lesson, Lesson.id == LessonCopy.lesson_id)
    copies = copies.where(LessonCopy.from_lesson_id.in_([one.id for one in lessons]))
    found: dict[int, Lesson] = {row[0]: row[1] for row in db.session.execute(copies)}
    next_ones = timetable.lessons(clock.at(to, time()), clock.at(next_month(to), time()))
    planned = {
        (one.course_id, one.room_id, one.starts_at): one
        for one in db.session.scalars(next_ones.where(Lesson.state != LessonState.CANCELLED))
    }
    for lesson in lessons:
        wanted = _wanted(lesson, to)
        starts_at = clock.at(wanted.data.day, wanted.data.start)
        same = planned.get((lesson.course_id, lesson.room_id, starts_at))
        if same is not None and not wanted.no_such_day:
            found.setdefault(lesson.id, same)
    return found
