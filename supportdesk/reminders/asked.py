"""Reading what bookings ask for and what became of it. The number of queries does not grow with the bookings.

Columns, not objects: the plan reads every coming booking at each tick, and building objects took most of it. Pages
fetch the rows of those they show (queries.shown).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from ..core.db import db
from ..lessons import change_queries
from ..lessons.change_rules import Event, applies
from ..lessons.models import Booking, Lesson
from ..messages.cap_rules import Cap, asks_for_a_person
from ..messages.models import Message, MessageAlso
from ..messages.providers.base import Channel
from ..messages.rules import Language, MessageStatus
from ..office import queries as office
from ..office import settings as office_settings
from ..office.settings import OfficeSettings
from ..people.models import Resident
from ..people.rules import ContactTiming, Wish
from . import chain_rules, known, notice_rules, reach_rules, rules, together_rules, wording, wording_queries
from .change_rules import WENT
from .models import Answer, PersonContact
from .rules import (
    TOLD,
    Facts,
    Key,
    Matter,
    Step,
    StepName,
    Tried,
    Why,
)

Columns = known.Columns

# The first notice goes out five working days before at the most; the longest row of closed days, at the year's end,
# fits in.
AHEAD = timedelta(days=15)
# In a message's occasion: it was sent before, perhaps (sending_again.py).
AGAIN = "/again"
# A wished confirmation leaves on the next working day at the latest.
CONFIRMATIONS_SINCE = timedelta(days=10)

_BOOKINGS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        Booking.id,
        Booking.lesson_id,
        Booking.resident_id,
        Booking.party,
        Booking.booked_at,
        Booking.companions,
        Booking.text_wished,
        Booking.read_back,
        Booking.booked_by_user,
        Booking.cancelled_at,
        Lesson.venue_id,
        *known.OF_LESSON,
        *known.OF_RESIDENT,
        Resident.keys,
    )
    .join(Booking.lesson)
    .join(Lesson.venue)
    .join(Booking.resident)
    .order_by(Booking.id)
)
_OF_MESSAGES = (
    Message.channel, Message.number, Message.body, Message.sentences, Message.language, Message.keys, Message.window,
    Message.due_at, Message.wished_at, Message.not_after, Message.only_from, Message.only_until, Message.not_on,
    Message.status, Message.reason, Message.code, Message.tries, Message.handed_over_at, Message.ended_at,
)  # fmt: skip
_MESSAGES: sa.Select[*tuple[Any, ...]] = sa.select(
    Message.id, Message.about, Message.matter, Message.step, Message.occasion, *_OF_MESSAGES,
    sa.literal(False).label("carried"),
)  # fmt: skip
# Another's message of that day which tells of this booking too (together_rules.py): as if it were about it.
_CARRIED: sa.Select[*tuple[Any, ...]] = sa.select(
    Message.id, MessageAlso.about, Message.matter, Message.step, MessageAlso.occasion, *_OF_MESSAGES,
    sa.literal(True).label("carried"),
).join(MessageAlso, MessageAlso.message_id == Message.id)  # fmt: skip
_CONTACTS: sa.Select[*tuple[Any, ...]] = sa.select(
    PersonContact.booking_id,
    PersonContact.outcome,
    PersonContact.way,
    PersonContact.with_family,
    PersonContact.starts_at,
    PersonContact.at,
    PersonContact.by_name,
).order_by(PersonContact.id)
_ANSWERS: sa.Select[*tuple[Any, ...]] = sa.select(
    Answer.booking_id, Answer.kind, Answer.how, Answer.starts_at, Answer.at
).order_by(Answer.at, Answer.id)


class Said(Protocol):
    """What is asked of a message, be it a row of the table or its columns alone."""

    @property
    def matter(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def occasion(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def language(self) -> Language: ...


@dataclass(frozen=True)
class Setting:
    """The office's rules as they stand, and the instant for which is asked. `outlook`: also what would follow a step
    that has not left yet (chain_rules.py)."""

    office: OfficeSettings
    closed: frozenset[date]
    now: datetime
    outlook: bool = False

    def before(self, starts_at: datetime) -> Setting:
        """The same, but not later than the last instant before a lesson: what waited for a person then is what was left
        untold."""
        last = starts_at - timedelta(microseconds=1)
        return self if self.now <= last else replace(self, now=last)

    @cached_property
    def words(self) -> wording.AllWords:
        """What messages say in each language, read when the first one is worded (one query): most pages word none."""
        return wording_queries.all_in_use()


class Whom(NamedTuple):
    """Who is told: a resident, or a supporter on duty."""

    resident_id: int | None = None
    supporter_id: int | None = None

    @property
    def key(self) -> str:
        """By which messages name them."""
        return f"supporter:{self.supporter_id}" if self.resident_id is None else f"resident:{self.resident_id}"


@dataclass(frozen=True)
class Asked:
    """One booking (or offer: offered.py, drawn entry: drawn.py, or duty: on_duty.py): what it asks for, and what the
    outbox and the office's people have of it, each with the columns that are read above. `about`: the key by which
    messages name it. `messages`: the newest message of each step of this occasion, be it another's of the party who
    shares the number. `events`: how the lesson changed since they booked, and `news` the messages that told of it
    (changed.py). `also`: of what else each of these messages tells, by its id."""

    booking: Columns
    facts: Facts
    steps: Sequence[Step]
    messages: Mapping[Key, Columns]
    planned: Sequence[Columns]
    withdrawn: Mapping[Key, int]
    contacts: Sequence[Columns]
    about: str
    whom: Whom
    events: Sequence[Event] = ()
    news: Sequence[Columns] = ()
    drawn_at: datetime | None = None
    also: Mapping[int, set[tuple[str, str]]] = field(default_factory=dict)

    @property
    def occasion(self) -> str:
        """What names the occasion in messages: the lesson's start, since one that moved is announced anew; of a draw
        its own instant, since a result is told once."""
        return occasion(self.drawn_at or self.facts.starts_at)

    @property
    def timed(self) -> list[Step]:
        """The steps with the turn that their message has, where one is planned as they ask (messages/spreading.py).
        Whose turn does not come in the hours of its day keeps its own hour: from then on a person is asked."""
        return [in_turn(step, self.messages.get((step.matter, step.step))) for step in self.steps]

    @property
    def capped(self) -> set[Key]:
        """The steps that a cap on sending leaves to a person."""
        return {key for key, m in self.messages.items() if asks_for_a_person(m.status, m.reason)}

    def why_person(self, by: Setting) -> tuple[Why, Step] | None:
        """Why a person must tell of it now, and the step it stands for; None while nobody need. Of an offer, a result
        or a duty: a booking's early notice stands before its chain (queries.py)."""
        return chain_rules.why_person(self.timed, self.facts, by.now, by.office, self.capped)


