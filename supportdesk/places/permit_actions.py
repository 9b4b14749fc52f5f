"""What happens to the permits to use halls."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import db, one_row
from ..core.edits import apply, fitting, for_editing
from ..core.errors import NotFound, Refusal
from . import permit_rules
from .models import Permit, Room
from .permit_rules import PermitState

# What the history does not repeat: it takes no free text, and who has the key is somebody's name.
FREE_TEXTS = ("key", "heating", "note")


@dataclass(frozen=True)
class PermitData:
    """A permit as it is typed. `deadline` is the day until which somebody must act."""

    room_id: int
    first: date
    last: date
    deadline: date | None = None
    key: str = ""
    heating: str = ""
    fee_waived: bool = False
    reference: str = ""
    note: str = ""


def data_of(permit: Permit) -> PermitData:
    """A stored permit as it would be typed, so that a part of it can be replaced."""
    return PermitData(**{one.name: getattr(permit, one.name) for one in fields(PermitData)})


def add_permit(
    data: PermitData, state: PermitState, *, external_id: str | None = None, by: Actor, now: datetime
) -> Permit:
    """Write down a permit in the state in which it is. Raises Refusal with the field at fault."""
    permit = Permit(**_permit(data), state=state, external_id=external_id)
    db.session.add(permit)
    db.session.flush()
    history.record("permit.added", f"permit:{permit.id}", by=by, now=now, state=state.value)
    return permit


def edit_permit(permit_id: int, data: PermitData, version: int, *, by: Actor, now: datetime) -> Permit:
    """Raises NotFound, ChangedMeanwhile, Refusal."""
    permit = for_editing(Permit, permit_id, version)
    values = _permit(data)
    if all(getattr(permit, name) == value for name, value in values.items()):
        return permit
    permit_rules.check_may_be_edited(permit.state)
    changed = apply(permit, values)
    db.session.flush()
    told = {name: [_plain(one) for one in pair] for name, pair in changed.items() if name not in FREE_TEXTS}
    history.record(
        "permit.edited", f"permit:{permit.id}", by=by, now=now, version=permit.version, changed=told
    )
    return permit


def move_permit(permit_id: int, to: PermitState, seen: PermitState, *, by: Actor, now: datetime) -> Permit:
    """Move a permit on, or a step back. `seen` is the state that the person had before their eyes.

    Raises NotFound, and Refusal when the move is not allowed or somebody else moved it first.
    """
    permit = db.session.get(Permit, permit_id)
    if permit is None:
        raise NotFound("This entry does not exist.")
    permit_rules.check_move(seen, to)
    if not one_row(sa.update(Permit).where(Permit.id == permit_id, Permit.state == seen).values(state=to)):
        raise Refusal("Somebody else has moved this permit on. Please look again.", code="moved-meanwhile")
    db.session.refresh(permit)
    history.record("permit.moved", f"permit:{permit_id}", by=by, now=now, old=seen.value, new=to.value)
    return permit


def _permit(data: PermitData) -> dict[str, Any]:
    values = fitting(Permit, asdict(data))
    permit_rules.check_days(data.first, data.last)
    if db.session.get(Room, data.room_id) is None:
        raise Refusal("There is no such room.", code="no-room", field="room_id")
    return values


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
