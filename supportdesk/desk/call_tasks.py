"""What is done with call tasks: written down, tried, ended."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import NotFound, Refusal
from ..core.history import record
from ..core.japan.text import clean_text
from ..people import number_actions
from ..people import queries as residents
from .call_task_models import CallTask
from .call_task_rules import (
    UNDO_WITHIN,
    CallTaskEnd,
    CallTaskKind,
    CallTaskOutcome,
    check_by_hand,
    check_tries,
    end_of,
)


def about(task_id: int) -> str:
    """How history names it."""
    return f"call-task:{task_id}"


def raise_task(
    kind: CallTaskKind,
    origin: str,
    *,
    due_at: datetime,
    by: Actor,
    now: datetime,
    resident_id: int | None = None,
    booking_id: int | None = None,
    number: str = "",
    note: str = "",
) -> bool:
    """Write down that somebody is to be rung by `due_at`. False when the same `origin` has made its task already."""
    raised = insert_or_leave(
        CallTask,
        version=1,
        origin=origin,
        kind=kind,
        resident_id=resident_id,
        booking_id=booking_id,
        number=number,
        note=clean_text(note),
        due_at=due_at,
        tries=0,
        taken_by="",
        created_at=now,
        created_by=by.name,
        ended_by="",
        end_note="",
    )
    if raised:
        task_id = db.session.scalars(sa.select(CallTask.id).filter_by(origin=origin)).one()
        record("call-task.raised", about(task_id), by=by, now=now, kind=kind)
    return raised


def write_down(
    *, resident_id: int | None, number: str, note: str, due_at: datetime, key: str, by: Actor, now: datetime
) -> CallTask:
    """A colleague writes down that somebody is to be rung. `key` names this act: the same makes one task. `number`
    (E.164) may be empty for a resident who has one. Raises NotFound, Refusal `contact-stopped`, `do-not-call` for a
    number of theirs, and what call_task_rules.check_by_hand refuses."""
    if resident_id is not None:
        resident = residents.get(resident_id)
        if resident.stopped_at is not None:
            raise Refusal("Contact with this person is stopped.", code="contact-stopped", field="note")
        if resident.do_not_call and number in ("", *(each.number for each in resident.telephones)):
            raise Refusal(
                "This person wishes no calls. Please send a FAX or a card, or write the number of a relative who may "
                "be called.",
                code="do-not-call", field="number",
            )  # fmt: skip
        number = number or resident.number_to_ring
    check_by_hand(number, resident_id, note, due_at, now)
    origin = f"hand:{key}"
    raise_task(
        CallTaskKind.BY_HAND, origin, due_at=due_at, by=by, now=now, resident_id=resident_id, number=number, note=note
    )
    return db.session.scalars(sa.select(CallTask).filter_by(origin=origin)).one()


def note_outcome(
    task_id: int, outcome: CallTaskOutcome, note: str, *, tries: int | None = None, by: Actor, now: datetime
) -> CallTask:
    """Note how a call ended. `tries`: how many stood on the caller's page. A number that was wrong is marked so for the
    resident. Raises NotFound, Refusal `call-task-ended` and `noted-meanwhile`."""
    task = db.session.get(CallTask, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound("There is no such call task.")
    check_tries(tries, task.tries, task.taken_by)
    end = end_of(outcome)
    if end is None:
        note_try(task_id, outcome, note, by=by, now=now)
    else:
        end_task(task_id, end, note, by=by, now=now)
    if outcome is CallTaskOutcome.WRONG_NUMBER and _is_theirs(task):
        assert task.resident_id is not None
        number_actions.mark_wrong(task.resident_id, task.number, by=by, now=now)
    db.session.refresh(task)
    return task


def take_back(task_id: int, *, by: Actor, now: datetime) -> CallTask:
    """Undo the caller's own last act on a task, within UNDO_WITHIN. Raises NotFound, Refusal `too-late`, and `over` for
    one whose lesson has begun: it would stand in no list any more."""
    task = db.session.get(CallTask, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound("There is no such call task.")
    if task.end is CallTaskEnd.OVER:
        raise Refusal("The lesson has begun, so this call is over. Please write the call down once more.", code="over")
    since = now - UNDO_WITHIN
    if task.ended_at and task.ended_by == by.name and task.ended_at > since:
        if task.end is CallTaskEnd.WRONG_NUMBER and _is_theirs(task):
            assert task.resident_id is not None
            number_actions.say_it_is_right(task.resident_id, task.number, by=by, now=now)
        task.ended_at, task.ended_by, task.end, task.end_note = None, "", None, ""
    elif task.ended_at is None and task.tries and task.taken_by == by.name and task.taken_at and task.taken_at > since:
        task.tries, task.taken_at = task.tries - 1, None
    else:
        raise Refusal("This was noted some time ago, or by somebody else. Please write the call down once more.",
                      code="too-late")  # fmt: skip
    db.session.flush()
    record("call-task.taken-back", about(task_id), by=by, now=now)
    return task


def _is_theirs(task: CallTask) -> bool:
    return task.resident is not None and task.number in [each.number for each in task.resident.telephones]


def note_try(
    task_id: int, outcome: CallTaskOutcome = CallTaskOutcome.NO_ANSWER, note: str = "", *, by: Actor, now: datetime
) -> None:
    """Nobody answered, or a machine did: it stays open, and a note is put below what stood there. Raises NotFound and
    Refusal `call-task-ended`."""
    added = {"note": CallTask.note + f"\n{clean_text(note)}"} if note.strip() else {}
    _one(task_id, CallTask.ended_at.is_(None), tries=CallTask.tries + 1, taken_by=by.name, taken_at=now, **added)
    record("call-task.tried", about(task_id), by=by, now=now, outcome=outcome)


def end_task(task_id: int, end: CallTaskEnd, note: str, *, by: Actor, now: datetime) -> None:
    """It is done, or not needed any more. Raises NotFound and Refusal `call-task-ended`."""
    values = {"ended_at": now, "ended_by": by.name, "end": end, "end_note": clean_text(note)}
    _one(task_id, CallTask.ended_at.is_(None), **values)
    record("call-task.ended", about(task_id), by=by, now=now, end=end)


def _one(task_id: int, still: sa.ColumnElement[bool], **values: object) -> None:
    changed = sa.update(CallTask).where(CallTask.id == task_id, still)
    if one_row(changed.values(version=CallTask.version + 1, **values)):
        return
    if db.session.get(CallTask, task_id) is None:
        raise NotFound("There is no such call task.")
    raise Refusal("Somebody has ended this call task already.", code="call-task-ended")
