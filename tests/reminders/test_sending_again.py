"""Messages of which nobody knows whether they left are sent again by a person alone, after the list was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.messages.delivery import Desk, deliver_due
from supportdesk.messages.looking_again import Looked, look_again
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Delivery, Outcome, Receipt, ReportedStatus
from supportdesk.messages.reports import take_report
from supportdesk.messages.rules import MessageStatus
from supportdesk.reminders import actions, planning, queries, sending_again
from supportdesk.reminders.rules import PersonOutcome
from tests import factories
from tests.conftest import NOW
from tests.factories import Actor
from tests.messages.sending import BASE, Clock, Scripted

LESSON = NOW + timedelta(days=9)
NOTICE = NOW + timedelta(days=8)  # Tuesday, 10:00


@pytest.fixture
def clock() -> Clock:
    return Clock(NOTICE)


@pytest.fixture
def provider() -> Scripted:
    return Scripted(Receipt(Outcome.UNKNOWN))


@pytest.fixture
def desk(app: Flask, provider: Scripted, clock: Clock) -> Desk:
    """A text on the day before, whose answer was lost."""
    factories.booking(factories.reminded_by_text(), factories.lesson(starts_at=LESSON))
    planning.plan(NOTICE)
    desk = Desk(provider, planning.unwanted, clock, BASE)  # type: ignore[arg-type]
    deliver_due(desk)
    return desk


def unknown(clock: Clock) -> list[Message]:
    return sending_again.unknown(clock())


def again(clock: Clock, by: Actor) -> int:
    ids = [message.id for message in unknown(clock)]
    with transaction():
        return sending_again.send_again(ids, by=by, now=clock())


def test_it_goes_out_again_only_after_the_list_was_read_in_vain_and_bears_a_mark(
    desk: Desk, provider: Scripted, clock: Clock, by: Actor
) -> None:
    [first] = unknown(clock)
    provider.lists = None
    clock.pass_by(minutes=11)
    assert look_again([first.id], desk) == Looked(unreadable=1)
    with pytest.raises(Refusal) as refused:
        again(clock, by)
    assert refused.value.code == "not-looked-for"

    provider.lists = []
    assert look_again([first.id], desk) == Looked(not_found=1)
    assert again(clock, by) == 1
    planning.plan(clock())
    deliver_due(desk)

    assert len(provider.accepted) == 1 and unknown(clock) == []
    rows = db.session.scalars(sa.select(Message).where(Message.tries > 0).order_by(Message.id)).all()
    assert [sending_again.perhaps_twice(row) for row in rows] == [False, True]
    assert [row.status for row in rows] == [MessageStatus.UNKNOWN, MessageStatus.ACCEPTED]


def test_what_the_list_names_is_adopted_and_nothing_is_sent_again(
    desk: Desk, provider: Scripted, clock: Clock, by: Actor
) -> None:
    [first] = unknown(clock)
    provider.lists = ["SM1"]
    clock.pass_by(minutes=11)

    assert look_again([first.id], desk) == Looked(found=1)

    assert unknown(clock) == []
    with pytest.raises(Refusal) as refused:
        again(clock, by)
    assert refused.value.code == "nothing-chosen"


def test_whom_a_person_has_told_is_not_on_the_list_of_unknown_ones(desk: Desk, clock: Clock, by: Actor) -> None:
    [first] = unknown(clock)
    with transaction():
        actions.note_contact(int(first.about.split(":")[1]), PersonOutcome.TALKED, "", by=by, now=clock())

    assert unknown(clock) == []


@pytest.mark.parametrize("planned_anew", [True, False])
@pytest.mark.parametrize(
    ("news", "goes"), [(Delivery.SENT, False), (Delivery.DELIVERED, False), (Delivery.UNDELIVERED, True)]
)
def test_when_the_first_turns_out_to_have_left_the_second_does_not_leave(
    desk: Desk, provider: Scripted, clock: Clock, by: Actor, news: Delivery, goes: bool, planned_anew: bool
) -> None:
    [first] = unknown(clock)
    clock.pass_by(minutes=11)
    look_again([first.id], desk)
    assert again(clock, by) == 1
    with transaction():
        take_report(ReportedStatus(sid="SM1", state=news, token=first.token), now=clock())

    if planned_anew:
        planning.plan(clock())
    deliver_due(desk)
    planning.plan(clock())
    deliver_due(desk)

    assert len(provider.accepted) == goes
    second = db.session.scalars(sa.select(Message).where(Message.occasion.contains("/again"))).one()
    assert second.status is (MessageStatus.ACCEPTED if goes else MessageStatus.WITHDRAWN)


def test_when_the_first_turns_out_to_have_arrived_a_lost_second_is_nobodys_task(
    desk: Desk, provider: Scripted, clock: Clock, by: Actor
) -> None:
    [first] = unknown(clock)
    clock.pass_by(minutes=11)
    look_again([first.id], desk)
    again(clock, by)
    provider.answers.append(Receipt(Outcome.UNKNOWN))
    deliver_due(desk)
    assert len(unknown(clock)) == 1

    with transaction():
        take_report(ReportedStatus(sid="SM1", state=Delivery.DELIVERED, token=first.token), now=clock())

    assert unknown(clock) == [] and queries.needs_person(clock()) == []
