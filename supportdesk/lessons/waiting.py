"""What happens to the waiting list: a party joins it, is taken out, or moved to the front. What is offered from it is
in offers.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import chance, history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.edits import fitting
from ..core.errors import NotFound, Refusal
from ..office import queries as office
from . import booking_rules, lottery_rules, queue, series_queries
from . import waiting_rules as rules
from .bookings import check_residents, names_of
from .models import Lesson
from .rules import BookedBy, BookingChannel, LessonState
from .seats import count_waiting, held_by, lock_lessons
from .slot_rules import seats_for
from .waiting_models import Waiting, WaitingMember
from .waiting_rules import WaitEnd


def join(
    lesson_id: int,
    resident_ids: Sequence[int],
    *,
    companions: int = 0,
    booked_by: BookedBy,
    caller: str = "",
    channel: BookingChannel,
    text_wished: bool = False,
    external_id: str | None = None,
    by: Actor,
    now: datetime,
) -> Waiting:
    """Put residents who come together on the waiting list of a lesson, at its end: both of them, or neither.

    Raises NotFound, AlreadyBooked, AlreadyWaiting, OfferedBefore, ContactStopped, Refusal `booked-as-a-whole`, and what
    waiting_rules.check_may_wait refuses: a lesson with seats for them, of another state, or that begins too soon.
    """
    booking_rules.check_party(resident_ids, companions)
    if len(series_queries.to_be_booked_with(lesson_id, now)) > 1:
        # One seat of one lesson is no seat in the series, so an offer of it could not be taken.
        raise booking_rules.booked_as_a_whole()
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    lottery_rules.check_not_by_lot(lesson)
    check_residents(resident_ids, lesson)
    _check_first_time(resident_ids, lesson)
    rules.check_may_wait(
        lesson, lesson.seats,
        wanted=seats_for(lesson.kind, len(resident_ids) + companions), free=lesson.seats_free + held_by(lesson, by),
        waiting=[party for each in queue.parties(lesson_id) if (party := queue.facts(each)).until is None],
        closed=office.all_closed_days(), now=now,
    )  # fmt: skip
    waiting = put_at_end(
        lesson, resident_ids, companions=companions, booked_by=booked_by, caller=caller, channel=channel,
        text_wished=text_wished, external_id=external_id, joined_at=now, by=by,
    )  # fmt: skip
    history.record(
        "waiting.joined", f"waiting:{waiting.id}", by=by, now=now, lesson=lesson_id, seats=waiting.seats,
        booked_by=booked_by.value, channel=channel.value,
    )  # fmt: skip
    return waiting


def put_at_end(lesson: Lesson, resident_ids: Sequence[int], *, caller: str, by: Actor, **said: Any) -> Waiting:
    """Add a party at the end of a locked lesson's queue, or as the next entry of its lottery. `said` is kept as it is;
    the caller has asked the rules and tells the history. Raises Refusal for a name that is too long."""
    waiting = Waiting(
        lesson_id=lesson.id, place=last_place(lesson) + 1, party=chance.operation_key(),
        **fitting(Waiting, {"caller": caller}), **said, joined_by=by.name,
        members=[
            WaitingMember(resident_id=each, lesson_id=lesson.id, position=position)
            for position, each in enumerate(resident_ids)
        ],
    )  # fmt: skip
    db.session.add(waiting)
    db.session.flush()
    count_waiting(lesson, 1)
    return waiting


def last_place(lesson: Lesson) -> int:
    """The highest place that was ever given in this lesson's queue; 0 if none was."""
    return db.session.scalar(sa.select(sa.func.max(Waiting.place)).where(Waiting.lesson_id == lesson.id)) or 0


def take_out(waiting_id: int, reason: str, *, by: Actor, now: datetime) -> Waiting:
    """Take a party out of the queue; an offer that stands for it is withdrawn. Before the draw of a lottery this takes
    their entry back. Raises NotFound, and Refusal `no-reason` or `not-waiting`."""
    why = _said(reason)
    lesson, waiting = locked(waiting_id, now)
    queue.end(lesson, waiting, WaitEnd.TAKEN_OUT, by, now, why, "lottery.withdrawn" if lesson.is_undrawn else "")
    return waiting


def move_up(waiting_id: int, reason: str, *, by: Actor, now: datetime) -> Waiting:
    """Put a party in front of all who wait for the lesson. Raises NotFound, and Refusal `no-reason`, `not-waiting`, or
    `first-already`; with an offer standing there is nothing to be in front of."""
    why = _said(reason)
    lesson, waiting = locked(waiting_id, now)
    lottery_rules.check_not_by_lot(lesson)
    if waiting.ended_at is not None:
        raise Refusal("This entry of the waiting list has ended already.", code="not-waiting")
    in_turn = [each for each in queue.parties(lesson.id) if each.offer is None]
    if waiting not in in_turn or in_turn[0] is waiting:
        raise Refusal("These people are first in the queue already.", code="first-already")
    waiting.moved_up_at, waiting.moved_up_by, waiting.moved_up_reason = now, by.name, why
    first = db.session.scalar(sa.select(sa.func.min(Waiting.place)).where(Waiting.lesson_id == lesson.id)) or 0
    waiting.place = first - 1
    db.session.flush()
    history.record("waiting.moved-up", f"waiting:{waiting_id}", by=by, now=now, lesson=lesson.id)
    return waiting


def told_it_is_over(waiting_id: int, *, by: Actor, now: datetime) -> Waiting:
    """A person told them that the lesson is cancelled in which a seat was offered to them, or which they had entered.
    Twice is once. Raises NotFound, and Refusal `lesson-not-cancelled`."""
    lesson, waiting = locked(waiting_id, now)
    if lesson.state is not LessonState.CANCELLED:
        raise Refusal("This lesson is not cancelled.", code="lesson-not-cancelled")
    first = sa.update(Waiting).where(Waiting.id == waiting_id, Waiting.over_told_at.is_(None))
    if one_row(first.values(over_told_at=now, over_told_by=by.name)):
        history.record("waiting.over-told", f"waiting:{waiting_id}", by=by, now=now, lesson=lesson.id)
    db.session.refresh(waiting)
    return waiting


def locked(waiting_id: int, now: datetime) -> tuple[Lesson, Waiting]:
    """The lesson, locked, and the entry as it then stands. Raises NotFound."""
    lesson_id = db.session.scalar(sa.select(Waiting.lesson_id).where(Waiting.id == waiting_id))
    if lesson_id is None:
        raise NotFound("There is no such entry of the waiting list.")
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    return lesson, db.session.get_one(Waiting, waiting_id, options=queue.PARTS, populate_existing=True)


def _said(reason: str) -> str:
    """The reason as it is kept. Raises Refusal at `reason`."""
    booking_rules.check_reason(reason)
    try:
        return str(fitting(Waiting, {"end_reason": reason})["end_reason"])
    except Refusal as refusal:
        refusal.field = "reason"
        raise


def _check_first_time(resident_ids: Sequence[int], lesson: Lesson) -> None:
    """Raises AlreadyWaiting, OfferedBefore. The unique indexes refuse whatever comes by another way."""
    found = db.session.scalars(
        sa.select(WaitingMember).where(
            WaitingMember.lesson_id == lesson.id, WaitingMember.resident_id.in_(resident_ids)
        )
    ).all()
    if still := [each for each in found if each.left_at is None]:
        raise rules.AlreadyWaiting(names_of([each.resident_id for each in still]), [each.waiting_id for each in still])
    if offered := [each.resident_id for each in found if each.offered_at is not None]:
        raise rules.OfferedBefore(names_of(offered))