_NOT_GONE = {MessageStatus.PLANNED, MessageStatus.CLAIMED}


def in_turn(step: Step, message: Columns | None) -> Step:
    """The step at its message's turn; as it is where there is none, or none that will come."""
    waits = message is not None and message.status in _NOT_GONE and not message.tries and message.reason != Cap.RATE
    if message is None or not waits or message.wished_at != step.due_at or message.due_at == step.due_at:
        return step
    return replace(step, due_at=message.due_at)


def setting(now: datetime) -> Setting:
    """Two queries."""
    closed = office.all_closed_days()
    return Setting(office_settings.current(), closed, now)


def about(booking_id: int) -> str:
    return f"booking:{booking_id}"


def booking_of(message: Message) -> int | None:
    """The booking a message of ours is about, or None when it is another room's."""
    kind, _, number = message.about.partition(":")
    ours = kind == "booking" and message.matter in list(Matter) and number.isdigit()
    return int(number) if ours else None


def occasion(starts_at: datetime) -> str:
    """The start of the lesson names the occasion: a lesson that moved is announced anew."""
    return starts_at.isoformat()


def occasion_of(message: Said) -> str:
    return message.occasion.partition("/")[0]


def of_lessons(lesson_ids: Collection[int], by: Setting) -> list[Asked]:
    """What all bookings of these lessons ask for, in the order of the bookings. Seven queries.

    By lesson, since a party must be seen whole.
    """
    bookings = db.session.execute(_BOOKINGS.where(Booking.lesson_id.in_(lesson_ids))).all()
    people = known.known_of({booking.resident_id for booking in bookings}, by.office)
    messages, news = _apart(messages_by_about([about(booking.id) for booking in bookings]))
    events = _events(lesson_ids, bookings)
    contacts, answers = _of_bookings(_CONTACTS, bookings), _of_bookings(_ANSWERS, bookings)
    also: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for message in (each for found in messages.values() for each in found if each.carried):
        also[message.id].add((message.about, message.occasion))
    of_start = {booking.id: of_this_start(booking, messages[about(booking.id)]) for booking in bookings}
    newest = {booking_id: messages for booking_id, (messages, _withdrawn) in of_start.items()}
    tried = {booking_id: known.tried_of_steps(messages) for booking_id, messages in newest.items()}
    facts = [
        _facts(booking, people, contacts[booking.id], answers[booking.id], events[booking.id], tried[booking.id])
        for booking in bookings
    ]
    shared = _share_what_left(facts, newest)
    facts = [
        replace(one, tried=known.tried_of_steps(newest[one.booking_id])) if one.booking_id in shared else one
        for one in facts
    ]
    plan = notice_rules.plan(facts, by.office, by.closed, by.now, outlook=by.outlook)
    if by.office.one_message_a_day:
        rows = {booking.id: booking for booking in bookings}
        together_rules.tell_of_a_day(facts, plan, newest, rows, partial(wording.fits_together, by))
    return [
        Asked(
            booking,
            one,
            plan[booking.id],
            of_start[booking.id][0],
            [m for m in messages[about(booking.id)] if m.status is MessageStatus.PLANNED and not m.carried],
            of_start[booking.id][1],
            contacts[booking.id],
            about(booking.id),
            Whom(booking.resident_id),
            events[booking.id],
            news[about(booking.id)],
            also=also,
        )
        for booking, one in zip(bookings, facts, strict=True)
    ]


