"""Reads about what a person must decide: lessons below their least number, and draws that nobody has made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..office import queries as office
from ..office import settings as office_settings
from . import least_rules as rules
from .least_models import LeastDecision
from .least_rules import Decided, Question
from .lottery_rules import Admission
from .models import Lesson
from .rules import LessonState
from .slot_rules import LessonKind
from .waiting_models import Waiting, WaitingMember

# A lesson that may still be booked, entered or drawn.
ASKED_ABOUT = (LessonState.OPEN, LessonState.CLOSED)


@dataclass(frozen=True)
class ToDecide:
    """A question about one lesson, until when it is to be answered, and how many seats are asked for."""

    lesson: Lesson
    question: Question
    asked_for: int
    deadline: datetime


def to_decide(now: datetime) -> list[ToDecide]:
    """What must be decided now, by deadline. One query if no lesson comes into question, else five at the most."""
    below = sa.and_(Lesson.starts_at < now + rules.AHEAD, Lesson.seats_taken < Lesson.least)
    undrawn = sa.and_(Lesson.admission == Admission.LOTTERY, Lesson.drawn_at.is_(None))
    to_draw = sa.and_(undrawn, Lesson.booking_closes_at <= now)
    found = sa.select(Lesson).where(Lesson.starts_at > now, Lesson.state.in_(ASKED_ABOUT), sa.or_(below, to_draw))
    found = found.where(Lesson.kind == LessonKind.CLASS)  # a time that nobody took is no lesson to be cancelled
    lessons = db.session.scalars(found.options(joinedload(Lesson.course), joinedload(Lesson.venue))).all()
    asked = [item for facts in _facts(lessons) for item in _questions(facts, now)]
    return sorted(asked, key=lambda one: (one.deadline, one.lesson.id, one.question))


def questions_of(lesson: Lesson, now: datetime) -> list[ToDecide]:
    """The same of one lesson, for its page. No query if enough are booked."""
    enough = lesson.seats_taken >= lesson.least and not lesson.is_undrawn
    if enough or lesson.kind is not LessonKind.CLASS or lesson.state not in ASKED_ABOUT or now >= lesson.starts_at:
        return []
    return [item for facts in _facts([lesson]) for item in _questions(facts, now)]


def least_of(lesson: Lesson, now: datetime) -> tuple[int, datetime | None]:
    """How many seats are asked for in a lesson, and the deadline if it is to be decided now whether it is held."""
    [facts] = _facts([lesson])
    open_class = lesson.kind is LessonKind.CLASS and lesson.state in ASKED_ABOUT
    return facts.asked_for, facts.least_by(now) if open_class else None


def decisions_of(lesson_id: int) -> Sequence[LeastDecision]:
    """What was decided about a lesson, the newest first."""
    found = sa.select(LeastDecision).where(LeastDecision.lesson_id == lesson_id)
    return db.session.scalars(found.order_by(LeastDecision.id.desc())).all()


@dataclass(frozen=True)
class _Facts:
    """What the rules look at in one lesson."""

    lesson: Lesson
    asked_for: int
    decided: Decided | None
    days: int
    closed: frozenset[date]

    def least_by(self, now: datetime) -> datetime | None:
        """The deadline if it is to be decided now whether it is held."""
        return rules.question_of_least(
            self.lesson.starts_at, self.lesson.least, self.asked_for, self.decided, self.days, self.closed, now
        )


def _facts(lessons: Sequence[Lesson]) -> list[_Facts]:
    if not lessons:
        return []
    days, closed = office_settings.current().decide_working_days, office.all_closed_days()
    decided = _newest([each.id for each in lessons])
    entered = _entered([each.id for each in lessons if each.is_undrawn])
    return [
        _Facts(
            each, entered.get(each.id, 0) if each.is_undrawn else each.seats_taken, decided.get(each.id), days, closed
        )
        for each in lessons
    ]


def _questions(facts: _Facts, now: datetime) -> list[ToDecide]:
    lesson, found, deadline = facts.lesson, [], facts.least_by(now)
    if deadline is not None:
        found.append(ToDecide(lesson, Question.LEAST, facts.asked_for, deadline))
    if lesson.is_undrawn and now >= lesson.booking_closes_at:
        draw_by = rules.draw_by(lesson.booking_closes_at, lesson.starts_at, facts.closed)
        found.append(ToDecide(lesson, Question.DRAW, facts.asked_for, draw_by))
    return found


def _newest(lesson_ids: Collection[int]) -> dict[int, Decided]:
    found = sa.select(LeastDecision).where(LeastDecision.lesson_id.in_(lesson_ids)).order_by(LeastDecision.id)
    return {row.lesson_id: Decided(row.answer, row.asked_for, row.until) for row in db.session.scalars(found)}


def _entered(lesson_ids: Collection[int]) -> dict[int, int]:
    """How many seats the standing entries of these ask for (one query, or none)."""
    if not lesson_ids:
        return {}
    members = sa.select(sa.func.count()).where(
        WaitingMember.waiting_id == Waiting.id, WaitingMember.left_at.is_(None)
    ).correlate(Waiting).scalar_subquery()  # fmt: skip
    found = sa.select(Waiting.lesson_id, sa.func.sum(Waiting.companions + members)).where(
        Waiting.lesson_id.in_(lesson_ids), Waiting.ended_at.is_(None)
    )
    return {lesson_id: int(seats) for lesson_id, seats in db.session.execute(found.group_by(Waiting.lesson_id))}
