"""The contact chain in the sample town: one lesson near ahead in which every light can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from ..core.access import Actor
from ..core.db import db
from ..lessons.models import Lesson
from ..messages.models import Message
from ..messages.rules import MessageStatus
from ..people.models import Resident
from ..people.rules import OwnChain, Wish
from ..reminders import actions, asked, planning
from ..reminders.asked import Asked
from ..reminders.rules import AnsweredBy, AnswerKind, Matter, PersonOutcome, StepName

# What became of the first notices, in turn.
_ENDS = {
    Wish.TEXT: (MessageStatus.DELIVERED, MessageStatus.SENT, MessageStatus.FAILED),
    Wish.CALL: (MessageStatus.ANSWERED, MessageStatus.NOT_ANSWERED),
}


def show_lights(lessons: Sequence[Lesson], *, clerk: Actor, now: datetime) -> None:
    """In the fullest lesson of the next days first notices have left, some answered, and persons noted what they did;
    some of its residents have a way of their own."""
    near = [one for one in lessons if now + timedelta(days=1) < one.starts_at < now + timedelta(days=7)]
    lesson = max(near, key=lambda one: (one.cancelled_at is None, one.seats_taken, -one.id), default=None)
    if lesson is None:
        return
    planning.plan_block([lesson.id], now)
    found = [one for one in asked.of_lessons([lesson.id], asked.setting(now)) if one.steps]
    machine = {wish: [one for one in found if _first(one) is wish] for wish in _ENDS}
    for wish, ends in _ENDS.items():
        for one, status in zip(machine[wish], ends, strict=False):
            _first_notice_left(one, status, now)
    rest = iter([one for wish, ends in _ENDS.items() for one in machine[wish][len(ends) :]])
    _answers(rest, clerk, now)
    by_hand = (one for one in found if _first(one) is None)
    for one, way in zip(by_hand, (Wish.CARD, None), strict=False):
        outcome = PersonOutcome.HANDED_OVER if way else PersonOutcome.TALKED
        actions.note_contact(one.booking.id, outcome, "", way=way, by=clerk, now=now)


def _first(one: Asked) -> Wish | None:
    """By which way a machine tells them, if one does."""
    return next((step.way for step in one.steps if step.matter is Matter.REMINDER and step.by_machine), None)


def _first_notice_left(one: Asked, status: MessageStatus, now: datetime) -> None:
    left = now - timedelta(hours=20)
    db.session.execute(
        sa.update(Message)
        .where(Message.about == one.about, Message.step == StepName.FIRST, Message.status == MessageStatus.PLANNED)
        .values(status=status, tries=1, handed_over_at=left, ended_at=left + timedelta(minutes=1))
    )


def _answers(rest: Iterator[Asked], clerk: Actor, now: datetime) -> None:
    answers = ((AnswerKind.WILL_COME, AnsweredBy.KEY), (AnswerKind.CANNOT_COME, AnsweredBy.RANG_US))
    for (kind, how), one in zip(answers, rest, strict=False):
        actions.note_answer(one.booking.id, kind, how, f"sample:{one.booking.id}", by=clerk, now=now)
    for own, one in zip((OwnChain.ONE_TRY, OwnChain.ONE_WAY), rest, strict=False):
        resident = db.session.get_one(Resident, one.whom.resident_id)
        resident.own_chain = own
