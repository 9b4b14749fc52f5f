"""「お変わりないか」: who did not come without a word, and had not answered twice before, is for a person to ask after.

Never an automatic text (office practice 16): whoever is on duty rings, and thinks of the welfare volunteer. Derived
from the day sheet and from what was tried before the lesson, so it is run as often as wanted, and each booking makes
one call task. A sheet that says otherwise later ends the task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from ..core import filters
from ..core.access import HOUSE
from ..core.db import db, transaction
from ..desk import call_tasks
from ..desk.call_task_models import CallTask
from ..desk.call_task_rules import CallTaskEnd, CallTaskKind
from ..lessons.models import Booking, Lesson
from ..messages.providers.base import Channel
from ..messages.rules import MessageStatus
from ..office import queries as office
from ..office import settings as office_settings
from ..office.rules import call_back_by
from ..people import queries as residents
from ..people.models import Resident
from ..reminders import asked
from ..reminders.models import Answer, PersonContact
from ..reminders.rules import NOT_REACHED_BY_PERSON, TOLD
from . import rules
from .models import Visit
from .rules import Attendance

LOOK_BACK = timedelta(days=7)
# On a sheet people are marked in passing; who is marked wrongly is put right within the lesson.
SETTLED = timedelta(minutes=30)

Columns = sa.Row[*tuple[Any, ...]]

_ORIGIN = "no-show:"


def raise_follow_ups(now: datetime) -> int:
    """Write down whom to ask whether all is well, and end what is not asked any more; gives how many are new. An edge:
    it opens a transaction only if there is anything to write."""
    new, over = _new(now), _over()
    db.session.rollback()
    if not new and not over:
        return 0
    with transaction():
        due_at = call_back_by(office_settings.current(), now, office.all_closed_days())
        for task_id in over:
            note = _("The day sheet says otherwise now.")
            call_tasks.end_task(task_id, CallTaskEnd.NOT_NEEDED, note, by=HOUSE, now=now)
        return sum(_raise(one, due_at, now) for one in new)


def _raise(one: Columns, due_at: datetime, now: datetime) -> bool:
    return call_tasks.raise_task(
        CallTaskKind.FOLLOW_UP,
        f"{_ORIGIN}{one.id}",
        due_at=due_at,
        by=HOUSE,
        now=now,
        resident_id=one.resident_id,
        booking_id=one.id,
        number=residents.get(one.resident_id).number_to_ring,
        note=_(
            "Did not come on %(when)s without a word, and did not answer twice before. Please ask whether all is well; "
            "if nobody is reached, think of the welfare volunteer or the community support centre.",
            when=filters.when(one.starts_at),
        ),
    )


def _new(now: datetime) -> list[Columns]:
    """The bookings that make a task and have none yet. One query, three more if anybody did not come lately."""
    made = sa.select(CallTask.id).where(CallTask.origin == sa.literal(_ORIGIN) + sa.cast(Booking.id, sa.String))
    missed = db.session.execute(
        sa.select(Booking.id, Booking.resident_id, Lesson.starts_at)
        .join(Booking.lesson)
        .join(Booking.resident)
        .where(
            Lesson.starts_at > now - LOOK_BACK,
            _no_show(Booking.id).where(Visit.changed_at <= now - SETTLED).exists(),
            Booking.cancelled_at.is_(None),
            Resident.stopped_at.is_(None),
            ~made.exists(),
        )
        .order_by(Booking.id)
    ).all()
    if not missed:
        return []
    unanswered, heard_of = _tried(missed)
    return [one for one in missed if rules.ask_how_they_are(unanswered[one.id], heard_of=one.id in heard_of)]


def _tried(missed: Sequence[Columns]) -> tuple[Counter[int], Collection[int]]:
    """How many tries before this start of each lesson nobody answered, and of whom something was heard."""
    starts = {one.id: one.starts_at for one in missed}
    messages = asked.messages_by_about([asked.about(booking_id) for booking_id in starts])
    unanswered = Counter(
        {
            booking_id: sum(
                message.channel is Channel.VOICE
                and message.status is MessageStatus.NOT_ANSWERED
                and asked.occasion_of(message) == asked.occasion(start)
                for message in messages[asked.about(booking_id)]
            )
            for booking_id, start in starts.items()
        }
    )
    heard_of = set()
    contacts = sa.select(
        PersonContact.booking_id, PersonContact.outcome, PersonContact.with_family, PersonContact.starts_at
    )
    for one in db.session.execute(contacts.where(PersonContact.booking_id.in_(starts))):
        if one.starts_at == starts[one.booking_id]:
            unanswered[one.booking_id] += one.outcome in NOT_REACHED_BY_PERSON
            if one.outcome in TOLD and not one.with_family:
                heard_of.add(one.booking_id)
    answers = sa.select(Answer.booking_id, Answer.starts_at).where(Answer.booking_id.in_(starts))
    heard_of |= {one.booking_id for one in db.session.execute(answers) if one.starts_at == starts[one.booking_id]}
    return unanswered, heard_of


def _over() -> Sequence[int]:
    """Open tasks of which the sheet says by now that the person came, or told us (one query)."""
    mine = sa.select(CallTask.id).where(
        CallTask.kind == CallTaskKind.FOLLOW_UP, CallTask.ended_at.is_(None), CallTask.origin.startswith(_ORIGIN)
    )
    return db.session.scalars(mine.where(~_no_show(CallTask.booking_id).exists()).order_by(CallTask.id)).all()


def _no_show(booking_id: sa.ColumnExpressionArgument[int | None]) -> sa.Select[int]:
    """The record that says of this booking that they did not come without a word."""
    return sa.select(Visit.id).where(Visit.booking_id == booking_id, Visit.attendance == Attendance.NO_SHOW)
