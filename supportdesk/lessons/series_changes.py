"""A series changed or cancelled: this lesson, this and the later ones, or all that have not begun.

What would happen is said first (`effects`): which lessons, how many bookings, what stands against it. What has begun
stays as it was. A series is never split in silence: it stays one, and its history says from which lesson on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import apply, for_editing
from ..core.errors import Refusal
from ..messages import outbox
from ..office import queries as office
from . import actions, as_typed, changes, planned, rules, series_queries, several, slot_rules
from .decision_rules import Decision
from .models import Booking, Lesson, Series, SeriesSupporter, SeriesThing
from .rules import LessonState
from .seats import lock_lessons
from .series_rules import Registration, Scope
from .several import Row, Wanted

# A digest in letters only: twelve digits in a row could look like a My Number, and what holds it be refused.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Change:
    """What is to be different; None leaves each lesson as it is."""

    course_id: int | None = None
    room_id: int | None = None
    start: time | None = None
    minutes: int | None = None
    seats: int | None = None
    supporter_ids: tuple[int, ...] | None = None
    thing_ids: tuple[int, ...] | None = None

    @property
    def named(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Effects:
    """What a change would do. `rows` are the lessons that would be different (keyed by their ids), `lessons` those
    themselves, `begun` how many of the series stay because they have begun or were cancelled. `seen` is what a person
    had before their eyes: if it is not that any more, nothing is changed."""

    rows: list[Row]
    lessons: dict[int, Lesson]
    begun: int
    seen: str

    @property
    def bookings(self) -> int:
        """Seats booked in the lessons that would change."""
        return sum(self.lessons[int(row.wanted.key)].seats_taken for row in self.rows if row.data)

    @property
    def times_change(self) -> bool:
        """Whether any lesson would begin at another hour."""
        return any(row.data and row.starts_at != self.lessons[int(row.wanted.key)].starts_at for row in self.rows)


def fingerprint(lessons: Sequence[Lesson]) -> str:
    """What a person has seen of them: their versions, and how many seats are booked."""
    known = [(one.id, one.version, one.seats_taken) for one in lessons]
    return hashlib.sha256(repr(known).encode()).hexdigest().translate(_LETTERS)


def effects(
    series_id: int, scope: Scope, lesson_id: int, change: Change, decisions: Mapping[str, Decision], now: datetime
) -> Effects:
    """What would happen. Changes nothing. Raises NotFound, and Refusal at the field that cannot be taken."""
    if not change.named:
        raise Refusal("Nothing was changed.", code="no-change")
    to_be_kind = slot_rules.kind_of(several.check_course(change.course_id).category) if change.course_id else None
    if change.supporter_ids is not None:
        several.check_supporters(change.supporter_ids)
    meant, begun = _meant(series_id, scope, lesson_id, now)
    wanted, passed = [], dict(decisions)
    for lesson in meant:
        if to_be_kind is not None:
            slot_rules.check_same_kind(lesson.kind, to_be_kind)
        known = as_typed.data_of(lesson)
        to_be = replace(known, **change.named)
        if to_be != known:
            wanted.append(Wanted(str(lesson.id), to_be, lesson.id))
            # What was passed over when the lesson was planned need not be explained once more.
            passed.setdefault(str(lesson.id), Decision(reason=lesson.override_reason))
    lessons = {lesson.id: lesson for lesson in meant}
    closed = office.all_closed_days()
    rows = [_fits(row, lessons[int(row.wanted.key)], closed) for row in several.look(wanted, passed, now)]
    return Effects(rows, lessons, begun, fingerprint(meant))


def change_series(
    series_id: int, version: int, scope: Scope, lesson_id: int, change: Change, decisions: Mapping[str, Decision],
    *, seen: str | None = None, by: Actor, now: datetime,
) -> Effects:  # fmt: skip
    """Change the lessons meant, all or none. Raises NotFound, ChangedMeanwhile, Unsettled and Refusal; `look-again`
    when lessons or bookings are not any more what `seen` says."""
    series = for_editing(Series, series_id, version)
    _lock(series_id, scope, lesson_id, change, decisions, now)
    found = effects(series_id, scope, lesson_id, change, decisions, now)
    check_seen(found.seen, seen)
    several.check_settled(found.rows)
    told = [row for row in found.rows if row.data is not None]
    if not told:
        raise Refusal("Nothing was changed.", code="no-change")
    _write(told, found.lessons, by=by, now=now)
    # What holds for the lessons to come is the series' own from now on.
    before = _of_series(series, change) if scope is not Scope.THIS else {}
    history.record(
        "series.changed", f"series:{series_id}", by=by, now=now, scope=scope.value, from_lesson=lesson_id,
        lessons=len(told), bookings=found.bookings, changed=before, version=series.version,
    )  # fmt: skip
    return found


def _lock(
    series_id: int, scope: Scope, lesson_id: int, change: Change, decisions: Mapping[str, Decision], now: datetime
) -> None:
    """The lessons meant, then what they have and are to have: in the order in which one lesson is changed."""
    meant = _meant(series_id, scope, lesson_id, now)[0]
    lock_lessons([lesson.id for lesson in meant], now)
    now_there = [as_typed.data_of(lesson) for lesson in meant]
    several.lock(now_there + [replace(one, **change.named) for one in now_there], decisions.values())


def cancel_lessons(
    series_id: int, version: int, scope: Scope, lesson_id: int, reason: str,
    *, seen: str | None = None, by: Actor, now: datetime,
) -> list[Lesson]:  # fmt: skip
    """Cancel the lessons meant that have not begun. Their bookings stay and are shown as cancelled with them. Raises as
    `change_series`."""
    for_editing(Series, series_id, version)
    lock_lessons([lesson.id for lesson in _meant(series_id, scope, lesson_id, now)[0]], now)
    meant, _begun = _meant(series_id, scope, lesson_id, now)
    check_seen(fingerprint(meant), seen)
    bookings = sum(lesson.seats_taken for lesson in meant)
    change = changes.begin(reason, by=by, now=now)
    cancelled = [actions.cancel_lesson(lesson.id, reason, change=change, by=by, now=now) for lesson in meant]
    changes.keep_if_needed(change, by=by, now=now)
    history.record(
        "series.cancelled", f"series:{series_id}", by=by, now=now, scope=scope.value, from_lesson=lesson_id,
        lessons=len(cancelled), bookings=bookings,
    )  # fmt: skip
    return cancelled


def move_lessons(series_id: int, to: LessonState, *, by: Actor, now: datetime) -> list[Lesson]:
    """Move all lessons of a series that have not begun and may go there to a state: all are opened for booking at once.
    Raises NotFound, and Refusal `no-such-move` when none may go there."""
    series_queries.get(series_id)
    lessons = [each for each in series_queries.lessons_of(series_id) if each.starts_at > now]
    able = [each for each in lessons if to in rules.MOVES[each.state] and to is not LessonState.CANCELLED]
    if not able:
        raise Refusal("A lesson in this state cannot go there.", code="no-such-move")
    moved = [actions.move_state(each.id, to, seen=each.state, by=by, now=now) for each in able]
    history.record("series.moved", f"series:{series_id}", by=by, now=now, lessons=len(moved), new=to.value)
    return moved


def meant_to_cancel(series_id: int, scope: Scope, lesson_id: int, now: datetime) -> Effects:
    """Which lessons a cancelling would end. Raises NotFound, and Refusal `lesson-over` when none is left."""
    meant, begun = _meant(series_id, scope, lesson_id, now)
    return Effects([], {lesson.id: lesson for lesson in meant}, begun, fingerprint(meant))


def _meant(series_id: int, scope: Scope, lesson_id: int, now: datetime) -> tuple[list[Lesson], int]:
    """The lessons that may still be changed, in their order, and how many of those asked for may not."""
    asked = _asked(series_queries.lessons_of(series_id), scope, lesson_id)
    meant = [lesson for lesson in asked if may_be_changed(lesson, now)]
    if not meant:
        raise Refusal("These lessons are over or cancelled and can no longer be changed.", code="lesson-over")
    return meant, len(asked) - len(meant)


def _asked(lessons: Sequence[Lesson], scope: Scope, lesson_id: int) -> list[Lesson]:
    """Later is what begins later, also where a lesson was moved past another."""
    chosen = next((lesson for lesson in lessons if lesson.id == lesson_id), None)
    if chosen is None:
        raise Refusal("This lesson is not one of this series.", code="not-of-series", field="lesson_id")
    if scope is Scope.THIS:
        return [chosen]
    return [lesson for lesson in lessons if scope is Scope.ALL or lesson.starts_at >= chosen.starts_at]


def may_be_changed(lesson: Lesson, now: datetime) -> bool:
    """What has begun, was held or cancelled stays as residents were told."""
    return lesson.starts_at > now and lesson.state not in rules.OVER


def _fits(row: Row, lesson: Lesson, closed: frozenset[date]) -> Row:
    """With what its bookings say: no fewer seats than are taken, and a booking window before the new start. It stays as
    it is; on another day it is the usual one of that, unless all lessons are booked at once."""
    if row.data is None or row.refusal:
        return row
    data = row.data
    if lesson.part is not None and lesson.part.series.registration is Registration.WHOLE:
        data = replace(
            data, booking_opens_at=lesson.booking_opens_at, booking_closes_at=lesson.booking_closes_at
        )
    try:
        held = lesson.seats_held + lesson.seats_offered
        rules.check_seats(data.seats, data.least, taken=lesson.seats_taken, held=held)
        opens, closes = several.usual_window(data.day, data, closed)
    except Refusal as refusal:
        return replace(row, refusal=refusal)
    return replace(row, data=replace(data, booking_opens_at=opens, booking_closes_at=closes))


def check_seen(now_there: str, seen: str | None) -> None:
    """Raises Refusal `look-again` when it is not any more what a person has seen."""
    if seen is not None and seen != now_there:
        raise Refusal(
            "Lessons or bookings have changed since you looked. Please look at what happens once more.",
            code="look-again",
        )  # fmt: skip


def _write(rows: Sequence[Row], lessons: Mapping[int, Lesson], *, by: Actor, now: datetime) -> None:
    rooms = several.lock(row.data for row in rows if row.data)
    what_changed: dict[int, dict[str, list[Any]]] = {}
    for row in rows:
        assert row.data is not None
        lesson, plan = lessons[int(row.wanted.key)], several.plan_of(row)
        values = {
            "slot_day": row.data.day if lesson.kind.is_slot else None,
            "course_id": plan.course_id, "room_id": plan.room_id, "venue_id": rooms[plan.room_id].venue_id,
            "starts_at": plan.starts_at, "ends_at": plan.ends_at, "seats": plan.seats,
            "booking_opens_at": row.data.booking_opens_at, "booking_closes_at": row.data.booking_closes_at,
            **several.passed_over(row),
        }  # fmt: skip
        what_changed[lesson.id] = planned.put(lesson, values, row.data)
    moved = [lesson_id for lesson_id, changed in what_changed.items() if "starts_at" in changed]
    for booking_id in _active_bookings(moved):
        outbox.withdraw(about=f"booking:{booking_id}", reason="lesson-time-changed", now=now)
    change = changes.begin("", by=by, now=now)
    for lesson_id, changed in what_changed.items():
        lesson = lessons[lesson_id]
        changes.note(lesson, changes.begun_at(lesson, changed), change, by=by, now=now)
        told = _told({name: pair for name, pair in changed.items() if name not in actions.NOT_TOLD})
        history.record(
            "lesson.edited", f"lesson:{lesson_id}", by=by, now=now, version=lesson.version, changed=told,
            **several.overridden(lesson),
        )  # fmt: skip
    changes.keep_if_needed(change, by=by, now=now)


def _active_bookings(lesson_ids: Sequence[int]) -> Sequence[int]:
    query = sa.select(Booking.id).where(Booking.lesson_id.in_(lesson_ids), Booking.cancelled_at.is_(None))
    return db.session.scalars(query.order_by(Booking.id)).all()


def _of_series(series: Series, change: Change) -> dict[str, list[Any]]:
    values = change.named
    supporters, things = values.pop("supporter_ids", None), values.pop("thing_ids", None)
    changed = apply(series, values)
    before = sorted(row.supporter_id for row in series.supporters)
    if supporters is not None and before != sorted(supporters):
        series.supporters = [SeriesSupporter(supporter_id=one) for one in sorted(supporters)]
        changed["supporters"] = [before, sorted(supporters)]
    taken = sorted(row.thing_id for row in series.things)
    if things is not None and taken != sorted(things):
        series.things = [SeriesThing(thing_id=one) for one in sorted(things)]
        changed["things"] = [taken, sorted(things)]
    # Also where the series' own values stay as they were: whoever looked at its lessons before has seen others.
    flag_modified(series, "note")
    db.session.flush()
    return _told(changed)


def _told(changed: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Before and after as history takes them."""
    return {
        name: [value.isoformat() if isinstance(value, datetime | time) else value for value in pair]
        for name, pair in changed.items()
    }
