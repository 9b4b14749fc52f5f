"""Several deliverers at once: nothing twice, no cap exceeded. (Processes that die: test_delivery_killed.py.)"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from supportdesk.core import chance
from supportdesk.core.db import db, transaction
from supportdesk.messages import caps, delivery
from supportdesk.messages.cap_rules import Cap, Due
from supportdesk.messages.delivery import Unwanted, deliver_due
from supportdesk.messages.models import Message, ProviderReport
from supportdesk.messages.providers.base import Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.messages.sweeping import sweep
from supportdesk.office import settings as office_settings
from tests.messages.sending import TEN, Clock, Scripted, desk, message, mobile, nothing_unwanted, plan
from tests.races.clients import ROUNDS, clients

pytestmark = pytest.mark.race

DELIVERERS, MESSAGES = 5, 200
S = MessageStatus


def plan_many(count: int) -> None:
    first = plan()
    row = {column.name: getattr(first, column.name) for column in Message.__table__.columns if column.name != "id"}
    with transaction() as session:
        session.execute(
            sa.insert(Message),
            [
                row | {"token": chance.token(), "about": f"booking:many-{n}", "number": mobile(n)}
                for n in range(count - 1)
            ],
        )


def deliver_at_once(
    app: Flask, provider: Scripted, unwanted: Unwanted = nothing_unwanted
) -> list[BaseException]:
    """Several deliverers, each as a process of its own would be: own context, own connections. Gives what failed."""
    start = threading.Barrier(DELIVERERS)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                start.wait(60)
                deliver_due(desk(provider, Clock(), unwanted))
        except BaseException as problem:  # noqa: BLE001  given back
            failures.append(problem)

    db.session.remove()
    threads = [threading.Thread(target=work) for _ in range(DELIVERERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failures


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_five_deliverers_at_once_send_each_message_once(app: Flask, round_: int) -> None:
    plan_many(MESSAGES)
    provider = Scripted()

    assert deliver_at_once(app, provider) == []

    accepted = Counter(sent.token for sent in provider.accepted)
    assert (len(accepted), max(accepted.values())) == (MESSAGES, 1)
    assert set(db.session.scalars(sa.select(Message.status))) == {S.ACCEPTED}


def test_two_final_callbacks_at_the_same_instant_move_a_message_once_and_both_are_kept(app: Flask) -> None:
    with clients(app, 4) as many:
        for round_ in range(ROUNDS):
            text = plan(number=mobile(round_))
            deliver_due(desk(Scripted(lambda _outgoing: Receipt(Outcome.UNKNOWN)), Clock()))
            # The answer was lost: the callbacks also bind the provider's name to the message, each at the same moment.
            reports = [
                ReportedStatus(sid=f"SM-{round_}", state=state, token=text.token)
                for state in (Delivery.SENT, Delivery.DELIVERED, Delivery.DELIVERED, Delivery.UNDELIVERED)
            ]
            came = many.act_at_once([partial(take_report, one, now=TEN) for one in reports])

            assert [one for one in came if isinstance(one, Exception)] == []
            assert message(token=text.token).status in (S.DELIVERED, S.FAILED)
            rows = db.session.scalars(sa.select(ProviderReport).where(ProviderReport.message_id == text.id)).all()
            assert len(rows) == 4
            assert sum(row.moved for row in rows if row.state != Delivery.SENT) == 1


def to_one_number(below: int) -> None:
    """The first of those of `plan_many`, all to one telephone."""
    with transaction() as session:
        session.execute(sa.update(Message).where(Message.number < mobile(below)).values(number=mobile(0)))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_five_deliverers_at_once_never_exceed_a_cap(app: Flask, round_: int) -> None:
    plan_many(120)
    to_one_number(40)
    with transaction():
        office_settings.change(most_per_hour=50)
    provider = Scripted()

    assert deliver_at_once(app, provider) == []

    to_number = Counter(sent.to for sent in provider.accepted)
    assert (len(provider.accepted), to_number[mobile(0)]) == (50, 3)


def test_neither_the_sweep_nor_the_note_of_a_cap_waits_for_a_row_that_another_holds(app: Flask) -> None:
    """Both write many rows at once. Two that hold many and wait for one more would end in a deadlock."""
    plan_many(3)
    plan(due_at=TEN - timedelta(hours=1), not_after=TEN - timedelta(minutes=1))
    with transaction():
        office_settings.change(most_per_hour=0)
    held = db.session.scalars(sa.select(Message.id).order_by(Message.id.desc())).all()[:2]
    db.session.remove()

    def work() -> None:
        with app.app_context():
            deliver_due(desk(Scripted(), Clock()))
            sweep(desk(Scripted(), Clock()))

    with db.engine.connect() as another:
        another.execute(sa.select(Message.id).where(Message.id.in_(held)).with_for_update())
        working = threading.Thread(target=work)
        working.start()
        working.join(20)
        waits = working.is_alive()
    working.join()

    assert not waits
    work()
    assert Counter(db.session.scalars(sa.select(Message.reason))) == {Cap.HOUR: 3, "too-late": 1}


def test_control_who_counts_before_taking_the_turn_exceeds_a_cap(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same race where each has counted the free places before any other has claimed."""
    plan_many(40)
    to_one_number(40)
    provider = Scripted()
    places = itertools.count()
    all_have_counted = threading.Barrier(DELIVERERS)
    mine = threading.local()

    def open_after_counting() -> AbstractContextManager[Session]:
        if not hasattr(mine, "ids"):
            free = office_settings.current().most_per_number_a_day  # nothing has left yet
            rows = sa.select(Message.id).where(Message.number == mobile(0)).order_by(Message.id)
            mine.ids = list(db.session.scalars(rows.offset(next(places) * free).limit(free)))
            db.session.rollback()
            all_have_counted.wait(10)
        return transaction()

    def claim_what_was_counted(*_: object) -> list[Due]:
        claimed, mine.ids = mine.ids, []
        return [Due(identity, mobile(0), "", sent_to_number=0, sent_about=0) for identity in claimed]

    monkeypatch.setattr(delivery, "transaction", open_after_counting)
    monkeypatch.setattr(caps, "allowed", claim_what_was_counted)

    assert deliver_at_once(app, provider) == []

    # Each has one at a time to a number in hand, and together they have more than the day allows.
    assert len(provider.accepted) == DELIVERERS > office_settings.current().most_per_number_a_day


