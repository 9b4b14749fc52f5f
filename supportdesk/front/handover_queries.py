"""What somebody has that could be handed over, and what was."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload, lazyload

from ..accounts.models import User
from ..accounts.rules import in_force
from ..core import clock
from ..core.access import Role
from ..core.db import db
from ..core.errors import NotFound, Refusal
from ..desk.models import HelpRequest
from ..desk.rules import ENDED, RequestStatus
from ..lessons import handing_over
from ..lessons.handing_over import Duty
from ..lessons.models import Booking, Lesson, Series
from ..lessons.series_actions import PLANNERS
from ..office.models import Topic
from ..people.models import Resident
from ..reminders import queries as reminders
from . import handover_rules as rules
from .handover_models import HandOver, HandOverItem
from .handover_rules import Choice, HandOverState, ItemKind, ItemOutcome, Plan

# A list on the page before the act; the paper names all.
SHOWN = 50
# A digest in letters only: twelve digits in a row could look like a My Number.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
# The statuses of help requests that stand under each kind.
STATUSES = {
    ItemKind.REQUEST: frozenset(RequestStatus) - ENDED - {RequestStatus.WAITING_RESIDENT},
    ItemKind.CALL_BACK: frozenset({RequestStatus.WAITING_RESIDENT}),
}


@dataclass(frozen=True)
class Open:
    """One open help request, as lists and the paper name it."""

    id: int
    resident_id: int | None
    status: RequestStatus
    urgent: bool
    topic: str
    received_at: datetime
    lesson_at: datetime | None


@dataclass(frozen=True)
class Found:
    """What one person has on a day, with what stands against each going to the other. `against` are kinds that cannot
    go there at all. `calls` are people to be told about whom those requests are."""

    from_user: User
    to_user: User
    counts: Mapping[ItemKind, int]
    requests: Sequence[Open]
    calls: Sequence[reminders.Item]
    series: Sequence[Series]
    duties: Sequence[Duty]
    regular: Sequence[Series]
    next_starts: Mapping[int, datetime]
    against: Mapping[ItemKind, Refusal]
    seen: str

    @property
    def nothing(self) -> bool:
        return not any(self.counts.values())

    def unsettled(self, plan: Plan) -> int:
        """How many things cannot go the way that was chosen."""
        kinds = [kind for kind in self.against if self.counts[kind] and plan.of(kind) is Choice.HAND_OVER]
        single = ItemKind.DUTY not in self.against
        if not single:
            kinds = [kind for kind in kinds if kind is not ItemKind.DUTY]
        handed = [duty for duty in self.duties if plan.of_duty(duty.lesson.id).choice is Choice.HAND_OVER]
        return len(kinds) + (sum(bool(duty.refusal) for duty in handed) if single else len(handed))


def person(user_id: int) -> User:
    """Somebody who works or worked here, as they are now. Raises NotFound."""
    found = db.session.get(User, user_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no such account.")
    return found


def everybody() -> Sequence[User]:
    """All accounts, those still in service first: somebody who left may still have things."""
    query = sa.select(User).options(lazyload(User.roles)).order_by(User.active.desc(), User.name, User.id)
    return db.session.scalars(query).all()


def found(from_id: int, to_id: int, plan: Plan, on: date, now: datetime) -> Found:
    """Look at all that is to be handed over. Changes nothing. Raises NotFound, Refusal at the field."""
    rules.check_people(from_id, to_id)
    giver, taker = person(from_id), person(to_id)
    rules.check_in_force(
        taker.name,
        in_force(active=taker.active, first_day=taker.first_day, last_day=taker.last_day, today=on),
    )
    counts = _count_requests(from_id)
    series = handing_over.series_in_charge(from_id, now)
    old, new = handing_over.supporter_of(from_id), handing_over.supporter_of(to_id)
    lessons = handing_over.duties_of(old.id, now) if old else []
    regular = handing_over.regular_duties(old.id, now) if old else []
    duties = look_at_duties(lessons, plan, old.id, new.id if new else None, clock.local_date(now)) if old else []
    return Found(
        giver, taker,
        counts | {ItemKind.SERIES: len(series), ItemKind.DUTY: len(duties), ItemKind.REGULAR_DUTY: len(regular)},
        open_requests(from_id, SHOWN), calls_of(from_id, now), series, duties, regular,
        handing_over.next_starts([one.id for one in (*series, *regular)], now),
        _against(taker, has_record=new is not None and new.left_on is None),
        _fingerprint(from_id, to_id, series, lessons, regular),
    )  # fmt: skip


def look_at_duties(
    lessons: Sequence[Lesson], plan: Plan, from_id: int, to_id: int | None, today: date
) -> list[Duty]:
    """The duties as they would be with the other supporter, whatever was chosen."""
    wanted = [
        (lesson, plan.of_duty(lesson.id).reason or lesson.override_reason) for lesson in lessons
    ]
    return handing_over.look(wanted, from_id, to_id, today)


def _against(taker: User, *, has_record: bool) -> dict[ItemKind, Refusal]:
    against: dict[ItemKind, Refusal] = {}
    if Role.STAFF not in taker.role_set:
        against |= dict.fromkeys((ItemKind.REQUEST, ItemKind.CALL_BACK), rules.may_not_have(taker.name))
    if not taker.role_set & PLANNERS:
        against[ItemKind.SERIES] = rules.may_not_have(taker.name)
    if not has_record:
        against |= dict.fromkeys((ItemKind.DUTY, ItemKind.REGULAR_DUTY), rules.no_record(taker.name))
    return against


def _fingerprint(
    from_id: int, to_id: int, series: Sequence[Series], lessons: Sequence[Lesson], regular: Sequence[Series]
) -> str:
    """What a person has seen. Help requests are not in it: they come and go by the minute, and whatever is open when
    the act is done goes along."""
    known = [
        from_id, to_id, [one.id for one in series], [(one.id, one.version) for one in lessons],
        [one.id for one in regular],
    ]  # fmt: skip
    return hashlib.sha256(repr(known).encode()).hexdigest().translate(_LETTERS)


def _count_requests(user_id: int) -> dict[ItemKind, int]:
    query = sa.select(HelpRequest.status, sa.func.count()).where(_open_of(user_id)).group_by(HelpRequest.status)
    by_status = dict(db.session.execute(query).all())
    return {kind: sum(by_status.get(one, 0) for one in statuses) for kind, statuses in STATUSES.items()}


def _open_of(user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(HelpRequest.in_charge_id == user_id, HelpRequest.status.not_in(ENDED))


def open_requests(user_id: int, limit: int) -> list[Open]:
    """The first of those that somebody is in charge of, in the order of the paper."""
    query = (
        _REQUESTS.where(_open_of(user_id))
        .order_by(
            HelpRequest.urgent.desc(), _LESSON_AT.is_(None), _LESSON_AT, HelpRequest.received_at, HelpRequest.id
        )
        .limit(limit)
    )
    return [_open(row) for row in db.session.execute(query)]


def requests_by_id(ids: Sequence[int]) -> list[Open]:
    """Any number of them, some hundred at a time."""
    found: list[Open] = []
    for first in range(0, len(ids), 500):
        query = _REQUESTS.where(HelpRequest.id.in_(ids[first : first + 500]))
        found += [_open(row) for row in db.session.execute(query)]
    return found


# A booking that was cancelled sets no deadline.
_LESSON_AT = sa.case((Booking.cancelled_at.is_(None), Lesson.starts_at), else_=None)
_REQUESTS: sa.Select[Any] = (
    sa.select(
        HelpRequest.id, HelpRequest.resident_id, HelpRequest.status, HelpRequest.urgent,
        sa.func.coalesce(Topic.label, ""), HelpRequest.received_at, _LESSON_AT,
    )
    .outerjoin(Topic, Topic.code == HelpRequest.topic_code)
    .outerjoin(Booking, Booking.id == HelpRequest.booking_id)
    .outerjoin(Lesson, Lesson.id == Booking.lesson_id)
)  # fmt: skip


def _open(row: sa.Row[*tuple[Any, ...]]) -> Open:
    return Open(*row)


def calls_of(user_id: int, now: datetime) -> list[reminders.Item]:
    """Those who must be told by a person and who have an open request with somebody."""
    items = reminders.needs_person(now)
    if not items:
        return []
    asked = sa.select(HelpRequest.resident_id).where(_open_of(user_id), HelpRequest.resident_id.is_not(None))
    residents = set(db.session.scalars(asked))
    # Supporters who must be told of a duty are not here: they have no help request.
    return [item for item in items if item.resident_id is not None and item.resident_id in residents]


def all_hand_overs(of: int | None) -> sa.Select[Any]:
    """Hand-overs, those that are prepared first, then the newest; `of`: those from or to one person."""
    query = sa.select(HandOver).order_by((HandOver.state != HandOverState.PREPARED), HandOver.id.desc())
    return query.where(sa.or_(HandOver.from_id == of, HandOver.to_id == of)) if of is not None else query


def get(hand_over_id: int) -> HandOver:
    """Raises NotFound."""
    found = db.session.get(HandOver, hand_over_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no such hand-over.")
    return found


def due(today: date) -> Sequence[int]:
    """The prepared ones whose day has come and whose taker may work. Another stays, and its page says why."""
    taker = joinedload(HandOver.to_user)
    query = sa.select(HandOver).where(HandOver.state == HandOverState.PREPARED, HandOver.takes_effect_on <= today)
    rows = db.session.scalars(query.options(taker.selectinload(User.roles)).order_by(HandOver.id))
    return [row.id for row in rows if may_take(row.to_user, today)]


def may_take(taker: User, today: date) -> bool:
    return in_force(active=taker.active, first_day=taker.first_day, last_day=taker.last_day, today=today)


def items(hand_over_id: int) -> sa.Select[Any]:
    """What stands on the paper, in its order."""
    return sa.select(HandOverItem).where(HandOverItem.hand_over_id == hand_over_id).order_by(HandOverItem.place)


def names_of(rows: Collection[HandOverItem]) -> dict[tuple[ItemKind, int], str]:
    """Who each item is about, as they are called today; somebody whose record is gone has no name."""
    requests = [row.about_id for row in rows if row.kind in STATUSES]
    people = [row.about_id for row in rows if row.kind is ItemKind.PERSON]
    found: dict[tuple[ItemKind, int], str] = {}
    for ids, query in (
        (requests, sa.select(HelpRequest.id, Resident).join(Resident, Resident.id == HelpRequest.resident_id)),
        (people, sa.select(Resident.id, Resident)),
    ):
        column = query.selected_columns[0]
        for first in range(0, len(ids), 500):
            chosen = db.session.execute(query.where(column.in_(ids[first : first + 500])))
            for key, resident in chosen:
                kinds = (ItemKind.PERSON,) if ids is people else tuple(STATUSES)
                found |= {(kind, key): resident.name for kind in kinds}
    return found


def residents_named(found: Found) -> dict[int, str]:
    """The names of the residents on the page before the act."""
    ids = {one.resident_id for one in found.requests if one.resident_id} | {one.resident_id for one in found.calls}
    rows = db.session.scalars(sa.select(Resident).where(Resident.id.in_(ids)))
    return {row.id: row.name for row in rows}


def counts(hand_over_id: int) -> dict[ItemOutcome, int]:
    """How many things went, stayed, or are nobody's now."""
    query = sa.select(HandOverItem.outcome, sa.func.count()).where(HandOverItem.hand_over_id == hand_over_id)
    return dict(db.session.execute(query.group_by(HandOverItem.outcome)).all())


def in_words(refusals: Collection[Refusal]) -> str:
    """Why something could not go, as it stands on the paper."""
    return " ".join(gettext(one.message, **one.params) for one in refusals)
