from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound
from supportdesk.reminders import actions
from supportdesk.reminders.models import Answer
from supportdesk.reminders.rules import AnsweredBy, AnswerKind
from tests import factories
from tests.factories import Actor


def test_a_key_that_is_reported_twice_counts_once_for_the_start_as_it_was_said(by: Actor, now: datetime) -> None:
    booking = factories.booking()

    def press() -> bool:
        with transaction():
            return actions.note_answer(
                booking.id, AnswerKind.WILL_COME, AnsweredBy.KEY, "message:t:1", by=by, now=now
            )

    assert press()
    assert not press()
    kept = db.session.scalars(sa.select(Answer)).one()
    assert (kept.kind, kept.starts_at, kept.at) == (AnswerKind.WILL_COME, booking.lesson.starts_at, now)


def test_an_answer_about_nothing_is_refused(by: Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        actions.note_answer(7, AnswerKind.WILL_COME, AnsweredBy.KEY, "message:t:1", by=by, now=now)
