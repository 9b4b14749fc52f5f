"""What persons do about changes: let them go out in their name, and put transport right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor, Role
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import NotFound, Refusal
from ..lessons import cancelling, change_rules, changes
from ..lessons import change_queries as lessons
from ..lessons.change_models import Change, ChangedLesson
from ..lessons.change_rules import Standing
from ..lessons.models import Booking
from ..lessons.seats import lock_lessons
from . import change_preview_queries as queries
from .change_preview_queries import Preview
from .models import TransportSettled


class LookAgain(Refusal):
    """What would go out is not what the person had before their eyes. Nothing was sent."""

    code = "look-again"

    def __init__(self) -> None:
        super().__init__(
            "What would be said, or to whom, has changed since you looked. Nothing was sent. Please look once more."
        )


def preview_of(
    change: Change, alternatives: Mapping[int, int | None] | None, now: datetime
) -> tuple[Preview, dict[int, int | None]]:
    """What a release of this change would do, with these alternatives by lesson (None: those that it has), of which
    those that cannot be booked any more are left out."""
    stored = {part.lesson_id: part.alternative_id for part in change.parts if part.cancelled}
    chosen = stored if alternatives is None else {key: alternatives.get(key) for key in stored}
    standing = lessons.standing_of_alternatives([each for each in chosen.values() if each], now)
    kept = {key: each if each in standing else None for key, each in chosen.items()}
    told_by_this = [key for key, newest in lessons.newest_of(parts_of(change)).items() if newest == change.id]
    instead: dict[int, Standing | None] = {key: standing.get(each) if each else None for key, each in kept.items()}
    return queries.before_release(told_by_this, instead, now), kept


def preview_of_cancelling(
    lesson_ids: Sequence[int], alternatives: Mapping[int, int | None], now: datetime
) -> Preview:
    """What would happen if these lessons were cancelled, with these lessons named instead, and it was released now."""
    standing = lessons.standing_of_alternatives([each for each in alternatives.values() if each], now)
    instead = {key: standing.get(each) if each else None for key, each in alternatives.items()}
    return queries.before_cancelling(lesson_ids, instead, now)


def parts_of(change: Change) -> list[int]:
    return [part.lesson_id for part in change.parts]


def cancel_together(
    lesson_ids: Sequence[int], reason: str, alternatives: Mapping[int, int | None], *, seen: str | None = None,
    at_once: bool = False, by: Actor, now: datetime,
) -> Change | None:  # fmt: skip
    """Cancel these lessons, keep what is to be named instead, and, `at_once`, release it; all or nothing. `seen` is
    asked only then: a cancelling by itself tells nobody.

    Raises as cancelling.cancel_together and `release`.
    """
    # Looked at behind the lessons' locks: whoever books meanwhile is in the preview, or finds the lesson cancelled.
    lock_lessons(lesson_ids, now)
    if at_once and seen is not None and seen != preview_of_cancelling(lesson_ids, alternatives, now).seen:
        raise LookAgain
    change = cancelling.cancel_together(lesson_ids, reason, by=by, now=now)
    if change is None:
        return None
    if at_once:
        release(change.id, alternatives, by=by, now=now)
    else:
        name_alternatives(change.id, alternatives, by=by, now=now)
    return change


def name_alternatives(
    change_id: int, alternatives: Mapping[int, int | None], *, by: Actor, now: datetime
) -> Change:
    """Keep which lessons are to be named instead, until somebody releases it. Raises NotFound, Refusal."""
    change = changes.locked(change_id)
    _check_not_released(change)
    changes.name_alternatives(change, alternatives)
    history.record("change.prepared", changes.subject(change_id), by=by, now=now)
    return change


def release(
    change_id: int, alternatives: Mapping[int, int | None] | None = None, *, seen: str | None = None,
    by: Actor, now: datetime,
) -> Preview:  # fmt: skip
    """Let those concerned be told, in the name of `by`. Nothing leaves here: the plan finds at its next run that it may
    (law 6), so that a process that is killed in between loses nothing.

    `seen`: the preview that the person had before their eyes; None does not ask. Raises NotFound, NotAllowed,
    LookAgain, and Refusal `released-already`.
    """
    change_rules.check_may_release(manager=by.has(Role.MANAGER))
    change = changes.locked(change_id)
    _check_not_released(change)
    found, kept = preview_of(change, alternatives, now)
    if seen is not None and seen != found.seen:
        raise LookAgain
    changes.name_alternatives(change, kept)
    freed = sa.update(Change).where(Change.id == change_id, Change.released_at.is_(None))
    if not one_row(freed.values(released_at=now, released_by=by.name)):
        raise _released_already(change)
    db.session.refresh(change)
    history.record(
        "change.released", changes.subject(change_id), by=by, now=now, lessons=len(change.parts),
        texts=found.by_text, calls=found.by_call, by_hand=found.by_hand, segments=found.segments,
    )  # fmt: skip
    return found


def settle_transport(booking_id: int, event_id: int, *, by: Actor, now: datetime) -> None:
    """The transport of this booking is put right. Twice is once. Raises NotFound."""
    part = db.session.get(ChangedLesson, event_id)
    booking = db.session.get(Booking, booking_id)
    if part is None or booking is None or booking.lesson_id != part.lesson_id:
        raise NotFound("This entry does not exist.")
    if insert_or_leave(TransportSettled, booking_id=booking_id, changed_lesson_id=event_id, at=now, by_name=by.name):
        history.record("transport.settled", f"booking:{booking_id}", by=by, now=now, change=part.change_id)


def _check_not_released(change: Change) -> None:
    if change.released_at is not None:
        raise _released_already(change)


def _released_already(change: Change) -> Refusal:
    return Refusal("%(name)s has released this already.", code="released-already", name=change.released_by)
