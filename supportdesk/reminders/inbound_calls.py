"""What happens in a call that comes in: it begins, keys are pressed, the office's telephone was rung."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import insert_or_leave, one_row
from ..core.errors import Refusal
from ..desk import call_tasks
from ..desk.call_task_rules import CallTaskKind
from ..lessons.bookings import cancel_booking
from ..office import queries as office
from ..office import settings as office_settings
from ..office.rules import call_back_by, desk_is_open
from . import actions, inbound_queries
from . import inbound_rules as rules
from .inbound_models import InboundCall
from .inbound_rules import Act, Around, Found, State, Step, Turn
from .rules import AnsweredBy, AnswerKind

# Whoever reads a booking or its history sees that no colleague did it. Kept as written, as a colleague's name is.
MACHINE = Actor(None, "電話の自動受付", frozenset())
REASON = "お電話での取り消し（自動受付）"


def ring(sid: str, sent_number: str, *, now: datetime) -> InboundCall:
    """Somebody rings. The same call reported twice is one."""
    number = rules.caller(sent_number)
    step = rules.begin(_around(number, now)).step
    insert_or_leave(
        InboundCall, sid=sid, number=number, began_at=now, changed_at=now, step=step, turn=0, misses=0, slips=0
    )
    call = inbound_queries.call_of(sid)
    assert call is not None
    return call


def press(call: InboundCall, turn: int, keys: str, *, now: datetime) -> InboundCall:
    """Keys were pressed, or none in time (""). What answers an earlier turn than the call's has been answered already
    and does nothing."""
    if turn != call.turn:
        return call
    booking, locked = None, False
    if call.step is Step.NUMBER:
        locked = inbound_queries.locked(call.number, now)
        number = rules.typed_booking(keys)
        booking = inbound_queries.booking_with(number) if number and not locked else None
    found = inbound_queries.standing(booking, now) if booking else None
    after = rules.press(_state(call), keys, _around(call.number, now, found, locked))
    return _go_on(call, after, booking.id if booking else call.booking_id, now)


def dialled(call: InboundCall, turn: int, answered: bool, *, now: datetime) -> InboundCall:
    """The office's telephone was rung for this caller; `answered` tells that its line was open, be it to a machine."""
    if turn != call.turn:
        return call
    return _go_on(call, rules.dialled(_state(call), answered, _around(call.number, now)), call.booking_id, now)


def end(sid: str, *, now: datetime) -> None:
    """The line is closed. Told twice, the first time counts."""
    open_call = sa.update(InboundCall).where(InboundCall.sid == sid, InboundCall.ended_at.is_(None))
    one_row(open_call.values(ended_at=now))


def _state(call: InboundCall) -> State:
    return State(call.step, call.misses, call.slips)


def _around(number: str, now: datetime, found: Found | None = None, locked: bool = False) -> Around:
    is_open = desk_is_open(office_settings.current(), now, office.all_closed_days())
    return Around(is_open, rules.can_be_rung(number), found, locked)


def _go_on(call: InboundCall, after: Turn, booking_id: int | None, now: datetime) -> InboundCall:
    step = after.state.step
    if after.act in (Act.CONFIRM, Act.CANCEL):
        assert booking_id is not None
        step = _answer(call, after.act, booking_id, step, now)
    elif after.act is Act.WISH:
        _wish(call, after.number or call.number, booking_id, now)
    values = {"step": step, "misses": after.state.misses, "slips": after.state.slips, "booking_id": booking_id}
    moved = sa.update(InboundCall).where(InboundCall.id == call.id, InboundCall.turn == call.turn)
    one_row(moved.values(turn=call.turn + 1, changed_at=now, **values))
    again = inbound_queries.call_of(call.sid)
    assert again is not None
    return again


def _answer(call: InboundCall, act: Act, booking_id: int, step: Step, now: datetime) -> Step:
    """Write down what was answered about a booking, unless it has ended since; the step that follows."""
    booking = inbound_queries.booking_by_id(booking_id)
    if (gone := rules.GONE.get(inbound_queries.standing(booking, now))) is not None:
        return gone
    kind = AnswerKind.CANNOT_COME if act is Act.CANCEL else AnswerKind.WILL_COME
    origin = inbound_queries.call_origin(call.sid)
    actions.note_answer(booking_id, kind, AnsweredBy.RANG_US, origin, by=MACHINE, now=now)
    if act is Act.CANCEL:
        try:
            cancel_booking(booking_id, REASON, by=MACHINE, now=now)
        except Refusal:  # a colleague was quicker, in this very moment
            return Step.GONE_CANCELLED
    return step


def _wish(call: InboundCall, number: str, booking_id: int | None, now: datetime) -> None:
    settings = office_settings.current()
    known = inbound_queries.owners([number])[number].only
    booking = inbound_queries.booking_by_id(booking_id) if booking_id is not None else None
    due_at = call_back_by(settings, now, office.all_closed_days())
    if booking and booking.lesson.starts_at > now:
        # It is about this lesson: rung after it began, nobody is helped.
        due_at = min(due_at, booking.lesson.starts_at)
    call_tasks.raise_task(
        CallTaskKind.WISH,
        inbound_queries.call_origin(call.sid),
        due_at=due_at,
        by=MACHINE,
        now=now,
        resident_id=booking.resident_id if booking else known.id if known else None,
        booking_id=booking_id,
        number=number,
    )
