"""Reads for the record of activity (活動実績簿): who was on duty in a month, and what of it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from ..core import clock
from ..core.db import db
from ..office.rules import FeePer
from ..office.settings import OfficeSettings
from ..people.models import Supporter
from ..places.models import Venue
from .activity_rules import Activity, Fees, Turn, activity
from .duty_queries import announced
from .models import Course, Lesson, LessonSupporter
from .rules import next_month

# So many supporters are read at once while a month is printed.
AT_ONCE = 50
MONTHS_TO_LOOK_BACK = 24


@dataclass(frozen=True)
class Sheet:
    """One supporter's record of activity."""

    supporter: Supporter
    activity: Activity


def month_span(month: date) -> tuple[datetime, datetime]:
    """The instants at which this month begins and ends; `month` is its first day."""
    return clock.at(month, time.min), clock.at(next_month(month), time.min)


def on_duty_in(month: date) -> sa.Select[Any]:
    """Supporters with a duty in this month, by their kana."""
    start, end = month_span(month)
    mine = (
        sa.select(LessonSupporter.supporter_id)
        .join(Lesson, Lesson.id == LessonSupporter.lesson_id)
        .where(Lesson.starts_at >= start, Lesson.starts_at < end, announced())
    )
    return sa.select(Supporter).where(Supporter.id.in_(mine)).order_by(Supporter.kana, Supporter.id)


def turns(supporter_ids: Collection[int], month: date) -> Mapping[int, list[Turn]]:
    """The duties of each of these supporters in this month, whatever became of the lessons (one query)."""
    start, end = month_span(month)
    query = (
        sa.select(
            LessonSupporter.supporter_id, Lesson.id, Lesson.starts_at, Lesson.ends_at, Lesson.venue_id,
            Venue.name, Course.title, Lesson.state, Lesson.slot_day,
        )
        .join(Lesson, Lesson.id == LessonSupporter.lesson_id)
        .join(Lesson.venue)
        .join(Lesson.course)
        .where(
            LessonSupporter.supporter_id.in_(supporter_ids), Lesson.starts_at >= start, Lesson.starts_at < end,
            announced(),
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )  # fmt: skip
    found: dict[int, list[Turn]] = defaultdict(list)
    for row in db.session.execute(query):
        slot = row.slot_day is not None
        turn = Turn(row.id, row.starts_at, row.ends_at, row.venue_id, row.name, row.title, row.state, slot)
        found[row.supporter_id].append(turn)
    return found


def months_with_duties(supporter_id: int, now: datetime) -> list[date]:
    """The first days of the months, newest first, in which this supporter was on duty; of the last two years."""
    start = clock.at(next_month(clock.local_date(now), -MONTHS_TO_LOOK_BACK), time.min)
    query = sa.select(Lesson.starts_at).join(LessonSupporter, LessonSupporter.lesson_id == Lesson.id)
    mine = query.where(LessonSupporter.supporter_id == supporter_id, Lesson.starts_at >= start, announced())
    starts = db.session.scalars(mine.where(Lesson.starts_at < now))
    return sorted({clock.local_date(one).replace(day=1) for one in starts}, reverse=True)


def sheets(supporters: Sequence[Supporter], month: date, office: OfficeSettings, now: datetime) -> list[Sheet]:
    """The records of these supporters, in their order (one query)."""
    fees = Fees(office.fee_yen, FeePer(office.fee_per), office.travel_yen)
    found = turns([one.id for one in supporters], month)
    return [Sheet(one, activity(found.get(one.id, ()), fees, now)) for one in supporters]


def all_sheets(month: date, office: OfficeSettings, now: datetime) -> Iterator[Sheet]:
    """The records of everybody who was on duty in the month, block by block, so that no month is ever held whole."""
    ids = db.session.scalars(on_duty_in(month).with_only_columns(Supporter.id)).all()
    for place in range(0, len(ids), AT_ONCE):
        block = on_duty_in(month).where(Supporter.id.in_(ids[place : place + AT_ONCE]))
        yield from sheets(db.session.scalars(block).all(), month, office, now)
