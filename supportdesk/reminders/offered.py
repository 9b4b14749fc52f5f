"""Reading what standing offers ask for and what became of it, as asked.py does for bookings.

A party is told once: by the way of contact of the one who asked first.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Lesson
from ..lessons.rules import LessonState
from ..lessons.waiting_models import Offer, WaitingMember
from ..lessons.waiting_rules import OfferState
from ..messages.rules import MessageStatus
from ..people.hour_rules import hours_of
from ..people.models import Resident
from ..places.models import Venue
from . import asked, offer_rules, rules
from .asked import Asked, Columns, Setting
from .rules import Facts, Number, Step, Why

_OFFERS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Offer.id,
        Offer.lesson_id,
        Offer.seats,
        Offer.made_at,
        Offer.until,
        Offer.tries,
        WaitingMember.resident_id,
        Lesson.kind,
        Lesson.starts_at,
        Lesson.state.label("lesson_state"),
        Lesson.cancelled_at.label("lesson_cancelled_at"),
        Venue.short_name,
        Venue.name_kana,
        Venue.name_en,
        Resident.wish,
        Resident.language,
        Resident.consent_on,
        Resident.do_not_call,
        Resident.contact_from,
        Resident.contact_until,
        Resident.contact_not_on,
        Resident.stopped_at,
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
    people: Counter[int] = Counter()
    for row in db.session.execute(_STANDING):
        offers.setdefault(row.id, row)  # the one who asked first
        people[row.id] += 1
    if not offers:
        return []
    residents = {offer.resident_id for offer in offers.values()}
    numbers, instead = asked.numbers_of(residents), asked.through_family(residents)
    messages = asked.messages_by_about([about(offer_id) for offer_id in offers])
    found = []
    for offer in offers.values():
        facts = _facts(offer, tuple(numbers[offer.resident_id]), offer.resident_id in instead)
        newest, withdrawn = asked.of_this_start(offer, messages[about(offer.id)])
        # A table is one seat for all who come together, and it is said for how many people the offer is.
        persons = people[offer.id] if offer.kind.is_slot else offer.seats
        step = offer_rules.step(facts, offer.made_at, offer.until, persons, by.office, by.closed)
        planned = [each for each in messages[about(offer.id)] if each.status is MessageStatus.PLANNED]
        steps = [] if rules.why_nothing(facts) else [step]
        whom = asked.Whom(offer.resident_id)
        found.append(Asked(offer, facts, steps, newest, planned, withdrawn, (), about(offer.id), whom))
    return found


def _facts(offer: Columns, numbers: tuple[Number, ...], family_instead: bool) -> Facts:
    return Facts(
        booking_id=offer.id,
        lesson_id=offer.lesson_id,
        party=about(offer.id),
        starts_at=offer.starts_at,
        booked_at=offer.made_at,
        wish=offer.wish,
        language=offer.language,
        numbers=numbers,
        consent=offer.consent_on is not None,
        family_instead=family_instead,
        do_not_call=offer.do_not_call,
        hours=hours_of(offer.contact_from, offer.contact_until, offer.contact_not_on),
        stopped=offer.stopped_at is not None,
        lesson_cancelled=offer.lesson_cancelled_at is not None or offer.lesson_state is LessonState.CANCELLED,
    )


def about(offer_id: int) -> str:
    return f"offer:{offer_id}"


def why_person(one: Asked, now: datetime, *, held: bool) -> tuple[Why, Step] | None:
    """Why a person must tell of this offer (or result: drawn.py) now, and the step it stands for; None while nobody
    need."""
    for step in one.timed:
        key = (step.matter, step.step)
        if why := offer_rules.why_person(step, one.ended.get(key), now, held=held, capped=key in one.capped):
            return why, step
    return None
