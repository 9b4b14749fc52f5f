"""How residents book a series, changed afterwards: all lessons at once, or each for itself.

Bookings stay as they are either way. What would happen is said first; where somebody waits for one lesson it is
refused, since nobody can wait for one lesson of a series that is booked as a whole (docs/decisions/0018).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import for_editing
from ..core.errors import Refusal
from ..office import queries as office
from . import rules, series_queries
from .models import Booking, Lesson, Series
from .seats import lock_lessons
from .series_changes import check_seen, fingerprint, may_be_changed
from .series_rules import Registration


@dataclass(frozen=True)
class NewRegistration:
    """What would happen. `whole` residents are booked in all lessons to come, `part` in some of them. `refusal` says
    why it cannot be."""

    to: Registration
    lessons: Sequence[Lesson]
    whole: int
    part: int
    closes_at: datetime | None
    seen: str
    refusal: Refusal | None = None


def look(series_id: int, now: datetime) -> NewRegistration:
    """What the other way of booking would do. Changes nothing. Raises NotFound, Refusal `lesson-over`."""
    series = series_queries.get(series_id)
    lessons = [one for one in series_queries.lessons_of(series_id) if may_be_changed(one, now)]
    if not lessons:
        raise Refusal("These lessons are over or cancelled and can no longer be changed.", code="lesson-over")
    booked = Counter(
        db.session.scalars(
            sa.select(Booking.resident_id).where(
                Booking.lesson_id.in_([one.id for one in lessons]), Booking.cancelled_at.is_(None)
            )
        )
    )
    whole = sum(times == len(lessons) for times in booked.values())
    to = Registration.EACH if series.registration is Registration.WHOLE else Registration.WHOLE
    return NewRegistration(
        to, lessons, whole, len(booked) - whole,
        lessons[0].booking_closes_at if to is Registration.WHOLE else None, fingerprint(lessons),
        _why_not(to, lessons),
    )  # fmt: skip


def change_registration(
    series_id: int, version: int, to: Registration, *, seen: str | None = None, by: Actor, now: datetime
) -> NewRegistration:
    """Let residents book a series the other way from now on. Raises NotFound, ChangedMeanwhile and Refusal:
    `no-change`, `somebody-waits`, `lesson-over`, `look-again`."""
    series = for_editing(Series, series_id, version)
    lock_lessons([part.lesson_id for part in series.parts], now)
    if series.registration is to:
        raise Refusal("Nothing was changed.", code="no-change")
    found = look(series_id, now)
    check_seen(found.seen, seen)
    if found.refusal:
        raise found.refusal
    closed = office.all_closed_days()
    first = found.lessons[0]
    for lesson in found.lessons:
        if to is Registration.WHOLE:
            lesson.booking_opens_at, lesson.booking_closes_at = first.booking_opens_at, first.booking_closes_at
        else:
            # Open since then for all; from now on each until its own last working day.
            closes = rules.booking_window(lesson.starts_at, closed)[1]
            lesson.booking_closes_at = max(closes, lesson.booking_closes_at)
    before, series.registration = series.registration, to
    db.session.flush()
    history.record(
        "series.registration", f"series:{series_id}", by=by, now=now, version=series.version,
        lessons=len(found.lessons), changed={"registration": [before.value, to.value]},
    )  # fmt: skip
    return found


def _why_not(to: Registration, lessons: Sequence[Lesson]) -> Refusal | None:
    waiting = sum(one.waiting for one in lessons)
    if to is Registration.WHOLE and waiting:
        return Refusal(
            "%(count)s parties wait for a seat in single lessons. Please book them or take them out of the waiting list"
            " first.",
            code="somebody-waits", count=waiting,
        )  # fmt: skip
    return None
