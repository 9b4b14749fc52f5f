"""Putting into the outbox, and taking back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core.db import db, transaction
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.messages.providers.base import Channel
from supportdesk.messages.rules import MessageStatus
from tests.messages.sending import TEN, again, plan

SAME = {
    "recipient": "resident:1",
    "about": "booking:1",
    "matter": "reminder",
    "step": "first",
    "channel": Channel.SMS,
    "number": "+819000000001",
    "body": "…",
    "sentences": [],
    "window": "text",
    "due_at": TEN,
    "not_after": TEN + timedelta(hours=1),
    "now": TEN,
}


def test_the_same_step_is_planned_once(app: Flask) -> None:
    with transaction():
        made = [outbox.put(**SAME, occasion="2020-01-08T01:00Z") for _ in range(2)]

    assert made == [True, False]
    assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_a_lesson_that_moved_is_announced_anew(app: Flask) -> None:
    with transaction():
        made = [outbox.put(**SAME, occasion=start) for start in ("2020-01-08T01:00Z", "2020-01-09T01:00Z")]

    assert made == [True, True]


def test_a_step_that_ended_is_not_planned_again(app: Flask) -> None:
    with transaction():
        outbox.put(**SAME, occasion="")
        outbox.withdraw(about="booking:1", reason="cancelled", now=TEN)
        assert not outbox.put(**SAME, occasion="")


def test_each_message_has_a_name_of_its_own_for_the_callback(app: Flask) -> None:
    first, second = plan(), plan()

    assert first.token != second.token
    assert len(first.token) >= 32


def test_what_is_about_one_booking_is_taken_back_with_its_reason(app: Flask) -> None:
    mine, other = plan(), plan()

    with transaction():
        assert outbox.withdraw(about=mine.about, reason="booking-cancelled", now=TEN) == 1

    assert (again(mine).status, again(mine).reason) == (MessageStatus.WITHDRAWN, "booking-cancelled")
    assert again(other).status is MessageStatus.PLANNED


def test_what_is_for_one_person_is_taken_back_whatever_it_is_about(app: Flask) -> None:
    one, two, other = plan(recipient="resident:7000"), plan(recipient="resident:7000"), plan()

    with transaction():
        assert outbox.withdraw(recipient="resident:7000", reason="stopped", now=TEN) == 2

    assert {again(one).status, again(two).status} == {MessageStatus.WITHDRAWN}
    assert again(other).status is MessageStatus.PLANNED


def test_taking_back_everything_by_an_oversight_is_refused(app: Flask) -> None:
    with transaction(), pytest.raises(ValueError):
        outbox.withdraw(reason="oops", now=TEN)


def test_what_has_left_is_not_taken_back(app: Flask) -> None:
    mine = plan()
    with transaction() as session:
        session.execute(sa.update(Message).values(status=MessageStatus.ACCEPTED))

    with transaction():
        assert outbox.withdraw(about=mine.about, reason="too late", now=TEN) == 0

    assert again(mine).status is MessageStatus.ACCEPTED