def _of_bookings(query: sa.Select[*tuple[Any, ...]], bookings: Sequence[Columns]) -> dict[int, list[Columns]]:
    """What is noted about these bookings, in its order (one query)."""
    found: dict[int, list[Columns]] = defaultdict(list)
    booking_id = query.selected_columns[0]
    for row in db.session.execute(query.where(booking_id.in_([booking.id for booking in bookings]))):
        found[row.booking_id].append(row)
    return found


def _facts(
    booking: Columns, people: known.Known, contacts: Sequence[Columns], answers: Sequence[Columns],
    events: Sequence[Event], tried: Mapping[Key, Tried],
) -> Facts:  # fmt: skip
    values = people.of(booking)
    # Of the lesson as it is: who was told before it was held elsewhere knows the wrong hall.
    contacts, answers = (
        [one for one in noted if one.starts_at == booking.starts_at and (not events or one.at >= events[-1].at)]
        for noted in (contacts, answers)
    )
    told = [one for one in contacts if one.outcome in TOLD]
    # Where the family is told at the same time, the resident is told besides.
    besides = any(one.timing is ContactTiming.TOGETHER for one in values["family"])
    mine = [one for one in told if not (one.with_family and besides)]
    confirmed = known.confirmed_by(mine, answers)
    if confirmed is None and people.office.read_back_confirms:
        confirmed = known.read_back_of(booking, changed=bool(events))
    return Facts(
        booking_id=booking.id,
        lesson_id=booking.lesson_id,
        party=booking.party,
        starts_at=booking.starts_at,
        booked_at=booking.booked_at,
        companions=booking.companions,
        text_wished=booking.text_wished,
        cancelled=booking.cancelled_at is not None,
        lesson_cancelled=known.lesson_is_cancelled(booking),
        told=bool(mine),
        confirmed=confirmed,
        family_told=any(one.with_family for one in told),
        changed=bool(events),
        tried=tried,
        **values,
    )


def _apart(
    messages: Mapping[str, list[Columns]],
) -> tuple[Mapping[str, list[Columns]], Mapping[str, list[Columns]]]:
    """Messages of the lesson's start, and those that told of a change, by what they are about."""
    of_start: dict[str, list[Columns]] = defaultdict(list)
    of_change: dict[str, list[Columns]] = defaultdict(list)
    for key, found in messages.items():
        for message in found:
            (of_change if message.matter == Matter.CHANGE else of_start)[key].append(message)
    return of_start, of_change


def _events(lesson_ids: Collection[int], bookings: Sequence[Columns]) -> dict[int, Sequence[Event]]:
    """How its lesson changed after each booking was made (one query)."""
    events = change_queries.events_of(lesson_ids)
    found: dict[int, Sequence[Event]] = {}
    for booking in bookings:
        of_lesson = events.get(booking.lesson_id, [])
        if known.lesson_is_cancelled(booking) and not (of_lesson and of_lesson[-1].after.cancelled):
            of_lesson = [*of_lesson, change_queries.cancelled_silently(booking)]
        found[booking.id] = [one for one in of_lesson if applies(one, booking.id, booking.booked_at)]
    return found


def messages_about(booking_id: int) -> Sequence[Message]:
    """Every message about a booking, those for an earlier start of the lesson too, in the order of planning, and those
    about another booking of the day that told of it."""
    carried = sa.select(MessageAlso.message_id).where(MessageAlso.about == about(booking_id))
    mine = sa.or_(Message.about == about(booking_id), Message.id.in_(carried))
    query = sa.select(Message).where(mine, Message.matter.in_(list(Matter)))
    return db.session.scalars(query.order_by(Message.id)).all()


def messages_by_about(abouts: Collection[str]) -> Mapping[str, list[Columns]]:
    """Our messages about these things, in the order of planning (one query)."""
    found: dict[str, list[Columns]] = defaultdict(list)
    ours = Message.matter.in_(list(Matter))
    both = sa.union_all(
        _MESSAGES.where(Message.about.in_(abouts), ours), _CARRIED.where(MessageAlso.about.in_(abouts), ours)
    )
    for message in db.session.execute(both.order_by("id")):
        found[message.about].append(message)
    return found


