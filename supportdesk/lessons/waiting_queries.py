"""Reads about the waiting list and its offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..core.errors import NotFound
from ..office import queries as office
from . import queue
from . import waiting_rules as rules
from .models import Lesson
from .waiting_models import Offer, Waiting, WaitingMember
from .waiting_rules import OfferState, Party


@dataclass(frozen=True)
class Turn:
    """A party in the queue. `position` counts from 1; `next`: free seats are due to it, and the next tick offers
    them."""

    waiting: Waiting
    position: int
    next: bool

    @property
    def offer(self) -> Offer | None:
        """The offer that stands for them."""
        offer = self.waiting.offer
        return offer if offer is not None and offer.state is OfferState.STANDING else None


def lessons_to_settle(now: datetime) -> list[int]:
    """The lessons whose queue asks for something, in the order of their ids. Four queries, however many wait."""
    active = sa.select(Waiting).where(Waiting.ended_at.is_(None)).order_by(Waiting.lesson_id, Waiting.place)
    whole = active.options(*queue.PARTS, joinedload(Waiting.lesson)).execution_options(populate_existing=True)
    found = db.session.scalars(whole).all()
    if not found:
        return []
    closed = office.all_closed_days()
    lessons: dict[int, tuple[Lesson, list[Party]]] = {}
    for each in found:
        lessons.setdefault(each.lesson_id, (each.lesson, []))[1].append(queue.facts(each))
    return [
        lesson.id
        for lesson, parties in lessons.values()
        if rules.settle(lesson, lesson.free_for_queue, parties, closed, now)
    ]


def queue_of(lesson: Lesson, now: datetime) -> list[Turn]:
    """Who waits for a lesson, in order. No query for a lesson that nobody waits for, else three."""
    if not lesson.waiting:
        return []
    waiting = queue.parties(lesson.id)
    parties = [queue.facts(each) for each in waiting]
    asked = rules.settle(lesson, lesson.free_for_queue, parties, office.all_closed_days(), now)
    return [Turn(each, place, each.id in asked.offered) for place, each in enumerate(waiting, 1)]


def ended_of(lesson_id: int) -> Sequence[Waiting]:
    """Who waited for a lesson and does no longer, the newest first."""
    over = sa.select(Waiting).where(Waiting.lesson_id == lesson_id, Waiting.ended_at.is_not(None))
    return db.session.scalars(over.options(*queue.PARTS).order_by(Waiting.ended_at.desc(), Waiting.id)).all()


def due_to_queue(lessons: Collection[Lesson], more: int = 0) -> Mapping[int, int]:
    """How many free seats of each lesson are due to those who wait and are not offered yet; `more` are free for whoever
    asks, who holds them. No query where nobody waits, else two. The entries of a lottery wait for its draw."""
    asked_for = {each.id: each for each in lessons if each.waiting and not each.is_undrawn}
    if not asked_for:
        return {}
    active = sa.select(Waiting).where(Waiting.lesson_id.in_(asked_for), Waiting.ended_at.is_(None))
    parties: dict[int, list[Party]] = defaultdict(list)
    for each in db.session.scalars(active.options(*queue.PARTS).order_by(Waiting.place)):
        parties[each.lesson_id].append(queue.facts(each))
    return {
        lesson_id: sum(
            each.left
            for each in rules.whole_parties(
                asked_for[lesson_id].seats_free + more, [each for each in of_lesson if each.until is None]
            )
        )
        for lesson_id, of_lesson in parties.items()
    }


def get_waiting(waiting_id: int) -> Waiting:
    """An entry of the waiting list, with its people and its lesson. Raises NotFound."""
    parts = (*queue.PARTS, joinedload(Waiting.lesson).options(*_LESSON_PARTS))
    found = db.session.get(Waiting, waiting_id, options=parts)
    if found is None:
        raise NotFound("There is no such entry of the waiting list.")
    return found


def get_offer(offer_id: int) -> Offer:
    """Raises NotFound."""
    found = db.session.get(Offer, offer_id)
    if found is None:
        raise NotFound("There is no such offer.")
    return found


def waiting_by_external_id(external_id: str | None) -> Waiting | None:
    """The entry that a program knows by this key; None is nobody's."""
    if external_id is None:
        return None
    found = sa.select(Waiting).where(Waiting.external_id == external_id)
    return db.session.scalar(found.options(*queue.PARTS))


def waiting_of(resident_id: int) -> Sequence[Waiting]:
    """For which lessons a resident waits, the soonest first (two queries)."""
    mine = sa.select(WaitingMember.waiting_id).where(
        WaitingMember.resident_id == resident_id, WaitingMember.left_at.is_(None)
    )
    found = sa.select(Waiting).join(Lesson, Lesson.id == Waiting.lesson_id).where(Waiting.id.in_(mine))
    parts = (*queue.PARTS, joinedload(Waiting.lesson).options(*_LESSON_PARTS))
    return db.session.scalars(found.options(*parts).order_by(Lesson.starts_at)).all()


def positions(waiting: Collection[Waiting]) -> Mapping[int, int]:
    """The position in its queue, from 1, of each of these that still waits (one query, or none)."""
    lessons = {each.lesson_id for each in waiting if each.ended_at is None}
    if not lessons:
        return {}
    ordered = db.session.execute(
        sa.select(Waiting.id, Waiting.lesson_id)
        .where(Waiting.lesson_id.in_(lessons), Waiting.ended_at.is_(None))
        .order_by(Waiting.lesson_id, Waiting.place)
    ).all()
    found: dict[int, int] = {}
    counted: dict[int, int] = defaultdict(int)
    for row in ordered:
        counted[row.lesson_id] += 1
        found[row.id] = counted[row.lesson_id]
    return found


_LESSON_PARTS = (joinedload(Lesson.course), joinedload(Lesson.venue))
