"""要対応 in the sample town: one of each kind of what waits for a person, so that each can be tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core import clock
from ..core.access import Actor
from ..core.db import db
from ..desk import call_tasks
from ..desk.call_task_rules import CallTaskKind
from ..front import worklist, worklist_over
from ..lessons.models import Booking, Lesson
from ..messages.models import Message
from ..messages.providers.base import Channel
from ..messages.rules import MessageStatus
from ..people import number_actions
from ..people.models import Resident
from ..reminders import actions as reminders
from ..reminders import planning
from ..reminders.rules import Matter, PersonOutcome, StepName

LEFT_OPEN = 4
SOON = timedelta(days=8)


def make(residents: Sequence[Resident], clerk: Actor, colleague: Actor, now: datetime) -> None:
    """Calls for each reason, a wrong number, a text of which nobody knows whether it left, something that is over."""
    with_number = [each for each in residents if each.telephones and not each.stopped_at and not each.do_not_call]
    _calls(with_number, clerk, now)
    wrong = with_number[40]
    number_actions.mark_wrong(wrong.id, wrong.telephones[0].number, by=clerk, now=now)
    _unknown(now)
    worklist.take(f"task:{_first_task()}", by=colleague, now=now)
    _over(clerk, now)


def _over(clerk: Actor, now: datetime) -> None:
    """Whoever is booked today was rung the day before, but for some; what is older was closed."""
    today = clock.day_around(now)[0]
    over = worklist_over.over(now)
    for one in over[:-LEFT_OPEN]:
        if one.starts_at >= today and one.item is not None and one.item.booking_id is not None:
            the_day_before = one.starts_at - timedelta(days=1)
            reminders.note_contact(one.item.booking_id, PersonOutcome.TALKED, "", by=clerk, now=the_day_before)
    if older := [one for one in worklist_over.over(now) if one.starts_at < today]:
        worklist.close(older, "教室が終わり、後日お電話でお話ししました。", by=clerk, now=now)


def _calls(people: Sequence[Resident], clerk: Actor, now: datetime) -> None:
    booking = db.session.scalars(
        sa.select(Booking)
        .join(Booking.lesson)
        .where(Booking.cancelled_at.is_(None), Lesson.starts_at > now + timedelta(days=1))
        .order_by(Lesson.starts_at, Booking.id)
    ).first()
    assert booking is not None
    told = (
        (CallTaskKind.WISH, people[10].id, None, "", "9時10分にお電話がありました。折り返してほしいとのことです。", 2),
        (CallTaskKind.REPLY, people[11].id, None, "", "返信：はい、行きます。駐車場はありますか", 4),
        (CallTaskKind.CORRECTION, booking.resident_id, booking.id, "", "変更前の時刻が伝わっています。", 3),
        (CallTaskKind.FOLLOW_UP, people[13].id, None, "", "昨日の教室に、ご連絡なくお越しになりませんでした。", 3),
        (CallTaskKind.WISH, None, None, "+81957000099", "お名前をうかがえませんでした。", 5),
    )
    for number, (kind, resident_id, booking_id, tel, note, hours) in enumerate(told):
        person = next((each for each in people if each.id == resident_id), None)
        call_tasks.raise_task(
            kind, f"sample:{number}", due_at=now + timedelta(hours=hours), by=clerk, now=now, resident_id=resident_id,
            booking_id=booking_id, number=tel or (person.telephones[0].number if person else ""), note=note,
        )  # fmt: skip
    call_tasks.write_down(
        resident_id=people[12].id, number="", note="申込書のご住所を確認してください。", due_at=now + timedelta(days=1),
        key="sample", by=clerk, now=now,
    )  # fmt: skip


def _first_task() -> int:
    task = call_tasks.CallTask
    return db.session.scalars(sa.select(task.id).where(task.origin == "sample:0")).one()


def _unknown(now: datetime) -> None:
    """A text whose answer from the telephone company was lost half an hour ago."""
    coming = sa.select(Lesson.id).where(Lesson.starts_at > now + timedelta(days=2), Lesson.starts_at < now + SOON)
    planning.plan_block(db.session.scalars(coming.order_by(Lesson.id)).all(), now)
    texts = sa.select(Message).where(
        Message.status == MessageStatus.PLANNED, Message.channel == Channel.SMS, Message.matter == Matter.REMINDER,
        Message.step == StepName.LAST,
    )  # fmt: skip
    for message in db.session.scalars(texts.order_by(Message.due_at, Message.id).limit(2)):
        message.status, message.reason = MessageStatus.UNKNOWN, "no-answer"
        message.claimed_at, message.tries = now - timedelta(minutes=30), 1