def test_control_without_naming_the_old_status_messages_go_twice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same race with a claim that writes what was read before, whoever else has read it too."""
    # One message alone: with several, those who believe to own the same rows deadlock on PostgreSQL now and then.
    plan()
    provider = Scripted()
    all_have_read = threading.Barrier(DELIVERERS)
    # One after the other from here on: each has read its claims when the next one writes over them.
    turn = threading.Lock()
    mine = threading.local()

    def open_after_reading() -> AbstractContextManager[Session]:
        if not hasattr(mine, "ids"):
            mine.ids = list(
                db.session.scalars(sa.select(Message.id).where(Message.status == S.PLANNED).order_by(Message.id))
            )
            db.session.rollback()
            all_have_read.wait(60)
            turn.acquire()
        return transaction()

    def claim_what_was_read(*_: object) -> list[str]:
        claims = [chance.token() for _ in mine.ids]
        for name, identity in zip(claims, mine.ids, strict=True):
            values = {"claim": name, "status": S.CLAIMED, "claimed_at": TEN}
            db.session.execute(sa.update(Message).where(Message.id == identity).values(**values))
        mine.ids = []
        return claims

    def claims_are_read(*_: object) -> dict[int, str]:
        turn.release()
        return {}

    monkeypatch.setattr(delivery, "transaction", open_after_reading)
    monkeypatch.setattr(delivery, "_claim", claim_what_was_read)

    assert deliver_at_once(app, provider, claims_are_read) == []

    assert max(Counter(sent.token for sent in provider.accepted).values()) == DELIVERERS
