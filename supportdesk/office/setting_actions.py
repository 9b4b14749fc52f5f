"""What happens to the office's settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import history
from ..core.access import Actor
from ..core.db import db
from ..core.edits import at_field, for_editing
from ..core.errors import ChangedMeanwhile, Refusal
from . import setting_rules, settings
from .models import OfficePart
from .setting_rules import Part

SENDING = "office:sending"
# Why sending was stopped by the house itself, before it could leave in a made-up name (messages/delivery.py).
NOT_NAMED = "office-not-named"
REASON_LETTERS = 200


def subject(part: Part) -> str:
    """What the history calls a part of the settings."""
    return f"office:{part}"


def save(part: Part, typed: Mapping[str, Any], version: int, *, by: Actor, now: datetime) -> bool:
    """Save one part as it was typed; whether anything changed, which a form sent twice does once. It holds from the
    next tick on.

    Raises ChangedMeanwhile, and Refusal with the field at fault.
    """
    _lock_all()
    before = settings.current()
    after = setting_rules.read(part, typed, before)
    changed = {
        name: [getattr(before, name), getattr(after, name)]
        for name in setting_rules.READERS[part]
        if getattr(before, name) != getattr(after, name)
    }
    if changed:
        row = for_editing(OfficePart, part, version)
        settings.change(**{name: new for name, (_old, new) in changed.items()})
        row.changed_at = now
        db.session.flush()
        history.record("office.changed", subject(part), by=by, now=now, version=row.version, changed=changed)
    return bool(changed)


def stop_sending(reason: str, seen: str, *, by: Actor, now: datetime) -> None:
    """Nothing leaves until a person releases it. `seen`: the reason for which it was stopped when the person looked,
    "" if it was not. Raises ChangedMeanwhile, and Refusal without a reason."""
    with at_field("reason"):
        reason = setting_rules.line(REASON_LETTERS)(reason)
    _hold(reason, seen)
    history.record("sending.stopped", SENDING, by=by, now=now, reason=reason)


def release_sending(seen: str, *, by: Actor, now: datetime) -> None:
    """What is still wanted goes out from the next tick on. Raises ChangedMeanwhile when it was stopped for another
    reason than the person saw, and Refusal while the office still has a made-up name."""
    if seen == NOT_NAMED and setting_rules.made_up(settings.current()):
        raise Refusal("Please set the town's name and telephone first.", code="office-not-named")
    _hold("", seen)
    history.record("sending.released", SENDING, by=by, now=now, reason="")


def _hold(reason: str, seen: str) -> None:
    _lock_all()
    if settings.current().sending_hold != seen:
        raise ChangedMeanwhile()
    settings.change(sending_hold=reason)


def _lock_all() -> None:
    # Windows and steps are held against each other: two editors of two parts would each pass against what the other
    # is about to change. In one order, so that they queue.
    db.session.scalars(sa.select(OfficePart.name).order_by(OfficePart.name).with_for_update()).all()
