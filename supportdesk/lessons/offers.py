"""空きのご連絡: free seats are offered to those who wait, and what becomes of an offer.

Offers are derived, not pushed: whoever cancels, moves or adds seats tells nobody. `settle` brings one lesson's queue to
what waiting_rules.settle asks for, and may run any number of times, late, and in two processes at once; each lesson is
settled behind its own lock, whole or not at all.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core import history
from ..core.access import HOUSE, Actor
from ..core.db import db, transaction
from ..core.errors import NotFound
from ..office import queries as office
from . import booking_rules, deadline_rules, queue
from . import waiting_queries as queries
from . import waiting_rules as rules
from .bookings import book_waiting, check_residents
from .models import Booking, Lesson
from .seats import lock_lessons, offer_seats
from .waiting_models import Offer, Waiting
from .waiting_rules import Settlement, WaitEnd


def settle_all(now: datetime) -> int:
    """Settle every queue that asks for something; gives in how many lessons. An edge: one transaction for each, so that
    no booking waits behind all of them, and none at all for a town in which nothing is to be done."""
    asking = queries.lessons_to_settle(now)
    db.session.rollback()
    for lesson_id in asking:
        with transaction():
            settle(lesson_id, now)
    return len(asking)


def settle(lesson_id: int, now: datetime) -> Settlement:
    """End what is over in one lesson's queue and offer what is free to the first whole party that fits."""
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    waiting = {each.id: each for each in queue.parties(lesson_id)}
    parties = [queue.facts(each) for each in waiting.values()]
    closed = office.all_closed_days()
    asked = rules.settle(lesson, lesson.free_for_queue, parties, closed, now)
    if asked.over:
        for each in waiting.values():
            queue.end(lesson, each, WaitEnd.LESSON_OVER, HOUSE, now)
    for party in parties:
        if party.id in asked.stopped:
            queue.leave(lesson, waiting[party.id], party.stopped, WaitEnd.CONTACT_STOPPED, HOUSE, now)
        if party.id in asked.ended:
            queue.end(lesson, waiting[party.id], rules.end_of_time(party.tries), HOUSE, now)
        if party.id in asked.shortened:
            _shorten(waiting[party.id], deadline_rules.latest_answer(lesson.starts_at, closed), now)
    for each_id in asked.offered:
        assert asked.until is not None
        _offer(lesson, waiting[each_id], asked.until, now)
    return asked


def accept(offer_id: int, *, read_back: bool = True, by: Actor, now: datetime) -> list[Booking]:
    """Book those to whom the seats were offered, with what they said when they began to wait; their waiting ends.

    The booking period does not matter, since the office offered. Raises NotFound, Refusal `offer-over`, and what no
    offer can change: a lesson that was cancelled, contact that was stopped.
    """
    lesson, waiting, offer = _standing(offer_id, now)
    passed_over = booking_rules.check_bookable(lesson, now, override_reason="offered")
    resident_ids = [each.resident_id for each in waiting.staying]
    check_residents(resident_ids, lesson)
    queue.end(lesson, waiting, WaitEnd.BOOKED, by, now)
    return book_waiting(
        waiting, resident_ids, by, now, read_back=read_back, text_wished=waiting.text_wished,
        offer=offer.id, passed_over=passed_over,
    )  # fmt: skip


def decline(offer_id: int, *, by: Actor, now: datetime) -> Offer:
    """They do not want the seats. Their waiting ends, and the next tick offers the seats to the next. Raises NotFound,
    Refusal `offer-over`."""
    lesson, waiting, offer = _standing(offer_id, now)
    queue.end(lesson, waiting, WaitEnd.DECLINED, by, now)
    return offer


def not_reached(offer_id: int, *, by: Actor, now: datetime) -> Offer:
    """A person tried to tell them and reached nobody. The offer stays for a second try; after it, it goes on to the
    next. Raises NotFound, Refusal `offer-over`."""
    lesson, waiting, offer = _standing(offer_id, now)
    offer.tries, offer.tried_at = offer.tries + 1, now
    db.session.flush()
    history.record("offer.tried", f"offer:{offer_id}", by=by, now=now, lesson=lesson.id, tries=offer.tries)
    if (how := rules.after_try(offer.tries)) is not None:
        queue.end(lesson, waiting, how, by, now)
    return offer


def _standing(offer_id: int, now: datetime) -> tuple[Lesson, Waiting, Offer]:
    """The lesson, locked, with the offer and its party as they then stand. Raises NotFound, Refusal `offer-over`."""
    lesson_id = db.session.scalar(sa.select(Offer.lesson_id).where(Offer.id == offer_id))
    if lesson_id is None:
        raise NotFound("There is no such offer.")
    lesson = lock_lessons([lesson_id], now)[lesson_id]
    found = sa.select(Waiting).join(Offer, Offer.waiting_id == Waiting.id).where(Offer.id == offer_id)
    waiting = db.session.scalars(
        found.options(*queue.PARTS).execution_options(populate_existing=True)
    ).one()
    offer = waiting.offer
    assert offer is not None
    rules.check_stands(offer.state, offer.until, now)
    return lesson, waiting, offer


def _offer(lesson: Lesson, waiting: Waiting, until: datetime, now: datetime) -> None:
    """Keep the seats for these people. The database refuses a second offer to a party, and to any of them."""
    offer_seats(lesson, waiting.seats)
    offer = Offer(waiting_id=waiting.id, lesson_id=lesson.id, seats=waiting.seats, made_at=now, until=until)
    db.session.add(offer)
    for each in waiting.staying:
        each.offered_at = now
    db.session.flush()
    history.record(
        "offer.made", f"offer:{offer.id}", by=HOUSE, now=now, lesson=lesson.id, waiting=waiting.id, seats=offer.seats
    )


def _shorten(waiting: Waiting, until: datetime, now: datetime) -> None:
    """The lesson begins earlier than when the seats were offered."""
    assert waiting.offer is not None
    waiting.offer.until = until
    db.session.flush()
    history.record("offer.shortened", f"offer:{waiting.offer.id}", by=HOUSE, now=now, lesson=waiting.lesson_id)
