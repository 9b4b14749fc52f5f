"""What happens on the rota: a supporter is put on duty, cannot come, was asked and said no; how many are needed.

How many are missing is reckoned (rota_rules.needed less those on duty) under the lesson's row, which every act here
holds until it is over: of two clerks who fill the last gap at once, the second is told that nobody is missing any
more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from ..core import clock, history
from ..core.access import Actor, Role
from ..core.db import db, insert_or_leave
from ..core.edits import fitting
from ..core.errors import NotFound, Refusal
from ..people.models import Supporter
from . import conflict_rules, planned, rota_rules, rules
from .conflict_rules import Conflict, ReasonNeeded
from .conflicts import conflicts, plan_of
from .models import Lesson
from .rota_models import CannotCome, Declined
from .slot_rules import LessonKind
from .words import sentences


def set_needed(lesson_id: int, number: int | None, *, by: Actor, now: datetime) -> Lesson:
    """So many supporters are needed in this lesson; None: as many as its course says. Raises NotFound, Refusal."""
    lesson = _held(lesson_id)
    rota_rules.check_needed(number)
    if lesson.kind is LessonKind.VISIT:
        raise Refusal("A visit is always made by two people together.", code="two-visit", field="needed")
    before = lesson.supporters_needed
    if before != number:
        lesson.supporters_needed = number
        history.record("duty.needed", f"lesson:{lesson_id}", by=by, now=now, changed={"needed": [before, number]})
    return lesson


def put_on_duty(lesson_id: int, supporter_id: int, reason: str = "", *, by: Actor, now: datetime) -> Lesson:
    """Let this supporter help in a lesson in which somebody is missing; one who does already stays.

    Raises NotFound; Refusal when nobody is missing, naming the lesson that has them at that time, or why they may not;
    ReasonNeeded where the way from or to another duty is too long, or they wished not to come at that time.
    """
    lesson = _held(lesson_id)
    rota_rules.check_not_begun(lesson.starts_at, now)
    if supporter_id in _on_duty(lesson):
        return lesson
    rota_rules.check_still_missing(lesson.supporters_missing)
    if db.session.get(Supporter, supporter_id, with_for_update=True) is None:
        raise Refusal("There is no such supporter.", code="no-supporter", field="supporter_id")
    plan = replace(plan_of(lesson), supporter_ids=(supporter_id,))
    # What is about the supporter; the rest stood against the lesson before, and is not asked again.
    found = [one for one in conflicts([plan], clock.local_date(now))[0] if one.why.field == "supporter_ids"]
    conflict_rules.check_never(found)
    planned.add_supporter(lesson, supporter_id, _allowed(lesson, found, reason), plan)
    history.record(
        "duty.put", f"lesson:{lesson_id}", by=by, now=now, version=lesson.version, supporter=supporter_id,
        overridden=[one.kind.value for one in conflict_rules.needing_reason(found)],
    )  # fmt: skip
    return lesson


def cannot_come(lesson_id: int, supporter_id: int, reason: str = "", *, by: Actor, now: datetime) -> CannotCome:
    """行けなくなりました: the duty of this supporter ends, and whoever is missing by it is looked for.

    The office may say so of anybody, a supporter of themselves alone. Pages ask for a reason; a key pressed on a
    telephone gives none. Raises NotFound, NotAllowed; Refusal when they are not on duty there, or the lesson has begun.
    """
    lesson = _held(lesson_id)
    supporter = db.session.get(Supporter, supporter_id)
    own = supporter is not None and by.id is not None and supporter.user_id == by.id
    rota_rules.check_may_end(for_office=by.has(Role.STAFF, Role.COORDINATOR), own=own)
    rota_rules.check_not_begun(lesson.starts_at, now)
    if supporter_id not in _on_duty(lesson):
        raise Refusal("This supporter is not on duty in this lesson.", code="not-on-duty")
    kept = fitting(CannotCome, {"reason": reason})
    lesson.supporters = [row for row in lesson.supporters if row.supporter_id != supporter_id]
    _new_version(lesson)
    told = CannotCome(
        lesson_id=lesson_id, supporter_id=supporter_id, starts_at=lesson.starts_at, told_at=now, told_by=by.name, **kept
    )
    db.session.add(told)
    db.session.flush()
    history.record(
        "duty.ended", f"lesson:{lesson_id}", by=by, now=now, version=lesson.version, supporter=supporter_id
    )
    return told


@dataclass(frozen=True)
class Put:
    """What became of one choice of `fill`: `refusal` is None for somebody who is on duty now, or was already."""

    lesson_id: int
    supporter_id: int
    refusal: Refusal | None = None


def fill(choices: Iterable[tuple[int, int]], *, by: Actor, now: datetime) -> list[Put]:
    """Put many on duty in one act, as pairs of lesson and supporter. Who can no longer be put is told with the reason,
    and keeps nobody else back; sent once more, it changes nothing of what was done."""
    wanted = sorted(set(choices))
    # In one order, each kind before the next, so that two who fill at once wait for each other.
    for key, ids in ((Lesson.id, {one for one, _ in wanted}), (Supporter.id, {one for _, one in wanted})):
        db.session.scalars(sa.select(key).where(key.in_(ids)).order_by(key).with_for_update()).all()
    done = []
    for lesson_id, supporter_id in wanted:
        try:
            put_on_duty(lesson_id, supporter_id, by=by, now=now)
            done.append(Put(lesson_id, supporter_id))
        except Refusal as refusal:
            done.append(Put(lesson_id, supporter_id, refusal))
    return done


def note_declined(lesson_id: int, supporter_id: int, *, by: Actor, now: datetime) -> None:
    """This supporter was asked and said no; said twice, the first note stays. Raises NotFound, Refusal."""
    lesson = _held(lesson_id)
    if db.session.get(Supporter, supporter_id) is None:
        raise Refusal("There is no such supporter.", code="no-supporter", field="supporter_id")
    if supporter_id in _on_duty(lesson):
        raise Refusal("This supporter is on duty in this lesson already.", code="on-duty")
    asked = {"lesson_id": lesson_id, "supporter_id": supporter_id, "starts_at": lesson.starts_at}
    if insert_or_leave(Declined, **asked, asked_at=now, asked_by=by.name):
        history.record("duty.declined", f"lesson:{lesson_id}", by=by, now=now, supporter=supporter_id)


def _held(lesson_id: int) -> Lesson:
    """The lesson as it stands, locked against others until this transaction ends. Raises NotFound, Refusal."""
    lesson = db.session.get(Lesson, lesson_id, with_for_update=True, populate_existing=True)
    if lesson is None:
        raise NotFound("This entry does not exist.")
    # Its row was waited for; who is on duty may have been read before.
    db.session.expire(lesson, ["supporters"])
    rules.check_may_be_edited(lesson.state)
    return lesson


def _on_duty(lesson: Lesson) -> set[int]:
    return {row.supporter_id for row in lesson.supporters}


def _new_version(lesson: Lesson) -> None:
    flag_modified(lesson, "note")  # a change of its supporters alone is a new version of the lesson too


def _allowed(lesson: Lesson, found: list[Conflict], typed: str) -> dict[str, str]:
    """What the lesson keeps of a reason, beside what it has. Raises ReasonNeeded, and Refusal for one too long."""
    asking = conflict_rules.needing_reason(found)
    if not asking:
        return {}
    if not typed.strip():
        raise ReasonNeeded(sentences(asking), asking)
    reasons = [text for text in (lesson.override_reason, typed.strip()) if text]
    kinds = {*lesson.overridden.split(), *(one.kind.value for one in asking)}
    values = {"override_reason": "／".join(dict.fromkeys(reasons)), "overridden": " ".join(sorted(kinds))}
    return fitting(Lesson, values)
