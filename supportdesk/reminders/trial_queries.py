"""Reads about 連絡テスト, and whether its messages are still wanted at the moment of sending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..core.db import db
from ..core.errors import NotFound
from ..messages.models import Message, NumberNote
from ..messages.providers.base import Channel
from ..people.models import Resident, Telephone
from .models import Trial
from .trial_rules import MATTER, VALID

# As many as a person looks back through.
LATEST = 10


def about(trial: Trial) -> str:
    """By which messages name it. The telephone comes first, and each try has a name of its own: the cap on messages
    about one thing counts for ever, and somebody may buy a new telephone every year."""
    return f"telephone:{trial.telephone_id}-{trial.id}"


def get(trial_id: int) -> Trial:
    """One test. Raises NotFound."""
    found = db.session.get(Trial, trial_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no such test.")
    return found


def trials_of(telephone_id: int) -> Sequence[Trial]:
    """The tests of one telephone, newest first (one query)."""
    found = sa.select(Trial).where(Trial.telephone_id == telephone_id)
    return db.session.scalars(found.order_by(Trial.id.desc()).limit(LATEST)).all()


def of_resident(resident_id: int) -> sa.Select[*tuple[Any, ...]]:
    """The tests of a person's telephones."""
    mine = sa.select(Telephone.id).where(Telephone.resident_id == resident_id)
    return sa.select(Trial).where(Trial.telephone_id.in_(mine))


def messages_of(trials: Sequence[Trial]) -> Mapping[int, Sequence[Message]]:
    """What was sent in each test, by its id (one query)."""
    ids = {about(trial): trial.id for trial in trials}
    found: dict[int, list[Message]] = defaultdict(list)
    query = sa.select(Message).where(Message.about.in_(ids), Message.matter == MATTER).order_by(Message.id)
    for message in db.session.scalars(query.execution_options(populate_existing=True)):
        found[ids[message.about]].append(message)
    return found


def note_of(number: str) -> NumberNote | None:
    """What is known of a number itself."""
    return db.session.get(NumberNote, number, populate_existing=True)


def unwanted(messages: Sequence[Message], now: datetime) -> dict[int, str]:
    """Which of these belong to a test that is over, or may not leave any more, and why (one query, or none)."""
    ours = {message.id: message for message in messages if message.matter == MATTER}
    if not ours:
        return {}
    rows = db.session.execute(
        sa.select(Trial.id, Trial.telephone_id, Trial.outcome, Telephone.number, Resident.stopped_at,
                  Resident.do_not_call)
        .join(Telephone, Telephone.id == Trial.telephone_id)
        .join(Resident, Resident.id == Telephone.resident_id)
        .where(Trial.outcome.is_(None), Trial.started_at > now - VALID)
    )  # fmt: skip
    open_now = {f"telephone:{row.telephone_id}-{row.id}": row for row in rows}
    reasons: dict[int, str] = {}
    for message in ours.values():
        row = open_now.get(message.about)
        if row is None or row.number != message.number:
            reasons[message.id] = "trial-ended"
        elif row.stopped_at is not None:
            reasons[message.id] = "contact-stopped"
        elif row.do_not_call and message.channel is Channel.VOICE:
            reasons[message.id] = "do-not-call"
    return reasons
