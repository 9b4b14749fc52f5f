"""Duties and series that go from one person to another: what stands against each, then the act (used by front)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..people.models import Supporter
from ..places.models import Room
from . import planned
from .conflict_rules import Conflict, Weight
from .conflicts import conflicts, plan_of
from .decision_rules import Decision, kinds, why_not
from .models import Lesson, LessonSupporter, Series, SeriesLesson, SeriesSupporter
from .rules import OVER
from .seats import lock_lessons


@dataclass(frozen=True)
class Duty:
    """A duty as it would be with somebody else, or (no new supporter) with nobody. `conflicts` are those that are not
    there today; `refusal` says why it cannot be so."""

    lesson: Lesson
    supporter_ids: tuple[int, ...]
    conflicts: tuple[Conflict, ...] = ()
    refusal: Refusal | None = None
    reason: str = ""


def supporter_of(user_id: int) -> Supporter | None:
    """The record of a person who is a supporter too."""
    return db.session.scalar(sa.select(Supporter).where(Supporter.user_id == user_id))


def duties_of(supporter_id: int, now: datetime) -> Sequence[Lesson]:
    """The lessons to come in which somebody is on duty, by their start."""
    query = (
        sa.select(Lesson)
        .join(LessonSupporter, LessonSupporter.lesson_id == Lesson.id)
        .where(LessonSupporter.supporter_id == supporter_id, Lesson.starts_at > now, Lesson.state.not_in(OVER))
        .options(
            joinedload(Lesson.course), joinedload(Lesson.venue), selectinload(Lesson.supporters),
            selectinload(Lesson.things),
        )
        .order_by(Lesson.starts_at, Lesson.id)
    )  # fmt: skip
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def look(
    wanted: Sequence[tuple[Lesson, str]], from_id: int, to_id: int | None, today: date
) -> list[Duty]:
    """What each duty would be when it went from one supporter to another (None: to nobody), with the reason typed for
    it. At most 36 queries for any number."""
    plans = [plan_of(lesson) for lesson, _reason in wanted]
    then = [
        replace(plan, supporter_ids=tuple(sorted({*plan.supporter_ids, *([to_id] if to_id else [])} - {from_id})))
        for plan in plans
    ]
    found = []
    for (lesson, reason), plan, before, after in zip(
        wanted, then, conflicts(plans, today), conflicts(then, today), strict=True
    ):
        known = {_said(one) for one in before}
        new = tuple(one for one in after if _said(one) not in known)
        found.append(Duty(lesson, plan.supporter_ids, new, why_not(Decision(reason=reason), new), reason))
    return found


def _said(one: Conflict) -> tuple[str, str]:
    return one.kind.value, repr(sorted(one.why.params.items(), key=lambda pair: pair[0]))


def queue_for_duties(supporter_id: int, now: datetime) -> None:
    """Queue for the series and lessons that name a supporter, in the order in which a series is changed."""
    named = sa.select(SeriesSupporter.series_id).where(SeriesSupporter.supporter_id == supporter_id)
    query = sa.select(Series.id).where(Series.id.in_(named)).order_by(Series.id).with_for_update()
    db.session.scalars(query).all()
    lock_lessons([lesson.id for lesson in duties_of(supporter_id, now)], now)


def move_duty(duty: Duty, *, by: Actor, now: datetime) -> None:
    """Write one duty down as it was looked at. Raises Refusal when somebody came in between."""
    weighty = [one for one in duty.conflicts if one.weight is Weight.REASON]
    values: dict[str, Any] = {}
    if weighty:
        all_kinds = {*duty.lesson.overridden.split(), *kinds(weighty).split()}
        values = {"overridden": " ".join(sorted(all_kinds)), "override_reason": duty.reason[:200]}
    changed = planned.change_supporters(duty.lesson, duty.supporter_ids, values)
    history.record(
        "lesson.edited", f"lesson:{duty.lesson.id}", by=by, now=now, version=duty.lesson.version,
        changed={name: pair for name, pair in changed.items() if name == "supporters"},
    )  # fmt: skip


def to_come(now: datetime) -> sa.ColumnElement[bool]:
    """The condition for a series that has lessons to come."""
    lessons = sa.select(SeriesLesson.series_id).join(Lesson, Lesson.id == SeriesLesson.lesson_id)
    return Series.id.in_(lessons.where(Lesson.starts_at > now, Lesson.state.not_in(OVER)))


def series_in_charge(user_id: int, now: datetime) -> Sequence[Series]:
    """The series with lessons to come of which a person is in charge."""
    query = sa.select(Series).where(Series.in_charge_id == user_id, to_come(now))
    return db.session.scalars(query.options(*_NAMED).order_by(Series.id)).all()


def regular_duties(supporter_id: int, now: datetime) -> Sequence[Series]:
    """The series with lessons to come that name a supporter for whatever is added to them."""
    query = sa.select(Series).join(SeriesSupporter, SeriesSupporter.series_id == Series.id)
    query = query.where(SeriesSupporter.supporter_id == supporter_id, to_come(now))
    shown = (*_NAMED, selectinload(Series.supporters))
    fresh = query.options(*shown).execution_options(populate_existing=True)
    return db.session.scalars(fresh.order_by(Series.id)).all()


def next_starts(series_ids: Iterable[int], now: datetime) -> dict[int, datetime]:
    """When the next lesson of each series begins."""
    query = (
        sa.select(SeriesLesson.series_id, sa.func.min(Lesson.starts_at))
        .join(Lesson, Lesson.id == SeriesLesson.lesson_id)
        .where(SeriesLesson.series_id.in_(list(series_ids)), Lesson.starts_at > now, Lesson.state.not_in(OVER))
        .group_by(SeriesLesson.series_id)
    )
    return dict(db.session.execute(query).all())


def give_series(series_ids: Sequence[int], from_id: int, to_id: int | None, *, by: Actor, now: datetime) -> list[int]:
    """Put somebody else, or nobody, in charge of those series that the first still has. Gives their ids."""
    moved = sa.update(Series).where(Series.id.in_(series_ids), Series.in_charge_id == from_id)
    moved = moved.values(in_charge_id=to_id, version=Series.version + 1)
    statement = moved.returning(Series.id).execution_options(synchronize_session=False)
    ids = sorted(db.session.scalars(statement))
    for series_id in ids:
        history.record("series.in-charge", f"series:{series_id}", by=by, now=now, before=from_id, after=to_id)
    return ids


def move_regular_duty(series: Series, from_id: int, to_id: int | None, *, by: Actor, now: datetime) -> None:
    """Name another supporter, or none, for whatever is added to a series."""
    before = sorted(row.supporter_id for row in series.supporters)
    after = sorted(({*before} - {from_id}) | ({to_id} if to_id else set()))
    series.supporters = [SeriesSupporter(supporter_id=one) for one in after]
    flag_modified(series, "note")  # a change of these alone is a new version of the series too
    db.session.flush()
    history.record(
        "series.changed", f"series:{series.id}", by=by, now=now, version=series.version,
        changed={"supporters": [before, after]},
    )  # fmt: skip


_NAMED = (joinedload(Series.course), joinedload(Series.room).joinedload(Room.venue))
