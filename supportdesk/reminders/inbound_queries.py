"""Reads about calls and texts that came in: whose number it may be, how often a number was tried, what they opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from ..desk.call_task_models import CallTask
from ..lessons import booking_queries
from ..lessons.models import Booking, Lesson
from ..lessons.rules import LessonState
from ..people.models import FamilyContact, Resident, Telephone
from . import inbound_rules as rules
from .inbound_models import InboundCall, InboundText
from .inbound_rules import Found
from .inbound_wording import Booked

Row = TypeVar("Row", InboundCall, InboundText)


@dataclass(frozen=True)
class Owners:
    """Who stands in our records with a number: a hint for whoever rings back, and no proof. `family` are residents for
    whom somebody with this number is entered."""

    residents: list[Resident] = field(default_factory=list)
    family: list[Resident] = field(default_factory=list)

    @property
    def only(self) -> Resident | None:
        """The one whose number it is, if it is nobody else's."""
        return self.residents[0] if len(self.residents) == 1 else None


def owners(numbers: Collection[str]) -> Mapping[str, Owners]:
    """Who may be behind each of these numbers, by kana (two queries)."""
    found: dict[str, Owners] = defaultdict(Owners)
    wanted = set(numbers) - {""}
    if not wanted:
        return found
    by_kana = (Resident.family_kana, Resident.given_kana, Resident.id)
    for number, resident in db.session.execute(
        sa.select(Telephone.number, Resident).join(Telephone.resident).where(Telephone.number.in_(wanted))
        .order_by(*by_kana)
    ):  # fmt: skip
        found[number].residents.append(resident)
    for number, resident in db.session.execute(
        sa.select(FamilyContact.number, Resident).join(FamilyContact.resident)
        .where(FamilyContact.number.in_(wanted)).order_by(*by_kana)
    ):  # fmt: skip
        found[number].family.append(resident)
    return found


def call_of(sid: str) -> InboundCall | None:
    """The call as it stands, kept for this transaction."""
    mine = sa.select(InboundCall).where(InboundCall.sid == sid).with_for_update()
    return db.session.scalars(mine.execution_options(populate_existing=True)).one_or_none()


def locked(number: str, now: datetime) -> bool:
    """Whether so many booking numbers were tried in vain in the last hour, from this number or in the whole town, that
    none is looked up any more (one query). All withheld numbers count as one."""
    since = InboundCall.began_at > now - rules.MISSES_COUNT_FOR
    own = sa.func.coalesce(sa.func.sum(sa.case((InboundCall.number == number, InboundCall.misses), else_=0)), 0)
    all_ = sa.func.coalesce(sa.func.sum(InboundCall.misses), 0)
    mine, of_town = db.session.execute(sa.select(own, all_).where(since)).one()
    return bool(mine >= rules.MISSES_FROM_A_NUMBER or of_town >= rules.MISSES_IN_THE_TOWN)


def booking_with(number: str) -> Booking | None:
    """The booking with this number; of one that was moved, what it was moved to: the slip at home has the old number
    (one query, one more for each move)."""
    booking = db.session.scalars(sa.select(Booking).where(Booking.number == number)).one_or_none()
    while booking is not None and booking.moved_to_id is not None:
        booking = db.session.get_one(Booking, booking.moved_to_id)
    return booking


def booking_by_id(booking_id: int) -> Booking:
    """A booking as it stands by now. Raises NoResultFound."""
    return db.session.get_one(Booking, booking_id, populate_existing=True)


def standing(booking: Booking, now: datetime) -> Found:
    """How a booking stands for whoever rings about it."""
    if booking.cancelled_at is not None:
        return Found.CANCELLED
    if booking.lesson.state is LessonState.CANCELLED:
        return Found.CALLED_OFF
    return Found.COMING if now < booking.lesson.starts_at else Found.OVER


def booked(call: InboundCall) -> Booked | None:
    """What is said of the booking that a call has opened."""
    if call.booking_id is None:
        return None
    booking = booking_by_id(call.booking_id)
    lesson = booking.lesson
    others = bool(booking_queries.others_of_party(booking))
    return Booked(lesson.starts_at, lesson.venue.name_kana, 1 + booking.companions, others)


@dataclass(frozen=True)
class CameIn(Generic[Row]):
    """A call or a text, who may be behind its number, and what it led to."""

    row: Row
    owners: Owners
    task: CallTask | None
    booking: Booking | None = None

    @property
    def resident_ids(self) -> list[int]:
        return [each.id for each in self.owners.residents]


def calls() -> sa.Select[Any]:
    """Calls that came in, the newest first."""
    return sa.select(InboundCall).order_by(InboundCall.began_at.desc(), InboundCall.id.desc())


def texts() -> sa.Select[Any]:
    """Texts that came in, the newest first."""
    return sa.select(InboundText).order_by(InboundText.at.desc(), InboundText.id.desc())


def with_calls(found: Sequence[InboundCall]) -> list[CameIn[InboundCall]]:
    """These calls with what belongs to them (four queries)."""
    who, tasks = owners([call.number for call in found]), _tasks(call_origin(call.sid) for call in found)
    ids = {call.booking_id for call in found} - {None}
    parts = (joinedload(Booking.resident), joinedload(Booking.lesson).joinedload(Lesson.venue))
    rows = db.session.scalars(sa.select(Booking).where(Booking.id.in_(ids)).options(*parts))
    bookings: dict[int | None, Booking] = {booking.id: booking for booking in rows}
    return [
        CameIn(call, who[call.number], tasks.get(call_origin(call.sid)), bookings.get(call.booking_id))
        for call in found
    ]


def with_texts(found: Sequence[InboundText]) -> list[CameIn[InboundText]]:
    """These texts with what belongs to them (three queries)."""
    who, tasks = owners([text.number for text in found]), _tasks(text_origin(text.sid) for text in found)
    return [CameIn(text, who[text.number], tasks.get(text_origin(text.sid))) for text in found]


def call_origin(sid: str) -> str:
    """By which a call's task and answer are known, so that what comes twice counts once."""
    return f"call:{sid}"


def text_origin(sid: str) -> str:
    """By which a text's task is known."""
    return f"text:{sid}"


def _tasks(origins: Iterable[str]) -> dict[str, CallTask]:
    found = db.session.scalars(sa.select(CallTask).where(CallTask.origin.in_(list(origins))))
    return {task.origin: task for task in found}
