"""Two planners remind a supporter of one duty at the same moment: one message; with a control that shows the race
without the key."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import chance
from supportdesk.core.db import db
from supportdesk.lessons.models import LessonSupporter
from supportdesk.messages import outbox
from supportdesk.messages.models import Message
from supportdesk.people.rules import NumberKind, Wish
from supportdesk.reminders import on_duty, planning
from tests import factories
from tests.races.clients import ROUNDS

pytestmark = pytest.mark.race


@pytest.fixture
def duty(app: Flask, now: datetime) -> None:
    who = factories.supporter(number="+819000000021", number_kind=NumberKind.MOBILE, wish=Wish.TEXT)
    lesson = factories.lesson(starts_at=now + timedelta(days=2))
    factories.save(LessonSupporter(lesson_id=lesson.id, supporter_id=who.id))


def plan_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime) -> list[BaseException]:
    """Two planners, each in a context of its own as in a process; each goes by what it read before the other wrote."""
    both_have_read = threading.Barrier(2)
    mine = threading.local()
    read, failures = on_duty.to_plan, []

    def read_once(*asked: Any) -> Any:
        if not hasattr(mine, "found"):
            mine.found = read(*asked)
            db.session.rollback()
            both_have_read.wait(60)
        return mine.found

    def work() -> None:
        try:
            with app.app_context():
                planning.plan(now)
        except BaseException as problem:  # noqa: BLE001  given back
            failures.append(problem)

    monkeypatch.setattr(on_duty, "to_plan", read_once)
    db.session.remove()
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return failures


def planned() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Message)) or 0


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_planners_at_once_put_one_message(
    app: Flask, duty: None, monkeypatch: pytest.MonkeyPatch, now: datetime, round_: int
) -> None:
    assert plan_at_once(app, monkeypatch, now) == []

    assert planned() == 1


def test_control_without_the_key_there_are_two(
    app: Flask, duty: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    put = outbox.insert_or_leave

    def put_under_a_key_of_its_own(model: Any, **values: Any) -> bool:
        return put(model, **values | {"occasion": chance.token()})

    monkeypatch.setattr(outbox, "insert_or_leave", put_under_a_key_of_its_own)

    assert plan_at_once(app, monkeypatch, now) == []

    assert planned() == 2
