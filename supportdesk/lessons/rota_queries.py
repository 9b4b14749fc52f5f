"""Reads about the rota: where somebody is missing, who could help, and a supporter's own duties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core import clock
from ..core.db import db
from ..core.errors import NotFound
from ..core.japan import calendar
from ..office import queries as office
from ..people import supporter_queries
from ..people.models import Supporter, SupporterSkill
from ..places.models import Venue
from . import rota_rules, timetable
from . import rota_suggestion_rules as rules
from . import supporter_queries as own
from .conflicts import centres
from .models import Course, CourseTopic, Lesson, LessonSupporter
from .rota_models import CannotCome, Declined
from .rota_suggestion_rules import Answer, Candidate, Duty, Filled, Opening
from .rules import OVER
from .slot_rules import VISITORS, LessonKind
from .travel_rules import Place

# How far きょう looks ahead.
AHEAD = timedelta(days=14)
# Where lessons are planned. Whoever sits at a table of a consultation is chosen for its whole day (slot_days.py), and
# twenty lines for one day would hide the lessons that lack somebody.
CLASSES = Lesson.kind == LessonKind.CLASS


def missing() -> sa.ColumnElement[int]:
    """How many supporters are missing in a lesson (Lesson.supporters_missing), below 0 when more are there than it
    needs. For a query that has Lesson and Course."""
    from_course = (Lesson.seats + Course.learners_per_supporter - 1) // Course.learners_per_supporter
    needed = sa.case(
        (Lesson.kind == LessonKind.VISIT, VISITORS), else_=sa.func.coalesce(Lesson.supporters_needed, from_course)
    )
    on_duty = sa.select(sa.func.count()).where(LessonSupporter.lesson_id == Lesson.id).scalar_subquery()
    return needed - on_duty


def gaps(now: datetime, until: datetime | None = None, *, district_code: str = "") -> sa.Select[Any]:
    """Lessons to come in which somebody is missing, slots among them, soonest first, with those on duty."""
    query = timetable.lessons(now, until, district_code=district_code).join(Course, Course.id == Lesson.course_id)
    return query.where(Lesson.starts_at > now, Lesson.state.not_in(OVER), missing() > 0).options(_ON_DUTY)


@dataclass(frozen=True)
class Gaps:
    """Lessons in which somebody is missing, soonest first, with who cannot come. `soon` are those, by id, for which
    somebody must be found today; `total` is how many there are besides."""

    lessons: Sequence[Lesson]
    told: Mapping[int, Sequence[CannotCome]]
    soon: frozenset[int]
    total: int


def gaps_ahead(now: datetime, *, most: int) -> Gaps:
    """The gaps of the next two weeks, at most so many of them (five queries)."""
    query = gaps(now, now + AHEAD).where(CLASSES)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    return _shown(db.session.scalars(query.limit(most)).all(), total, now)


def left_open(now: datetime) -> Gaps:
    """Gaps that are there since a supporter cannot come (four queries)."""
    told = sa.exists().where(CannotCome.lesson_id == Lesson.id, CannotCome.starts_at == Lesson.starts_at)
    lessons = db.session.scalars(gaps(now).where(told)).all()
    return _shown(lessons, len(lessons), now)


def _shown(lessons: Sequence[Lesson], total: int, now: datetime) -> Gaps:
    closed = office.all_closed_days()
    soon = frozenset(lesson.id for lesson in lessons if rota_rules.is_soon(lesson.starts_at, now, closed))
    return Gaps(lessons, told_of({lesson.id for lesson in lessons}), soon, total)


def told_of(lesson_ids: Collection[int]) -> dict[int, list[CannotCome]]:
    """Who told us that they cannot come to these lessons as they are planned now, and is not on duty there again, by
    lesson (one query)."""
    back = sa.exists().where(
        LessonSupporter.lesson_id == CannotCome.lesson_id, LessonSupporter.supporter_id == CannotCome.supporter_id
    )
    query = _of_this_start(sa.select(CannotCome), CannotCome, lesson_ids).where(~back)
    found: dict[int, list[CannotCome]] = defaultdict(list)
    for row in db.session.scalars(query.options(joinedload(CannotCome.supporter)).order_by(CannotCome.id)):
        found[row.lesson_id].append(row)
    return found


def rota(first: date, last: date, district_code: str = "") -> Sequence[Lesson]:
    """The classes of these days that are not cancelled, with those on duty (three queries)."""
    end = clock.at(last + timedelta(days=1), time.min)
    query = timetable.lessons(clock.at(first, time.min), end, district_code=district_code)
    return db.session.scalars(query.where(Lesson.cancelled_at.is_(None), CLASSES).options(_ON_DUTY)).all()


@dataclass(frozen=True)
class LessonRota:
    """All that is known of who helps in one lesson. `people` are the supporters whom `answer` names, by id."""

    lesson: Lesson
    answer: Answer
    people: dict[int, Supporter]
    told: Sequence[CannotCome]
    declined: dict[int, Declined]


def of_lesson(lesson_id: int, now: datetime) -> LessonRota:
    """Who helps in one lesson, and whom to ask. Raises NotFound."""
    lesson = timetable.lesson(lesson_id)
    day = clock.local_date(lesson.starts_at)
    people = _present(now, day)
    (opening,) = openings([lesson])
    found = rules.answer(opening, candidates(people, day, day), clock.local_date(now))
    rows = db.session.scalars(_of_this_start(sa.select(Declined), Declined, [lesson_id]))
    return LessonRota(
        lesson, found, {one.id: one for one in people}, told_of([lesson_id])[lesson_id],
        {row.supporter_id: row for row in rows},
    )  # fmt: skip


def proposal(first: date, last: date, now: datetime, district_code: str = "") -> list[tuple[Lesson, Filled]]:
    """A proposal for every gap of these days, in the order of the lessons. In a constant number of queries."""
    end = clock.at(last + timedelta(days=1), time.min)
    start = max(now, clock.at(first, time.min))
    lessons = db.session.scalars(gaps(start, end, district_code=district_code).where(CLASSES)).all()
    if not lessons:
        return []
    found = rules.plan(
        openings(lessons), candidates(_present(now, first), first, last), clock.local_date(now),
        rules.weeks_around(first, last),
    )  # fmt: skip
    return [(lesson, found[lesson.id]) for lesson in lessons]


def openings(lessons: Sequence[Lesson]) -> list[Opening]:
    """These lessons as the rules see them (four queries)."""
    points, ids = centres(), {lesson.id for lesson in lessons}
    topics: dict[int, set[str]] = defaultdict(set)
    courses = {lesson.course_id for lesson in lessons}
    for row in db.session.scalars(sa.select(CourseTopic).where(CourseTopic.course_id.in_(courses))):
        topics[row.course_id].add(row.topic_code)
    unwilling: dict[int, set[int]] = defaultdict(set)
    for model in (Declined, CannotCome):
        for row in db.session.scalars(_of_this_start(sa.select(model), model, ids)):
            unwilling[row.lesson_id].add(row.supporter_id)
    return [
        Opening(
            duty=Duty(
                lesson.id, lesson.course.title, lesson.starts_at, lesson.ends_at,
                Place(lesson.venue_id, points.get(lesson.venue.district_code)),
            ),
            missing=lesson.supporters_missing,
            topics=frozenset(topics[lesson.course_id]),
            on_duty=frozenset(row.supporter_id for row in lesson.supporters),
            unwilling=frozenset(unwilling[lesson.id]),
        )
        for lesson in lessons
    ]  # fmt: skip


def _of_this_start(
    query: sa.Select[Any], model: type[CannotCome] | type[Declined], lesson_ids: Collection[int]
) -> sa.Select[Any]:
    """What was said of these lessons as they are planned now: of another day nobody said no."""
    now = sa.and_(Lesson.id == model.lesson_id, Lesson.starts_at == model.starts_at)
    return query.join(Lesson, now).where(model.lesson_id.in_(lesson_ids))


def candidates(people: Sequence[Supporter], first: date, last: date) -> list[Candidate]:
    """These supporters as the rules see them for lessons of these days."""
    ids = [one.id for one in people]
    points = centres()
    facts = supporter_queries.facts_of(ids, first, last)
    skills: dict[int, set[str]] = defaultdict(set)
    for row in db.session.scalars(sa.select(SupporterSkill).where(SupporterSkill.supporter_id.in_(ids))):
        skills[row.supporter_id].add(row.topic_code)
    duties = _duties(ids, *rules.weeks_around(first, last))
    this_year = _turns_of_year(ids, calendar.fiscal_year(first))
    return [
        Candidate(
            one.id, one.name, facts[one.id], frozenset(skills[one.id]), points.get(one.district_code),
            tuple(duties[one.id]), this_year.get(one.id, 0),
        )
        for one in people
    ]  # fmt: skip


def _present(now: datetime, day: date) -> Sequence[Supporter]:
    return timetable.supporters(max(clock.local_date(now), day))


def _duties(ids: Collection[int], first: date, last: date) -> dict[int, list[Duty]]:
    points = centres()
    query = (
        sa.select(LessonSupporter.supporter_id, Lesson.id, Course.title, Lesson.starts_at, Lesson.ends_at, Venue)
        .join(Lesson, Lesson.id == LessonSupporter.lesson_id)
        .join(Course, Course.id == Lesson.course_id)
        .join(Venue, Venue.id == Lesson.venue_id)
        .where(LessonSupporter.supporter_id.in_(ids), *_days(first, last))
    )
    found: dict[int, list[Duty]] = defaultdict(list)
    for supporter_id, lesson_id, title, starts_at, ends_at, venue in db.session.execute(query):
        place = Place(venue.id, points.get(venue.district_code))
        found[supporter_id].append(Duty(lesson_id, title, starts_at, ends_at, place))
    return found


def _turns_of_year(ids: Collection[int], year: int) -> dict[int, int]:
    query = (
        sa.select(LessonSupporter.supporter_id, sa.func.count().label("turns"))
        .where(LessonSupporter.supporter_id.in_(ids), *_days(date(year, 4, 1), date(year + 1, 3, 31)))
        .group_by(LessonSupporter.supporter_id)
    )
    return {row.supporter_id: row.turns for row in db.session.execute(query)}


def _days(first: date, last: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Duties of these days. A cancelled lesson's row has no times, and is no turn."""
    end = clock.at(last + timedelta(days=1), time.min)
    return LessonSupporter.starts_at >= clock.at(first, time.min), LessonSupporter.starts_at < end


def supporter_of(user_id: int | None, now: datetime) -> Supporter:
    """The supporter whose account this is, if they are with us. Raises NotFound."""
    found = supporter_queries.of_account(user_id, clock.local_date(now))
    if found is None:
        raise NotFound("This account belongs to no supporter. Please ask the office.")
    return found


def names(supporter_ids: Collection[int]) -> dict[int, str]:
    """What these supporters are called (one query)."""
    query = sa.select(Supporter.id, Supporter.name).where(Supporter.id.in_(supporter_ids))
    return {row.id: row.name for row in db.session.execute(query)}


def own_duties(supporter_id: int, now: datetime) -> sa.Select[Any]:
    """The lessons to come in which this supporter is on duty, soonest first."""
    return own.duties(supporter_id, clock.local_date(now)).where(Lesson.starts_at > now)


def own_duty(supporter_id: int, lesson_id: int, now: datetime) -> Lesson:
    """One of them. Raises NotFound, also for a lesson of others."""
    found = db.session.scalars(own_duties(supporter_id, now).where(Lesson.id == lesson_id)).first()
    if found is None:
        raise NotFound("You are not on duty in this lesson.")
    return found


_ON_DUTY = selectinload(Lesson.supporters).joinedload(LessonSupporter.supporter)
