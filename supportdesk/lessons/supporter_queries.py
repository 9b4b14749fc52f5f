"""Reads about supporters and their duties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core import clock
from ..core.db import db
from ..core.japan.calendar import fiscal_year
from ..people.models import Supporter
from ..people.supporter_queries import facts_of, incomplete
from ..people.supporter_rules import NoDuty, SupporterFacts, missing_papers, why_no_duty
from .models import Lesson, LessonSupporter

_SHOWN = (joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))


@dataclass(frozen=True)
class Duty:
    """A lesson with a supporter who is on duty in it, and what stands against that."""

    lesson: Lesson
    supporter_id: int
    name: str
    why: list[NoDuty]


def duties(supporter_id: int, first: date) -> sa.Select[Any]:
    """The lessons that are not cancelled in which a supporter is on duty from that day on, the soonest first."""
    mine = LessonSupporter.lesson_id == Lesson.id, LessonSupporter.supporter_id == supporter_id
    query = sa.select(Lesson).join(LessonSupporter, sa.and_(*mine))
    return query.where(Lesson.starts_at >= clock.at(first, time.min), Lesson.cancelled_at.is_(None)).options(
        *_SHOWN
    ).order_by(Lesson.starts_at, Lesson.id)  # fmt: skip


def duties_between(supporter_id: int, first: date, last: date) -> int:
    """How many duties they have from the first of these days to the last."""
    within = duties(supporter_id, first).where(Lesson.starts_at <= clock.at(last, time.max)).order_by(None)
    ids = within.with_only_columns(Lesson.id).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(ids)) or 0


def against(supporter_id: int, lessons: Sequence[Lesson], today: date) -> dict[int, list[NoDuty]]:
    """What stands against this supporter's duty in each of these lessons, by their ids. At most four queries."""
    if not lessons:
        return {}
    days = [clock.local_date(lesson.starts_at) for lesson in lessons]
    facts = facts_of([supporter_id], min(days), max(days))[supporter_id]
    return {lesson.id: why_no_duty(facts, lesson.starts_at, lesson.ends_at, today) for lesson in lessons}


def without_papers(now: datetime) -> list[Duty]:
    """Duties of today and later in the running fiscal year whose supporter has left by then, or lacks a term, pledge or
    insurance on that day; the soonest first. Five queries at most.

    Of later years nothing is said: their papers come before their 1 April.
    """
    today = clock.local_date(now)
    last = date(fiscal_year(today) + 1, 3, 31)
    found = _perhaps(today, last)
    if not found:
        return []
    facts = facts_of({supporter_id for _lesson, supporter_id in found}, today, last)
    duties = []
    for lesson, supporter_id in found:
        one = facts[supporter_id]
        why = _papers_or_left(one, clock.local_date(lesson.starts_at))
        if why:
            duties.append(Duty(lesson, supporter_id, one.name, why))
    return duties


def _papers_or_left(facts: SupporterFacts, day: date) -> list[NoDuty]:
    if facts.left_on is not None and day > facts.left_on:
        return [NoDuty.LEFT]
    return missing_papers(facts, day)


def _perhaps(first: date, last: date) -> list[tuple[Lesson, int]]:
    """The duties of those whose papers do not cover all these days. Mostly nobody's."""
    gone = sa.and_(Supporter.left_on.is_not(None), Supporter.left_on < last)
    query = (
        sa.select(Lesson, LessonSupporter.supporter_id)
        .join(LessonSupporter, LessonSupporter.lesson_id == Lesson.id)
        .join(Supporter, Supporter.id == LessonSupporter.supporter_id)
        .where(
            Lesson.starts_at >= clock.at(first, time.min),
            Lesson.starts_at <= clock.at(last, time.max),
            Lesson.cancelled_at.is_(None),
            sa.or_(gone, incomplete(first, last)),
        )
        .options(*_SHOWN)
        .order_by(Lesson.starts_at, Lesson.id, LessonSupporter.supporter_id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
