"""Two clerks who test one telephone at once, and two who note one test: one message, one outcome.

A control shows the first race without the guard.
"""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.access import Actor
from supportdesk.core.db import db
from supportdesk.messages.models import Message
from supportdesk.people.models import Telephone
from supportdesk.reminders import trial_actions
from supportdesk.reminders.models import Trial
from supportdesk.reminders.trial_rules import TrialOutcome, TrialStep
from tests import factories
from tests.races.clients import ROUNDS, clients
from tests.races.test_series import told

pytestmark = pytest.mark.race


def line() -> int:
    person = factories.resident(number="+819000000001")
    db.session.rollback()
    return db.session.scalars(sa.select(Telephone.id).filter_by(resident_id=person.id)).one()


def count(telephone_id: int) -> tuple[int, int]:
    db.session.rollback()
    messages = sa.select(sa.func.count(Message.id)).where(Message.about.startswith(f"telephone:{telephone_id}-"))
    trials = sa.select(sa.func.count(Trial.id)).filter_by(telephone_id=telephone_id)
    return db.session.scalar(trials) or 0, db.session.scalar(messages) or 0


def test_of_two_tests_of_one_telephone_at_once_one_is_sent_and_noted_once(
    app: Flask, by: Actor, now: datetime
) -> None:
    with clients(app, 2) as both:
        for _ in range(ROUNDS):
            telephone = line()
            answers = both.act_at_once(
                [lambda of=telephone: trial_actions.start_trial(of, [TrialStep.TEXT], by=by, now=now).id] * 2
            )
            assert told(answers) == {"done": 1, "trial-open": 1}
            assert count(telephone) == (1, 1)
            trial = db.session.scalars(sa.select(Trial.id).filter_by(telephone_id=telephone)).one()

            answers = both.act_at_once(
                [
                    lambda of=trial: trial_actions.note_trial(of, TrialOutcome.NOT_TRIED, by=by, now=now).id,
                    lambda of=trial: trial_actions.note_trial(of, TrialOutcome.NOT_TRIED, by=by, now=now).id,
                ]
            )
            assert told(answers) == {"done": 1, "trial-noted": 1}


def test_without_the_guard_both_would_be_sent(app: Flask, by: Actor, now: datetime) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX uq_trial_open")
    with clients(app, 2) as both:
        telephone = line()
        answers = both.act_at_once(
            [lambda of=telephone: trial_actions.start_trial(of, [TrialStep.TEXT], by=by, now=now).id] * 2
        )

    assert told(answers) == {"done": 2}
    assert count(telephone) in ((2, 2), (2, 1))
