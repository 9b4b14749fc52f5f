"""Reads for pages about changes: who is affected, by which way they would be told, at what cost, and who has not been
reached yet. The number of queries does not grow with the bookings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from ..core.db import db
from ..lessons import change_queries as lessons
from ..lessons.change_rules import Event, Standing
from ..messages.providers import sms
from ..messages.rules import Language
from ..messages.spreading import Spread
from ..office.settings import OfficeSettings
from ..people.models import ResidentNeed
from ..people.rules import Need, Wish
from . import asked, change_rules, change_wording, changed, reach_rules, wording
from .asked import Asked, Setting
from .change_rules import OPEN_ENDS, News, Reached, Telling
from .models import TransportSettled
from .rules import PersonOutcome, Why

# A digest in letters only: twelve digits in a row could look like a My Number, and what holds it be refused.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True)
class Person:
    """One booking of a changed lesson, and how far its people have come to know. `event_id`: the change that is told.
    `due_at`: when a machine tells them; `deadline`: until when it helps. `carries` is false where a message to the same
    number tells them. `transport`: somebody fetches them, and has to be told too."""

    booking_id: int
    resident_id: int
    lesson_id: int
    event_id: int
    starts_at: datetime
    reached: Reached
    why: Why | None
    way: Wish
    number: str
    numbers: tuple[str, ...]
    due_at: datetime | None
    deadline: datetime
    attempts: int
    last_try: PersonOutcome | None
    news: News | None
    language: Language = Language.JAPANESE
    carries: bool = True
    transport: bool = False
    transport_settled: bool = False

    @property
    def supporter_id(self) -> None:
        """Changes are told to residents; what supporters hear of their duties is on_duty.py's."""

    @property
    def open(self) -> bool:
        """Whether they are still to be reached."""
        return self.reached in OPEN_ENDS


def people_of(lesson_ids: Collection[int], now: datetime) -> list[Person]:
    """All whom the newest change of each of these lessons concerns, by how soon it matters. Ten queries."""
    by = asked.setting(now)
    return _people(asked.of_lessons(lesson_ids, by), by)


def not_reached(now: datetime) -> list[Person]:
    """Everybody of all lessons to come who is not known to have heard of a change, by how soon it matters. Eleven
    queries, one in a town in which nothing changed."""
    lesson_ids = lessons.changed_lessons_to_come(now)
    return [person for person in people_of(lesson_ids, now) if person.open] if lesson_ids else []


def _people(found: Sequence[Asked], by: Setting) -> list[Person]:
    tellings = changed.tellings(found, by)
    concerned = [one for one in found if one.booking.id in tellings]
    fetched = _fetched({one.booking.resident_id for one in concerned})
    settled = _settled({one.booking.id for one in concerned})
    people = [_person(one, tellings[one.booking.id], by.now, fetched, settled) for one in concerned]
    return sorted(people, key=lambda person: (person.deadline, person.lesson_id, person.booking_id))


def _person(
    one: Asked, telling: Telling, now: datetime, fetched: Collection[int], settled: Collection[tuple[int, int]],
) -> Person:  # fmt: skip
    reached, why = change_rules.reached(telling)
    step, what = telling.step, telling.news
    way, number = (step.way, step.number) if step and step.by_machine else reach_rules.by_person(one.facts)
    since = [contact for contact in one.contacts if contact.at >= telling.event.at]
    known = what.known.starts_at if what else telling.knowledge.known.starts_at
    deadline = what.deadline(now) if what else telling.event.after.starts_at
    return Person(
        booking_id=one.booking.id,
        resident_id=one.booking.resident_id,
        lesson_id=one.booking.lesson_id,
        event_id=telling.event.id,
        starts_at=known,
        reached=reached,
        why=why,
        way=way,
        number=number,
        numbers=tuple(each.number for each in one.facts.numbers),
        due_at=step.due_at if step and step.by_machine else None,
        deadline=deadline,
        attempts=len(since),
        last_try=since[-1].outcome if since else None,
        news=what,
        language=one.facts.language,
        carries=step is None or step.left_out is None,
        transport=one.booking.resident_id in fetched and telling.event.before != telling.event.after,
        transport_settled=(one.booking.id, telling.event.id) in settled,
    )


def _fetched(resident_ids: Collection[int]) -> set[int]:
    """Who of these needs to be fetched (one query)."""
    need = sa.select(ResidentNeed.resident_id).where(
        ResidentNeed.resident_id.in_(resident_ids), ResidentNeed.need == Need.TRANSPORT
    )
    return set(db.session.scalars(need))


def _settled(booking_ids: Collection[int]) -> set[tuple[int, int]]:
    rows = sa.select(TransportSettled.booking_id, TransportSettled.changed_lesson_id)
    return {(row[0], row[1]) for row in db.session.execute(rows.where(TransportSettled.booking_id.in_(booking_ids)))}


# ---- before it goes out


@dataclass(frozen=True)
class Sample:
    """What would be said, once for all who hear the same: to how many people, in how many messages."""

    lesson_id: int
    by_text: bool
    language: Language
    said: tuple[str, ...]
    units: int
    segments: int
    people: int
    messages: int


@dataclass(frozen=True)
class TurnsAhead:
    """When the last of them would leave (None: none by machine), and how many would find no turn in the hours of their
    day: those are for persons."""

    last_at: datetime | None
    late: int


