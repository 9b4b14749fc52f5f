"""What of a rehearsal has been seen to happen, and at which drawn telephones it may be played."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..core.history import HistoryRow
from ..desk.call_task_models import CallTask
from ..messages.models import Message, PracticeExchange, PracticeLine, PracticeProviderState
from ..messages.providers.base import Channel, Delivery
from ..messages.rules import MessageStatus
from ..people.models import Resident
from ..people.models import Telephone as ResidentsTelephone
from ..people.rules import NumberKind
from ..reminders.models import Answer, PersonContact, Trial
from ..reminders.rules import AnsweredBy
from .rehearsal_rules import RehearsalStep, Telephone

_TEXTED = (Telephone.MOBILE, Telephone.OTHER_MOBILE)
_RUNG = (Telephone.LANDLINE, Telephone.OTHER_LANDLINE, Telephone.THIRD_LANDLINE)


def begun() -> datetime | None:
    """Since when it is rehearsed; None before the first time."""
    return db.session.scalar(sa.select(PracticeProviderState.begun_at))


def seen(since: datetime) -> Mapping[RehearsalStep, datetime]:
    """When each step was first seen to happen, of those that were (one query)."""
    columns = [column.scalar_subquery().label(step) for step, column in _evidence(since).items()]
    row = db.session.execute(sa.select(*columns)).one()
    return {step: at for step, at in zip(_evidence(since), row, strict=True) if at is not None}


def _evidence(since: datetime) -> dict[RehearsalStep, sa.Select[Any]]:
    out = _exchange(since).where(PracticeExchange.inbound.is_(False))
    came_in = _exchange(since).where(PracticeExchange.inbound)
    text, call = PracticeExchange.channel == Channel.SMS, PracticeExchange.channel == Channel.VOICE
    taken = PracticeExchange.state == Delivery.COMPLETED
    machine = PracticeExchange.details["machine"].as_boolean().is_(True)
    handed_over = _first(Message.handed_over_at, since)
    ended = _first(Message.ended_at, since)
    history = _first(HistoryRow.at, since)
    by_person = sa.union_all(
        sa.select(PersonContact.at.label("at")).where(PersonContact.at >= since),
        sa.select(CallTask.ended_at.label("at")).where(CallTask.ended_at >= since),
    ).subquery()
    return {
        RehearsalStep.SEND: handed_over.where(Message.provider == "practice"),
        RehearsalStep.TEXT: out.where(text, PracticeExchange.state == Delivery.DELIVERED),
        RehearsalStep.CALL: out.where(call, taken, sa.not_(sa.func.coalesce(machine, sa.false()))),
        RehearsalStep.KEY: _first(Answer.at, since).where(Answer.how == AnsweredBy.KEY),
        RehearsalStep.NO_ANSWER: ended.where(Message.status == MessageStatus.NOT_ANSWERED),
        RehearsalStep.MACHINE: out.where(call, taken, machine),
        RehearsalStep.OFF: ended.where(Message.status == MessageStatus.FAILED),
        RehearsalStep.RING_US: came_in.where(call),
        RehearsalStep.REPLY: came_in.where(text, PracticeExchange.state == Delivery.DELIVERED),
        RehearsalStep.PERSON: sa.select(sa.func.min(by_person.c.at)),
        RehearsalStep.TRIAL: _first(Trial.noted_at, since),
        RehearsalStep.UNKNOWN: handed_over.where(Message.status == MessageStatus.UNKNOWN),
        RehearsalStep.STOPPED: history.where(HistoryRow.action == "sending.stopped"),
        RehearsalStep.RELEASED: history.where(HistoryRow.action == "sending.released"),
    }


def _exchange(since: datetime) -> sa.Select[Any]:
    return sa.select(sa.func.min(PracticeExchange.changed_at)).where(PracticeExchange.created_at >= since)


def _first(at: sa.SQLColumnExpression[Any], since: datetime) -> sa.Select[Any]:
    return sa.select(sa.func.min(at)).where(at >= since)


def telephones() -> Mapping[Telephone, PracticeLine]:
    """A drawn telephone for each part, where the town has one: first those that something is planned for (three
    queries)."""
    mobiles = _with_a_plan(Channel.SMS, 2)
    landlines = _with_a_plan(Channel.VOICE, 3)
    untried = db.session.scalars(
        sa.select(PracticeLine)
        .join(ResidentsTelephone, ResidentsTelephone.number == PracticeLine.number)
        .join(Resident, Resident.id == ResidentsTelephone.resident_id)
        .where(
            ResidentsTelephone.kind == NumberKind.MOBILE,
            ResidentsTelephone.tried_on.is_(None),
            Resident.stopped_at.is_(None),
        )
        .order_by(ResidentsTelephone.id)
        .limit(1)
    ).all()
    found = dict(zip(_TEXTED, mobiles, strict=False))
    found |= dict(zip(_RUNG, landlines, strict=False))
    return found | dict(zip((Telephone.UNTRIED,), untried, strict=False))


def _with_a_plan(channel: Channel, most: int) -> list[PracticeLine]:
    """Those on which something of this kind comes next."""
    next_at = (
        sa.select(Message.number, sa.func.min(Message.due_at).label("at"))
        .where(Message.status == MessageStatus.PLANNED, Message.channel == channel)
        .group_by(Message.number)
        .order_by(sa.func.min(Message.due_at), Message.number)
        .limit(most)
        .subquery()
    )
    query = sa.select(PracticeLine).join(next_at, next_at.c.number == PracticeLine.number)
    return list(db.session.scalars(query.order_by(next_at.c.at, PracticeLine.number)))
