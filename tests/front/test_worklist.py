"""What people do with 要対応, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from supportdesk.core import history
from supportdesk.core.db import db, transaction
from supportdesk.core.errors import Refusal
from supportdesk.desk import call_tasks
from supportdesk.desk.call_task_models import CallTask
from supportdesk.desk.call_task_rules import CallTaskEnd, CallTaskKind
from supportdesk.front import worklist, worklist_over
from supportdesk.front import worklist_queries as queries
from supportdesk.front.worklist_models import WorkClosed
from supportdesk.front.worklist_rules import CallOutcome, LineKind
from supportdesk.lessons.models import Booking
from supportdesk.messages.models import Message
from supportdesk.messages.rules import MessageStatus
from supportdesk.office import settings as office_settings
from supportdesk.people.models import FamilyContact, Telephone
from supportdesk.people.rules import ContactScope, ContactTiming, NumberKind, Wish
from supportdesk.reminders import light_queries, planning
from supportdesk.reminders.models import Answer, PersonContact
from supportdesk.reminders.rules import AnsweredBy, AnswerKind, ConfirmedBy, PersonOutcome
from supportdesk.visits.models import Visit
from supportdesk.visits.rules import Attendance
from tests import factories
from tests.conftest import NOW
from tests.factories import Actor

TEL = "+81957000002"
# Monday; the reminder of a lesson on Wednesday of the next week is a person's from Friday on.
LESSON = NOW + timedelta(days=9)
FRIDAY = NOW + timedelta(days=4)
OTHER = Actor(77, "別の職員", frozenset())


def waiting(number: str | None = TEL, **values: object) -> Booking:
    person = factories.resident(number=number, wish=Wish.PERSON)
    return factories.booking(person, factories.lesson(starts_at=values.pop("starts_at", LESSON)), **values)  # type: ignore[arg-type]


def note(booking: Booking, outcome: CallOutcome, by: Actor, **more: object) -> PersonContact:
    with transaction():
        return worklist.note_outcome(booking.id, outcome, "", by=by, now=FRIDAY, **more)  # type: ignore[arg-type]


def keys() -> list[str]:
    db.session.rollback()
    return [line.key for line in queries.lines(FRIDAY)]


def test_items_and_call_tasks_are_one_list_by_how_soon_they_matter(app: Flask, by: Actor) -> None:
    booking = waiting()
    with transaction():
        for origin, due in (("a", FRIDAY + timedelta(hours=1)), ("b", LESSON)):
            call_tasks.raise_task(CallTaskKind.WISH, origin, due_at=due, number=TEL, by=by, now=FRIDAY)

    found = queries.lines(FRIDAY)

    assert [line.key for line in found] == ["task:1", f"booking:{booking.id}", "task:2"]
    assert {line.kind for line in found} == {LineKind.CALL} and sum(line.minutes for line in found) == 13
    assert len(queries.chosen(found, LineKind.PAPER, None)) == 0


def test_who_will_come_has_answered_and_leaves_the_list_and_a_slip_takes_it_back(app: Flask, by: Actor) -> None:
    booking = waiting()

    contact = note(booking, CallOutcome.WILL_COME, by, tries=0)

    answer = db.session.scalars(sa.select(Answer)).one()
    assert (answer.kind, answer.how) == (AnswerKind.WILL_COME, AnsweredBy.PERSON)
    assert contact.outcome is PersonOutcome.TALKED and keys() == []
    with pytest.raises(Refusal, match="noted this"), transaction():
        worklist.take_back(contact.id, by=OTHER, now=FRIDAY)
    with transaction():
        worklist.take_back(contact.id, by=by, now=FRIDAY + timedelta(minutes=1))
    assert keys() == [f"booking:{booking.id}"]
    assert db.session.query(Answer).count() == db.session.query(PersonContact).count() == 0
    assert "booking.contact-taken-back" in [row.action for row in history.of(f"booking:{booking.id}")]


def test_the_family_saying_that_they_come_is_words_with_the_family(app: Flask, by: Actor) -> None:
    booking = waiting()
    factories.save(
        FamilyContact(
            resident_id=booking.resident_id, name="娘", relation="長女", number="+819000000012", kind=NumberKind.MOBILE,
            scope=ContactScope.PLACE_AND_TIME, timing=ContactTiming.INSTEAD,
        )
    )  # fmt: skip

    note(booking, CallOutcome.WILL_COME, by, with_family=True)

    planning.plan(FRIDAY)
    light = light_queries.chain(booking.id, FRIDAY).light
    assert light.confirmed is not None and light.confirmed.how is ConfirmedBy.FAMILY
    assert keys() == []


def test_a_wrong_number_is_rung_no_more_until_somebody_says_that_it_is_right(app: Flask, by: Actor) -> None:
    person = factories.reminded_by_call(number=TEL)
    booking = factories.booking(person, factories.lesson(starts_at=LESSON))
    planning.plan(NOW)
    assert db.session.query(Message).filter_by(status=MessageStatus.PLANNED).count() == 2

    contact = note(booking, CallOutcome.WRONG_NUMBER, by, number=TEL)
    planning.plan(FRIDAY)

    assert db.session.query(Message).filter_by(status=MessageStatus.PLANNED).count() == 0
    [line] = queries.lines(FRIDAY)
    assert line.item is not None and line.item.numbers == () and line.kind is LineKind.PAPER
    assert [row.number for row in queries.wrong_numbers([person.id])[person.id]] == [TEL]
    with transaction():
        worklist.take_back(contact.id, by=by, now=FRIDAY)
    assert db.session.scalars(sa.select(Telephone.wrong_since)).one() is None


def test_who_does_not_come_is_cancelled_by_the_one_way_and_the_call_is_noted(app: Flask, by: Actor) -> None:
    booking = waiting()

    with transaction():
        worklist.note_that_they_cancel(booking.id, "電話で本人から申し出", by=by, now=FRIDAY)

    db.session.expire_all()
    kept = db.session.get_one(Booking, booking.id)
    assert kept.cancelled_at is not None and kept.lesson.seats_taken == 0 and keys() == []
    assert db.session.scalars(sa.select(Answer.kind)).one() is AnswerKind.CANNOT_COME
    contact = db.session.scalars(sa.select(PersonContact)).one()
    with pytest.raises(Refusal) as refused, transaction():
        worklist.take_back(contact.id, by=by, now=FRIDAY)
    assert refused.value.code == "cancelled"


def test_the_second_of_two_clerks_notes_nothing_and_hears_who_was_first(app: Flask, by: Actor) -> None:
    booking = waiting()
    note(booking, CallOutcome.NO_ANSWER, by, tries=0)

    with pytest.raises(Refusal) as refused:
        note(booking, CallOutcome.TALKED, OTHER, tries=0)

    assert (refused.value.code, refused.value.params["name"]) == ("noted-meanwhile", by.name)
    assert db.session.query(PersonContact).count() == 1


def test_what_somebody_took_is_seen_and_frees_itself(app: Flask, by: Actor) -> None:
    booking = waiting()
    key = f"booking:{booking.id}"
    with transaction():
        worklist.take(key, by=by, now=FRIDAY)
        worklist.take(key, by=by, now=FRIDAY)
    [line] = queries.lines(FRIDAY)
    assert line.taken is not None and line.taken.by_name == by.name

    with pytest.raises(Refusal) as refused, transaction():
        worklist.take(key, by=OTHER, now=FRIDAY + timedelta(minutes=1))
    assert (refused.value.code, refused.value.params) == ("taken", {"name": by.name})

    with transaction():
        worklist.take(key, by=OTHER, now=FRIDAY + timedelta(minutes=15))
        worklist.let_go(key, by=by, now=FRIDAY)  # not theirs any more
    assert queries.lines(FRIDAY + timedelta(minutes=16))[0].taken == (OTHER.name, FRIDAY + timedelta(minutes=15))


def test_what_nobody_told_before_the_lesson_is_over_and_can_be_closed_to_zero(app: Flask, by: Actor) -> None:
    """Derived for the moment at which the lesson began: told, seen, cancelled and wished none are no part of it."""
    untold, told, came, cancelled = (waiting() for _ in range(4))
    factories.booking(factories.resident(wish=Wish.NONE), factories.lesson(starts_at=LESSON))
    note(told, CallOutcome.TALKED, by)
    with transaction():
        worklist.note_that_they_cancel(cancelled.id, "用事", by=by, now=FRIDAY)
        call_tasks.raise_task(
            CallTaskKind.CORRECTION, "c", due_at=LESSON, booking_id=untold.id, by=by, now=FRIDAY
        )
    factories.save(
        Visit(
            key="v", lesson_id=came.lesson_id, booking_id=came.id, resident_id=came.resident_id,
            attendance=Attendance.CAME, made_at=LESSON, made_by="職員", changed_at=LESSON,
        )
    )  # fmt: skip
    assert worklist_over.over(LESSON - timedelta(minutes=1)) == []
    begun = LESSON + timedelta(minutes=1)

    found = worklist_over.over(begun)

    assert [one.key for one in found] == [f"booking:{untold.id}", "task:1"]
    assert queries.lines(begun) == []
    with pytest.raises(Refusal) as refused, transaction():
        worklist.close(found, "  ", by=by, now=begun)
    assert (refused.value.code, refused.value.field) == ("no-reason", "reason")
    with transaction():
        assert worklist.close(found, "当日お会いしました。", by=by, now=begun) == 2
        assert worklist.close(found[:1], "二度目", by=OTHER, now=begun) == 0
    assert worklist_over.over(begun) == []
    assert {(row.reason, row.by_name) for row in db.session.scalars(sa.select(WorkClosed))} == {
        ("当日お会いしました。", by.name)
    }
    assert db.session.scalars(sa.select(CallTask.end)).one() is CallTaskEnd.OVER
    assert [row.details for row in history.of("worklist")][-1] == {"count": 2}
    assert worklist_over.over(LESSON + timedelta(days=31)) == []


def test_while_sending_is_stopped_what_is_due_is_a_list_and_then_only_what_helps_goes_out(
    app: Flask, by: Actor
) -> None:
    """Office 15: two would get their call on Tuesday morning; one of them is rung by a person meanwhile."""
    rung, not_rung = (
        factories.booking(factories.reminded_by_call(number=tel, district_code=factories.district(code).code),
                          factories.lesson(starts_at=LESSON))
        for tel, code in (("+81957000003", "KCN"), ("+81957000004", "FKE"))
    )  # fmt: skip
    with transaction():
        office_settings.change(sending_hold="provider:20003")
    planning.plan(NOW)
    due = LESSON - timedelta(days=1) + timedelta(hours=1)

    loads = queries.by_district(queries.lines(due))

    assert {code: load.count for code, load in loads.items()} == {"KCN": 1, "FKE": 1}
    with transaction():
        worklist.note_outcome(rung.id, CallOutcome.TALKED, "", by=by, now=due)
        office_settings.change(sending_hold="")
    planning.plan(due)
    left = db.session.scalars(
        sa.select(Message.about).where(Message.status == MessageStatus.PLANNED, Message.not_after > due)
    )
    assert set(left) == {f"booking:{not_rung.id}"}
