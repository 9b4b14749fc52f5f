"""The plan: what the bookings ask for is compared with what the outbox holds, and the difference settled.

Reminders are derived, not pushed: whoever books, moves or cancels tells nobody, and nothing is lost because an event
was missed. The plan runs at every tick and may run any number of times, also in two processes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from ..core.db import transaction
from ..messages import outbox
from ..messages.models import Message
from ..messages.rules import MessageStatus
from . import asked, wording
from .asked import Asked, Setting
from .rules import Matter, Step, StepName

LESSONS_PER_BLOCK = 50


def plan(now: datetime) -> Counter[str]:
    """Bring the outbox to what the bookings ask for; gives how many were put, amended and withdrawn.

    An edge: it opens one transaction for each block of lessons, so that no booking waits behind the whole plan.
    """
    counts: Counter[str] = Counter()
    after_id: int | None = 0
    while after_id is not None:
        with transaction():
            after_id, settled = plan_block(after_id, now)
        counts += settled
    return counts


def plan_block(after_id: int, now: datetime) -> tuple[int | None, Counter[str]]:
    """Settle the next lessons after `after_id`; gives the last one's id, or None when there is none left."""
    lessons = asked.lessons_to_plan(after_id, now, LESSONS_PER_BLOCK)
    counts: Counter[str] = Counter()
    if not lessons:
        return None, counts
    by = asked.setting()
    for one in asked.of_lessons(lessons, by):
        counts += _settle(one, by, now)
    return lessons[-1], counts


def _settle(one: Asked, by: Setting, now: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    wanted = {
        (step.matter, step.step): step for step in one.steps if step.by_machine and step.left_out is None
    }
    for message in one.planned:
        step = wanted.get((Matter(message.matter), StepName(message.step)))
        if step is not None and message is one.messages.get((step.matter, step.step)):
            counts["amended"] += _amend(one, message, step, by)
        else:
            reason = asked.why_unwanted(one, message, now) or "not-asked-for"
            counts["withdrawn"] += outbox.withdraw(message_id=message.id, reason=reason, now=now)
    for key, step in wanted.items():
        newest = one.messages.get(key)
        there = newest is not None and newest.status is not MessageStatus.WITHDRAWN
        if not there and step.not_after > now:
            counts["put"] += _put(one, step, by, now)
    return +counts


def _put(one: Asked, step: Step, by: Setting, now: datetime) -> bool:
    # What was taken back (contact stopped, then resumed) is a new row: a withdrawn one never moves again.
    before = one.withdrawn.get((step.matter, step.step), 0)
    occasion = asked.occasion(one.facts.starts_at) + (f"/{before + 1}" if before else "")
    return outbox.put(
        recipient=f"resident:{one.booking.resident_id}",
        about=asked.about(one.booking.id),
        matter=step.matter,
        step=step.step,
        occasion=occasion,
        now=now,
        **wording.message(step, one.facts.starts_at, one.booking.lesson.venue, by.office),
    )


def _amend(one: Asked, message: Message, step: Step, by: Setting) -> bool:
    values = wording.message(step, one.facts.starts_at, one.booking.lesson.venue, by.office)
    if message.tries:
        del values["due_at"]  # the provider was busy and asked to wait: that holds
    if all(getattr(message, name) == value for name, value in values.items()):
        return False
    return outbox.amend(message.id, **values)


def unwanted(messages: Sequence[Message], now: datetime) -> dict[int, str]:
    """Which of these messages should not leave any more, and why: asked right before the call."""
    ours = {m.id: booking for m in messages if (booking := asked.booking_of(m)) is not None}
    if not ours:
        return {}
    lessons = asked.lessons_of(set(ours.values()))
    found = {one.booking.id: one for one in asked.of_lessons(lessons, asked.setting())}
    reasons: dict[int, str] = {}
    for message in messages:
        if message.id in ours:
            one = found.get(ours[message.id])
            reason = asked.why_unwanted(one, message, now) if one else "booking-gone"
            if reason:
                reasons[message.id] = reason
    return reasons
