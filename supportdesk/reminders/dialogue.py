"""What a call tells at the moment it is taken, from the bookings as they stand then, not as they were planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db
from ..core.japan import calendar
from ..lessons.models import Booking
from ..messages.models import Message
from ..office.rules import desk_is_open
from ..office.settings import OfficeSettings
from . import asked, change_wording, changed, inbound_wording, rules, wording
from . import dialogue_rules as dialogue
from .asked import Asked, Setting
from .models import Answer
from .rules import AnswerKind, ConfirmedBy, Matter, StepName


@dataclass(frozen=True)
class Call:
    """A call that still has something to tell. `told`: the bookings it is about, all on one number and of one party,
    whose answer is one. `asks`: it listens for a key; `sentences` is what it says before, and all that it says if not.
    """

    token: str
    number: str
    told: Sequence[Asked]
    asks: bool
    sentences: tuple[str, ...]
    values: Mapping[str, str]

    @property
    def starts_at(self) -> datetime:
        return self.told[0].facts.starts_at


def find(token: str, by: Setting, now: datetime) -> Call | None:
    """The call with this token, as it stands; None when it has nothing to tell any more: booking or lesson cancelled,
    contact stopped, begun, or not there at all. About a dozen queries."""
    message = db.session.scalars(sa.select(Message).filter_by(token=token)).one_or_none()
    booking_id = asked.booking_of(message) if message else None
    if message is None or booking_id is None or message.matter != Matter.REMINDER:
        return None
    of_lesson = asked.of_lessons(asked.lessons_of([booking_id]), by)
    parties = {one.facts.party for one in of_lesson if one.booking.id == booking_id}
    key = (Matter.REMINDER, StepName(message.step))
    told = [
        one
        for one in of_lesson
        if one.facts.party in parties
        and not rules.why_nothing(one.facts)
        and now < one.facts.starts_at
        and (one.booking.id == booking_id or (asked.would_tell(one.facts, key, message) and not _rang_us(one)))
    ]
    if not told:
        return None
    first = told[0]
    persons = _persons([one.facts.companions for one in told])
    values = values_of(by.office) | {
        "persons": wording.spoken_persons(persons),
        "when": calendar.spoken_when(first.facts.starts_at),
    }
    if asked.occasion_of(message) != first.occasion:
        return Call(token, message.number, told, False, _of_move(of_lesson, first, by, values, now), values)
    sentences = wording.spoken_about(first.booking, first.facts.starts_at, persons, by.office, by.words)
    return Call(token, message.number, told, all(_answers(one, message.number) for one in told), sentences, values)


def _rang_us(one: Asked) -> bool:
    """Whether this one of the party has answered for themselves, so that what another presses is not theirs."""
    confirmed = one.facts.confirmed
    return confirmed is not None and confirmed.how is ConfirmedBy.RANG_US


def _answers(one: Asked, number: str) -> bool:
    """Whether whoever takes the telephone there is somebody who chose keys; their family did not."""
    return bool(one.booking.keys) and number in {each.number for each in one.facts.numbers}


def _of_move(
    of_lesson: Sequence[Asked], first: Asked, by: Setting, values: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    """What a call says that was made for another hour: the change, once a person has released it, else whom to ring."""
    telling = changed.tellings(of_lesson, by).get(first.booking.id)
    if telling is None or telling.news is None or telling.event.released_at is None:
        return dialogue.filled(dialogue.CHANGED, values)
    return change_wording.spoken(telling.news, by.office, by.words, now)


def values_of(office: OfficeSettings) -> dict[str, str]:
    """What stands for the placeholders that need no booking."""
    return {
        "sender": office.sender_spoken,
        "telephone": calendar.spoken_digits(office.telephone),
        "hours": inbound_wording.spoken_hours(office),
        "persons": "",
    }


def office_is_open(by: Setting, now: datetime) -> bool:
    """Whether somebody of the office can be rung now."""
    return desk_is_open(by.office, now, by.closed)


def cancelled_by(token: str) -> int:
    """For how many people bookings were cancelled by keys in this call (one query): a key that is reported once more
    finds nothing left to cancel, and must hear the same answer."""
    mine = sa.and_(Answer.origin > f"{token}:", Answer.origin < f"{token};")
    companions = sa.select(Booking.companions).join(Answer, Answer.booking_id == Booking.id)
    return _persons(db.session.scalars(companions.where(mine, Answer.kind == AnswerKind.CANNOT_COME)).all())


def _persons(companions: Sequence[int]) -> int:
    """For how many people a call speaks, given who comes along with each: as its message counts them (notice_rules.py),
    where of one booking alone no number is said."""
    return len(companions) + sum(companions) if len(companions) > 1 else len(companions)
