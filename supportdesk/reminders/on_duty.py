"""Reading what supporters' duties ask for and what became of it, as asked.py does for bookings.

A duty is a row that goes when somebody is taken off it, so that messages name it by lesson, supporter and hall: who is
off duty hears nothing, and who was told of one hall is told anew when the lesson is held in another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..core.clock import local_date
from ..core.db import db
from ..lessons.duty_queries import announced
from ..lessons.models import Lesson, LessonSupporter
from ..messages.models import Message, NumberNote
from ..messages.rules import MessageStatus
from ..people.models import Supporter
from ..people.rules import OwnChain
from . import asked, duty_rules, known, notice_rules
from .asked import Asked, Columns, Setting
from .lesson_queries import lesson_is_cancelled
from .models import DutyContact
from .rules import TOLD, Facts, Key, Matter, Number, Tried

# Why a message is not wanted whose duty is not there any more: taken off, or held in another hall.
CHANGED = "duty-changed"

_other, _other_duty = sa.orm.aliased(Lesson), sa.orm.aliased(LessonSupporter)
# Times of one day at one hall are one way to go: the first of them speaks for all (of those cancelled too).
_NOT_THE_FIRST = (
    sa.select(_other.id)
    .join(_other_duty, _other_duty.lesson_id == _other.id)
    .where(
        _other_duty.supporter_id == LessonSupporter.supporter_id,
        _other.slot_day == Lesson.slot_day,
        _other.venue_id == Lesson.venue_id,
        _other.starts_at < Lesson.starts_at,
        _other.cancelled_at.is_(None) == Lesson.cancelled_at.is_(None),
    )
    .correlate(Lesson, LessonSupporter)
    .exists()
)
_DUTIES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        LessonSupporter.lesson_id,
        LessonSupporter.supporter_id,
        Lesson.venue_id,
        *known.OF_LESSON,
        _NOT_THE_FIRST.label("together"),
        Supporter.left_on,
        Supporter.wish,
        Supporter.language,
        Supporter.number,
        Supporter.number_kind,
        NumberNote.opted_out_at,
        NumberNote.no_text_since,
        NumberNote.no_call_since,
    )
    .join(Lesson, Lesson.id == LessonSupporter.lesson_id)
    .join(Lesson.venue)
    .join(LessonSupporter.supporter)
    .outerjoin(NumberNote, sa.and_(NumberNote.number == Supporter.number, Supporter.number != ""))
    .where(announced())
    .order_by(LessonSupporter.lesson_id, LessonSupporter.supporter_id)
)
_CONTACTS: sa.Select[*tuple[Any, ...]] = sa.select(
    DutyContact.lesson_id, DutyContact.supporter_id, DutyContact.venue_id, DutyContact.outcome,
    DutyContact.starts_at, DutyContact.at,
).order_by(DutyContact.id)  # fmt: skip


class Duty(NamedTuple):
    """What a supporter is told of."""

    lesson_id: int
    supporter_id: int
    venue_id: int


def about(duty: Duty) -> str:
    return f"duty:{duty.lesson_id}-{duty.supporter_id}-{duty.venue_id}"


def duty_of(about: str) -> Duty | None:
    """The duty that a message is about, or None when it is about something else."""
    kind, _, named = about.partition(":")
    parts = named.split("-")
    if kind != "duty" or len(parts) != len(Duty._fields) or not all(part.isdecimal() for part in parts):
        return None
    return Duty(*map(int, parts))


def to_plan(by: Setting, now: datetime) -> tuple[list[Asked], list[int]]:
    """What the duties of the coming days ask for, and those of which a message is planned; then the planned messages
    whose duty is not there any more. Five queries, or two if there is none."""
    planned = db.session.execute(
        sa.select(Message.id, Message.about).where(
            Message.status == MessageStatus.PLANNED, Message.matter == Matter.DUTY
        )
    )
    named = {row.id: duty for row in planned if (duty := duty_of(row.about)) is not None}
    coming = sa.and_(Lesson.starts_at > now, Lesson.starts_at <= now + asked.AHEAD)
    found = _read(sa.or_(coming, _among(named.values())), by)
    there = {one.about for one in found}
    return found, [message_id for message_id, duty in named.items() if about(duty) not in there]


def that_may_need_a_person(now: datetime, by: Setting) -> list[Asked]:
    """Of the coming duties those of which somebody may wait for a person."""
    begun = Lesson.starts_at < notice_rules.nothing_due_from(now, by.office, by.closed)
    return _read(sa.and_(Lesson.starts_at > now, sa.or_(begun, lesson_is_cancelled())), by)


def with_steps_until(until: datetime, now: datetime, by: Setting) -> list[Asked]:
    """Of the coming duties those of which a step may be due until then."""
    begun = Lesson.starts_at < notice_rules.nothing_due_from(until, by.office, by.closed)
    return _read(sa.and_(Lesson.starts_at > now, begun), by)


def begun(by: Setting, since: datetime, now: datetime) -> list[Asked]:
    """The duties in lessons that began between these instants. Three queries, or one if there is none."""
    return _read(sa.and_(Lesson.starts_at > since, Lesson.starts_at <= now), by)


def of(duties: Collection[Duty], by: Setting) -> list[Asked]:
    """What these duties ask for; one that is not there any more is left out."""
    return _read(_among(duties), by) if duties else []


def _among(duties: Collection[Duty]) -> sa.ColumnElement[bool]:
    return sa.tuple_(LessonSupporter.lesson_id, LessonSupporter.supporter_id).in_({duty[:2] for duty in duties})


def _read(which: sa.ColumnElement[bool], by: Setting) -> list[Asked]:
    rows = {_about(row): row for row in db.session.execute(_DUTIES.where(which))}
    if not rows:
        return []
    messages = asked.messages_by_about(list(rows))
    contacts = _contacts({row.lesson_id for row in rows.values()})
    return [_asked(key, row, messages[key], contacts[key], by) for key, row in rows.items()]


def _contacts(lesson_ids: Collection[int]) -> dict[str, list[Columns]]:
    found: dict[str, list[Columns]] = defaultdict(list)
    for row in db.session.execute(_CONTACTS.where(DutyContact.lesson_id.in_(lesson_ids))):
        found[_about(row)].append(row)
    return found


def _about(row: Columns) -> str:
    return about(Duty(row.lesson_id, row.supporter_id, row.venue_id))


def _asked(
    key: str, row: Columns, messages: Sequence[Columns], contacts: Sequence[Columns], by: Setting
) -> Asked:
    told = any(one.outcome in TOLD and one.starts_at == row.starts_at for one in contacts)
    newest, withdrawn = asked.of_this_start(row, messages)
    facts = _facts(key, row, known.tried_of_steps(newest), told=told)
    planned = [each for each in messages if each.status is MessageStatus.PLANNED]
    steps = duty_rules.steps(facts, by.office, by.closed, by.now, together=row.together)
    whom = asked.Whom(supporter_id=row.supporter_id)
    return Asked(row, facts, steps, newest, planned, withdrawn, contacts, key, whom)


def _facts(key: str, row: Columns, tried: Mapping[Key, Tried], *, told: bool) -> Facts:
    opted_out = row.opted_out_at is not None
    number = Number(
        row.number,
        row.number_kind,
        # Supporters give the office their own number and way; nobody has to try them together with them.
        agreed=True,
        text_blocked=opted_out or row.no_text_since is not None,
        call_blocked=opted_out or row.no_call_since is not None,
    )
    return Facts(
        booking_id=row.lesson_id,
        lesson_id=row.lesson_id,
        party=key,
        starts_at=row.starts_at,
        booked_at=row.starts_at,
        wish=row.wish,
        language=row.language,
        own_chain=OwnChain.ONE_TRY,
        numbers=(number,) if row.number else (),
        stopped=row.left_on is not None and row.left_on < local_date(row.starts_at),
        lesson_cancelled=known.lesson_is_cancelled(row),
        told=told,
        tried=tried,
    )
