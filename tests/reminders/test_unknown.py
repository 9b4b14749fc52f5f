"""What nobody can tell for certain reaches a person: an answer that was lost, a code that is new to us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from supportdesk.core import clock
from supportdesk.core.db import transaction
from supportdesk.messages.delivery import Desk, deliver_due
from supportdesk.messages.providers.base import Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.reports import take_report
from supportdesk.messages.sweeping import sweep
from supportdesk.reminders import planning, queries
from supportdesk.reminders.rules import Why
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import BASE, Scripted, message

# Tuesday 14 July 2026, 10:00 in Tokyo: the last notice of the lesson on the 15th.
LAST = NOW + timedelta(days=8)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(LAST, tick=False) as traveller:
        yield traveller


def booked() -> int:
    lesson = factories.lesson(starts_at=NOW + timedelta(days=9))
    return factories.booking(factories.reminded_by_text(), lesson).id


@pytest.mark.parametrize("answer", [Receipt(Outcome.UNKNOWN), Receipt(Outcome.UNKNOWN, code=29999)])
def test_an_answer_that_was_lost_and_is_not_found_is_a_persons_within_a_quarter_of_an_hour(
    app: Flask, answer: Receipt
) -> None:
    booking_id = booked()
    desk = Desk(Scripted(answer), planning.unwanted, clock.now, BASE)
    planning.plan(clock.now())
    deliver_due(desk)

    for minutes in (2, 5, 10, 15):
        with time_machine.travel(LAST + timedelta(minutes=minutes), tick=False):
            planning.plan(clock.now())
            deliver_due(desk)
            sweep(desk)
            waiting = queries.needs_person(clock.now())

    assert [(item.booking_id, item.why) for item in waiting] == [(booking_id, Why.UNKNOWN)]
    assert message(step="last").tries == 1


def test_a_failure_of_which_we_do_not_know_the_code_is_a_persons_at_once(app: Flask) -> None:
    booking_id = booked()
    planning.plan(clock.now())
    deliver_due(Desk(Scripted(), planning.unwanted, clock.now, BASE))
    token = message(step="last").token

    with transaction():
        take_report(
            ReportedStatus(sid=f"SM-{token}", state=Delivery.FAILED, token=token, code=39999), now=clock.now()
        )

    assert [(item.booking_id, item.why) for item in queries.needs_person(clock.now())] == [(booking_id, Why.FAILED)]
