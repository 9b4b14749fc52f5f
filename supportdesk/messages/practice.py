"""The practice telephone's memory and life: what it was given, how a person lets it ring, and the callbacks it posts.

It posts to the same addresses as the real provider, signed, over HTTP, so that a rehearsal goes through every part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask

from ..core import chance, clock
from ..core.db import db, one_row, transaction
from ..core.errors import Refusal
from .models import PracticeExchange
from .providers import callbacks, signature, voice
from .providers.base import Channel, Delivery, Outgoing, ReportedStatus

log = logging.getLogger(__name__)

RINGS_FOR = timedelta(seconds=45)
# The sender as the drawn telephone shows it; a real one is set with the provider.
SENDER = "SUPPORTDESK"

# What each kind of exchange goes through; a callback is posted for each step.
_STEPS: dict[Channel, tuple[Delivery, ...]] = {
    Channel.SMS: (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED),
    Channel.VOICE: (Delivery.QUEUED, Delivery.RINGING, Delivery.IN_PROGRESS, Delivery.COMPLETED),
}
_ENDS_WITHOUT_ANSWER = (Delivery.BUSY, Delivery.NO_ANSWER, Delivery.UNDELIVERED)

# url, form, headers → the HTTP status of the answer. Raises OSError when nobody answers.
Post = Callable[[str, Mapping[str, str], Mapping[str, str]], int]


class DatabaseExchange:
    """Keeps what the practice provider accepts. Called by the threads that call, each with a context of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def accept(self, outgoing: Outgoing) -> str:
        prefix, kind = ("SM", "message") if outgoing.channel is Channel.SMS else ("CA", "call")
        sid = f"{prefix}practice-{kind}-{chance.token()}"[:48]
        now = clock.now()
        with self._app.app_context(), transaction() as session:
            session.add(
                PracticeExchange(
                    sid=sid,
                    token=outgoing.token,
                    channel=outgoing.channel,
                    number=outgoing.to,
                    sender=SENDER,
                    body=outgoing.body,
                    twiml="" if outgoing.channel is Channel.SMS else voice.twiml(outgoing.sentences),
                    callback_url=outgoing.callback_url,
                    state=Delivery.QUEUED,
                    reported=Delivery.QUEUED,
                    created_at=now,
                    changed_at=now,
                )
            )
        return sid

    def state(self, channel: Channel, sid: str) -> ReportedStatus | None:
        with self._app.app_context():
            row = db.session.get(PracticeExchange, sid)
            return ReportedStatus(sid=sid, state=Delivery(row.state)) if row else None

    def find(self, outgoing: Outgoing, since: datetime) -> list[str]:
        with self._app.app_context():
            same = sa.select(PracticeExchange.sid).where(
                PracticeExchange.token == outgoing.token, PracticeExchange.created_at >= since
            )
            return list(db.session.scalars(same))


def go_on(now: datetime) -> None:
    """Let texts arrive, calls ring, and calls that nobody takes ring out."""
    moves = (
        (Channel.SMS, Delivery.QUEUED, Delivery.DELIVERED, now),
        (Channel.VOICE, Delivery.RINGING, Delivery.NO_ANSWER, now - RINGS_FOR),
        (Channel.VOICE, Delivery.QUEUED, Delivery.RINGING, now),
    )
    for channel, old, new, before in moves:
        db.session.execute(
            sa.update(PracticeExchange)
            .where(
                PracticeExchange.channel == channel,
                PracticeExchange.state == old,
                PracticeExchange.changed_at <= before,
            )
            .values(state=new, changed_at=now)
            .execution_options(synchronize_session=False)
        )


def turn(sid: str, new: Delivery, *, now: datetime, **values: object) -> None:
    """A hand on the drawn telephone: take the call, let it be busy, hang up. Raises Refusal when it is too late."""
    before = {
        Delivery.IN_PROGRESS: (Delivery.QUEUED, Delivery.RINGING),
        Delivery.BUSY: (Delivery.QUEUED, Delivery.RINGING),
        Delivery.NO_ANSWER: (Delivery.QUEUED, Delivery.RINGING),
        Delivery.COMPLETED: (Delivery.QUEUED, Delivery.RINGING, Delivery.IN_PROGRESS),
    }[new]
    moved = one_row(
        sa.update(PracticeExchange)
        .where(PracticeExchange.sid == sid, PracticeExchange.state.in_(before))
        .values(state=new, changed_at=now, **values)
    )
    if not moved:
        raise Refusal("This call has already ended.", code="call-ended")


def unreported() -> Sequence[PracticeExchange]:
    """What the provider would have to report now, oldest first."""
    return db.session.scalars(
        sa.select(PracticeExchange)
        .where(
            PracticeExchange.state != PracticeExchange.reported,
            PracticeExchange.callback_url.is_not(None),
            PracticeExchange.callbacks_lost.is_(False),
        )
        .order_by(PracticeExchange.created_at)
        .limit(200)
    ).all()


def report(post: Post, key: str, rows: Sequence[PracticeExchange]) -> int:
    """Post the callbacks of these rows, outside any transaction; returns how many exchanges were reported to the end.

    A callback that was not taken (nobody answered, or 5xx) is posted again at the next tick, as a provider's retry is.
    """
    told: list[tuple[str, str]] = []
    for row in rows:
        if all(_posted(post, key, row, state) for state in _between(row)):
            told.append((row.sid, row.state))
    with transaction():
        for sid, state in told:
            db.session.execute(
                sa.update(PracticeExchange).where(PracticeExchange.sid == sid).values(reported=state)
            )
    return len(told)


def _between(row: PracticeExchange) -> list[Delivery]:
    steps, state = _STEPS[row.channel], Delivery(row.state)
    first = steps.index(Delivery(row.reported)) + 1
    if state in _ENDS_WITHOUT_ANSWER:
        return [step for step in steps[first:] if step is Delivery.RINGING] + [state]
    return list(steps[first : steps.index(state) + 1])


def _posted(post: Post, key: str, row: PracticeExchange, state: Delivery) -> bool:
    news = ReportedStatus(sid=row.sid, state=state, token=row.token, at=row.changed_at)
    form = callbacks.write(row.channel, news, to=row.number, sender=row.sender)
    url = (row.callback_url or "").partition("#")[0]
    try:
        status = post(url, form, {signature.HEADER: signature.sign(key, url, form)})
    except OSError as problem:  # requests' errors are OSErrors
        log.warning("a callback of the practice telephone was not taken: %s", type(problem).__name__)
        return False
    if status >= 300:
        log.warning("a callback of the practice telephone was answered with %s", status)
    return status < 300
