"""Days of slots: a day, or several, cut into times and made in one transaction; all times of a day moved on together.

Killed halfway there is nothing, and the repetition makes everything; run again it leaves alone what is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from ..core import clock, history
from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..places import queries as places
from . import actions, rules, series_rules, several, slot_queries, slot_rules
from .actions import LessonData
from .decision_rules import Decision
from .models import Lesson
from .rules import LessonState
from .series_rules import MOST_DATES, Pattern, SeriesRule
from .several import Row, Wanted
from .slot_rules import LessonKind, Times

# Day and time of a slot as a page carries them along: short, and no row of twelve digits, which would look like a My
# Number.
KEY = "%y%m%d-%H%M"


@dataclass(frozen=True)
class SlotsData:
    """Days of slots as they are typed, on the town's wall clock. `tables` are tables, or terminals of the counter; a
    visit has no `room_id`."""

    course_id: int
    room_id: int | None
    days: tuple[date, ...]
    times: Times
    tables: int
    supporter_ids: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class SlotsPreview:
    """What would be made, time by time. `there` are those that are planned just so already."""

    rows: list[Row]
    there: Sequence[Lesson]

    @property
    def made(self) -> int:
        """How many slots there would be."""
        return sum(row.data is not None for row in self.rows)


def preview(data: SlotsData, decisions: Mapping[str, Decision], now: datetime) -> SlotsPreview:
    """Each time of each day with what stands against it and what was decided. Changes nothing. Raises Refusal at the
    field that cannot be taken."""
    return _preview(data, *_placed(data), decisions, now)


def _placed(data: SlotsData) -> tuple[LessonKind, int]:
    """Of which kind the slots are, and in which room. Raises Refusal."""
    kind = slot_rules.kind_of(several.check_course(data.course_id).category)
    slot_rules.check_slot_course(kind)
    slot_rules.check_tables(kind, data.tables)
    if kind is LessonKind.VISIT:
        return kind, places.home_room().id
    if data.room_id is None:
        raise Refusal("Please choose the room.", code="no-room", field="room_id")
    return kind, data.room_id


def _preview(
    data: SlotsData, kind: LessonKind, room_id: int, decisions: Mapping[str, Decision], now: datetime
) -> SlotsPreview:
    days = series_rules.dates_of(Pattern(SeriesRule.LISTED, listed=data.days), clock.local_date(now)).days
    starts = slot_rules.starts(data.times)
    if len(days) * len(starts) > MOST_DATES:
        raise Refusal(
            "At most %(most)s times can be planned at once (now %(now)s). Please take fewer days.",
            code="too-many-days", field="listed", most=MOST_DATES, now=len(days) * len(starts),
        )  # fmt: skip
    several.check_supporters(data.supporter_ids)
    there = _there_already(data, kind, room_id, days)
    known = {one.starts_at for one in there}
    times = [(day, start) for day in days for start in starts]
    wanted = [_wanted(data, room_id, *one) for one in times if clock.at(*one) not in known]
    planned = {clock.at(*one) for one in times}
    return SlotsPreview(several.look(wanted, decisions, now), [one for one in there if one.starts_at in planned])


def make_slots(data: SlotsData, decisions: Mapping[str, Decision], *, by: Actor, now: datetime) -> list[Lesson]:
    """Make the slots, in preparation, all or none; none where all are there already. Raises Unsettled while something
    stands against a time that nobody has decided, and Refusal `nothing-left`."""
    kind, room_id = _placed(data)
    # Locked before it is asked what is there: of two who plan at once the second finds what the first has made.
    several.lock([_slot(data, room_id, clock.local_date(now), data.times.start)], decisions.values())
    seen = _preview(data, kind, room_id, decisions, now)
    several.check_settled(seen.rows)
    if not seen.made and not seen.there:
        raise Refusal("Every date is left out, so there is nothing to plan.", code="nothing-left")
    made = several.make(seen.rows, by, now)
    if made:
        history.record(
            "slots.made", f"room:{room_id}", by=by, now=now, slots=len(made), course=data.course_id,
            days=sorted({f"{one.slot_day:%Y-%m-%d}" for one in made}), left_out=len(seen.rows) - len(made),
        )  # fmt: skip
    return made


def move_day(day: date, room_id: int, to: LessonState, *, by: Actor, now: datetime) -> list[Lesson]:
    """Move all slots of a day in one room that may go there to a state, as when the day is opened for booking. Raises
    Refusal `no-such-move` when none may."""
    slots = db.session.scalars(slot_queries.of_day(day, room_id)).all()
    able = [one for one in slots if may_go(one, to, now)]
    if not able:
        raise Refusal("A lesson in this state cannot go there.", code="no-such-move")
    moved = [actions.move_state(one.id, to, seen=one.state, by=by, now=now) for one in able]
    history.record("slots.moved", f"room:{room_id}", by=by, now=now, day=f"{day}", slots=len(moved), new=to.value)
    return moved


def may_go(slot: Lesson, to: LessonState, now: datetime) -> bool:
    """Whether a slot can be moved to this state now; cancelling says why and is an act of its own."""
    if to is LessonState.CANCELLED:
        return False
    try:
        rules.check_move(slot.state, to, starts_at=slot.starts_at, seats_taken=slot.seats_taken, now=now)
    except Refusal:
        return False
    return True


def _there_already(data: SlotsData, kind: LessonKind, room_id: int, days: Sequence[date]) -> list[Lesson]:
    """Slots of this course in this room on these days; of visits those of the same people, since others may be out at
    the same time."""
    query = sa.select(Lesson).where(
        Lesson.slot_day.in_(days), Lesson.room_id == room_id, Lesson.course_id == data.course_id,
        Lesson.cancelled_at.is_(None),
    )  # fmt: skip
    found = db.session.scalars(query.options(selectinload(Lesson.supporters)).order_by(Lesson.starts_at)).all()
    if kind is not LessonKind.VISIT:
        return list(found)
    same = set(data.supporter_ids)
    return [one for one in found if {row.supporter_id for row in one.supporters} == same]


def _wanted(data: SlotsData, room_id: int, day: date, start: time) -> Wanted:
    return Wanted(datetime.combine(day, start).strftime(KEY), _slot(data, room_id, day, start))


def _slot(data: SlotsData, room_id: int, day: date, start: time) -> LessonData:
    return LessonData(
        course_id=data.course_id, room_id=room_id, day=day, start=start, minutes=data.times.minutes,
        seats=data.tables, supporter_ids=tuple(sorted(set(data.supporter_ids))), note=data.note,
    )  # fmt: skip

