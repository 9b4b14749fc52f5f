"""連絡テスト: a telephone is tried while its owner sits beside us, and what they saw is noted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..core.access import Actor
from ..core.clock import local_date
from ..core.db import db, one_row
from ..core.errors import Refusal
from ..core.history import record
from ..messages import outbox
from ..messages.providers.base import Channel
from ..office import settings as office_settings
from ..office.rules import URGENT, open_windows
from ..people import actions as people
from ..people import queries as people_queries
from . import trial_queries, trial_rules, wording, wording_queries
from .models import Trial
from .trial_rules import MATTER, TrialOutcome, TrialStep

_CHANNEL = {TrialStep.TEXT: Channel.SMS, TrialStep.CALL: Channel.VOICE}


def start_trial(telephone_id: int, ways: Collection[TrialStep], *, by: Actor, now: datetime) -> Trial:
    """Send a test by text, call or both, now. It is no reminder: it tells of no lesson, and waits for nobody.

    Raises NotFound, Refusal (as `trial_rules.check_start`), and `trial-open` while the one before is not noted.
    """
    telephone = people_queries.telephone(telephone_id)
    office, note = office_settings.current(), trial_queries.note_of(telephone.number)
    trial_rules.check_start(
        ways,
        telephone.number,
        telephone.kind,
        stopped=telephone.resident.stopped_at is not None,
        do_not_call=telephone.resident.do_not_call,
        opted_out=bool(note and note.opted_out_at),
        no_text=bool(note and note.no_text_since),
        no_call=bool(note and note.no_call_since),
        held=bool(office.sending_hold),
        # As soon as a person has released it, even for a change of a lesson: they asked for it themselves.
        open_now=URGENT in open_windows(office, now),
    )
    trial = Trial(
        telephone_id=telephone_id,
        by_text=TrialStep.TEXT in ways,
        by_call=TrialStep.CALL in ways,
        started_at=now,
        started_by=by.name,
    )
    _keep(trial)
    words, language = wording_queries.all_in_use(), telephone.resident.language
    for step in sorted(ways):
        outbox.put(
            recipient=people.subject(telephone.resident_id),
            about=trial_queries.about(trial),
            matter=MATTER,
            step=step,
            occasion=now.isoformat(),
            channel=_CHANNEL[step],
            number=telephone.number,
            window=URGENT,
            due_at=now,
            not_after=now + trial_rules.VALID,
            now=now,
            **wording.of_trial(_CHANNEL[step], office, words, language),
        )
    record(
        "trial.started", people.subject(telephone.resident_id), by=by, now=now, telephone=telephone_id,
        ways=[str(step) for step in sorted(ways)],
    )  # fmt: skip
    return trial


def note_trial(trial_id: int, outcome: TrialOutcome, *, by: Actor, now: datetime) -> Trial:
    """Note with its owner how it ended. What has not left is taken back. Only when it arrived and was registered does
    the telephone count as tried (`trial_rules.counts_as_tried`).

    Raises NotFound, ChangedMeanwhile, Refusal `trial-noted`, `nothing-left`.
    """
    trial = trial_queries.get(trial_id)
    telephone = people_queries.telephone(trial.telephone_id)
    trial_rules.check_outcome(outcome, [message.status for message in trial_queries.messages_of([trial])[trial.id]])
    noted = one_row(
        sa.update(Trial)
        .where(Trial.id == trial_id, Trial.outcome.is_(None))
        .values(outcome=outcome, noted_at=now, noted_by=by.name)
    )
    if not noted:
        raise Refusal("This test has been noted already.", code="trial-noted")
    outbox.withdraw(about=trial_queries.about(trial), reason="trial-ended", now=now)
    if trial_rules.counts_as_tried(outcome, telephone.kind, by_text=trial.by_text):
        people.mark_tried(telephone.id, local_date(now))
    record(
        "trial.noted", people.subject(telephone.resident_id), by=by, now=now, telephone=telephone.id, outcome=outcome
    )
    db.session.refresh(trial)
    return trial


def _keep(trial: Trial) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(trial)
    except IntegrityError as error:
        if "trial" not in str(error.orig):
            raise
        raise Refusal("Please note first how the test before ended.", code="trial-open") from None
