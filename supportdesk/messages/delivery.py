"""Delivery: claim, commit, ask once more, send, record. One thread owns the database, others only call.

Each turn is one transaction that records what came back and claims as many as callers are free, and a few ahead, so
that no caller waits for the database; the claim is committed before the call, so that a crash leaves a message claimed,
never sent unseen. A second process may run beside this one: a row is claimed by an update that names its old status.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.db import db, transaction
from ..core.japan import phone
from ..office import queries as office_queries
from ..office import settings as office_settings
from ..office.rules import night_begins, open_windows
from ..office.setting_actions import NOT_NAMED, SAMPLE_TOWN
from ..office.setting_rules import made_up
from ..office.settings import OfficeSettings
from . import caps, resting
from .claims import claim_these, not_called_for, put_back, that_are_due
from .models import Message, NumberNote
from .providers import codes
from .providers.base import Channel, Outcome, Outgoing, Provider, Receipt
from .receipts import stop_all_sending, take_back, write_down
from .rest_rules import may_be_called
from .rules import MessageStatus

log = logging.getLogger(__name__)

CALLERS = 16
# Answers come in swarms. Waited for together they cost one turn; longer than this, callers stand idle.
GATHER_SECONDS = 0.02
# Claimed and asked for while all callers are at work. A crash makes unknown what callers have in hand, and these.
AHEAD = 16
# A claim older than this is not sent any more: its process was stopped in between, or the provider is so slow that it
# waited for a caller, and the world may have changed.
STALE = timedelta(seconds=5)

# What waits at the provider dies there when the night begins, but has so long at the least: a short queue is usual.
LEAST_AT_THE_PROVIDER = timedelta(minutes=10)

# Tells which of these messages are no longer wanted, and why. The rooms to the right know; app.py joins them.
Unwanted = Callable[[Sequence[Message], datetime], Mapping[int, str]]


@dataclass(frozen=True)
class Desk:
    """What delivery needs from outside: the provider, the question, the clock, and where callbacks reach us."""

    provider: Provider
    unwanted: Unwanted
    now: Callable[[], datetime]
    public_base_url: str | None


def _never() -> bool:
    return False


def deliver_due(
    desk: Desk, *, due_by: datetime | None = None, callers: int = CALLERS, enough: Callable[[], bool] = _never
) -> Counter[str]:
    """Send all that is due and may go out now, `callers` at once. Gives how many ended how.

    `due_by` is for the rehearsal of the sample town alone: it takes what is due until then, at any hour. Once `enough`
    says so no further call is made; the rest waits for another run.
    """
    ended: Counter[str] = Counter()
    sending: dict[Future[Receipt | None], Message] = {}
    unsent: list[tuple[Message, str]] = []
    # What the provider was too busy for waits for another run: `due_by` may lie beyond the hour it is put off to.
    busy: set[int] = set()
    ahead = AHEAD
    night: datetime | None = None
    halt = threading.Event()
    stopped = False
    problem: Exception | None = None
    with _caller_threads(callers) as pool:
        while True:
            now = desk.now()
            done = [future for future in sending if future.done()]
            with transaction():
                ends = [(sending.pop(future), future.result()) for future in done]
                came = [(message, receipt) for message, receipt in ends if receipt is not None]
                ended.update(receipt.outcome for _message, receipt in came)
                busy |= {message.id for message, receipt in came if receipt.outcome is Outcome.BUSY}
                stopped |= write_down(came, desk.provider.name, now)
                resting.learn(came, now)
                late = [message for message, receipt in ends if receipt is None]
                not_called_for([message.claim for message in late])
                if late and not ahead:
                    # Not for want of a caller, and not to be tried for ever.
                    busy |= {message.id for message in late}
                if late or halt.is_set():
                    # So slow, or in trouble: from here on nothing is claimed before there is a caller for it.
                    ahead, halt = 0, threading.Event()
                for message, reason in unsent:
                    ended["withdrawn"] += 1
                    take_back(message, reason, now)
                if night is None and due_by is None:
                    night = night_begins(office_settings.current(), now)
                free = callers + ahead - len(sending)
                stopped = stopped or enough()
                claims = [] if stopped else _claim(desk.provider, free, now, due_by, busy, sending.values())
            try:
                ready, unsent = _still_wanted(claims, desk)
            except Exception as error:  # noqa: BLE001  raised below, when the calls under way are written down
                put_back(claims)
                ready, unsent, stopped, problem = [], [], True, error
            for message in ready:
                sending[pool.submit(_call, desk, message, halt, enough, night)] = message
            if sending:
                wait(sending, return_when=FIRST_COMPLETED)
                wait(sending, timeout=GATHER_SECONDS)
            elif not claims and not unsent:
                if problem:
                    raise problem
                if due_by is None:
                    _note_caps(now, busy)
                return ended


@contextmanager
def _caller_threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """After an error nobody calls for what still waits: there is nobody left who writes down what comes of it."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="caller")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _claim(
    provider: Provider,
    free: int,
    now: datetime,
    due_by: datetime | None,
    busy: Collection[int],
    in_hand: Collection[Message],
) -> list[str]:
    """Claim up to `free` due messages but those in `busy`; gives the names of the claims. Hours and caps are those of
    the office as it is now; the rehearsal knows neither, since it brings days forward into one moment, nor that the
    provider is in trouble. One at a time to each number: what an answer says about it holds for the next."""
    office = office_settings.current()
    if provider.reaches_telephones and (office.sample_town or made_up(office)):
        stop_all_sending(SAMPLE_TOWN if office.sample_town else NOT_NAMED, now)
        return []
    windows = None if due_by else _open_windows(office, now)
    if office.sending_hold or windows == []:
        return []
    rests = {} if due_by else resting.standing(now)
    well = [channel for channel in Channel if channel not in rests]
    # A channel in trouble is tried with one message, and with none while another is under way.
    under_way = {message.channel for message in in_hand}
    trials = [one for one in rests if may_be_called(rests[one], now) and one not in under_way]
    names: list[str] = []
    numbers = {message.number for message in in_hand}
    limits = caps.of_office(office, now)
    for channels, most in [(well, free), *[([channel], 1) for channel in trials]]:
        room = min(most, free - len(names))
        if not channels or room < 1:
            continue
        due = that_are_due(now, busy, windows, channels, until=due_by).where(Message.number.not_in(numbers))
        if windows is not None:
            chosen = caps.allowed(due, room, limits, now)
        else:
            chosen = caps.in_rehearsal(due, room, limits, now)
        first_of = {one.number: one for one in reversed(chosen)}
        numbers |= first_of.keys()
        # Before the next look: it counts what is claimed here.
        names += claim_these(list(reversed(first_of.values())), now)
    return names


