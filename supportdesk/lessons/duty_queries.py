"""Reads about supporters' duties: what is ahead of one, and what a calendar gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core import clock
from ..core.access import Actor
from ..core.db import db
from ..core.errors import NotFound
from ..people.models import Supporter
from ..places import calendar_queries as places
from ..places.models import Permit
from ..places.permit_rules import best
from .duty_models import DutyFeed
from .models import Lesson, LessonSupporter, LessonThing
from .rules import LessonState

# So long a calendar that asks seldom still learns that a lesson was cancelled.
A_FEED_LOOKS_BACK = timedelta(days=60)
# More than anybody is on duty in a year and a half; what is nearest comes first.
MOST_IN_A_FEED = 500


def supporter(supporter_id: int) -> Supporter:
    """Raises NotFound."""
    found = db.session.get(Supporter, supporter_id)
    if found is None:
        raise NotFound("This entry does not exist.")
    return found


def own(by: Actor) -> Supporter | None:
    """The supporter whose account this is (one query)."""
    return db.session.scalar(sa.select(Supporter).where(Supporter.user_id == by.id))


def is_here(who: Supporter, now: datetime) -> bool:
    """Whether the supporter has not left yet."""
    return who.left_on is None or who.left_on >= clock.local_date(now)


def feed(supporter_id: int) -> DutyFeed | None:
    return db.session.get(DutyFeed, supporter_id, populate_existing=True)


def whose_feed(key_hash: str, now: datetime) -> int | None:
    """The supporter whose good key this is. One question for every key, right, wrong or revoked."""
    here = sa.or_(Supporter.left_on.is_(None), Supporter.left_on >= clock.local_date(now))
    query = sa.select(DutyFeed.supporter_id).join(Supporter, Supporter.id == DutyFeed.supporter_id)
    return db.session.scalar(query.where(DutyFeed.key_hash == key_hash, here))


def announced() -> sa.ColumnElement[bool]:
    """The condition that supporters hear of a lesson: a draft is nobody's duty yet, nor is one cancelled as such."""
    draft = LessonState.DRAFT
    told = sa.or_(Lesson.cancelled_from.is_(None), Lesson.cancelled_from != draft.value)
    return sa.and_(Lesson.state != draft, told)


def duties(supporter_id: int, first: datetime, end: datetime | None = None) -> sa.Select[Any]:
    """Lessons in which this supporter is on duty, cancelled ones too, from an instant on, in the order of time."""
    query = (
        sa.select(Lesson)
        .join(LessonSupporter, LessonSupporter.lesson_id == Lesson.id)
        .where(LessonSupporter.supporter_id == supporter_id, Lesson.starts_at >= first, announced())
        .options(joinedload(Lesson.course), joinedload(Lesson.venue), joinedload(Lesson.room))
        .order_by(Lesson.starts_at, Lesson.id)
    )
    return query if end is None else query.where(Lesson.starts_at < end)


def of_feed(supporter_id: int, now: datetime) -> Sequence[Lesson]:
    return db.session.scalars(duties(supporter_id, now - A_FEED_LOOKS_BACK).limit(MOST_IN_A_FEED)).all()


def with_things(query: sa.Select[Any]) -> sa.Select[Any]:
    """The same lessons with what is taken along to each."""
    return query.options(selectinload(Lesson.things).joinedload(LessonThing.thing))


def permits(lessons: Sequence[Lesson]) -> dict[int, Permit]:
    """The permit of the hall for each of these lessons, by lesson: it says who has the key (one query)."""
    if not lessons:
        return {}
    days = [clock.local_date(lesson.starts_at) for lesson in lessons]
    found = places.permits_touching({lesson.room_id for lesson in lessons}, min(days), max(days))
    chosen: dict[int, Permit] = {}
    for lesson, day in zip(lessons, days, strict=True):
        fitting = [one for one in found if one.room_id == lesson.room_id and one.first <= day <= one.last]
        state = best(one.state for one in fitting)
        chosen.update((lesson.id, one) for one in fitting if one.state is state)
    return chosen
