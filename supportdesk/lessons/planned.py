"""How a lesson gets its place in the timetable: room, supporters and things, checked, then saved.

What stands against it is asked first, for the sake of words; whether two lessons have one room, supporter or thing at
once is decided by the database, whoever came between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from ..core.db import Base, db
from ..core.edits import apply, fitting
from ..core.errors import Refusal
from ..office import queries as office
from ..people.models import Supporter
from ..places.models import Room, Thing
from . import conflict_rules, rules, slot_rules
from .conflict_rules import Conflict, ConflictKind, Plan, ReasonNeeded
from .conflicts import conflicts, plan_of
from .lottery_rules import Admission, check_first_timers, check_may_be_drawn
from .models import Course, Lesson, LessonSupporter, LessonThing
from .words import sentences

# The names of what forbids two at once (migrations 0002 and 0007).
GUARDS = ("ex_lesson_room", "ex_lesson_supporter", "ex_lesson_thing")


@dataclass(frozen=True)
class LessonData:
    """A lesson as it is typed or imported, on the town's wall clock. The venue is the room's.

    No booking window given means the office's usual one. `override_reason` says why what a person may decide is all
    right (conflict_rules.py); what was allowed before for the same place and time needs none again.
    """

    course_id: int
    room_id: int
    day: date
    start: time
    minutes: int
    seats: int
    least: int = 1
    booking_opens_at: datetime | None = None
    booking_closes_at: datetime | None = None
    supporter_ids: tuple[int, ...] = ()
    thing_ids: tuple[int, ...] = ()
    note: str = ""
    override_reason: str = ""
    admission: Admission = Admission.FIRST_COME
    first_timers_first: bool = False


def columns(data: LessonData, lesson: Lesson, now: datetime) -> dict[str, Any]:
    """What the lesson's row will hold. Raises Refusal with the field at fault.

    Locks the room, supporters and things, always in this order, so that two lessons on their way to them wait for each
    other instead of stopping each other (the exclusion constraints, which decide, can end in a deadlock).
    """
    room = db.session.get(Room, data.room_id, with_for_update=True)
    if room is None:
        raise Refusal("There is no such room.", code="no-room", field="room_id")
    no_supporter = Refusal("There is no such supporter.", code="no-supporter", field="supporter_ids")
    _lock(Supporter, data.supporter_ids, no_supporter)
    _lock(Thing, data.thing_ids, _no_thing())
    starts_at, ends_at = rules.lesson_times(data.day, data.start, data.minutes)
    if starts_at != lesson.starts_at:
        rules.check_start(starts_at, now)
    usual_opens, usual_closes = rules.booking_window(starts_at, office.all_closed_days())
    opens, closes = data.booking_opens_at or usual_opens, data.booking_closes_at or usual_closes
    rules.check_window(opens, closes, starts_at)
    kind = lesson.kind if lesson.id else slot_rules.kind_of(db.session.get_one(Course, data.course_id).category)
    check_first_timers(data.admission, data.first_timers_first)
    check_may_be_drawn(data.admission, is_slot=kind.is_slot)
    return {
        "kind": kind, "slot_day": data.day if kind.is_slot else None,
        "course_id": data.course_id, "room_id": room.id, "venue_id": room.venue_id,
        "starts_at": starts_at, "ends_at": ends_at, "seats": data.seats, "least": data.least,
        "booking_opens_at": opens, "booking_closes_at": closes, **fitting(Lesson, {"note": data.note}),
        "admission": data.admission, "first_timers_first": data.first_timers_first,
    }  # fmt: skip


def allowed(data: LessonData, lesson: Lesson, values: dict[str, Any], today: date) -> dict[str, Any]:
    """Ask the one check; gives what the lesson keeps of it: the reason, and the kinds of conflict that it speaks of.

    Raises Refusal with what is in the way, and ReasonNeeded.
    """
    found = conflicts([_plan(data, values, lesson.id)], today)[0]
    conflict_rules.check_never(found)
    stays = all(getattr(lesson, name) == values[name] for name in ("room_id", "starts_at", "ends_at"))
    before = (lesson.overridden or "").split() if stays else []
    asking, new = conflict_rules.needing_reason(found), conflict_rules.needing_reason(found, before)
    typed = fitting(Lesson, {"override_reason": data.override_reason})["override_reason"]
    if new and not typed:
        raise ReasonNeeded(sentences(new), new)
    reason = (typed or lesson.override_reason) if asking else ""
    return {"override_reason": reason, "overridden": " ".join(sorted({one.kind.value for one in asking}))}


def put(lesson: Lesson, values: dict[str, Any], data: LessonData) -> dict[str, list[Any]]:
    """Save the lesson with its supporters and things; gives what changed. Raises Refusal naming what is in the way."""
    wanted = {"supporters": sorted(set(data.supporter_ids)), "things": sorted(set(data.thing_ids))}
    return _put(lesson, values, wanted, _plan(data, values, lesson.id))


def add_things(lesson: Lesson, thing_ids: Sequence[int]) -> dict[str, list[Any]]:
    """Take things along besides those that are. Raises Refusal naming the lesson that has one, or one out of use."""
    _lock(Thing, thing_ids, _no_thing())
    before = _ids(lesson.things)
    plan = replace(plan_of(lesson), thing_ids=tuple(sorted(set(thing_ids) - set(before))))
    for one in _found(plan, ConflictKind.THING_TAKEN, ConflictKind.THING_OUT_OF_USE):
        raise one.why
    wanted = {"supporters": _ids(lesson.supporters), "things": sorted({*before, *thing_ids})}
    return _put(lesson, {}, wanted, plan)


def change_supporters(
    lesson: Lesson, supporter_ids: Sequence[int], values: dict[str, Any]
) -> dict[str, list[Any]]:
    """Put others on duty in a lesson that stays where it is; `values` are what it keeps of the conflicts passed over.
    What stands against it was asked before. Raises Refusal naming what came in between."""
    _lock(Supporter, supporter_ids, Refusal("There is no such supporter.", code="no-supporter"))
    wanted = {"supporters": sorted(set(supporter_ids)), "things": _ids(lesson.things)}
    return _put(lesson, values, wanted, replace(plan_of(lesson), supporter_ids=tuple(wanted["supporters"])))


def add_supporter(lesson: Lesson, supporter_id: int, values: dict[str, Any], plan: Plan) -> None:
    """Put one supporter on duty besides those who are; `plan` is what was checked. Raises Refusal naming the lesson
    that has them at that time."""
    on_duty = sorted({*_ids(lesson.supporters), supporter_id})
    _put(lesson, values, {"supporters": on_duty, "things": _ids(lesson.things)}, plan)


def _put(lesson: Lesson, values: dict[str, Any], wanted: dict[str, list[int]], plan: Plan) -> dict[str, list[Any]]:
    try:
        with db.session.begin_nested():
            return _saved(lesson, values, wanted)
    except IntegrityError as error:
        if not any(guard in str(error.orig) for guard in GUARDS):
            raise
        taken = _found(plan, ConflictKind.ROOM_TAKEN, ConflictKind.SUPPORTER_TAKEN, ConflictKind.THING_TAKEN)
        conflict_rules.check_never(taken)
        raise


def _found(plan: Plan, *kinds: ConflictKind) -> list[Conflict]:
    """Those of these kinds: who has what, for which it does not matter what day it is now."""
    return [one for one in conflicts([plan], plan.day)[0] if one.kind in kinds]


def _saved(lesson: Lesson, values: dict[str, Any], wanted: dict[str, list[int]]) -> dict[str, list[Any]]:
    before = {"supporters": _ids(lesson.supporters), "things": _ids(lesson.things)}
    # Those who are no longer wanted leave first: they may be busy at the new time, which is why they leave.
    lesson.supporters = [row for row in lesson.supporters if row.supporter_id in wanted["supporters"]]
    lesson.things = [row for row in lesson.things if row.thing_id in wanted["things"]]
    db.session.flush()
    changed = apply(lesson, values)
    for one in set(wanted["supporters"]) - set(before["supporters"]):
        lesson.supporters.append(LessonSupporter(supporter_id=one))
    for one in set(wanted["things"]) - set(before["things"]):
        lesson.things.append(LessonThing(thing_id=one))
    changed |= {name: [before[name], wanted[name]] for name in wanted if before[name] != wanted[name]}
    if changed.keys() & wanted.keys() and lesson.id:
        flag_modified(lesson, "note")  # a change of these alone is a new version of the lesson too
    db.session.add(lesson)
    return changed


def _ids(rows: Sequence[LessonSupporter] | Sequence[LessonThing]) -> list[int]:
    return sorted(row.supporter_id if isinstance(row, LessonSupporter) else row.thing_id for row in rows)


def _no_thing() -> Refusal:
    return Refusal("There is no such thing.", code="no-thing", field="thing_ids")


def _lock(model: type[Base], ids: Sequence[int], otherwise: Refusal) -> None:
    wanted = sorted(set(ids))
    query = sa.select(model.id).where(model.id.in_(wanted)).order_by(model.id)  # type: ignore[attr-defined]
    if wanted and db.session.scalars(query.with_for_update()).all() != wanted:
        raise otherwise


def _plan(data: LessonData, values: dict[str, Any], lesson_id: int | None) -> Plan:
    return Plan(
        course_id=data.course_id, room_id=data.room_id, starts_at=values["starts_at"], ends_at=values["ends_at"],
        seats=data.seats, supporter_ids=tuple(sorted(set(data.supporter_ids))),
        thing_ids=tuple(sorted(set(data.thing_ids))), lesson_id=lesson_id,
    )  # fmt: skip
