"""Reads about reports of impostors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from ..core.db import db
from . import impostor_rules as rules
from .impostor_models import ImpostorReport
from .impostor_rules import Alike, Reported, Story

# A day on which a whole town rings; an alarm needs three.
MOST_WEIGHED = 500


def listed() -> sa.Select[Any]:
    """All reports with their person, the newest first."""
    newest = (ImpostorReport.happened_at.desc(), ImpostorReport.id.desc())
    return sa.select(ImpostorReport).options(joinedload(ImpostorReport.resident)).order_by(*newest)


def chosen(story: Story | None, since: datetime | None) -> sa.Select[Any]:
    """Reports of one story (none: of all) since then, in no order."""
    found = sa.select(ImpostorReport)
    if story is not None:
        found = found.where(ImpostorReport.story == story)
    return found.where(ImpostorReport.happened_at >= since) if since else found


def by_external_id(external_id: str | None) -> ImpostorReport | None:
    """The report that a program knows by this key; None is nobody's."""
    return db.session.scalar(sa.select(ImpostorReport).filter_by(external_id=external_id)) if external_id else None


def of_last_days(now: datetime) -> Sequence[ImpostorReport]:
    """Those of the days that are weighed together, the newest first (one query)."""
    lately = listed().where(ImpostorReport.happened_at > now - rules.ALIKE_WITHIN)
    return db.session.scalars(lately.limit(MOST_WEIGHED)).all()


def counts(reports: Iterable[ImpostorReport]) -> Counter[Story]:
    """How many of them tell which story."""
    return Counter(report.story for report in reports)


def alarms(now: datetime) -> list[Alike]:
    """Reports of the last days that are alike and enough for an alarm, and not all seen by a manager (one query)."""
    lately = (
        sa.select(ImpostorReport.id, ImpostorReport.number_shown, ImpostorReport.story, ImpostorReport.seen_at)
        .where(ImpostorReport.happened_at > now - rules.ALIKE_WITHIN)
        .order_by(ImpostorReport.happened_at.desc())
        .limit(MOST_WEIGHED)
    )
    rows = db.session.execute(lately)
    return rules.alike([Reported(row.id, row.number_shown, row.story, row.seen_at is not None) for row in rows])