def of_this_start(
    booking: Columns, messages: Iterable[Columns], occasion_at: datetime | None = None
) -> tuple[dict[Key, Columns], dict[Key, int]]:
    """The newest message of each step for the lesson's present start, or this occasion, and how often each was
    withdrawn."""
    newest: dict[Key, Columns] = {}
    withdrawn: dict[Key, int] = defaultdict(int)
    this_start = occasion(occasion_at or booking.starts_at)
    for message in messages:
        if occasion_of(message) == this_start:
            key = (Matter(message.matter), StepName(message.step))
            # What another's message still tells of it is not undone by its own that was taken back for that.
            if key not in newest or not (message.status is MessageStatus.WITHDRAWN or _is_told(message, newest[key])):
                newest[key] = message
            withdrawn[key] += message.status is MessageStatus.WITHDRAWN
    return newest, withdrawn


def _is_told(again: Columns, before: Columns) -> bool:
    """Whether one that a person sends again is told already: the one before it, of which nobody knew, has turned out
    to have left."""
    return AGAIN in again.occasion and again.status not in WENT and before.status in WENT


_NOT_LEFT = {MessageStatus.PLANNED, MessageStatus.WITHDRAWN, MessageStatus.MISSED}


def _share_what_left(facts: Sequence[Facts], newest: Mapping[int, dict[Key, Columns]]) -> set[int]:
    """What has left to the number of several of a party has been tried for each of them, also when the one whose
    booking carried it cancels afterwards: they are not told a second time, and a failure stays theirs. Gives the
    bookings for which something was added."""
    shared: set[int] = set()
    parties: dict[tuple[int, str], list[Facts]] = defaultdict(list)
    for one in facts:
        parties[one.lesson_id, one.party].append(one)
    for party in parties.values():
        if len(party) == 1:
            continue
        left = [m for one in party for m in newest[one.booking_id].values() if m.status not in _NOT_LEFT]
        for one in party:
            mine = newest[one.booking_id]
            for message in left:
                key = (Matter(message.matter), StepName(message.step))
                empty = key not in mine or mine[key].status is MessageStatus.WITHDRAWN
                if empty and would_tell(one, key, message):
                    mine[key] = message
                    shared.add(one.booking_id)
    return shared


def would_tell(one: Facts, key: Key, message: Columns | Message) -> bool:
    """Whether this step tells this one of the party too: by the same way and number as theirs."""
    found = reach_rules.reach_for(key[0], one)
    if found.why is not None or message.language is not wording.said_in(message.channel, one.language):
        return False
    if key[1] is StepName.BY_TEXT:
        return bool(message.number == reach_rules.after_calls(one))
    if found.way is Wish.TEXT and key[1] in (StepName.BY_CALL, StepName.LAST_AGAIN):
        return bool(message.number == reach_rules.after_a_text(one, found.number))
    return bool((message.channel, message.number) == (wording.channel(found), found.number))


def why_unwanted(one: Asked, message: Said, now: datetime) -> str | None:
    """Why this message should not leave any more, or None."""
    if reason := rules.why_nothing(one.facts):
        return reason
    if occasion_of(message) != one.occasion:
        return "lesson-moved"
    if now >= one.facts.starts_at:
        return "lesson-started"
    step = next((s for s in one.steps if (s.matter, s.step) == (message.matter, message.step)), None)
    if step is None or not step.by_machine:
        return "wish-changed"
    if not step.live:
        return str(step.left_out)
    if AGAIN in message.occasion and AGAIN not in one.messages[step.key].occasion:
        return "left-after-all"
    same = message.number == step.number and message.channel is wording.channel(step)
    return None if same else "number-changed"


class ToldAlso(NamedTuple):
    """A message as it is seen from another booking of which it tells too."""

    about: str
    booking_id: int
    matter: str
    step: str
    occasion: str
    number: str
    channel: Channel
    language: Language


def told_also(message_ids: Collection[int]) -> Mapping[int, list[ToldAlso]]:
    """Of which other bookings these messages tell (one query)."""
    rows = db.session.execute(_CARRIED.where(MessageAlso.message_id.in_(message_ids)))
    found: dict[int, list[ToldAlso]] = defaultdict(list)
    for row in rows:
        booking_id = int(row.about.removeprefix("booking:"))
        said = (row.matter, row.step, row.occasion, row.number, row.channel, row.language)
        told = ToldAlso(row.about, booking_id, *said)
        found[row.id].append(told)
    return found


def lessons_of(booking_ids: Collection[int]) -> Sequence[int]:
    return db.session.scalars(sa.select(Booking.lesson_id).where(Booking.id.in_(booking_ids)).distinct()).all()
