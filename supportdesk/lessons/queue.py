"""The waiting list's rows: who waits for a locked lesson, in order, and how their waiting ends.

Like seats, they are moved only behind the lock of the lesson's row (seats.lock_lessons), so that what is read here
stands until the act is done.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from ..core import history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.errors import Refusal
from ..messages import outbox
from . import seats
from . import waiting_rules as rules
from .models import Lesson
from .waiting_models import Offer, Waiting, WaitingMember
from .waiting_rules import OFFER_OF_END, OfferState, Party, WaitEnd

# What the queue looks at in a party: who they are, and the offer that was made to them.
PARTS = (joinedload(Waiting.offer), selectinload(Waiting.members).joinedload(WaitingMember.resident))


def parties(lesson_id: int) -> Sequence[Waiting]:
    """Who waits for a lesson, in order, as the rows stand now. Two queries."""
    found = sa.select(Waiting).where(Waiting.lesson_id == lesson_id, Waiting.ended_at.is_(None))
    ordered = found.options(*PARTS).order_by(Waiting.place).execution_options(populate_existing=True)
    return db.session.scalars(ordered).all()


def facts(waiting: Waiting) -> Party:
    """A party as the rules look at it."""
    offer = waiting.offer if waiting.offer and waiting.offer.state is OfferState.STANDING else None
    return Party(
        id=waiting.id,
        members=tuple(each.resident_id for each in waiting.staying),
        companions=waiting.companions,
        stopped=frozenset(each.resident_id for each in waiting.staying if each.resident.stopped_at),
        until=offer.until if offer else None,
        tries=offer.tries if offer else 0,
        kind=waiting.lesson.kind,
    )


def check_turn(
    lesson: Lesson, resident_ids: Sequence[int], wanted: int, *, override_reason: str, by: Actor
) -> str:
    """Before a booking in a locked lesson: refuse to pass over those who wait in front, unless a reason is given; says
    `waiting-first` if they were passed over. Raises WaitingFirst, and Refusal `offer-stands` for somebody who has an
    offer, since that keeps the seats."""
    if not lesson.waiting:
        return ""
    waiting = [facts(each) for each in parties(lesson.id)]
    own = [party for party in waiting if not set(resident_ids).isdisjoint(party.members)]
    if any(party.until is not None for party in own):
        raise Refusal("A seat is offered to them already. Accept the offer, or decline it first.", code="offer-stands")
    in_front = waiting[: waiting.index(own[0])] if own else waiting
    ahead = [party for party in in_front if party.until is None]
    free = lesson.seats_free + seats.held_by(lesson, by)
    return rules.check_order(wanted, free, ahead, override_reason=override_reason)


def leave_booked(lesson: Lesson, resident_ids: Collection[int], by: Actor, now: datetime) -> None:
    """Who is booked in a locked lesson waits for it no longer; the rest of the party keeps its place."""
    if not lesson.waiting:
        return
    for each in parties(lesson.id):
        if gone := [member.resident_id for member in each.staying if member.resident_id in resident_ids]:
            leave(lesson, each, gone, WaitEnd.BOOKED, by, now)


def leave(
    lesson: Lesson, waiting: Waiting, resident_ids: Collection[int], how: WaitEnd, by: Actor, now: datetime
) -> None:
    """These of a party wait no longer; an offer stands for the others with so many seats less. When nobody is left,
    the waiting ends, since companions come with somebody."""
    staying = [each for each in waiting.staying if each.resident_id not in resident_ids]
    if not staying:
        end(lesson, waiting, how, by, now)
        return
    before = waiting.seats
    _set_left(waiting, resident_ids, now)
    gone = before - waiting.seats
    offer = waiting.offer
    if offer is not None and offer.state is OfferState.STANDING:
        offer.seats -= gone
        seats.end_offer(lesson, gone)
    db.session.flush()
    history.record("waiting.smaller", f"waiting:{waiting.id}", by=by, now=now, lesson=lesson.id, how=how.value)


def end(
    lesson: Lesson, waiting: Waiting, how: WaitEnd, by: Actor, now: datetime, reason: str = "", told_as: str = ""
) -> None:
    """A party waits no longer, and the offer that stands for it is over; its seats are free again, or taken by it.
    `told_as`: what the history calls it, if that is not how it ended."""
    ended = sa.update(Waiting).where(Waiting.id == waiting.id, Waiting.ended_at.is_(None))
    if not one_row(ended.values(ended_at=now, ended_by=by.name, ended_how=how, end_reason=reason)):
        raise Refusal("This entry of the waiting list has ended already.", code="not-waiting")
    offer = waiting.offer
    if offer is not None and offer.state is OfferState.STANDING:
        _end_offer(lesson, offer, OFFER_OF_END[how], by, now)
    _set_left(waiting, [each.resident_id for each in waiting.staying], now)
    seats.count_waiting(lesson, -1)
    db.session.refresh(waiting, ["ended_at", "ended_by", "ended_how", "end_reason"])
    history.record(told_as or _ENDED[how], f"waiting:{waiting.id}", by=by, now=now, lesson=lesson.id)


def wait_again(lesson: Lesson, by: Actor, now: datetime) -> None:
    """Those who waited, or had entered, when a locked lesson was cancelled keep their places, since it takes place
    after all. Who was offered a seat then does not: nobody is offered one twice."""
    found = sa.select(Waiting).where(
        Waiting.lesson_id == lesson.id, Waiting.ended_how == WaitEnd.LESSON_OVER, ~Waiting.offer.has()
    )
    for waiting in db.session.scalars(found.options(*PARTS)).all():
        for each in waiting.members:
            if each.left_at == waiting.ended_at:
                each.left_at = None
        waiting.ended_at, waiting.ended_how, waiting.ended_by = None, None, ""
        db.session.flush()
        seats.count_waiting(lesson, 1)
        history.record("waiting.again", f"waiting:{waiting.id}", by=by, now=now, lesson=lesson.id)


def _end_offer(lesson: Lesson, offer: Offer, state: OfferState, by: Actor, now: datetime) -> None:
    stood = sa.update(Offer).where(Offer.id == offer.id, Offer.state == OfferState.STANDING)
    if not one_row(stood.values(state=state, ended_at=now, ended_by=by.name)):
        raise Refusal("Somebody else has answered this offer. Please look again.", code="offer-over")
    seats.end_offer(lesson, offer.seats, taken=state is OfferState.ACCEPTED)
    outbox.withdraw(about=f"offer:{offer.id}", reason="offer-over", now=now)
    db.session.refresh(offer, ["state", "ended_at", "ended_by"])


def _set_left(waiting: Waiting, resident_ids: Collection[int], now: datetime) -> None:
    for each in waiting.members:
        if each.resident_id in resident_ids:
            each.left_at = now
    db.session.flush()


# What the history calls each end.
_ENDED = {how: f"waiting.{how}" for how in WaitEnd}