@dataclass(frozen=True)
class Preview:
    """What a release would do. `seen` is what a person had before their eyes: if it is not that any more, nothing goes
    out. `yen` is None while the office has written down no price."""

    people: Sequence[Person]
    samples: Sequence[Sample]
    seen: str
    yen: int | None
    turns: TurnsAhead

    def count(self, *ways: Wish) -> int:
        """How many people are told by one of these ways."""
        return sum(person.way in ways for person in self.to_tell)

    @property
    def to_tell(self) -> list[Person]:
        return [person for person in self.people if person.open]

    @property
    def by_text(self) -> int:
        return self.count(Wish.TEXT)

    @property
    def by_call(self) -> int:
        return self.count(Wish.CALL)

    @property
    def by_hand(self) -> int:
        return len(self.to_tell) - self.by_text - self.by_call

    @property
    def stopped(self) -> int:
        return sum(person.reached is Reached.STOPPED for person in self.people)

    @property
    def knowing(self) -> int:
        """Who knows it already, or never heard otherwise."""
        return len(self.people) - len(self.to_tell) - self.stopped

    @property
    def texts(self) -> int:
        return sum(one.messages for one in self.samples if one.by_text)

    @property
    def segments(self) -> int:
        return sum(one.segments * one.messages for one in self.samples)

    @property
    def calls(self) -> int:
        return sum(one.messages for one in self.samples if not one.by_text)


def before_cancelling(
    lesson_ids: Collection[int], alternatives: Mapping[int, Standing | None], now: datetime
) -> Preview:
    """What would happen if these lessons were cancelled and it was released now. Changes nothing."""
    by = asked.setting(now)
    found = [_supposed(one, alternatives.get(one.booking.lesson_id), now) for one in asked.of_lessons(lesson_ids, by)]
    return _preview(found, by)


def before_release(
    lesson_ids: Collection[int], alternatives: Mapping[int, Standing | None], now: datetime
) -> Preview:
    """What would happen if the newest change of these lessons was released now."""
    by = asked.setting(now)
    found = []
    for one in asked.of_lessons(lesson_ids, by):
        events = list(one.events)
        if events:
            instead = alternatives.get(one.booking.lesson_id)
            events[-1] = replace(events[-1], released_at=now, instead=instead)
        found.append(replace(one, events=events))
    return _preview(found, by)


def _supposed(one: Asked, instead: Standing | None, now: datetime) -> Asked:
    here, present = one.booking, lessons.standing_of(one.booking)
    cancelled = replace(present, cancelled=True)
    return replace(one, events=[*one.events, Event(0, 0, now, here.id, present, cancelled, now, instead)])


def _preview(found: Sequence[Asked], by: Setting) -> Preview:
    people = _people(found, by)
    samples = _samples(people, by)
    known = [(person.booking_id, person.way, person.number, person.reached) for person in people]
    said = [(one.lesson_id, one.said, one.messages) for one in samples]
    seen = hashlib.sha256(repr((sorted(known), said)).encode()).hexdigest().translate(_LETTERS)
    return Preview(people, samples, seen, _yen(samples, by.office), _turns(found, by, by.now))


def _turns(found: Sequence[Asked], by: Setting, now: datetime) -> TurnsAhead:
    """The turns that they would get if they were asked for now (up to two queries)."""
    spread = Spread(by.office, by.closed, now)
    tellings = changed.tellings(found, by).values()
    steps = [one.step for one in tellings if one.step and changed.still_to_leave(one, now, one.step.not_after)]
    turns = [spread.turn(wording.channel(s), s.window, s.due_at, s.not_after, s.hours) for s in steps]
    on_time = [turn.due_at for turn in turns if turn.fits]
    return TurnsAhead(max(on_time, default=None), len(turns) - len(on_time))


def _samples(people: Iterable[Person], by: Setting) -> list[Sample]:
    together: dict[tuple[int, bool, Language, News], list[Person]] = {}
    for person in people:
        if person.open and person.news is not None and person.way in (Wish.TEXT, Wish.CALL) and person.due_at:
            by_text = person.way is Wish.TEXT
            language = person.language if by_text else Language.JAPANESE
            together.setdefault((person.lesson_id, by_text, language, person.news), []).append(person)
    return [_sample(*key, told, by) for key, told in together.items()]


def _sample(
    lesson_id: int, by_text: bool, language: Language, news: News, told: Sequence[Person], by: Setting
) -> Sample:
    messages = sum(person.carries for person in told)
    told_at = told[0].due_at  # who hears the same hears it at the same time
    assert told_at is not None
    if not by_text:
        said = change_wording.spoken(news, by.office, by.words, told_at)
        return Sample(lesson_id, False, language, said, 0, 0, len(told), messages)
    text = change_wording.text(news, by.office, by.words, language, told_at)
    return Sample(lesson_id, True, language, (text,), sms.length(text), sms.segments(text), len(told), messages)


def _yen(samples: Sequence[Sample], office: OfficeSettings) -> int | None:
    if not (office.yen_per_text_part or office.yen_per_call):
        return None
    texts = sum(one.segments * one.messages for one in samples)
    calls = sum(one.messages for one in samples if not one.by_text)
    return texts * office.yen_per_text_part + calls * office.yen_per_call


def counts(people: Iterable[Person]) -> Counter[Reached]:
    """How many people stand how."""
    return Counter(person.reached for person in people)
