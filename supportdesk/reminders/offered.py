"""Reading what standing offers ask for and what became of it, as asked.py does for bookings.

A party is told once: by the way of contact of the one who asked first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Lesson
from ..lessons.waiting_models import Offer, WaitingMember
from ..lessons.waiting_rules import OfferState
from ..messages.rules import MessageStatus
from . import asked, known, offer_rules, rules
from .asked import Asked, Columns, Setting
from .rules import Facts, Key, Tried

_OFFERS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Offer.id,
        Offer.lesson_id,
        Offer.seats,
        Offer.made_at,
        Offer.until,
        Offer.tries,
        WaitingMember.resident_id,
        *known.OF_LESSON,
        *known.OF_RESIDENT,
    )
    .join(Lesson, Lesson.id == Offer.lesson_id)
    .join(Lesson.venue)
    .order_by(Offer.id, WaitingMember.position)
)
_STANDING = (
    _OFFERS.join(WaitingMember, WaitingMember.waiting_id == Offer.waiting_id)
    .join(WaitingMember.resident)
    .where(Offer.state == OfferState.STANDING, WaitingMember.left_at.is_(None))
)


def standing(by: Setting) -> list[Asked]:
    """What all standing offers ask for, in the order in which they were made. Four queries, or one if there is none."""
    offers: dict[int, Columns] = {}
    count: Counter[int] = Counter()
    for row in db.session.execute(_STANDING):
        offers.setdefault(row.id, row)  # the one who asked first
        count[row.id] += 1
    if not offers:
        return []
    people = known.known_of({offer.resident_id for offer in offers.values()}, by.office)
    messages = asked.messages_by_about([about(offer_id) for offer_id in offers])
    found = []
    for offer in offers.values():
        newest, withdrawn = asked.of_this_start(offer, messages[about(offer.id)])
        facts = _facts(offer, people, known.tried_of_steps(newest))
        # A table is one seat for all who come together, and it is said for how many people the offer is.
        persons = count[offer.id] if offer.kind.is_slot else offer.seats
        steps = offer_rules.steps(facts, offer.made_at, offer.until, persons, by.office, by.closed, by.now)
        planned = [each for each in messages[about(offer.id)] if each.status is MessageStatus.PLANNED]
        steps = [] if rules.why_nothing(facts) else steps
        whom = asked.Whom(offer.resident_id)
        found.append(Asked(offer, facts, steps, newest, planned, withdrawn, (), about(offer.id), whom))
    return found


def _facts(offer: Columns, people: known.Known, tried: Mapping[Key, Tried]) -> Facts:
    return Facts(
        booking_id=offer.id,
        lesson_id=offer.lesson_id,
        party=about(offer.id),
        starts_at=offer.starts_at,
        booked_at=offer.made_at,
        lesson_cancelled=known.lesson_is_cancelled(offer),
        tried=tried,
        **people.of(offer),
    )


def about(offer_id: int) -> str:
    return f"offer:{offer_id}"
