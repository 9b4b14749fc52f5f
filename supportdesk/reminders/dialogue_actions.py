"""What the keys of a call do."""

from __future__ import annotations

from datetime import datetime

from ..core.access import Actor
from ..desk.call_task_rules import CallTaskKind
from ..desk.call_tasks import raise_task
from ..lessons.bookings import cancel_booking
from ..office.rules import call_back_by
from . import dialogue
from .actions import note_answer
from .asked import Setting
from .dialogue import Call
from .dialogue_rules import State, Turn
from .rules import AnsweredBy, AnswerKind

# Whose doing it is in the history: no name, since nothing there is ever erased, and whose booking it was stands beside.
THEMSELVES = Actor(None, "本人（電話のボタン）", frozenset())
CANCEL_REASON = "電話のボタンで、お休みとのお返事"
WISHES_TO_SPEAK = "自動のお電話で、職員と話したいとのこと（ボタン9）"

_ANSWERS = {State.COMING: AnswerKind.WILL_COME, State.NOT_COMING: AnswerKind.CANNOT_COME}


def take_key(call: Call, after: Turn, by: Setting, *, now: datetime) -> None:
    """Do what this turn means for all whom the call told: note the answer, cancel, or promise that somebody rings. The
    same turn of the same call once more does nothing. Raises what cancelling refuses."""
    if after.state in _ANSWERS:
        _answer(call, _ANSWERS[after.state], now)
    elif after.state is State.PERSON and not dialogue.office_is_open(by, now):
        promise_to_ring(call, by, now=now)


def promise_to_ring(call: Call, by: Setting, *, now: datetime) -> None:
    """A task for whoever is on duty: they were told that somebody rings them. One for each call."""
    first = call.told[0]
    raise_task(
        CallTaskKind.WISH,
        f"call:{call.token}",
        # As soon as who rings us is rung back, and never after the lesson began.
        due_at=min(call_back_by(by.office, now, by.closed), call.starts_at),
        by=THEMSELVES,
        now=now,
        resident_id=first.booking.resident_id,
        booking_id=first.booking.id,
        number=call.number,
        note=WISHES_TO_SPEAK,
    )


def _answer(call: Call, kind: AnswerKind, now: datetime) -> None:
    for one in call.told:
        booking_id = one.booking.id
        origin = f"{call.token}:{booking_id}:{kind}"
        noted = note_answer(booking_id, kind, AnsweredBy.KEY, origin, by=THEMSELVES, now=now)
        if noted and kind is AnswerKind.CANNOT_COME:
            cancel_booking(booking_id, CANCEL_REASON, by=THEMSELVES, now=now)
