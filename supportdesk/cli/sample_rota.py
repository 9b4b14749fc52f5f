"""The sample town's rota: the next two weeks are filled but for two gaps, and one supporter cannot come."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..core.access import Actor
from ..core.clock import local_date
from ..lessons import rota, rota_queries

DAYS = timedelta(days=13)


def fill(by: Actor, now: datetime) -> None:
    """Put whomever the proposal names on duty from tomorrow on. What nobody can fill is held with fewer; what comes
    later is left to be planned."""
    tomorrow = local_date(now) + timedelta(days=1)
    proposed = rota_queries.proposal(tomorrow, tomorrow + DAYS, now)
    left = {lesson.id for lesson, filled in proposed[3::5][:2]}
    pairs = [(lesson.id, one.candidate.id) for lesson, filled in proposed for one in filled.chosen]
    done = rota.fill([pair for pair in pairs if pair[0] not in left], by=by, now=now)
    for lesson, _filled in proposed:
        if lesson.supporters_missing and lesson.id not in left:
            rota.set_needed(lesson.id, len(lesson.supporters), by=by, now=now)
    put = next(one for one in done if one.refusal is None)
    rota.cannot_come(put.lesson_id, put.supporter_id, "家族の通院に付き添うため", by=by, now=now)
