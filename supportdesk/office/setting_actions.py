"""What happens to the office's settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core import history
from ..core.access import HOUSE, Actor
from ..core.db import db
from ..core.edits import at_field, for_editing
from ..core.errors import ChangedMeanwhile, Refusal
from . import queries, rules, setting_rules, settings
from .models import OfficePart
from .setting_rules import Part

SENDING = "office:sending"
# Why sending was stopped by the house itself, before it could leave in a made-up name (messages/delivery.py).
NOT_NAMED = "office-not-named"
# Or while it holds the sample town, whose pages say that nothing reaches a real telephone.
SAMPLE_TOWN = "sample-town"
# Why it was stopped for the rest of a day by a person who gave no other reason.
FOR_TODAY = "for-today"
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


def set_prices(text_part: int, call: int, *, by: Actor, now: datetime) -> bool:
    """Write down what a part of a text and a call cost, in yen; whether that is news. Raises Refusal."""
    _lock_all()
    values = {name: getattr(settings.current(), name) for name in setting_rules.READERS[Part.CAPS]}
    values |= {"yen_per_text_part": text_part, "yen_per_call": call}
    return save(Part.CAPS, values, queries.part(Part.CAPS).version, by=by, now=now)


def allow_on_top(yen: int, month: str, *, by: Actor, now: datetime) -> None:
    """Let this month (`2026-07`) cost so many yen above its limit. Raises Refusal."""
    with at_field("yen"):
        yen = setting_rules.number(0, setting_rules.MOST_YEN_A_MONTH)(yen)
    _lock_all()
    office = settings.current()
    if not office.most_yen_a_month:
        raise Refusal("No limit is set for a month, so nothing needs to be allowed.", code="no-limit", field="yen")
    before = office.extra_yen if office.extra_yen_month == month else 0
    if before != yen:
        settings.change(extra_yen=yen, extra_yen_month=month)
        changed = {"extra_yen": [before, yen]}
        history.record("office.changed", subject(Part.CAPS), by=by, now=now, changed=changed)


def stop_sending(reason: str, seen: str, *, by: Actor, now: datetime) -> None:
    """Nothing leaves until a person releases it. `seen`: the reason for which it was stopped when the person looked,
    "" if it was not. Raises ChangedMeanwhile, and Refusal without a reason."""
    with at_field("reason"):
        reason = setting_rules.line(REASON_LETTERS)(reason)
    _hold(reason, seen)
    history.record("sending.stopped", SENDING, by=by, now=now, reason=reason)


def stop_for_today(reason: str = "", *, by: Actor, now: datetime) -> datetime | None:
    """Nothing leaves until the next working day's morning, or until a person releases it before. Gives when it ends
    by itself; None if sending is stopped already, for then it stays as it is. Twice is once.

    Raises Refusal when the reason is too long or holds a My Number; it may be left out.
    """
    with at_field("reason"):
        reason = setting_rules.line(REASON_LETTERS)(reason) if reason.strip() else FOR_TODAY
    _lock_all()
    office = settings.current()
    if office.sending_hold:
        return None
    ends = rules.next_morning(office, now, queries.all_closed_days())
    settings.change(sending_hold=reason, hold_ends=ends.isoformat())
    history.record("sending.stopped", SENDING, by=by, now=now, reason=reason, ends=ends.isoformat())
    return ends


def release_when_over(now: datetime) -> bool:
    """Whether a stop for a day has come to its end, and is released by that."""
    _lock_all()
    ends = settings.current().hold_ends
    if not ends or now < datetime.fromisoformat(ends):
        return False
    settings.change(sending_hold="", hold_ends="")
    history.record("sending.released", SENDING, by=HOUSE, now=now, reason="")
    return True


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
    settings.change(sending_hold=reason, hold_ends="")


def _lock_all() -> None:
    # Windows and steps are held against each other: two editors of two parts would each pass against what the other
    # is about to change. In one order, so that they queue.
    db.session.scalars(sa.select(OfficePart.name).order_by(OfficePart.name).with_for_update()).all()
