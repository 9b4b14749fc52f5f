"""The practice telephone's memory and life: what it was given, how a person lets it ring, and the callbacks it posts.

It posts to the same addresses as the real provider, signed, over HTTP, so that a rehearsal goes through every part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from ..core import chance, clock
from ..core.db import db, insert_or_leave, one_row, transaction
from ..core.errors import Refusal
from .models import PracticeExchange, PracticeLine, PracticeProviderState
from .practice_rules import (
    DELAYS,
    MACHINES,
    REFUSALS,
    RETRY_AFTER,
    TROUBLE_CODES,
    ProviderTrouble,
    end_of,
)
from .providers import callbacks, signature, voice
from .providers.base import Channel, Delivery, Outgoing, ReportedStatus
from .providers.practice import SENDER, LineRefuses, NoConnection
from .rules import LineBehaviour

log = logging.getLogger(__name__)

RINGS_FOR = timedelta(seconds=45)
# By then every call of ours has said all and hung up, although nobody put the receiver down here.
TALKS_FOR = timedelta(minutes=5)
WITHHELD = "anonymous"

# What each kind of exchange goes through; a callback is posted for each step.
_STEPS: dict[Channel, tuple[Delivery, ...]] = {
    Channel.SMS: (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED),
    Channel.VOICE: (Delivery.QUEUED, Delivery.RINGING, Delivery.IN_PROGRESS, Delivery.COMPLETED),
}
_ENDS_WITHOUT_ANSWER = (Delivery.BUSY, Delivery.NO_ANSWER, Delivery.UNDELIVERED)
ON_THE_LINE = (Delivery.QUEUED, Delivery.RINGING, Delivery.IN_PROGRESS)

# url, form, headers → the HTTP status of the answer. Raises OSError when nobody answers.
Post = Callable[[str, Mapping[str, str], Mapping[str, str]], int]


class DatabaseExchange:
    """Keeps what the practice provider accepts. Called by the threads that call, each with a context of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def accept(self, outgoing: Outgoing) -> str:
        """Keep it as the drawn telephone behaves. Raises LineRefuses; OSError as a lost connection would."""
        now = clock.now()
        with self._app.app_context(), transaction() as session:
            _fail_as_told()
            insert_or_leave(PracticeLine, number=outgoing.to, behaviour=LineBehaviour.NORMAL, delay=0)
            line = session.scalars(sa.select(PracticeLine).filter_by(number=outgoing.to)).one()
            if (outgoing.channel, line.behaviour) in REFUSALS:
                raise LineRefuses(REFUSALS[outgoing.channel, line.behaviour])
            state, code = end_of(outgoing.channel, line.behaviour)
            details: dict[str, Any] = {"code": code} if code else {}
            if outgoing.channel is Channel.VOICE and line.behaviour in MACHINES:
                details = {"machine": True, "beep": MACHINES[line.behaviour]}
            row = PracticeExchange(
                sid=new_sid(outgoing.channel),
                token=outgoing.token,
                channel=outgoing.channel,
                number=outgoing.to,
                sender=SENDER,
                body=outgoing.body,
                twiml=_twiml_at_hand(outgoing),
                twiml_url=outgoing.twiml_url if outgoing.channel is Channel.VOICE else None,
                callback_url=outgoing.callback_url,
                state=state,
                reported=Delivery.QUEUED,
                callbacks_lost=line.behaviour is LineBehaviour.LOSES_NEWS,
                details=details,
                delay=line.delay,
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            line.news_at = now
            loses_answer = line.behaviour is LineBehaviour.LOSES_ANSWERS
        if loses_answer:
            raise ConnectionError("the answer was lost on the way, as this telephone was told")
        return row.sid

    def state(self, channel: Channel, sid: str) -> ReportedStatus | None:
        with self._app.app_context():
            _fail_as_told()
            row = db.session.get(PracticeExchange, sid)
            return ReportedStatus(sid=sid, state=Delivery(row.state), code=row.details.get("code")) if row else None

    def find(self, outgoing: Outgoing, since: datetime) -> list[str]:
        with self._app.app_context():
            _fail_as_told()
            same = sa.select(PracticeExchange.sid).where(
                PracticeExchange.token == outgoing.token, PracticeExchange.created_at >= since
            )
            return list(db.session.scalars(same))


def trouble() -> ProviderTrouble:
    """How the provider as a whole behaves now (one query)."""
    return db.session.scalar(sa.select(PracticeProviderState.trouble)) or ProviderTrouble.NONE


def _fail_as_told() -> None:
    now = trouble()
    if now in TROUBLE_CODES:
        retry_after = int(RETRY_AFTER.total_seconds()) if now is ProviderTrouble.BUSY else None
        raise LineRefuses(TROUBLE_CODES[now], retry_after)
    if now is ProviderTrouble.GONE:
        raise NoConnection
    if now is ProviderTrouble.SILENT:
        raise TimeoutError


def new_sid(channel: Channel) -> str:
    """A name as a provider gives it."""
    prefix, kind = ("SM", "message") if channel is Channel.SMS else ("CA", "call")
    return f"{prefix}practice-{kind}-{chance.token()}"[:48]


def _twiml_at_hand(outgoing: Outgoing) -> str:
    """What the call says; "" where a document is to be asked for once it is taken."""
    if outgoing.channel is Channel.SMS or outgoing.twiml_url:
        return ""
    return voice.twiml(outgoing.sentences)


def go_on(now: datetime) -> None:
    """Let texts arrive, calls ring, calls that nobody takes ring out, and calls that were taken end."""
    moves = (
        (Channel.SMS, Delivery.QUEUED, Delivery.DELIVERED, now),
        (Channel.VOICE, Delivery.RINGING, Delivery.NO_ANSWER, now - RINGS_FOR),
        (Channel.VOICE, Delivery.IN_PROGRESS, Delivery.COMPLETED, now - TALKS_FOR),
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


def for_machines() -> Sequence[str]:
    """The calls that ring where an answering machine stands (one query)."""
    ringing = sa.select(PracticeExchange).where(
        PracticeExchange.channel == Channel.VOICE, PracticeExchange.state == Delivery.RINGING
    )
    return [row.sid for row in db.session.scalars(ringing) if row.details.get("machine")]


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


def caller(row: PracticeExchange) -> str:
    """As what the drawn telephone shows itself to whom it rings; a withheld number comes as a word."""
    return WITHHELD if row.details.get("withheld") else row.number


def lose_news(sid: str) -> None:
    """From now on the office hears nothing of this one, as if every callback were lost on the way."""
    one_row(sa.update(PracticeExchange).where(PracticeExchange.sid == sid).values(callbacks_lost=True))


def unreported(now: datetime, sid: str | None = None) -> Sequence[PracticeExchange]:
    """What the provider would have to report now, oldest first; of one exchange alone if it is named. Of a call that
    came in a real provider reports the end alone."""
    old_enough = sa.or_(
        *(
            sa.and_(PracticeExchange.delay == delay, PracticeExchange.changed_at <= now - timedelta(seconds=delay))
            for delay in DELAYS
        )
    )
    query = sa.select(PracticeExchange).where(
        PracticeExchange.state != PracticeExchange.reported,
        PracticeExchange.callback_url.is_not(None),
        PracticeExchange.callbacks_lost.is_(False),
        sa.or_(PracticeExchange.inbound.is_(False), PracticeExchange.state.not_in(ON_THE_LINE)),
        old_enough,
    )
    if sid is not None:
        query = query.where(PracticeExchange.sid == sid)
    return db.session.scalars(query.order_by(PracticeExchange.created_at).limit(200)).all()


def report(post: Post, key: str, rows: Sequence[PracticeExchange]) -> int:
    """Post the callbacks of these rows, outside any transaction; returns how many exchanges were reported to the end.

    A callback that was not taken (5xx) is posted again at the next tick, as a provider's retry is. Where nobody answers
    at all the rest waits for the next tick too: each would cost a timeout.
    """
    told: list[tuple[str, str]] = []
    try:
        for row in rows:
            if all(_posted(post, key, row, state) for state in _between(row)):
                told.append((row.sid, row.state))
    except OSError as problem:  # requests' errors are OSErrors
        log.warning("a callback of the practice telephone was not taken: %s", type(problem).__name__)
    with transaction():
        for sid, state in told:
            db.session.execute(sa.update(PracticeExchange).where(PracticeExchange.sid == sid).values(reported=state))
    return len(told)


def _between(row: PracticeExchange) -> list[Delivery]:
    steps, state = _STEPS[row.channel], Delivery(row.state)
    if row.inbound:
        return [state]
    first = steps.index(Delivery(row.reported)) + 1
    if state in _ENDS_WITHOUT_ANSWER:
        return [step for step in steps[first:] if step is Delivery.RINGING] + [state]
    return list(steps[first : steps.index(state) + 1])


def _posted(post: Post, key: str, row: PracticeExchange, state: Delivery) -> bool:
    code = row.details.get("code") if state == row.state else None
    news = ReportedStatus(sid=row.sid, state=state, token=row.token, code=code, at=row.changed_at)
    to, sender = (row.sender, caller(row)) if row.inbound else (row.number, row.sender)
    form = callbacks.write(row.channel, news, to=to, sender=sender)
    url = (row.callback_url or "").partition("#")[0]
    status = post(url, form, {signature.HEADER: signature.sign(key, url, form)})
    if status >= 300:
        log.warning("a callback of the practice telephone was answered with %s", status)
    return status < 300
