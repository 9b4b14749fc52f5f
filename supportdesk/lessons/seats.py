"""Seats: taken, held and offered ones are counters on the lesson's row, moved only here; so is how many wait.

Every act queues for the lesson's row first, by an update that changes nothing. SQLite has queued its writers
already; PostgreSQL needs it, because a guarded update that had to wait reads its own row anew but not the
rows of a subquery: an act that counted holds or bookings inside the guard would count those of before the
wait. `SELECT … FOR UPDATE` would queue as well, but SQLite has no such thing, and one way for both is one way
to test.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..accounts.models import User
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.errors import NotFound
from . import booking_rules as rules
from .models import Hold, Lesson
from .slot_rules import seats_for


def _changing(*guard: sa.ColumnElement[bool], **values: Any) -> sa.sql.dml.ReturningUpdate[Any]:
    """A change of one lesson's counters that gives the lesson as it then stands, nothing if the guard refused. Made
    once, since building a statement costs as much as running it and every booking takes two of them."""
    change = sa.update(Lesson).where(Lesson.id == sa.bindparam("lesson"), *guard).values(**values)
    return change.returning(Lesson).execution_options(synchronize_session=False, populate_existing=True)


_SEATS, _OWN = sa.bindparam("wanted", type_=sa.Integer), sa.bindparam("own", type_=sa.Integer)

_QUEUE = _changing(seats_held=Lesson.seats_held)
_IN_USE = Lesson.seats_taken + Lesson.seats_held + Lesson.seats_offered
_TAKE = _changing(
    Lesson.seats >= _IN_USE - _OWN + _SEATS,
    seats_taken=Lesson.seats_taken + _SEATS,
    seats_held=Lesson.seats_held - _OWN,
)
_GIVE_BACK = _changing(seats_taken=Lesson.seats_taken - _SEATS)
_HOLD = _changing(Lesson.seats >= _IN_USE + _SEATS, seats_held=Lesson.seats_held + _SEATS)
_END_HOLD = _changing(seats_held=Lesson.seats_held - _SEATS)
_OFFER = _changing(Lesson.seats >= _IN_USE + _SEATS, seats_offered=Lesson.seats_offered + _SEATS)
_END_OFFER = _changing(seats_offered=Lesson.seats_offered - _SEATS)
_TAKE_OFFERED = _changing(seats_offered=Lesson.seats_offered - _SEATS, seats_taken=Lesson.seats_taken + _SEATS)
_WAITING = _changing(waiting=Lesson.waiting + _SEATS)


def lock_lessons(lesson_ids: Iterable[int], now: datetime) -> dict[int, Lesson]:
    """Queue for these lessons and read them as they stand, with expired holds given back. Raises NotFound.

    In the order of their ids, so that of two acts on the same two lessons none waits for the other for ever.
    """
    lessons: dict[int, Lesson] = {}
    for lesson_id in sorted(set(lesson_ids)):
        lesson: Lesson | None = db.session.scalar(_QUEUE, {"lesson": lesson_id})
        if lesson is None:
            raise NotFound("There is no such lesson.")
        lessons[lesson_id] = lesson
    # Most lessons have no hold, and every booking would ask for them.
    held = [lesson for lesson in lessons.values() if lesson.seats_held]
    if held:
        _end_holds(Hold.lesson_id.in_([lesson.id for lesson in held]), Hold.expires_at <= now)
    return lessons


def take_seats(lesson: Lesson, seats: int, *, by: Actor) -> None:
    """Take seats of a locked lesson; what this clerk holds there is used up by it, whether more or fewer.
    Raises LessonFull."""
    held = held_by(lesson, by)
    if db.session.scalar(_TAKE, {"lesson": lesson.id, "wanted": seats, "own": held}) is None:
        raise rules.LessonFull(lesson.seats_free + held)
    if held:
        own = sa.delete(Hold).where(Hold.user_id == by.id, Hold.lesson_id == lesson.id)
        db.session.execute(own.execution_options(synchronize_session=False))


def held_by(lesson: Lesson, by: Actor) -> int:
    """How many seats of a locked lesson this clerk holds."""
    if not lesson.seats_held:  # most lessons: nobody needs to be asked
        return 0
    own = sa.select(Hold.seats).where(Hold.user_id == by.id, Hold.lesson_id == lesson.id)
    return db.session.scalar(own) or 0


def give_back_seats(lesson: Lesson, seats: int) -> None:
    """Free taken seats of a locked lesson."""
    db.session.scalar(_GIVE_BACK, {"lesson": lesson.id, "wanted": seats})


def offer_seats(lesson: Lesson, seats: int) -> None:
    """Keep seats of a locked lesson for somebody who waits. Raises LessonFull."""
    if db.session.scalar(_OFFER, {"lesson": lesson.id, "wanted": seats}) is None:
        raise rules.LessonFull(lesson.seats_free)


def end_offer(lesson: Lesson, seats: int, *, taken: bool = False) -> None:
    """Free offered seats of a locked lesson, or let them be taken by whom they were offered to."""
    db.session.scalar(_TAKE_OFFERED if taken else _END_OFFER, {"lesson": lesson.id, "wanted": seats})


def count_waiting(lesson: Lesson, more: int) -> None:
    """So many parties more wait for a locked lesson, or fewer."""
    db.session.scalar(_WAITING, {"lesson": lesson.id, "wanted": more})


def hold_seats(lesson_id: int, people: int, *, by: Actor, now: datetime) -> Hold:
    """Keep the seats of so many people for three minutes while this clerk talks; gives back what the clerk held before.
    Raises NotFound, LessonFull and what booking_rules.check_holdable refuses."""
    rules.check_seats_to_hold(people)
    clerk_id = _lock_clerk(by)
    earlier = db.session.scalars(sa.select(Hold.lesson_id).where(Hold.user_id == clerk_id)).all()
    lesson = lock_lessons([lesson_id, *earlier], now)[lesson_id]
    rules.check_holdable(lesson, now)
    _end_holds(Hold.user_id == clerk_id)
    seats = seats_for(lesson.kind, people)
    if db.session.scalar(_HOLD, {"lesson": lesson_id, "wanted": seats}) is None:
        raise rules.LessonFull(lesson.seats_free)
    db.session.execute(
        sa.insert(Hold).values(
            user_id=clerk_id,
            user_name=by.name,
            lesson_id=lesson_id,
            seats=seats,
            expires_at=rules.hold_until(now),
        )
    )
    return db.session.get_one(Hold, clerk_id, populate_existing=True)


def release_hold(*, by: Actor, now: datetime) -> None:
    """Give back what this clerk holds, if anything."""
    clerk_id = _lock_clerk(by)
    lock_lessons(db.session.scalars(sa.select(Hold.lesson_id).where(Hold.user_id == clerk_id)), now)
    _end_holds(Hold.user_id == clerk_id)


def expire_holds(now: datetime) -> int:
    """Give back all holds that are over; returns in how many lessons. For the tick: acts on a lesson do it
    themselves, so that a seat is never refused because the tick is late."""
    over = db.session.scalars(sa.select(Hold.lesson_id).where(Hold.expires_at <= now).distinct()).all()
    lock_lessons(over, now)
    return len(over)


def _lock_clerk(by: Actor) -> int:
    """Let the acts of one clerk in two windows wait for each other, so that the lesson of the clerk's hold
    stays the same between reading it and queueing for it."""
    if by.id is None or not one_row(sa.update(User).where(User.id == by.id).values(active=User.active)):
        raise NotFound("There is no such user.")
    return by.id


def _end_holds(*which: sa.ColumnElement[bool]) -> None:
    """Delete holds of locked lessons and give their seats back."""
    ended = sa.delete(Hold).where(*which).returning(Hold.lesson_id, Hold.seats)
    for lesson_id, seats in db.session.execute(ended.execution_options(synchronize_session=False)).all():
        db.session.scalar(_END_HOLD, {"lesson": lesson_id, "wanted": seats})
