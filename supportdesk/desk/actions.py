"""What happens to help requests."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..accounts import in_charge_queries
from ..core import clock, history
from ..core.access import Actor, Role
from ..core.db import db, one_row
from ..core.errors import ChangedMeanwhile, Refusal
from ..core.japan.text import clean_line, clean_text
from ..lessons.models import Booking
from ..office.models import Topic
from ..people.models import Resident
from . import queries, rules
from .models import HelpRequest
from .rules import RequestChannel, RequestStatus

# What a request may name. Made once: building it costs more than asking it.
_NAMED = sa.select(
    sa.exists().where(Resident.id == sa.bindparam("resident")),
    sa.select(Topic.urgent).where(Topic.code == sa.bindparam("topic")).scalar_subquery(),
    sa.exists().where(Booking.id == sa.bindparam("booking")),
)


def subject(request_id: int) -> str:
    """The key under which the history knows a request."""
    return f"request:{request_id}"


def receive_request(
    resident_id: int | None,
    channel: RequestChannel,
    topic_code: str | None,
    text: str,
    urgent: bool,
    booking_id: int | None = None,
    *,
    by: Actor,
    now: datetime,
    external_id: str | None = None,
) -> HelpRequest:
    """Note somebody's trouble in their own words. It is urgent when the clerk or its topic says so.

    Raises Refusal `nothing-said` when there is neither a text nor a topic, `no-resident`, `no-topic`, `no-booking`.
    """
    rules.check_something_said(topic_code, text)
    topic_is_urgent = _look_up(resident_id, topic_code, booking_id)
    made = HelpRequest(
        external_id=external_id,
        resident_id=resident_id,
        channel=channel,
        topic_code=topic_code,
        text=clean_text(text),
        urgent=urgent or topic_is_urgent,
        status=RequestStatus.NEW,
        booking_id=booking_id,
        received_at=now,
        received_by=by.name,
        in_charge_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    history.record(
        "request.received",
        subject(made.id),
        by=by,
        now=now,
        resident=resident_id,
        channel=channel.value,
        topic=topic_code,
        urgent=made.urgent,
        booking=booking_id,
    )
    return made


def _look_up(resident_id: int | None, topic_code: str | None, booking_id: int | None) -> bool:
    """Whether the topic is urgent, after looking whether all three are there. One query, none if none is named: a desk
    that is called all day makes many requests. Raises Refusal."""
    if resident_id is None and topic_code is None and booking_id is None:
        return False
    ids = {"resident": resident_id, "topic": topic_code, "booking": booking_id}
    resident, urgent, booking = db.session.execute(_NAMED, ids).one()
    if resident_id is not None and not resident:
        raise Refusal("There is no such person in our records.", code="no-resident", field="resident_id")
    if topic_code is not None and urgent is None:
        raise Refusal("There is no topic with this code.", code="no-topic", field="topic_code")
    if booking_id is not None and not booking:
        raise Refusal("There is no such booking.", code="no-booking", field="booking_id")
    return bool(urgent)


def move_status(
    request_id: int, old: RequestStatus, new: RequestStatus, outcome: str = "", *, by: Actor, now: datetime
) -> None:
    """Move a request on from the status in which it was seen; the outcome that was there stays unless a new one is
    given. Raises NotFound, ChangedMeanwhile, Refusal `move-not-allowed` or `no-outcome`."""
    found = queries.get(request_id)
    outcome = clean_line(outcome) or found.outcome
    rules.check_move(old, new)
    rules.check_outcome(new, outcome)
    moved = one_row(
        sa.update(HelpRequest)
        .where(HelpRequest.id == request_id, HelpRequest.status == old)
        .values(
            status=new,
            outcome=outcome,
            ended_at=now if new in rules.ENDED else None,
            version=HelpRequest.version + 1,
        )
    )
    if not moved:
        raise ChangedMeanwhile()
    # The outcome may hold somebody's words, and stays on the request: history takes no free text.
    history.record("request.moved", subject(request_id), by=by, now=now, before=old.value, after=new.value)


def put_in_charge(request_id: int, user_id: int | None, *, seen: int | None, by: Actor, now: datetime) -> None:
    """Give a request that is not done to somebody who works at the desk, or to nobody, from whoever the caller saw in
    charge. Raises NotFound, ChangedMeanwhile, Refusal `not-in-service`, `request-ended`."""
    if queries.get(request_id).status in rules.ENDED:
        raise Refusal("This request is done, so nobody needs to be in charge of it.", code="request-ended")
    in_charge_queries.check(user_id, {Role.STAFF}, clock.local_date(now))
    moved = sa.update(HelpRequest).where(
        HelpRequest.id == request_id,
        HelpRequest.in_charge_id.is_not_distinct_from(seen),
        HelpRequest.status.not_in(rules.ENDED),
    )
    if not one_row(moved.values(in_charge_id=user_id, version=HelpRequest.version + 1)):
        raise ChangedMeanwhile()
    history.record("request.in-charge", subject(request_id), by=by, now=now, before=seen, after=user_id)
