"""Reads about help requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..accounts.in_charge_queries import of_whom
from ..accounts.models import User
from ..core.db import db
from ..core.errors import NotFound
from ..lessons.models import Booking, Lesson
from .models import HelpRequest
from .rules import ENDED, RequestStatus

# The name of who is in charge; the roles, which an account loads by itself, are not asked for.
IN_CHARGE = joinedload(HelpRequest.in_charge).lazyload(User.roles)


def get(request_id: int) -> HelpRequest:
    """One request with its person, topic and booking (one query). Raises NotFound."""
    booked = joinedload(HelpRequest.booking).joinedload(Booking.lesson)
    found = db.session.scalar(
        sa.select(HelpRequest)
        .where(HelpRequest.id == request_id)
        .options(
            joinedload(HelpRequest.resident),
            joinedload(HelpRequest.topic),
            IN_CHARGE,
            booked.joinedload(Lesson.course),
            booked.joinedload(Lesson.venue),
        )
    )
    if found is None:
        raise NotFound("There is no such help request.")
    return found


def by_external_id(external_id: str | None) -> HelpRequest | None:
    """The request that a program knows by this key; None is nobody's."""
    if external_id is None:
        return None
    return db.session.scalar(sa.select(HelpRequest).where(HelpRequest.external_id == external_id))


def chosen(status: RequestStatus | None, topic_code: str | None, in_charge_id: int | None = None) -> sa.Select[Any]:
    """Requests of one status (none: all that are not done), in no order. `in_charge_id`: those of one person, or of
    NOBODY; None asks for all."""
    found = sa.select(HelpRequest).where(
        HelpRequest.status == status if status else HelpRequest.status.not_in(ENDED)
    )
    if in_charge_id is not None:
        found = found.where(of_whom(HelpRequest.in_charge_id, in_charge_id))
    return found.where(HelpRequest.topic_code == topic_code) if topic_code else found


def listed(
    status: RequestStatus | None = None, topic_code: str | None = None, in_charge_id: int | None = None
) -> sa.Select[Any]:
    """Those requests with person, topic and who is in charge, urgent ones first, then those that wait longest."""
    return (
        chosen(status, topic_code, in_charge_id)
        .options(joinedload(HelpRequest.resident), joinedload(HelpRequest.topic), IN_CHARGE)
        .order_by(HelpRequest.urgent.desc(), HelpRequest.received_at, HelpRequest.id)
    )


def of_resident(resident_id: int, limit: int = 50) -> Sequence[HelpRequest]:
    """What this person asked, newest first, with topics (one query)."""
    return db.session.scalars(
        sa.select(HelpRequest)
        .where(HelpRequest.resident_id == resident_id)
        .options(joinedload(HelpRequest.topic))
        .order_by(HelpRequest.received_at.desc(), HelpRequest.id.desc())
        .limit(limit)
    ).all()