def _open_windows(office: OfficeSettings, now: datetime) -> list[str]:
    return open_windows(office, now, office_queries.all_closed_days())


def _note_caps(now: datetime, busy: Collection[int]) -> None:
    office = office_settings.current()
    windows = _open_windows(office, now)
    if windows and not office.sending_hold:
        caps.note(that_are_due(now, busy, windows), caps.of_office(office, now), now)


def _still_wanted(claims: Sequence[str], desk: Desk) -> tuple[list[Message], list[tuple[Message, str]]]:
    """Read the claimed rows anew and ask once more, right before the call, whether each is wanted.

    By the claim's name, since the update of many rows does not tell which of them it refused.
    """
    if not claims:
        return [], []
    now = desk.now()
    if office_settings.current().sending_hold:
        # Stopped between the claim and the call: surely not sent, and it goes when somebody releases it.
        put_back(claims)
        return [], []
    mine = db.session.scalars(
        sa.select(Message)
        .where(Message.claim.in_(claims), Message.status == MessageStatus.CLAIMED)
        .execution_options(populate_existing=True)
    ).all()
    reasons = dict(desk.unwanted(mine, now))
    notes = {
        note.number: note
        for note in db.session.scalars(sa.select(NumberNote).where(NumberNote.number.in_({m.number for m in mine})))
    }
    for message in mine:
        reason = _number_forbids(message, notes.get(message.number))
        if reason:
            reasons.setdefault(message.id, reason)
    # Ends the read, so that no caller's wait keeps a snapshot open. The rows are let go first: they are values now, and
    # a rollback would have them read anew.
    db.session.expunge_all()
    db.session.rollback()
    return [m for m in mine if m.id not in reasons], [(m, reasons[m.id]) for m in mine if m.id in reasons]


def _number_forbids(message: Message, note: NumberNote | None) -> str | None:
    kind = phone.may_be_called(message.number)
    if kind is None or (message.channel is Channel.SMS and kind is not phone.PhoneKind.MOBILE):
        return "number-not-allowed"
    if note is None:
        return None
    if note.opted_out_at:
        return "opted-out"
    since = note.no_text_since if message.channel is Channel.SMS else note.no_call_since
    return "number-unreachable" if since else None


def outgoing(
    message: Message, public_base_url: str | None, now: datetime, night: datetime | None = None
) -> Outgoing:
    """The message as a provider takes it. `night`: when nothing should ring any more (None: it is not asked)."""
    hooks = f"{public_base_url}/hooks/twilio" if public_base_url else None
    # Without an address at which we are asked nobody could press a key: then the call says its sentences.
    asks = hooks and message.keys
    ends = min(message.not_after, max(night, now + LEAST_AT_THE_PROVIDER)) if night else message.not_after
    return Outgoing(
        token=message.token,
        channel=message.channel,
        to=message.number,
        body=message.body,
        sentences=tuple(message.sentences),
        twiml_url=f"{hooks}/call/{message.token}" if asks else None,
        fallback_url=f"{hooks}/sentences/{message.token}" if asks else None,
        callback_url=f"{hooks}/status/{message.token}" if hooks else None,
        valid_seconds=max(60, int((ends - now).total_seconds())),
    )


def _call(
    desk: Desk, message: Message, halt: threading.Event, enough: Callable[[], bool], night: datetime | None
) -> Receipt | None:
    """What came of the call; None if the claim is too old to call for, another call has met trouble meanwhile, or it
    is enough."""
    now = desk.now()
    if halt.is_set() or enough() or message.claimed_at is None or now - message.claimed_at > STALE:
        return None
    try:
        receipt = desk.provider.send(outgoing(message, desk.public_base_url, now, night))
    except Exception as error:  # noqa: BLE001  providers promise not to raise; if one does, it may have been sent
        log.error("the provider failed: %s", type(error).__name__)
        receipt = Receipt(Outcome.UNKNOWN)
    if receipt.outcome is Outcome.CONFIG or codes.is_trouble(receipt):
        # At once, and not with the next turn: what waits for a caller must not knock as well.
        halt.set()
    return receipt
