"""What is done with call tasks: written down, tried, ended."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db, insert_or_leave, one_row
from ..core.errors import NotFound, Refusal
from ..core.history import record
from ..core.japan.text import clean_text
from .call_task_models import CallTask
from .call_task_rules import CallTaskEnd, CallTaskKind


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


def note_try(task_id: int, *, by: Actor, now: datetime) -> None:
    """Nobody answered, or a machine did: it stays open. Raises NotFound and Refusal `call-task-ended`."""
    _one(task_id, CallTask.ended_at.is_(None), tries=CallTask.tries + 1, taken_by=by.name, taken_at=now)
    record("call-task.tried", about(task_id), by=by, now=now)


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
