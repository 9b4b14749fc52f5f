"""Telephones of the sample town that were tried with their owners (連絡テスト), and one that was tried in vain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from ..core.access import Actor
from ..core.clock import at, local_date
from ..core.db import db
from ..people.models import Resident
from ..people.rules import NumberKind
from ..reminders.models import Trial
from ..reminders.trial_rules import TrialOutcome

TRIED = 5


def make(residents: Sequence[Resident], by: Actor, now: datetime) -> None:
    mobiles = [line for one in residents for line in one.telephones if line.kind is NumberKind.MOBILE]
    for line in [line for line in mobiles if line.tried_on][:TRIED]:
        assert line.tried_on is not None
        db.session.add(_trial(line.id, at(line.tried_on, time(10)), TrialOutcome.REGISTERED, by))
    untried = next(line for line in mobiles if not line.tried_on)
    yesterday = at(local_date(now) - timedelta(days=1), time(10))
    db.session.add(_trial(untried.id, yesterday, TrialOutcome.DID_NOT_ARRIVE, by))


def _trial(telephone_id: int, begun: datetime, outcome: TrialOutcome, by: Actor) -> Trial:
    noted = begun + timedelta(minutes=3)
    return Trial(
        telephone_id=telephone_id, by_text=True, by_call=False, started_at=begun, started_by=by.name, outcome=outcome,
        noted_at=noted, noted_by=by.name,
    )  # fmt: skip
