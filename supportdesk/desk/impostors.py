"""What is done with reports of impostors: taken, and seen by a manager."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db
from ..core.errors import Refusal
from ..core.history import record
from ..core.japan.text import clean_text
from ..people.models import Resident
from . import impostor_rules as rules
from .impostor_models import ImpostorReport
from .impostor_rules import Story


def subject(report_id: int) -> str:
    """The key under which the history knows a report."""
    return f"impostor:{report_id}"


def take_report(
    story: Story,
    text: str,
    *,
    number: str,
    happened_at: datetime | None,
    gave: bool,
    by: Actor,
    now: datetime,
    resident_id: int | None = None,
    external_id: str | None = None,
) -> ImpostorReport:
    """Keep a report. `number`: what their telephone showed, as it was typed. `happened_at`: None for just now.

    Raises Refusal `no-number-shown`, `nothing-said`, `not-then` (in the future, or more than 60 days ago) and
    `no-resident`.
    """
    shown, said, then = rules.number_shown(number), clean_text(text), happened_at or now
    rules.check_report(story, said, then, now)
    if resident_id is not None and db.session.get(Resident, resident_id) is None:
        raise Refusal("There is no such person in our records.", code="no-resident", field="resident")
    made = ImpostorReport(
        external_id=external_id, happened_at=then, number_shown=shown, story=story, text=said, gave=gave,
        resident_id=resident_id, taken_at=now, taken_by=by.name,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record("impostor.reported", subject(made.id), by=by, now=now, story=story, gave=gave)
    return made


def note_seen(report_ids: Collection[int], *, by: Actor, now: datetime) -> int:
    """A manager has seen these reports and decided; the alarm about them ends. Gives how many were new to them."""
    fresh = sa.select(ImpostorReport.id).where(
        ImpostorReport.id.in_(report_ids), ImpostorReport.seen_at.is_(None)
    )
    found = list(db.session.scalars(fresh))
    db.session.execute(
        sa.update(ImpostorReport)
        .where(ImpostorReport.id.in_(found), ImpostorReport.seen_at.is_(None))
        .values(seen_at=now, seen_by=by.name)
        .execution_options(synchronize_session=False)
    )
    for report_id in found:
        record("impostor.seen", subject(report_id), by=by, now=now)
    return len(found)
