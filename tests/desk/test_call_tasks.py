from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from supportdesk.core import history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import NotFound, Refusal
from supportdesk.desk import call_tasks
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskEnd, CallTaskKind
from supportdesk.people.models import Resident, Telephone
from supportdesk.people.rules import NumberKind
from tests import factories
from tests.factories import Actor


def wish(by: Actor, now: datetime) -> bool:
    with transaction():
        return call_tasks.raise_task(
            CallTaskKind.WISH, "call:CA1", due_at=now + timedelta(hours=2), number="+81957000001", by=by, now=now
        )


def task() -> CallTask:
    return db.session.scalars(sa.select(CallTask)).one()


def test_the_same_call_reported_twice_makes_one_task(by: Actor, now: datetime) -> None:
    assert wish(by, now)
    assert not wish(by, now)

    assert (task().kind, task().number, task().due_at) == (CallTaskKind.WISH, "+81957000001", now + timedelta(hours=2))
    assert [row.action for row in history.of(f"call-task:{task().id}")] == ["call-task.raised"]


def test_it_stays_open_while_nobody_answers_and_ends_once(by: Actor, now: datetime) -> None:
    wish(by, now)
    with transaction():
        call_tasks.note_try(task().id, by=by, now=now)
    assert (task().tries, task().taken_by, task().ended_at) == (1, by.name, None)

    with transaction():
        call_tasks.end_task(task().id, CallTaskEnd.TALKED, " 折り返しました ", by=by, now=now)
    db.session.expire_all()
    assert (task().end, task().end_note, task().ended_by) == (CallTaskEnd.TALKED, "折り返しました", by.name)

    with pytest.raises(Refusal) as refused, transaction():
        call_tasks.end_task(task().id, CallTaskEnd.NOT_NEEDED, "", by=by, now=now)
    assert refused.value.code == "call-task-ended"


def test_what_was_closed_since_it_was_over_is_not_taken_back_into_no_list_at_all(by: Actor, now: datetime) -> None:
    wish(by, now)
    with transaction():
        call_tasks.end_task(task().id, CallTaskEnd.OVER, "教室は終わりました。", by=by, now=now)

    with pytest.raises(Refusal) as refused, transaction():
        call_tasks.take_back(task().id, by=by, now=now)

    assert refused.value.code == "over" and task().end is CallTaskEnd.OVER


def test_who_rings_for_a_task_that_is_not_there_hears_so(by: Actor, now: datetime) -> None:
    with pytest.raises(NotFound), transaction():
        call_tasks.note_try(7, by=by, now=now)


def numbers(*kinds: NumberKind, wrong_since: datetime | None = None, **values: object) -> Resident:
    """A resident with a number of each kind, the first of them perhaps known to be wrong."""
    person = factories.resident(**values)
    for position, kind in enumerate(kinds):
        factories.save(
            Telephone(
                resident_id=person.id, number=f"+8195700000{position}", typed="", kind=kind, position=position,
                wrong_since=None if position else wrong_since,
            )
        )  # fmt: skip
    return person


def write_down(person: Resident, by: Actor, now: datetime, number: str = "") -> CallTask:
    due_at = now + timedelta(hours=2)
    with transaction():
        return call_tasks.write_down(
            resident_id=person.id, number=number, note="日程の相談", due_at=due_at, key="k", by=by, now=now
        )


def test_without_a_number_the_first_is_rung_that_is_no_fax_and_not_wrong(by: Actor, now: datetime) -> None:
    fax, wrong = NumberKind.FAX, NumberKind.LANDLINE

    assert write_down(numbers(fax, NumberKind.MOBILE), by, now).number == "+81957000001"
    assert numbers(wrong, fax, NumberKind.MOBILE, wrong_since=now).number_to_ring == "+81957000002"
    assert numbers(fax).number_to_ring == ""


@pytest.mark.parametrize("number", ["", "+81957000000"])
def test_nobody_writes_down_to_ring_who_wishes_no_calls(by: Actor, now: datetime, number: str) -> None:
    deaf = numbers(NumberKind.LANDLINE, do_not_call=True)

    with pytest.raises(Refusal) as refused:
        write_down(deaf, by, now, number)

    assert (refused.value.code, refused.value.field) == ("do-not-call", "number")
    assert write_down(deaf, by, now, "+81957000009").number == "+81957000009"
