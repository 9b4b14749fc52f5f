"""Calls and texts that came to the sample town: a missed call with a wish to be called, one that confirmed and one that
cancelled a booking, a reply that somebody must read, and one that wishes no texts any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db
from ..lessons.models import Booking, Lesson
from ..people.models import Resident, Telephone
from ..people.rules import NumberKind
from ..reminders import inbound_calls, inbound_texts
from ..reminders.inbound_models import InboundCall
from ..reminders.inbound_rules import Step

# Far enough ahead that a cancelled seat of the sample is nobody's sorrow.
AHEAD = timedelta(days=5)


def make(now: datetime) -> None:
    """What came in since yesterday evening."""
    will_come, cancels, wishes, replies, stops = _people(now)
    _ring(will_come.telephones[0].number, "2", _number_of(will_come, now), "1", now=now - timedelta(hours=3))
    _ring(cancels.telephones[0].number, "2", _number_of(cancels, now), "2", "1", now=now - timedelta(hours=2))
    _ring("anonymous", "2", "10000000", "10000001", now=now - timedelta(hours=1))
    missed = _ring(wishes.telephones[0].number, "1", now=now - timedelta(minutes=40))
    if missed.step is Step.PUT_THROUGH:  # by day, when the line was busy
        inbound_calls.dialled(missed, missed.turn, False, now=now - timedelta(minutes=40))
    _write(1, replies, "やめます", now - timedelta(minutes=30))
    _write(2, stops, "配信停止をお願いします", now - timedelta(minutes=25))
    _write(3, replies, "あしたは行けるとおもいます。会場はどこですか", now - timedelta(minutes=10))


def _people(now: datetime) -> list[Resident]:
    """Five with a mobile and a booking ahead, each on a line of their own."""
    alone = sa.select(Telephone.number).group_by(Telephone.number).having(sa.func.count() == 1)
    ahead = (
        sa.select(Booking.id)
        .join(Lesson)
        .where(Booking.resident_id == Resident.id, Booking.cancelled_at.is_(None), Lesson.starts_at > now + AHEAD)
        .where(Lesson.cancelled_at.is_(None))
    )
    mobile = sa.select(Telephone.id).where(
        Telephone.resident_id == Resident.id, Telephone.kind == NumberKind.MOBILE, Telephone.position == 1,
        Telephone.number.in_(alone),
    )  # fmt: skip
    found = sa.select(Resident).where(ahead.exists(), mobile.exists(), Resident.stopped_at.is_(None))
    # The first are those whom the guide names, who have a story of their own.
    return list(db.session.scalars(found.order_by(Resident.id).offset(3).limit(5)))


def _number_of(person: Resident, now: datetime) -> str:
    mine = sa.select(Booking.number).join(Lesson).where(
        Booking.resident_id == person.id, Booking.cancelled_at.is_(None), Lesson.cancelled_at.is_(None),
        Lesson.starts_at > now + AHEAD,
    )  # fmt: skip
    return db.session.scalars(mine.order_by(Lesson.starts_at, Booking.id).limit(1)).one()


def _ring(number: str, *keys: str, now: datetime) -> InboundCall:
    call = inbound_calls.ring(f"CAsample-{now:%Y%m%d%H%M}", number, now=now)
    for pressed in keys:
        call = inbound_calls.press(call, call.turn, pressed, now=now)
    return call


def _write(which: int, person: Resident, text: str, now: datetime) -> None:
    inbound_texts.take(f"SMsample-{which}", person.telephones[0].number, text, now=now)
