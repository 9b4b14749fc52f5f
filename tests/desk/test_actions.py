from __future__ import annotations

from datetime import datetime

import pytest

from supportdesk.core import history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import ChangedMeanwhile, NotFound, Refusal
from supportdesk.desk import actions, queries
from supportdesk.desk.rules import RequestChannel, RequestStatus
from tests import factories
from tests.factories import Actor


def receive(by: Actor, now: datetime, text: str = "もう撮れない", topic: str | None = None) -> int:
    with transaction():
        return actions.receive_request(None, RequestChannel.PHONE, topic, text, False, by=by, now=now).id


def test_a_request_is_kept_in_the_callers_words_with_who_took_it_and_when(by: Actor, now: datetime) -> None:
    person = factories.resident()
    factories.topic("PHOTO")

    with transaction():
        made = actions.receive_request(
            person.id, RequestChannel.COUNTER, "PHOTO", " 写真が　いっぱい\n", False, by=by, now=now
        )

    kept = queries.get(made.id)
    assert (kept.text, kept.resident, kept.received_by, kept.received_at) == ("写真が いっぱい", person, by.name, now)
    assert (kept.status, kept.urgent) == (RequestStatus.NEW, False)
    assert queries.of_resident(person.id) == [kept]


def test_history_names_the_request_but_repeats_no_word_of_it(by: Actor, now: datetime) -> None:
    request_id = receive(by, now, "秘密の話")

    rows = history.of(f"request:{request_id}")

    assert [row.action for row in rows] == ["request.received"]
    assert "秘密" not in str(rows[0].details)


def test_a_topic_that_the_office_calls_urgent_makes_a_request_urgent_by_itself(by: Actor, now: datetime) -> None:
    factories.topic("SCAM", urgent=True)
    factories.topic("PHOTO", urgent=False)

    assert queries.get(receive(by, now, topic="SCAM")).urgent
    assert not queries.get(receive(by, now, topic="PHOTO")).urgent


def test_moving_on_keeps_the_outcome_and_notes_the_end(by: Actor, now: datetime) -> None:
    request_id = receive(by, now)

    with transaction():
        actions.move_status(request_id, RequestStatus.NEW, RequestStatus.DONE, "教室へ", by=by, now=now)

    db.session.expire_all()
    kept = queries.get(request_id)
    assert (kept.status, kept.outcome, kept.ended_at) == (RequestStatus.DONE, "教室へ", now)


def test_the_second_of_two_who_move_the_same_request_is_told(by: Actor, now: datetime) -> None:
    request_id = receive(by, now)
    with transaction():
        actions.move_status(request_id, RequestStatus.NEW, RequestStatus.IN_PROGRESS, by=by, now=now)

    with pytest.raises(ChangedMeanwhile), transaction():
        actions.move_status(request_id, RequestStatus.NEW, RequestStatus.WAITING_RESIDENT, by=by, now=now)

    assert queries.get(request_id).status == RequestStatus.IN_PROGRESS


def test_an_empty_request_leaves_nothing(by: Actor, now: datetime) -> None:
    with pytest.raises(Refusal):
        receive(by, now, " ")

    with pytest.raises(NotFound):
        queries.get(1)
