"""The rehearsal of a whole office: each step is seen in the database when it has happened, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import chance, history
from supportdesk.core.access import HOUSE, Role
from supportdesk.core.db import db, transaction
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskKind
from supportdesk.front import rehearsal_queries as queries
from supportdesk.front.rehearsal_rules import RehearsalStep as R
from supportdesk.front.rehearsal_rules import Telephone
from supportdesk.messages import practice_shelf
from supportdesk.messages.models import Message, PracticeExchange
from supportdesk.messages.providers.base import Channel, Delivery
from supportdesk.messages.rules import MessageStatus
from supportdesk.reminders.models import Answer, Trial
from supportdesk.reminders.rules import AnsweredBy, AnswerKind
from supportdesk.reminders.trial_rules import TrialOutcome
from tests import factories
from tests.conftest import NOW
from tests.messages.sending import plan
from tests.web import Web

LATER = NOW + timedelta(minutes=5)


def seen(since: object = NOW) -> set[R]:
    db.session.rollback()
    return set(queries.seen(since))  # type: ignore[arg-type]


def exchange(channel: Channel, state: Delivery, **values: object) -> PracticeExchange:
    made = {
        "sid": chance.token()[:40], "token": "", "channel": channel, "number": "+819000000001", "sender": "x",
        "body": "", "twiml": "", "state": state, "reported": state, "details": {}, "created_at": LATER,
        "changed_at": LATER,
    } | values  # fmt: skip
    return PracticeExchange(**made)


def test_nothing_is_seen_before_it_happens_and_each_step_by_what_it_leaves(app: Flask) -> None:
    assert seen() == set()
    booking = factories.booking()
    telephone = booking.resident.telephones[0].id
    lost, away, unanswered = plan(), plan(number="+819000000002"), plan(number="+81957000001")
    with transaction() as session:
        for one, status in (
            (lost, MessageStatus.UNKNOWN), (away, MessageStatus.FAILED), (unanswered, MessageStatus.NOT_ANSWERED),
        ):  # fmt: skip
            session.execute(
                sa.update(Message)
                .where(Message.id == one.id)
                .values(status=status, provider="practice", handed_over_at=LATER, ended_at=LATER)
            )
        session.add_all(
            [
                exchange(Channel.SMS, Delivery.DELIVERED),
                exchange(Channel.VOICE, Delivery.COMPLETED),
                exchange(Channel.VOICE, Delivery.COMPLETED, inbound=True),
                exchange(Channel.SMS, Delivery.DELIVERED, inbound=True),
                Answer(
                    origin="call:1", booking_id=booking.id, kind=AnswerKind.WILL_COME, how=AnsweredBy.KEY,
                    starts_at=LATER, at=LATER,
                ),
                CallTask(
                    origin="a", kind=CallTaskKind.WISH, due_at=LATER, created_at=LATER, created_by="x", ended_at=LATER
                ),
                Trial(
                    telephone_id=telephone, by_text=True, by_call=False, started_at=LATER, started_by="x",
                    outcome=TrialOutcome.NOT_TRIED, noted_at=LATER, noted_by="x",
                ),
            ]
        )  # fmt: skip
        history.record("sending.stopped", "office:sending", by=HOUSE, now=LATER, reason="provider:20003")
        history.record("sending.released", "office:sending", by=HOUSE, now=LATER)

    assert set(R) - seen() == {R.MACHINE}, "a call that a person took is no machine's"
    with transaction() as session:
        session.add(exchange(Channel.VOICE, Delivery.COMPLETED, details={"machine": True, "beep": False}))
    assert set(R) - seen() == set()
    assert seen(LATER + timedelta(seconds=1)) == set(), "what was seen before it was begun anew does not count"


@pytest.mark.one_database
def test_the_page_names_telephones_on_which_something_comes_and_begins_with_tidying_up(app: Flask) -> None:
    plan(number="+819000000007")
    plan(number="+819000000003", due_at=NOW - timedelta(days=9))
    factories.resident(number="+819000000005")
    with transaction():
        practice_shelf.put_on(["+819000000003", "+819000000005", "+819000000007"])
    found = {part: line.number for part, line in queries.telephones().items()}
    assert found[Telephone.UNTRIED] == "+819000000005"
    assert {found[Telephone.MOBILE], found[Telephone.OTHER_MOBILE]} == {"+819000000003", "+819000000007"}

    clerk = Web(app).sign_in(factories.user(Role.STAFF))
    page = clerk.get("/practice/rehearsal")
    assert "「かたづけて始める」を押してください" in page.text
    page = page.form("form[action$=clear]").send()
    assert page.path == "/practice/rehearsal"
    assert "14件のうち0件" in page.text
    assert "090-0000-0005" in clerk.get("/practice/rehearsal/paper").text
